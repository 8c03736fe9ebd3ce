from __future__ import annotations

import json
import os
from dataclasses import FrozenInstanceError
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sources.errors import Invalid, Refused
from sources.store.snapshots import Snapshot, Store, from_json, moment, sha256, without_secrets

ABOUT: dict[str, Any] = {
    "provider": "eurostat",
    "dataset": "met_d3area",
    "filename": "met_d3area.csv",
    "media_type": "text/csv",
    "url": "https://ec.europa.eu/data",
    "retrieved_at": datetime(2026, 11, 23, 3, 30),
    "licence": "CC-BY-4.0",
    "attribution": "Eurostat",
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "snapshots")


def root(store: Store) -> Path:
    """The folder in which the store stands."""
    return Path(store.root)


def put(store: Store, content: bytes, **about: Any) -> Snapshot:
    file = root(store).parent / "answer"
    file.write_bytes(content)
    return store.put(file, **(ABOUT | about))


def test_bytes_are_kept_unchanged_under_their_hash(store: Store) -> None:
    kept = put(store, b"a,b\r\n1,2\r\n")
    path = store.path(kept)
    assert path.read_bytes() == b"a,b\r\n1,2\r\n"
    assert path == root(store) / "objects" / kept.snapshot_id[:2] / kept.snapshot_id
    assert kept.snapshot_id == sha256(path)
    assert kept.size == 10
    with pytest.raises(FrozenInstanceError):
        setattr(kept, "size", 11)  # noqa: B010


def test_the_same_bytes_are_kept_once_and_first_seen_counts(store: Store) -> None:
    first = put(store, b"same")
    again = put(store, b"same", retrieved_at=datetime(2027, 1, 1))
    assert again == first
    assert store.all() == [first]
    other = put(store, b"same", dataset="met_crim_gen")
    assert other.snapshot_id == first.snapshot_id
    objects = [p for p in (root(store) / "objects").rglob("*") if p.is_file()]
    assert len(objects) == 1
    assert [s.dataset for s in store.all()] == ["met_crim_gen", "met_d3area"]


def test_a_newer_version_of_the_software_may_say_more_of_its_own_bytes(store: Store) -> None:
    put(store, b"x", origin="bundled", status="held")
    again = put(store, b"x", origin="bundled", licence="CC BY 4.0")
    assert (again.licence, again.status) == ("CC BY 4.0", "held")
    assert store.all() == [again]
    assert put(store, b"x", origin="live", licence="other") == again


def test_a_sidecar_reads_back_as_what_was_put(store: Store) -> None:
    kept = put(
        store,
        b"x",
        params=(("geo", "ES"), ("geo", "FR")),
        published_at="2023-03-10T23:00:00+01:00",
        upstream_vintage="última edición",
        rewritten="as CSV",
    )
    sidecar = root(store) / "eurostat" / "met_d3area" / f"{kept.snapshot_id}.json"
    assert from_json(sidecar) == kept
    raw = json.loads(sidecar.read_text(encoding="utf-8"))
    assert list(raw) == sorted(raw)
    assert raw["published_at"] == "2023-03-10T22:00:00Z"
    assert raw["retrieved_at"] == "2026-11-23T03:30:00Z"
    assert raw["params"] == [["geo", "ES"], ["geo", "FR"]]


def test_figures_count_from_upstreams_stamp_else_from_retrieval(store: Store) -> None:
    assert put(store, b"1").recorded_from == datetime(2026, 11, 23, 3, 30)
    stamped = put(store, b"2", published_at=datetime(2023, 3, 10, 23))
    assert stamped.recorded_from == datetime(2023, 3, 10, 23)


def test_newest_follows_the_figures_not_the_order_of_arrival(store: Store) -> None:
    assert store.newest("eurostat", "met_d3area") is None
    late = put(store, b"late", published_at="2024-01-01", retrieved_at=datetime(2025, 1, 1))
    put(store, b"early", published_at="2023-01-01", retrieved_at=datetime(2026, 1, 1))
    assert store.newest("eurostat", "met_d3area") == late
    again = put(store, b"again", published_at="2024-01-01", retrieved_at=datetime(2025, 2, 1))
    assert store.newest("eurostat", "met_d3area") == again


def test_a_held_snapshot_is_not_used_until_it_is_accepted(store: Store) -> None:
    good = put(store, b"good")
    held = put(store, b"held", status="held", retrieved_at=datetime(2026, 12, 1))
    assert store.newest("eurostat", "met_d3area") == good
    said = {"because": "the press release says so", "by": "ana"}
    accepted = store.accept("eurostat", "met_d3area", held.snapshot_id[:8], **said)
    assert (accepted.status, accepted.accepted_by) == ("accepted", "ana")
    newest = store.newest("eurostat", "met_d3area")
    assert newest and newest.snapshot_id == held.snapshot_id
    with pytest.raises(Invalid, match="no snapshots fit '00000000'"):
        store.accept("eurostat", "met_d3area", "00000000", **said)


