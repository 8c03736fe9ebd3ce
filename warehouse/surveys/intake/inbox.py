"""The inbox: files dropped in `inbox/<wave>/` are read and taken away, or set aside with a reason."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from catalog.models.survey import Survey
from sources.errors import SourceError
from warehouse.home import Home
from warehouse.surveys.intake.intake import WAVE, Intake, take_in

REFUSED = "refused"
SETTLED = 5.0  # seconds since the last change: what is still being copied is left alone


def waiting(home: Home, now: float | None = None) -> dict[str, str]:
    """Waves with files that wait, each with a mark that changes when its files do."""
    moment = time.time() if now is None else now
    found: dict[str, list[str]] = {}
    for path in _files(home):
        what = path.lstat()
        if moment - what.st_mtime >= SETTLED:
            found.setdefault(path.parent.name, []).append(
                f"{path.name}/{what.st_size}/{what.st_mtime_ns}"
            )
    return {w: hashlib.sha256("\n".join(f).encode()).hexdigest()[:16] for w, f in found.items()}


def empty(
    home: Home, wave: str, survey: Survey, prove: Callable[[Path], None] = lambda _: None
) -> tuple[list[Intake], list[str]]:
    """Read every file that waits for a wave: (what came in, a sentence for each that was refused).

    `prove` raises `SourceError` for a file in which something must be mended first.
    A file that was read is deleted here (its original is kept, protected); one that was refused is
    moved to `refused/` with the sentence beside it. A folder of the inbox may hold a file
    `metro_id.txt` that names the metropolis of all its files.
    """
    taken, refused = [], []
    hint = home.inbox / wave / "metro_id.txt"
    metro_id = hint.read_text(encoding="utf-8").strip() if hint.is_file() else ""
    for path in [p for p in _files(home) if p.parent.name == wave]:
        try:
            prove(path)
            taken.append(take_in(home, path, wave, survey, metro_id=metro_id))
            path.unlink()
        except SourceError as error:
            refused.append(str(error))
            aside = path.parent / REFUSED
            aside.mkdir(mode=0o700, exist_ok=True)
            path.replace(aside / path.name)
            (aside / f"{path.name}.txt").write_text(f"{error}\n", encoding="utf-8")
    return taken, refused


def prepare(home: Home) -> None:
    """Make the inbox, for its owner alone."""
    home.inbox.mkdir(parents=True, exist_ok=True, mode=0o700)


def _files(home: Home) -> list[Path]:
    if not home.inbox.is_dir():
        return []
    found = [
        p
        for folder in home.inbox.iterdir()
        if folder.is_dir() and not folder.is_symlink() and WAVE.fullmatch(folder.name)
        for p in folder.iterdir()
        if not p.is_dir() and not p.name.startswith(".") and p.name != "metro_id.txt"
    ]
    return sorted(found)
