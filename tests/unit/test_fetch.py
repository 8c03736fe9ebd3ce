from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest
from local import Local, serving

from catalog.models.model import Provider
from sources.errors import Invalid
from sources.records import records
from sources.refresh.ask import waiting
from sources.refresh.fetch import fetch
from sources.store import pack
from sources.store.snapshots import Snapshot, Store
from sources.transport import http
from sources.transport.request import Request

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
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """A server of the provider `testland`, with a real little module that asks and reads it."""
    module = ModuleType("sources.providers.testland")

    def request(dataset: str, options: dict) -> Request:
        geo = tuple(("geo", g) for g in options["geo"])
        return Request(f"https://example.org/{dataset}", f"{dataset}.csv", params=geo)

    def read(path: Path, dataset: str | None = None) -> pa.Table:
        table = pyarrow.csv.read_csv(path)
        if table.column_names[:2] != ["geo", "value"]:
            raise Invalid(f"{path.name}: these are not the columns of {dataset}.")
        if "bug" in table.column_names:
            raise KeyError("x")
        value = table["value"].cast(pa.float64())
        more = {c: table[c].cast(pa.string()) for c in table.column_names[2:]}
        return records.make(
            records.About("testland", "CSV", published_at="2024-05-01T10:00:00+02:00"),
            dimensions={"geo": table["geo"], **more},
            period=pa.array(["2020"] * len(table)),
            value=value,
            value_text=value.cast(pa.string()),
        )

    module.__dict__.update(HOSTS=("example.org",), request=request, read=read)
    monkeypatch.setitem(sys.modules, "sources.providers.testland", module)
    with serving() as server:
        monkeypatch.setenv("OBSERVATORY_UPSTREAM", server.base)
        monkeypatch.setattr(http, "TRIES", 1)
        yield server


def serve(upstream: Local, **bodies: bytes) -> None:
    upstream.answers |= {f"/example.org/{d}": b for d, b in bodies.items()}


def quiet(_: str) -> None:
    pass


def names(snapshots: tuple[Snapshot, ...]) -> list[str]:
    return [s.dataset for s in snapshots]


def test_what_is_new_and_what_is_unchanged(store: Store, upstream: Local) -> None:
    serve(upstream, a=b"geo,value\nX,1\n", b=b"geo,value\nX,2\n")
    told: list[str] = []
    report = fetch(provider("a", "b"), store, live=True, log=told.append)
    assert (names(report.new), report.unchanged, report.failed) == (["a", "b"], (), ())
    assert sorted(told) == [
        "testland/a: new (live, 2024-05-01).",
        "testland/b: new (live, 2024-05-01).",
    ]
    serve(upstream, b=b"geo,value\nY,3\nX,2\n")
    report = fetch(provider("a", "b"), store, live=True, log=told.append)
    assert (names(report.new), names(report.unchanged)) == (["b"], ["a"])
    assert len(store.all()) == 3


def test_the_sidecar_says_what_was_asked_and_under_which_terms(
    store: Store, upstream: Local
) -> None:
    serve(upstream, a=b"geo,value\nX,1\n")
    (kept,) = fetch(provider("a"), store, live=True, log=quiet).new
    assert kept.url == "https://example.org/a"
    assert kept.params == (("geo", "A"), ("geo", "B"))
    assert (kept.origin, kept.licence, kept.attribution) == ("live", "CC-BY-4.0", "Testland")
    assert kept.published_at == datetime(2024, 5, 1, 8)
    assert store.path(kept).read_bytes() == b"geo,value\nX,1\n"


def test_one_failing_dataset_never_stops_the_others(store: Store, upstream: Local) -> None:
    serve(
        upstream,
        page=b"<html><title>Maintenance</title></html>\nsorry",
        empty=b"geo,value\n",
        bug=b"geo,value,bug\nX,1,1\n",
        other=b"town,number\nX,1\n",
        good=b"geo,value\nX,1\n",
    )
    upstream.answers["/example.org/busy"] = lambda h: h.say(503)
    wanted = ("bug", "busy", "empty", "gone", "good", "other", "page")
    report = fetch(provider(*wanted), store, live=True, log=quiet)
    assert names(report.new) == ["good"]
    failed = dict(report.failed)
    assert sorted(failed) == sorted({*wanted} - {"good"})
    assert failed["busy"].startswith("testland/busy: https://example.org/busy: the server says 503")
    assert "a web page, not data (its title: 'Maintenance')" in failed["page"]
    assert "other.csv: these are not the columns" in failed["other"]
    assert "without a single record" in failed["empty"]
    assert "https://example.org/gone: it is not there (404)" in failed["gone"]
    assert "testland/bug: fetching it failed unexpectedly (KeyError: 'x')" in failed["bug"]
    assert names(tuple(store.all())) == ["good"]


