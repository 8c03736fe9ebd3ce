"""The inbox: files dropped in `inbox/<wave>/` are read and taken away, or set aside with a reason."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from catalog.models.survey import Survey
from sources.errors import SourceError
from warehouse.home import Home
from warehouse.surveys.exports.neutral import Export
from warehouse.surveys.intake.intake import WAVE, Choice, Intake, take_in

REFUSED = "refused"
UNTOUCHED_FOR = 5.0  # seconds since the last change: what is still being copied is left alone


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not taken in, and why: a sentence, and what its sender is told."""

    name: str
    sentence: str


def waiting(home: Home, now: float | None = None) -> dict[str, str]:
    """Waves with files that wait, each with a mark that changes when its files do."""
    found: dict[str, list[str]] = {}
    for path in _complete(home, now):
        what = path.lstat()
        found.setdefault(path.parent.name, []).append(
            f"{path.name}/{what.st_size}/{what.st_mtime_ns}"
        )
    return {w: hashlib.sha256("\n".join(f).encode()).hexdigest()[:16] for w, f in found.items()}


def empty(
    home: Home,
    wave: str,
    survey: Survey,
    prove: Callable[[Export, Path], object] = lambda _export, _path: None,
    explain: Callable[[Path], str] = lambda _path: "",
    now: float | None = None,
) -> tuple[list[Intake], list[RefusedFile]]:
    """Read every complete file that waits for a wave: (what came in, what was refused and why).

    `prove` raises `SourceError` for an export in which something must be mended first; `explain` says
    what, cell by cell, in the language of the city. A file that was read is deleted here (its original
    is kept, protected); one that was refused is moved to `refused/` with the reasons beside it. What is
    still being copied is left alone. A folder of the inbox may hold a file `metro_id.txt` that names
    the metropolis of all its files.
    """
    taken, refused = [], []
    hint = home.inbox / wave / "metro_id.txt"
    metro_id = hint.read_text(encoding="utf-8").strip() if hint.is_file() else ""
    for path in [p for p in _complete(home, now) if p.parent.name == wave]:
        try:
            came = take_in(
                home, path, wave, survey, metro_id=metro_id, choice=Choice(via="inbox"),
                prove=lambda export, path=path: prove(export, path),
            )  # fmt: skip
            taken.append(came)
            path.unlink()
        except SourceError as error:
            refused.append(RefusedFile(path.name, str(error)))
            told = "\n".join(filter(None, (explain(path), str(error))))
            aside = _aside(path)
            path.replace(aside)
            aside.with_name(f"{aside.name}.txt").write_text(f"{told}\n", encoding="utf-8")
    return taken, refused


def _aside(path: Path) -> Path:
    """Where a refused file goes: never over another one of that name."""
    folder = path.parent / REFUSED
    folder.mkdir(mode=0o700, exist_ok=True)
    made, number = folder / path.name, 1
    while made.exists() or made.with_name(f"{made.name}.txt").exists():
        number += 1
        made = folder / f"{path.stem}-{number}{path.suffix}"
    return made


def prepare(home: Home) -> None:
    """Make the inbox, for its owner alone."""
    home.inbox.mkdir(parents=True, exist_ok=True, mode=0o700)


def _complete(home: Home, now: float | None) -> list[Path]:
    """The files that nobody writes to any more."""
    moment = time.time() if now is None else now
    return [p for p in _files(home) if moment - p.lstat().st_mtime >= UNTOUCHED_FOR]


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
