"""What we change in other people's libraries still fits them, and still changes something."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib.metadata import version

import pytest
from packaging.version import Version

from pipelines import patches
from warehouse.home import Home

READS = """
import sys
import pyarrow as pa
if len(sys.argv) > 1:
    from pipelines.patches import leave_pandas_out
    leave_pandas_out()
pa.array(["a", None])
print("pandas" in sys.modules)
"""


@pytest.mark.parametrize(("library", "until"), patches.FITS.items())
def test_no_library_is_newer_than_what_was_looked_at(library, until):
    found = version(library)
    assert Version(found) < Version(until), (
        f"{library} {found} is installed: look through pipelines/patches.py, see that each patch still "
        "fits and still pays, then raise FITS."
    )


def test_the_names_that_are_replaced_are_there():
    import dagster as dg
    from dagster._core.executor import in_process
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage

    assert "inner_plan_execution_iterator(" in inspect.getsource(in_process)
    for module in (sqlite_event_log, sqlite_run_storage):
        assert "create_engine(" in inspect.getsource(module)
    assert (
        "remote_job_origin" in inspect.signature(dg.DagsterInstance.create_run_for_job).parameters
    )


def test_inputs_are_read_once_a_run_and_columns_once(tmp_path, monkeypatch):
    import dagster as dg
    from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
    from sqlalchemy.dialects.sqlite.base import SQLiteDialect

    from pipelines.instance import open_instance

    version = ["1"]

    @dg.asset
    def source():
        return dg.MaterializeResult(data_version=dg.DataVersion(version[0]))

    def follows(n: int) -> dg.AssetsDefinition:
        return dg.asset(name=f"table_{n}", deps=[source])(lambda: None)

    read, looked = [], []
    get, columns = SqlEventLogStorage.get_asset_records, SQLiteDialect.get_columns
    monkeypatch.setattr(
        SqlEventLogStorage,
        "get_asset_records",
        lambda self, keys=None: read.extend(keys or []) or get(self, keys),
    )
    monkeypatch.setattr(
        SQLiteDialect, "get_columns", lambda *a, **k: looked.append(a[2]) or columns(*a, **k)
    )
    assets = [source, *(follows(n) for n in range(5))]
    with open_instance(Home(tmp_path)) as opened:
        for version[0] in ("1", "2"):
            read.clear()
            assert dg.materialize(assets, instance=opened).success
            assert read.count(source.key) == 1
            for n in range(5):  # and what they say of it is what it was in their run
                made = opened.get_latest_materialization_event(dg.AssetKey(f"table_{n}"))
                assert made is not None and made.asset_materialization is not None
                tags = made.asset_materialization.tags or {}
                assert tags["dagster/input_data_version/source"] == version[0]
    assert looked.count("asset_keys") <= 2  # columns that it asks for


def test_engines_and_runs_of_the_command(tmp_path, monkeypatch):
    import dagster as dg
    from dagster._core.storage.event_log.sqlite import sqlite_event_log

    from pipelines.instance import open_instance

    opened_engines = []
    with open_instance(Home(tmp_path)) as opened:
        make = sqlite_event_log.create_engine
        monkeypatch.setattr(
            sqlite_event_log,
            "create_engine",
            lambda *a, **k: opened_engines.append(make(*a, **k)) or opened_engines[-1],
        )

        @dg.job
        def nothing(): ...

        run = opened.create_run_for_job(nothing)
        origin = run.remote_job_origin
        assert origin is not None
        assert origin.job_name == "nothing"
        assert origin.repository_origin.code_location_origin.location_name
        for _ in range(3):
            opened.report_engine_event("a word", run)
    # Dagster asks for an engine again and again, and gets the same.
    assert len(opened_engines) > 1
    assert len({id(engine) for engine in opened_engines}) == 1


def test_pandas_is_left_out_where_it_would_be_loaded():
    def loaded(*patched: str) -> str:
        command = [sys.executable, "-c", READS, *patched]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert loaded() == "True", "pyarrow leaves pandas alone now: delete leave_pandas_out"
    assert loaded("patched") == "False"


LOADS = """
import sys, types
import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository
from dagster._core.definitions.repository_definition import RepositoryLoadData

loads = []

@dg.definitions
def defs():
    loads.append(1)

    @dg.job
    def nothing():
        pass

    return dg.Definitions(jobs=[nothing])

module = sys.modules["played"] = types.ModuleType("played")
module.defs = defs
if len(sys.argv) > 1:
    from pipelines.patches import keep_definitions
    keep_definitions()
for _ in range(3):
    for data in (None, RepositoryLoadData({})):
        where = ReconstructableRepository(ModuleCodePointer("played", "defs", None), repository_load_data=data)
        assert ReconstructableJob(where, "nothing").get_definition().name == "nothing"
print(len(loads))
"""


def test_a_worker_loads_the_definitions_once():
    def loads(*arguments: str) -> int:
        run = [sys.executable, "-W", "ignore", "-c", LOADS, *arguments]
        return int(subprocess.run(run, capture_output=True, text=True, check=True).stdout)

    assert loads("kept") == 1
    assert loads() > 1, "Dagster keeps them itself by now: delete keep_definitions"


ASKS = """
import sys
from dagster_postgres.event_log.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage.run_storage import PostgresRunStorage
from dagster_postgres.schedule_storage.schedule_storage import PostgresScheduleStorage

if len(sys.argv) > 1:
    from pipelines.patches import ask_connections_first
    ask_connections_first()
for storage in (PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage):
    one = storage("postgresql+psycopg2://nobody@127.0.0.1:1/none", should_autocreate_tables=False)
    one.optimize_for_webserver(statement_timeout=1000, pool_recycle=60, max_overflow=1)
    print(one._engine.pool._pre_ping)
"""


def test_the_webserver_asks_a_kept_connection_before_it_uses_it():
    pytest.importorskip("dagster_postgres", reason="extra [scale] is not installed")

    def asks(*arguments: str) -> list[str]:
        run = [sys.executable, "-W", "ignore", "-c", ASKS, *arguments]
        return subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()

    assert asks("patched") == ["True"] * 3
    assert asks() == ["False"] * 3, "Dagster asks by itself now: delete ask_connections_first"