def test_a_flipped_bit_is_told_and_mended_by_the_same_bytes(store: Store) -> None:
    kept = put(store, b"figures")
    assert store.verify() == []
    path = store.path(kept)
    damaged = bytearray(path.read_bytes())
    damaged[3] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(Invalid, match=r"met_d3area.*damaged.*fetch the dataset again"):
        store.path(kept)
    assert len(store.verify()) == 1
    put(store, b"figures")
    assert store.verify() == []
    assert store.path(kept).read_bytes() == b"figures"


def test_verify_tells_lost_bytes_and_damaged_or_misplaced_sidecars(store: Store) -> None:
    lost, cut, moved = put(store, b"lost"), put(store, b"cut"), put(store, b"moved")
    store.path(lost).unlink()
    folder = root(store) / "eurostat" / "met_d3area"
    (folder / f"{cut.snapshot_id}.json").write_text('{"provider": "eur')
    (folder / f"{moved.snapshot_id}.json").rename(folder / f"{'0' * 64}.json")
    told = "\n".join(store.verify())
    assert len(store.verify()) == 3
    assert "are gone" in told
    assert "sidecar of a snapshot cannot be read" in told
    assert f"speaks of eurostat/met_d3area/{moved.snapshot_id}" in told


def test_get_names_what_is_missing(store: Store) -> None:
    kept = put(store, b"x")
    assert store.get("eurostat", "met_d3area", kept.snapshot_id) == kept
    with pytest.raises(Invalid, match="there is no snapshot ffffffffffff"):
        store.get("eurostat", "met_d3area", "f" * 64)


def test_a_killed_process_leaves_only_a_part_that_nobody_reads(store: Store) -> None:
    kept = put(store, b"x")
    store.path(kept).with_name(".abc-1.part").write_bytes(b"hal")
    (root(store) / "eurostat" / "met_d3area" / ".y-1.part").write_bytes(b"{")
    assert store.all() == [kept]
    assert store.verify() == []


def test_a_folder_that_cannot_be_written_is_a_sentence(store: Store) -> None:
    root(store).parent.joinpath("snapshots").write_text("a file, not a folder")
    with pytest.raises(Refused, match=r"cannot be kept .*check free space and permissions"):
        put(store, b"x")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.org/d?format=CSV&api_key=abc&geo=ES", "https://a.org/d?format=CSV&geo=ES"),
        ("https://a.org/d?token=abc", "https://a.org/d"),
        ("https://a.org/d?access_token=1&X-Amz-Signature=2&b=%20", "https://a.org/d?b=+"),
        ("https://user:pass@a.org:8443/d?a=1", "https://a.org:8443/d?a=1"),
        ("https://a.org/d?c[TIME_PERIOD]=ge:2015&compress=false", None),
        ("https://a.org/d?monkey=1&passengers=2&author=3", None),
    ],
)
def test_no_credential_reaches_a_sidecar(url: str, kept: str | None, store: Store) -> None:
    assert without_secrets(url) == (kept or url)
    snapshot = put(store, url.encode(), url=url, params=(("apiKey", "abc"), ("geo", "ES")))
    assert snapshot.url == (kept or url)
    assert snapshot.params == (("geo", "ES"),)
    assert "abc" not in snapshot.as_json()


def test_moments_are_naive_and_utc() -> None:
    assert moment("2026-09-22T11:00:00+0200") == datetime(2026, 9, 22, 9)
    assert moment("2023-03-10") == datetime(2023, 3, 10)
    assert moment("") is None
    assert moment(None) is None


def test_writing_leaves_no_part_behind(store: Store) -> None:
    put(store, b"x")
    assert not [p for p in Path(store.root).rglob("*") if p.suffix == ".part"]
    assert os.access(store.root, os.W_OK)


@pytest.mark.parametrize("moment", ["before the bytes go", "after the bytes are gone"])
def test_bytes_that_are_put_while_others_are_pruned_are_never_claimed_and_gone(
    store: Store, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    old = put(store, b"old", retrieved_at=datetime(2020, 1, 1))
    put(store, b"new", retrieved_at=datetime(2024, 1, 1))
    whole = type(store._shelf).remove

    def remove(name: str) -> None:
        whole(store._shelf, name)

    def meanwhile(name: str) -> None:
        if name.endswith(old.snapshot_id):
            if moment.startswith("after"):
                remove(name)
            put(store, b"old")
            if moment.startswith("after"):
                return
        remove(name)

    monkeypatch.setattr(type(store._shelf), "remove", lambda _, name: meanwhile(name))
    store.prune(keep=1, before=datetime(2023, 1, 1), taken=lambda s: True)
    for snapshot in store.all():
        if not snapshot.pruned_at:
            assert store.path(snapshot).exists()
    put(store, b"old")
    assert store.path(store.get(old.provider, old.dataset, old.snapshot_id)).read_bytes() == b"old"
