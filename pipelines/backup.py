"""Backup and restore of a home: what cannot be made again, each part a tar file with its hash.

A backup may be made while a run is on. Every file of a home is replaced whole, so each is consistent;
the history is read before the snapshots that it speaks of, which are only added; Dagster's databases
are copied by SQLite's own online backup.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.home import Home

MANIFEST = "manifest.json"
# In this order: what is read later is newer, and everything that the earlier speaks of is in it.
PARTS = {
    "history": ("tables/history",),
    "survey": ("survey", "protected"),
    "snapshots": ("snapshots",),
    "releases": ("releases",),
    "state": ("status.json", "asked.json", "alerts.json"),
    "events": ("dagster",),
}
MEANING = {
    "history": "source records with the time from and to which they stood",
    "survey": "answers of the survey, and the protected store of persons",
    "snapshots": "the files as upstreams served them",
    "releases": "the published releases",
    "state": "what ran, and what each upstream answered",
    "events": "Dagster's event log",
}
_PRIVATE = ("survey",)
_BLOCK = 1 << 20


def backup(home: Home, folder: Path, say: Callable[[str], object] = print) -> Path:
    """Write a backup into a new folder below `folder`, verify it, and answer with its path.

    Raises `WarehouseError` where the home is empty, or what was written cannot be read back.
    """
    _of_a_folder(home)
    if not home.root.is_dir():
        raise WarehouseError(f"{home.root}: there is no home to back up; set OBSERVATORY_HOME.")
    if folder.resolve().is_relative_to(home.root.resolve()):
        raise WarehouseError(f"{folder} is inside the home: choose a folder on another disk.")
    folder.mkdir(parents=True, exist_ok=True)
    name = f"observatory-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    target, part = folder / name, folder / f".{name}.part"
    part.mkdir()
    try:
        parts = {}
        for one, places in PARTS.items():
            parts[one] = _pack(home, part / f"{one}.tar", places, one in _PRIVATE)
            say(f"{one}: {parts[one]['files']} files, {parts[one]['bytes'] / 1e6:.1f} MB")
        said = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "parts": parts}
        said["snapshots_elsewhere"] = str(home.snapshots) if _elsewhere(home) else None
        (part / MANIFEST).write_text(json.dumps(said, indent=1), encoding="utf-8")
        part.rename(target)
        verify(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def verify(folder: Path) -> dict:
    """What the manifest says; raises `WarehouseError` where a part is missing or is not as written."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        parts = dict(said["parts"])
    except (OSError, ValueError, KeyError, TypeError):
        raise WarehouseError(
            f"{folder} is not a backup ({MANIFEST} is missing or damaged); name the folder that "
            "`observatory backup` wrote."
        ) from None
    for name, about in parts.items():
        file = folder / f"{name}.tar"
        if not file.is_file() or _digest(file) != about["sha256"]:
            raise WarehouseError(
                f"{file}: it is missing or is not as it was written; use another backup."
            )
    return said


def restore(
    home: Home, folder: Path, *, events: bool, say: Callable[[str], object] = print
) -> None:
    """Rebuild a lost home from a backup; nothing is written before all of it is verified.

    events: Dagster's event log as well; without it the next build makes every table anew. Raises
    `WarehouseError` where the backup is damaged or the home is not empty.
    """
    _of_a_folder(home)
    said = verify(folder)
    if home.root.exists() and any(home.root.iterdir()):
        raise WarehouseError(
            f"{home.root} is not empty: a restore never overwrites; move it away, or set "
            "OBSERVATORY_HOME to another folder."
        )
    home.root.mkdir(parents=True, exist_ok=True)
    for name, about in said["parts"].items():
        if name == "events" and not events:
            continue
        with tarfile.open(folder / f"{name}.tar") as archive:
            archive.extractall(home.root, filter="data")
        say(f"{name}: {about['files']} files")
    for private in (home.protected,):
        if private.is_dir():
            private.chmod(0o700)
    if said.get("snapshots_elsewhere"):
        say(f"The snapshots are at {said['snapshots_elsewhere']}: set OBSERVATORY_SNAPSHOTS to it.")


def _pack(home: Home, file: Path, places: tuple[str, ...], private: bool) -> dict:
    """One part as a tar file; how many files and bytes it has, and its hash."""
    files = size = 0
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
    with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w") as archive:
        for place in places:
            for path in _files(home.root / place):
                added = _add(archive, path, str(path.relative_to(home.root)))
                if added is not None:
                    files, size = files + 1, size + added
    return {"files": files, "bytes": size, "sha256": _digest(file)}


def _files(path: Path) -> Iterator[Path]:
    """The files below a path, without what is being written and what only a running process needs."""
    if (path.is_file() and not path.is_symlink()) or path.is_symlink():
        yield path
    elif path.is_dir():
        for inner in sorted(path.iterdir()):
            if not inner.name.startswith(".") and inner.name not in ("alive", "candidate"):
                yield from _files(inner)


def _add(archive: tarfile.TarFile, path: Path, name: str) -> int | None:
    """Add one file; its size, or None where it is gone since it was listed."""
    if path.suffix in (".db-wal", ".db-shm", ".db-journal") or path.name == "ui.lock":
        return None  # the copy of the database has what they hold
    try:
        if path.is_symlink():
            archive.add(path, name, recursive=False)
            return 0
        content: io.BufferedIOBase | io.BytesIO
        if path.suffix == ".db":
            content = io.BytesIO(_database(path))
            size = len(content.getbuffer())
        else:
            content = path.open("rb")
            size = os.fstat(content.fileno()).st_size
        with content:
            about = archive.gettarinfo(str(path), name)
            about.size = size
            archive.addfile(about, content)
        return size
    except FileNotFoundError:
        return None


def _database(path: Path) -> bytes:
    """A consistent copy of a SQLite database that others may be writing to."""
    with tempfile.TemporaryDirectory(prefix="observatory-") as folder:
        copy = Path(folder) / "copy.db"
        source = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)
        target = sqlite3.connect(copy)
        try:
            source.backup(target)
        finally:
            target.close()
            source.close()
        return copy.read_bytes()


def _elsewhere(home: Home) -> bool:
    return Path(str(home.snapshots)) != home.root / "snapshots"


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _of_a_folder(home: Home) -> None:
    if home.elsewhere is not None:
        raise WarehouseError(
            f"{home.address} is on an object store: copy the bucket and the database, as "
            "docs/several-machines.md says; this command copies folders."
        )
