"""One run at a time writes to a home; the operating system frees the lock of a killed process."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path

PAUSE = 0.2  # seconds between two tries
# Locks of this process by path: how often they are held. A run started inside `observatory build`
# asks for the lock that the command already has.
_depth: dict[Path, int] = {}
_guard = threading.Lock()


@contextlib.contextmanager
def held(path: Path, who: str, on_wait: Callable[[str], None] | None = None) -> Generator[None]:
    """Hold the lock at `path`; wait while another process holds it.

    `who` says what is being done, in words. `on_wait` is told once, in a sentence, who holds the
    lock, and again when the holder changes. Held twice in one process, it is one lock.
    """
    path = path.absolute()
    with _guard:
        mine = path in _depth
        _depth[path] = _depth.get(path, 0) + 1
    try:
        if mine:
            yield
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+", encoding="utf-8") as file:
            _wait(file, on_wait)
            _sign(file, who)
            try:
                yield
            finally:
                file.seek(0)
                file.truncate()
                file.flush()
    finally:
        with _guard:
            _depth[path] -= 1
            if not _depth[path]:
                del _depth[path]


def holder(path: Path) -> str | None:
    """Who holds the lock, as a sentence; None where nobody does."""
    try:
        with path.open("a+", encoding="utf-8") as file:
            if _try(file):
                return None
            return _sentence(file)
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def alive(folder: Path, name: str) -> Generator[None]:
    """Show, until the end of the block or the death of this process, that `name` lives."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with path.open("a+", encoding="utf-8") as file:
        if not _try(file):  # the command that started this run shows it already
            yield
            return
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def is_alive(folder: Path, name: str) -> bool | None:
    """Whether `name` lives; None where it never said so. The sign of a dead one is removed."""
    path = folder / name
    try:
        with path.open("r+", encoding="utf-8") as file:
            if not _try(file):
                return True
            path.unlink(missing_ok=True)
            return False
    except FileNotFoundError:
        return None


def _try(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(file, on_wait: Callable[[str], None] | None) -> None:
    told = None
    while not _try(file):
        sentence = _sentence(file)
        if on_wait is not None and sentence != told:
            on_wait(sentence)
            told = sentence
        time.sleep(PAUSE)


def _sign(file, who: str) -> None:
    file.seek(0)
    file.truncate()
    since = datetime.now(UTC).isoformat(timespec="seconds")
    json.dump({"pid": os.getpid(), "who": who, "since": since}, file)
    file.flush()


def _sentence(file) -> str:
    file.seek(0)
    try:
        said = json.loads(file.read())
        text = f"{said['who']} (process {said['pid']}, since {said['since']})"
    except (ValueError, KeyError, TypeError):
        text = "another run"  # it has the lock and has not signed yet
    return f"Waiting for {text}, which is writing to the same home."


def command_line() -> str:
    """The command of this process in short, for the holder's text: no path, no secret."""
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
