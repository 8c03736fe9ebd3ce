from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest

from catalog.model import Provider
from sources import http, pack, records
from sources.errors import Invalid, Retriable
from sources.fetch import fetch
from sources.request import Request
from sources.snapshots import Snapshot, Store

MADE = datetime(2026, 11, 23, 3, 30)
TERRITORY = [{"code": "geo", "system": "x", "vintage": "current"}]


def provider(*datasets: str, name: str = "testland", **more: Any) -> Provider:
    return Provider.model_validate(
        {
            "id": name,
            "title": "Statistics of Testland",
            "homepage": "https://example.org",
            "licence": "CC-BY-4.0",
            "attribution": "Testland",
            "datasets": {
                d: {"title": d, "territory": TERRITORY, "request": {"geo": ["A", "B"]}} | more
                for d in datasets
            },
        }
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "snapshots")


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes | Exception]:
    """What the provider `testland` answers for each dataset, with a real little module for it."""
    answers: dict[str, bytes | Exception] = {}
    module = ModuleType("sources.testland")

    def request(dataset: str, options: dict) -> Request:
        geo = tuple(("geo", g) for g in options["geo"])
        return Request(f"https://example.org/{dataset}", f"{dataset}.csv", params=geo)

    def read(path: Path, dataset: str | None = None) -> pa.Table:
        table = pyarrow.csv.read_csv(path)
        if table.column_names != ["geo", "value"]:
            raise Invalid(f"{path.name}: these are not the columns of {dataset}.")
        value = table["value"].cast(pa.float64())
        text = value.cast(pa.string())
        return records.make(
            records.About("testland", "CSV", published_at="2024-05-01T10:00:00+02:00"),
            dimensions={"geo": table["geo"]},
            period=pa.array(["2020"] * len(table)),
            value=value,
            value_text=text,
        )

    def download(request: Request, target: Path, *, hosts: tuple[str, ...]) -> http.Answer:
        assert hosts == ("example.org",)
        answer = answers[request.url.rpartition("/")[2]]
        if isinstance(answer, Exception):
            raise answer
        target.write_bytes(answer)
        return http.Answer(request.url, "text/csv", MADE)

    module.__dict__.update(HOSTS=("example.org",), request=request, read=read)
    monkeypatch.setitem(sys.modules, "sources.testland", module)
    monkeypatch.setattr(http, "download", download)
    return answers


def names(snapshots: tuple[Snapshot, ...]) -> list[str]:
    return [s.dataset for s in snapshots]


def test_what_is_new_and_what_is_unchanged(store: Store, upstream: dict) -> None:
    upstream |= {"a": b"geo,value\nX,1\n", "b": b"geo,value\nX,2\n"}
    told: list[str] = []
    report = fetch(provider("a", "b"), store, live=True, log=told.append)
    assert (names(report.new), report.unchanged, report.failed) == (["a", "b"], (), ())
    assert sorted(told) == [
        "testland/a: new (live, 2024-05-01).",
        "testland/b: new (live, 2024-05-01).",
    ]
    upstream["b"] = b"geo,value\nX,3\n"
    report = fetch(provider("a", "b"), store, live=True, log=told.append)
    assert (names(report.new), names(report.unchanged)) == (["b"], ["a"])
    assert len(store.all()) == 3


def test_the_sidecar_says_what_was_asked_and_under_which_terms(
    store: Store, upstream: dict
) -> None:
    upstream["a"] = b"geo,value\nX,1\n"
    (kept,) = fetch(provider("a"), store, live=True, log=lambda s: None).new
    assert kept.url == "https://example.org/a"
    assert kept.params == (("geo", "A"), ("geo", "B"))
    assert (kept.origin, kept.licence, kept.attribution) == ("live", "CC-BY-4.0", "Testland")
    assert kept.published_at == datetime(2024, 5, 1, 8)
    assert kept.retrieved_at == MADE
    assert store.path(kept).read_bytes() == b"geo,value\nX,1\n"


def test_one_failing_dataset_never_stops_the_others(store: Store, upstream: dict) -> None:
    upstream |= {
        "busy": Retriable("example.org: the server says 503; 4 tries, try again later."),
        "page": b"<html>maintenance</html>\nsorry",
        "empty": b"geo,value\n",
        "bug": KeyError("x"),
        "full": OSError(28, "No space left on device", "/tmp/x"),
        "good": b"geo,value\nX,1\n",
    }
    report = fetch(provider(*upstream), store, live=True, log=lambda s: None)
    assert names(report.new) == ["good"]
    failed = dict(report.failed)
    assert sorted(failed) == ["bug", "busy", "empty", "full", "page"]
    assert "the server says 503" in failed["busy"]
    assert "page.csv: these are not the columns" in failed["page"]
    assert "without a single record" in failed["empty"]
    assert "testland/bug: fetching it failed unexpectedly (KeyError: 'x')" in failed["bug"]
    assert "No space left on device (/tmp/x); check free space" in failed["full"]
    assert names(tuple(store.all())) == ["good"]


def test_only_what_is_asked_for(store: Store, upstream: dict) -> None:
    upstream |= {"a": b"geo,value\nX,1\n"}
    report = fetch(provider("a", "b"), store, live=True, datasets=["a", "zzz"], log=lambda s: None)
    assert names(report.new) == ["a"]
    assert [d for d, _ in report.failed] == ["zzz"]
    assert "add it to catalog/providers/testland.yaml" in report.failed[0][1]


def test_a_provider_without_a_module(store: Store) -> None:
    report = fetch(provider("a", name="nobody"), store, live=True, log=lambda s: None)
    assert "there is no module sources/nobody.py" in report.failed[0][1]


def test_offline_the_bundled_bytes_go_in_once(store: Store) -> None:
    oecd = provider("cities_gdp", "cities_income", "never_bundled", name="oecd")
    report = fetch(oecd, store, live=False, log=lambda s: None)
    assert names(report.new) == ["cities_gdp", "cities_income"]
    assert report.absent == ("never_bundled",)
    assert {s.origin for s in report.new} == {"bundled"}
    for kept in report.new:
        packed = pack.FOLDER / "oecd" / kept.filename
        assert store.path(kept).read_bytes() == packed.read_bytes()
    bundled = {s.snapshot_id: s for s, _ in pack.bundled()}
    assert all(bundled[s.snapshot_id] == s for s in report.new)
    again = fetch(oecd, store, live=False, log=lambda s: None)
    assert (again.new, again.unchanged) == ((), report.new)
    assert store.verify() == []


def test_live_a_carrier_still_comes_from_the_bundled_vintage(store: Store) -> None:
    carrier = provider("urb_percep_2023", name="carrier", provenance="carrier")
    report = fetch(carrier, store, live=True, log=lambda s: None)
    assert names(report.new) == ["urb_percep_2023"]
    assert report.new[0].provenance == "carrier"


def test_a_damaged_bundled_file_is_told(store: Store, tmp_path: Path) -> None:
    snapshot, file = next(x for x in pack.bundled() if x[0].dataset == "cities_income")
    folder = tmp_path / "bundled" / "oecd"
    folder.mkdir(parents=True)
    (folder / "cities_income.json").write_text(snapshot.as_json())
    (folder / file.name).write_bytes(file.read_bytes()[:-1])
    report = fetch(
        provider("cities_income", name="oecd"),
        store,
        live=False,
        log=lambda s: None,
        bundled=folder.parent,
    )
    assert "is not the one its sidecar speaks of" in report.failed[0][1]
    assert store.all() == []
