"""What this project changes in other people's libraries, in one place: each with its reason and the versions it fits.

`tests/unit/test_patches.py` fails when a library is upgraded past `FITS`, when a name that is replaced is gone, and when a
patch no longer changes anything; then look at it again, and delete it if it no longer pays.

Dagster's SQLite storage: Dagster opens the databases some 11,000 times in a build, each time by a new SQLAlchemy engine that
compiles the same SQL again; and SQLite waits for the disk at each commit. What is lost if the machine (not the process) dies
is the last moments of the log, and then the plan builds these assets again; snapshots, tables and releases are flushed to
the disk by their own writers. Measured in docs/adr/0008.
"""

from __future__ import annotations

import functools
import sqlite3
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import dagster as dg

# Library -> the first version that is not known to fit.
FITS = {"dagster": "1.14", "sqlalchemy": "2.2", "pyarrow": "27"}
KEPT = 8  # databases kept open
INPUTS = 16  # inputs of which it is known what was recorded last
# Dagster has no public name for a manager that writes no files of what a process prints.
SILENT_LOGS = {
    "module": "dagster._core.storage.noop_compute_log_manager",
    "class": "NoOpComputeLogManager",
}


@functools.cache
def write_lazily() -> None:
    """From now on, SQLite connections of this process leave the flushing to the system."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "connect")
    def _relax(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=OFF")


@functools.cache
def keep_engines() -> None:
    """From now on, Dagster's event log and runs keep one engine, and its connections, a database.

    Only the last few databases are kept open, since each run has a database of its own.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage

    for storage in (sqlite_event_log, sqlite_run_storage):
        vars(storage)["create_engine"] = _kept(storage.create_engine)


def _kept(make: Callable[..., Any]) -> Callable[..., Any]:
    made: OrderedDict[str, Any] = OrderedDict()

    def create_engine(url: str, *, poolclass: object = None, **options: Any) -> Any:
        # With SQLAlchemy's own pool: Dagster's class of pool keeps nothing, and Dagster disposes
        # of the engine after each use.
        if url not in made:
            engine = make(url, **options)
            engine.close_all, engine.dispose = engine.dispose, lambda: None
            made[url] = engine
        made.move_to_end(url)
        if len(made) > KEPT:
            made.popitem(last=False)[1].close_all()
        return made[url]

    return create_engine


@functools.cache
def read_inputs_once() -> None:
    """From now on, what was recorded of an input is read once a run, and not by each step that follows from it.

    The step that makes an input comes before all that read it, and the lease keeps other runs away. Only the last
    few are kept, since what is recorded of a table has samples in it. In a night with nothing new 10 providers
    were read 82 times, a fifth of the run.
    """
    from dagster._core.execution.context.data_version_cache import DataVersionCache

    read = vars(DataVersionCache)["_fetch_asset_records"]
    kept: OrderedDict[tuple[str, Any], Any] = OrderedDict()
    turn = threading.Lock()  # two steps may be at work

    def fetch(self: Any, keys: Sequence[Any]) -> dict[Any, Any]:
        run = self._context.run_id
        with turn:
            known = {key: kept[run, key] for key in keys if (run, key) in kept}
        found = read(self, [key for key in keys if key not in known])
        with turn:
            kept.update({(run, key): record for key, record in found.items()})
            while len(kept) > INPUTS:
                kept.popitem(last=False)
        return known | found

    setattr(DataVersionCache, "_fetch_asset_records", fetch)  # noqa: B010


@functools.cache
def know_columns() -> None:
    """From now on, the event log looks once which columns it has, and not with each event of an asset."""
    from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

    look = vars(SqlEventLogStorage)["_has_asset_key_col_on_connection"]

    def has(self: Any, connection: Any, column: str) -> bool:
        known = vars(self).setdefault("known_columns", {})
        if column not in known:
            known[column] = look(self, connection, column)
        return known[column]

    setattr(SqlEventLogStorage, "_has_asset_key_col_on_connection", has)  # noqa: B010


@functools.cache
def two_steps_at_once() -> None:
    """From now on, runs in one process carry out small steps two at a time (pipelines/beside.py).

    Dagster has one executor for what a command runs in its own process and takes no other there, so
    the loop over the steps in it is replaced.
    """
    from dagster._core.executor import in_process

    from pipelines import beside

    vars(in_process)["inner_plan_execution_iterator"] = beside.steps


def of_the_location(opened: dg.DagsterInstance, module: str, location: str) -> None:
    """Runs made in this process are shown on Dagster's overview, as those of its daemon are.

    The overview knows a run by the origin of its job, which running in process leaves out.
    """
    from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
    from dagster._core.workspace.load_target import ModuleTarget

    (origin,) = ModuleTarget(module, None, None, location).create_origins()
    repository = RemoteRepositoryOrigin(origin, "__repository__")
    create = opened.create_run_for_job

    def create_run_for_job(job_def: Any, *args: Any, **given: Any) -> dg.DagsterRun:
        job = RemoteJobOrigin(repository, job_def.name)
        return create(job_def, *args, **(given | {"remote_job_origin": job}))

    vars(opened)["create_run_for_job"] = create_run_for_job


@functools.cache
def keep_definitions() -> None:
    """From now on, this process loads the definitions of a code location once, and not for each step.

    For workers, which carry out many steps: Dagster keeps the last job it loaded, but asks for it with and
    without what it calls load data, which we have none of, so that it was loaded twice a step (4 s).
    """
    from dagster._core.definitions import reconstruct

    load = reconstruct.reconstruct_repository_def_from_pointer
    kept: dict[Any, Any] = {}

    def loaded(pointer: Any, repository_load_data: object = None) -> Any:
        if pointer not in kept:
            kept.clear()
            kept[pointer] = load(pointer, None)
        return kept[pointer]

    vars(reconstruct)["reconstruct_repository_def_from_pointer"] = loaded
    job: Any = reconstruct.ReconstructableJob
    job.get_definition = functools.lru_cache(maxsize=4)(job.get_definition.__wrapped__)


@functools.cache
def ask_connections_first() -> None:
    """From now on, connections that Dagster keeps to PostgreSQL are asked whether they are still there.

    For the webserver, which keeps them open: after the database was started again, its first answers
    were errors. Dagster offers no setting for it.
    """
    from dagster_postgres.event_log import event_log
    from dagster_postgres.run_storage import run_storage
    from dagster_postgres.schedule_storage import schedule_storage

    for storage in (event_log, run_storage, schedule_storage):
        made = functools.partial(storage.create_pg_engine, pool_pre_ping=True)
        vars(storage)["create_pg_engine"] = made


def leave_pandas_out() -> None:
    """From here on let pandas be absent, in a process in which reading is all that happens.

    pyarrow imports it as soon as an array is made from Python objects, which takes longer than
    reading most files; no reader needs it. Does nothing where pandas is loaded already.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, Absent())  # type: ignore[arg-type]


class Absent:
    """A finder of modules that says that there is no pandas."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raise `ModuleNotFoundError` for pandas."""
        if name == "pandas":
            raise ModuleNotFoundError(name)
