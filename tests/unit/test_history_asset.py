"""The asset of a history: a good snapshot becomes current; a bad one is red and the last good history is served."""

from __future__ import annotations

from datetime import datetime

import dagster as dg
import pytest

from assets import upstream
from assets.workspace import Workspace
from catalog import loader
from catalog.contents import Catalog
from catalog.models.model import Dataset, Provider, Territory
from sources.refresh import added
from sources.store.snapshots import Snapshot, Store
from warehouse import store
from warehouse.home import Home

HEAD = "GeoAreaCode,Units,period,value,flags\n"
PROVIDER = Provider(
    id="carrier",
    title="A carrier",
    homepage="https://example.org",
    licence="CC BY 4.0",
    attribution="A carrier",
    datasets={
        "slums": Dataset(
            title="Slums",
            territory=[Territory(code="GeoAreaCode", system="m49", vintage="current")],
        )
    },
)


def of_areas(number: int) -> str:
    """A file of one figure for each of so many areas."""
    return HEAD + "".join(f"{n},PERCENT,2014,{n}.5,\n" for n in range(1, number + 1))


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def come(home, tmp_path):
    """A function that keeps a file as the edition of a year and gives its snapshot."""

    def keep(text: str, year: int) -> Snapshot:
        (path := tmp_path / f"{year}.csv").write_text(text)
        kept = Store(home.snapshots, home.copies)
        added.add(kept, PROVIDER, "slums", path, published_at=datetime(year, 6, 30))
        newest = kept.newest("carrier", "slums")
        assert newest is not None
        return newest

    return keep


def run(home: Home):
    """Materialise the history; (metadata that the UI shows, names of checks that failed, the failure)."""
    catalog = Catalog(loader.FOLDER, {"carrier": PROVIDER}, {}, {}, {}, [])
    done = dg.materialize(
        [upstream.history(catalog, PROVIDER, "slums")],
        resources={"workspace": Workspace(home=str(home.root))},
        raise_on_error=False,
    )
    failed = [e.step_failure_data for e in done.all_events if e.is_step_failure]
    made = done.get_asset_materialization_events()
    shown = {k: v.value for k, v in made[0].materialization.metadata.items()} if made else {}
    checks = {c.check_name for c in done.get_asset_check_evaluations() if not c.passed}
    return shown, checks, str(failed[0].error) if failed else ""


def rows(home: Home) -> int:
    return len(store.read(home.history("carrier", "slums")))


def test_without_a_snapshot_there_is_nothing_to_make(home):
    shown, checks, failure = run(home)
    assert (shown["records"], checks, failure) == (0, set(), "")
    assert not home.history("carrier", "slums").exists()


def test_a_good_snapshot_becomes_the_history(home, come):
    snapshot = come(of_areas(60), 2017)
    shown, checks, _ = run(home)
    assert (shown["verdict"], checks, rows(home)) == ("green", set(), 60)
    assert shown["records read"] == 60 and shown["snapshot"] == snapshot.snapshot_id


def test_one_that_lost_most_records_is_red_and_the_last_good_history_is_served(home, come):
    come(of_areas(60), 2017)
    run(home)
    come(of_areas(10), 2020)
    shown, checks, failure = run(home)
    assert (shown["verdict"], failure, rows(home)) == ("red", "", 60)
    assert checks == {"coverage"} and shown["final"] == "yes"
    assert shown["served"].startswith("the last good history, marked stale")
    assert store.metadata(home.history("carrier", "slums"))["stale_since"].startswith("2020-06-30")


def test_one_that_cannot_be_read_is_red_and_is_tried_again_once_its_bytes_are_back(home, come):
    come(of_areas(60), 2017)
    run(home)
    snapshot = come(of_areas(61), 2020)
    file = Store(home.snapshots, home.copies).path(snapshot)
    good = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(b"\0damaged")
    shown, checks, failure = run(home)
    assert (shown["verdict"], failure, rows(home)) == ("red", "", 60)
    assert checks == {"structure"} and "carrier/slums" in shown["failure"]
    assert "final" not in shown
    file.write_bytes(good)
    assert (run(home)[0]["verdict"], rows(home)) == ("green", 61)


def test_a_first_snapshot_that_cannot_be_read_stops_with_a_sentence(home, come):
    snapshot = come(of_areas(3), 2017)
    file = Store(home.snapshots, home.copies).path(snapshot)
    file.chmod(0o644)
    file.write_bytes(b"\0damaged")
    shown, _, failure = run(home)
    assert shown == {} and "history/carrier/slums: " in failure
    assert not home.history("carrier", "slums").exists()