def test_a_full_disk_is_told_and_nothing_is_kept(
    store: Store, upstream: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(upstream, a=b"geo,value\nX,1\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/tmp/x")

    monkeypatch.setattr("sources.transport.wire.save", full)
    report = fetch(provider("a"), store, live=True, log=quiet)
    assert "No space left on device (/tmp/x); check free space" in report.failed[0][1]
    assert store.all() == []


def test_only_what_is_asked_for(store: Store, upstream: Local) -> None:
    serve(upstream, a=b"geo,value\nX,1\n")
    report = fetch(provider("a", "b"), store, live=True, datasets=["a", "zzz"], log=quiet)
    assert names(report.new) == ["a"]
    assert [d for d, _ in report.failed] == ["zzz"]
    assert "add it to catalog/providers/testland.yaml" in report.failed[0][1]


def test_a_provider_without_a_module(store: Store) -> None:
    report = fetch(provider("a", name="nobody"), store, live=True, log=quiet)
    assert "there is no module sources/providers/nobody.py" in report.failed[0][1]


def test_offline_the_bundled_bytes_go_in_once(store: Store) -> None:
    oecd = provider("cities_gdp", "cities_income", "never_bundled", name="oecd")
    report = fetch(oecd, store, live=False, log=quiet)
    assert names(report.new) == ["cities_gdp", "cities_income"]
    assert report.absent == ("never_bundled",)
    assert {s.origin for s in report.new} == {"bundled"}
    for kept in report.new:
        packed = pack.FOLDER / "oecd" / kept.filename
        assert store.path(kept).read_bytes() == packed.read_bytes()
    bundled = {s.snapshot_id: s for s, _ in pack.bundled()}
    assert all(bundled[s.snapshot_id] == s for s in report.new)
    again = fetch(oecd, store, live=False, log=quiet)
    assert (again.new, again.unchanged) == ((), report.new)
    assert store.verify() == []


def test_live_a_carrier_still_comes_from_the_bundled_vintage(store: Store) -> None:
    carrier = provider("urb_percep_2023", name="carrier", provenance="carrier")
    report = fetch(carrier, store, live=True, log=quiet)
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
        log=quiet,
        bundled=folder.parent,
    )
    assert "is not the one its sidecar speaks of" in report.failed[0][1]
    assert store.all() == []


def many(n: int, first: int = 0) -> bytes:
    return b"geo,value\n" + b"".join(b"G%03d,%d\n" % (i, i) for i in range(first, n))


def test_a_suspicious_download_is_kept_and_used_once_a_person_accepts_it(
    store: Store, upstream: Local
) -> None:
    serve(upstream, a=many(100))
    (good,) = fetch(provider("a"), store, live=True, log=quiet).new
    serve(upstream, a=many(40))
    for _ in range(2):  # told again every night
        report = fetch(provider("a"), store, live=True, log=quiet)
        assert (report.new, report.failed) == ((), ())
        ((dataset, sentence),) = report.held
        assert dataset == "a"
        assert "40 records where there were 100" in sentence
        assert "observatory snapshots accept testland/a --reason" in sentence
    assert store.newest("testland", "a") == good
    held = waiting(store, "testland", "a")
    assert held is not None and "60 of 100 series are gone" in held.held_because
    store.accept("testland", "a", because="the provider closed them", by="ana")
    newest = store.newest("testland", "a")
    assert newest is not None and newest.snapshot_id == held.snapshot_id
    assert (newest.accepted_because, newest.accepted_by) == ("the provider closed them", "ana")
    assert names(fetch(provider("a"), store, live=True, log=quiet).unchanged) == ["a"]
    assert waiting(store, "testland", "a") is None


def test_what_upstream_takes_back_no_longer_waits(store: Store, upstream: Local) -> None:
    for body, held in ((many(100), False), (many(40), True), (many(100), False)):
        serve(upstream, a=body)
        fetch(provider("a"), store, live=True, log=quiet)
        assert (waiting(store, "testland", "a") is not None) == held


def test_a_wider_tolerance_lets_a_held_download_in(store: Store, upstream: Local) -> None:
    for body in (many(100), many(40)):
        serve(upstream, a=body)
        fetch(provider("a"), store, live=True, log=quiet)
    report = fetch(provider("a", expect={"max_loss": 0.7}), store, live=True, log=quiet)
    assert names(report.new) == ["a"]


def test_the_signal_comes_first_then_the_validators_then_the_hash(
    store: Store, upstream: Local
) -> None:
    module = sys.modules["sources.providers.testland"]
    signal = "2026-01-01"
    module.__dict__["signal"] = lambda dataset, options, client: signal
    upstream.answers["/example.org/a"] = lambda h: h.say(200, many(9), ETag='"1"')
    fetch(provider("a"), store, live=True, log=quiet)
    report = fetch(provider("a"), store, live=True, log=quiet)
    assert (names(report.unchanged), report.downloads, len(upstream.seen)) == (["a"], 0, 1)
    signal = "2026-01-02"
    upstream.answers["/example.org/a"] = lambda h: h.say(304)
    report = fetch(provider("a"), store, live=True, log=quiet)
    assert (names(report.unchanged), report.downloads) == (["a"], 0)
    assert upstream.seen[1].headers["if-none-match"] == '"1"'
    signal = "2026-01-03"
    upstream.answers["/example.org/a"] = lambda h: h.say(200, many(9), ETag='"2"')
    report = fetch(provider("a"), store, live=True, log=quiet)
    assert (names(report.unchanged), report.downloads) == (["a"], 1)
    report = fetch(provider("a"), store, live=True, log=quiet)
    assert (len(upstream.seen), len(store.all())) == (3, 1)
