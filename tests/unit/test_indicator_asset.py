"""The asset of an indicator: a candidate that passes becomes current; a red one is set aside, with the reason."""

from __future__ import annotations

import datetime

import dagster as dg
import pytest
from figures import area, figure, harmonised
from rows import rows

from assets import indicators
from assets.workspace import Workspace
from warehouse import fates, store, tables
from warehouse.home import Home


@pytest.fixture
def home(tmp_path) -> Home:
    """A home with the dictionaries that the rules look up."""
    home = Home(tmp_path / "home")
    for name, given in (
        ("unit", [{"unit": "KM2"}]),
        ("scale", [{"scale": "metro_region", "metropolitan": True}]),
        ("status", [{"obs_status": "A"}]),
    ):
        store.write(rows(tables.of(name), given), tables.of(name), home.table(name))
    return home


def run(home: Home, monkeypatch, given: list[dict], problems: list[str]) -> dict:
    """What the UI shows of the indicator, made of these figures."""
    spec, catalog = area()
    monkeypatch.setattr(fates, "candidate", lambda *_: (harmonised(given), problems))
    done = dg.materialize(
        [indicators.indicator(catalog, spec)],
        resources={"workspace": Workspace(home=str(home.root))},
    )
    (made,) = done.get_asset_materialization_events()
    return {k: v.value for k, v in made.materialization.metadata.items()}


def test_a_red_candidate_is_set_aside_and_the_last_good_figures_are_served_as_stale(
    home, monkeypatch
):
    good = [figure(n) for n in range(1, 11)]
    shown = run(home, monkeypatch, good, [])
    assert (shown["verdict"], shown["fates"]) == ("green", {"observation": 10})
    assert not home.rejected("area").exists()

    later = datetime.datetime(2027, 1, 1)
    newer = [row | {"snapshot_id": "s2", "recorded_from": later} for row in good]
    shown = run(home, monkeypatch, newer, ["The column 'area' is not there."])
    assert shown["verdict"] == "red" and "The column 'area' is not there." in shown["failure"]
    assert shown["served"].startswith("the last good figures, marked stale")
    assert "edited" not in shown
    served = store.read(home.indicator("area"))
    assert set(served["snapshot_id"].to_pylist()) == {good[0]["snapshot_id"]}
    assert set(served["stale_since"].to_pylist()) == {later}
    aside = store.read(home.rejected("area"))
    assert set(aside["fate"].to_pylist()) == {"quarantine"}
    assert all("the whole candidate was rejected" in d for d in aside["detail"].to_pylist())

    shown = run(home, monkeypatch, good, ["The column 'area' is not there."])
    assert shown["edited"] == "catalog/indicators/area.yaml"  # no news of upstream: it was us

    shown = run(home, monkeypatch, newer, [])
    assert shown["verdict"] == "green" and not home.rejected("area").exists()
    assert set(store.read(home.indicator("area"))["stale_since"].to_pylist()) == {None}


def test_a_first_candidate_that_is_red_gives_an_empty_table(home, monkeypatch):
    shown = run(home, monkeypatch, [figure(1)], ["No unit is known."])
    assert shown["verdict"] == "red" and shown["dagster/row_count"] == 0
    assert len(store.read(home.indicator("area"))) == 0
    assert len(store.read(home.rejected("area"))) == 1
