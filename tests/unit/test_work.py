"""How much is done where little is to do: work is counted, never time."""

from __future__ import annotations

import dagster as dg
import pyarrow as pa

import catalog
from assets import indicators, judged
from assets import tables as assets_tables
from assets.workspace import Workspace
from pipelines import flow, jobs, plan, publications
from warehouse import tables
from warehouse.home import Home


@dg.asset(key=["fetch", "somebody"])
def asked() -> None: ...


def test_a_night_with_nothing_new_reads_what_was_recorded_once(tmp_path, monkeypatch):
    read = []
    recorded = plan.recorded
    monkeypatch.setattr(plan, "recorded", lambda *given: read.append(given) or recorded(*given))
    made = dg.Definitions([asked], jobs=[dg.define_asset_job("ask", [asked])])
    outcome = flow.Runner(Home(tmp_path), made, [asked]).refresh(
        "ask", who="a test", on_wait=lambda _: None
    )
    assert outcome.nothing_new
    assert len(read) == 1


def test_what_is_apart_is_looked_up_once_and_not_once_an_asset(monkeypatch):
    looked = []
    apart = publications.apart
    monkeypatch.setattr(publications, "apart", lambda given: looked.append(1) or apart(given))
    jobs.jobs([asked])
    once = len(looked)
    jobs.jobs([asked, *(dg.asset(key=f"table_{n}")(lambda: None) for n in range(20))])
    assert len(looked) == 2 * once


def test_columns_are_said_by_the_asset_and_not_again_each_time_it_is_made():
    known = catalog.load()
    unit = tables.of("unit")
    asset = assets_tables.table(known, unit)
    [spec] = asset.specs
    columns = spec.metadata["dagster/column_schema"].columns
    assert [c.name for c in columns] == list(unit.names)
    assert all(c.description for c in columns)
    made = judged.result(spec.key, pa.table({"unit": ["PC"]}), "1")
    assert "dagster/column_schema" not in (made.metadata or {})
    assert indicators.COLUMNS["dagster/column_schema"].columns


def test_the_catalog_is_loaded_once_a_run(tmp_path, monkeypatch):
    loaded = []
    load = catalog.load
    monkeypatch.setattr(catalog, "load", lambda: loaded.append(1) or load())

    def asks(workspace: Workspace) -> None:
        assert workspace.catalog.indicators

    assets = [dg.asset(name=f"table_{n}")(asks) for n in range(5)]
    assert dg.materialize(assets, resources={"workspace": Workspace(home=str(tmp_path))}).success
    assert len(loaded) == 1
    assert Workspace(home=str(tmp_path)).catalog.indicators  # outside of a run, as it is now
    assert len(loaded) == 2
