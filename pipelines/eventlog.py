"""Dagster's SQLite storage, in the processes of the command: no waiting for the disk, engines kept.

Dagster makes a new SQLAlchemy engine for each of some 11,000 connections of a build, and each new
one compiles the same SQL again; and SQLite waits for the disk at each commit. What is lost if the
machine (not the process) dies is the last moments of the log, and then the plan builds these assets
again; snapshots, tables and releases are flushed to the disk by their own writers.
Measured in docs/adr/0008.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable
from typing import Any


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
    """From now on, Dagster's event log and runs use one engine a database, and so compile SQL once.

    Connections are opened and closed as before: these engines pool none.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage

    for storage in (sqlite_event_log, sqlite_run_storage):
        vars(storage)["create_engine"] = _kept(storage.create_engine)


def _kept(make: Callable[..., Any]) -> Callable[..., Any]:
    made: dict[str, Any] = {}

    def create_engine(url: str, **options: Any) -> Any:
        if url not in made:
            made[url] = make(url, **options)
        return made[url]

    return create_engine
