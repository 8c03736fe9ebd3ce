"""Backup and restore: verified, while others write, never over what is there."""

from __future__ import annotations

import json
import sqlite3
import threading

import pytest

from pipelines import backup
from warehouse.errors import WarehouseError
from warehouse.home import Home


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home")
    for path, text in (
        (home.history("eurostat", "met_d3area"), "history"),
        (home.root / "snapshots" / "objects" / "ab", "bytes"),
        (home.protected / "persons.parquet", "persons"),
        (home.table("observation"), "made again"),
        (home.root / "status.json", "{}"),
        (home.releases / "2026.01.01.1" / "observatory.duckdb", "release"),
        (home.releases / "candidate" / "x", "waits"),
        (home.dagster / "alive" / "run", "x"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (home.releases / "current").symlink_to("2026.01.01.1")
    home.protected.chmod(0o700)
    with sqlite3.connect(home.dagster / "runs.db") as con:
        con.execute("create table run (n)")
        con.execute("insert into run values (1)")
    con.close()
    return home


def quiet(_: object) -> None:
    pass


def test_a_lost_home_is_as_it_was(home, tmp_path):
    made = backup.backup(home, tmp_path / "elsewhere", quiet)
    other = Home(tmp_path / "restored")
    backup.restore(other, made, events=True, say=quiet)
    assert other.history("eurostat", "met_d3area").read_text() == "history"
    assert (other.releases / "current" / "observatory.duckdb").read_text() == "release"
    assert (other.protected / "persons.parquet").read_text() == "persons"
    assert other.protected.stat().st_mode & 0o777 == 0o700
    assert (made / "survey.tar").stat().st_mode & 0o077 == 0
    assert not other.table("observation").exists()  # made again by the next build
    assert not other.candidate.exists() and not (other.dagster / "alive").exists()
    with sqlite3.connect(other.dagster / "runs.db") as con:
        assert con.execute("select n from run").fetchall() == [(1,)]
    con.close()
    without = Home(tmp_path / "without")
    backup.restore(without, made, events=False, say=quiet)
    assert not without.dagster.exists()


def test_a_database_that_is_being_written_is_copied_whole(home, tmp_path):
    over = threading.Event()

    def write() -> None:
        con = sqlite3.connect(home.dagster / "runs.db", timeout=60)
        while not over.is_set():
            with con:  # two rows at once, or none
                con.execute("insert into run values (2)")
                con.execute("insert into run values (3)")
        con.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(3):
            made = backup.backup(home, tmp_path / f"elsewhere{n}", quiet)
            other = Home(tmp_path / f"restored{n}")
            backup.restore(other, made, events=True, say=quiet)
            con = sqlite3.connect(other.dagster / "runs.db")
            ((two, three),) = con.execute("select sum(n = 2), sum(n = 3) from run").fetchall()
            con.close()
            assert two == three
    finally:
        over.set()
        writer.join()


@pytest.mark.parametrize("harm", ["cut", "gone", "manifest"])
def test_a_damaged_backup_restores_nothing(home, tmp_path, harm):
    made = backup.backup(home, tmp_path / "elsewhere", quiet)
    part = made / "history.tar"
    if harm == "cut":
        part.write_bytes(part.read_bytes()[:-700])
    elif harm == "gone":
        part.unlink()
    else:
        (made / backup.MANIFEST).write_text("{")
    other = Home(tmp_path / "restored")
    with pytest.raises(WarehouseError, match=r"another backup|not a backup"):
        backup.restore(other, made, events=True, say=quiet)
    assert not other.root.exists()


def test_a_restore_never_overwrites(home, tmp_path):
    made = backup.backup(home, tmp_path / "elsewhere", quiet)
    with pytest.raises(WarehouseError, match="is not empty"):
        backup.restore(home, made, events=True, say=quiet)


def test_a_backup_inside_the_home_is_refused(home):
    with pytest.raises(WarehouseError, match="inside the home"):
        backup.backup(home, home.root / "backups", quiet)


def test_snapshots_that_are_elsewhere_are_named(home, tmp_path, monkeypatch):
    monkeypatch.setenv("OBSERVATORY_SNAPSHOTS", "s3://bucket/prefix")
    made = backup.backup(home, tmp_path / "elsewhere", quiet)
    said = json.loads((made / backup.MANIFEST).read_text())
    assert said["snapshots_elsewhere"] == "s3://bucket/prefix"
