"""Dagster's SQLite storage, in the processes of the command: no waiting for the disk, engines kept.

Dagster opens the databases some 11,000 times in a build, each time by a new SQLAlchemy engine that
compiles the same SQL again; and SQLite waits for the disk at each commit. What is lost if the
machine (not the process) dies is the last moments of the log, and then the plan builds these assets
again; snapshots, tables and releases are flushed to the disk by their own writers.
Measured in docs/adr/0008.
"""

from __future__ import annotations

import functools
import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

KEPT = 8  # databases held open


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
