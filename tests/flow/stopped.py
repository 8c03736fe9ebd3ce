"""What must be true of a home, whenever a build in it was stopped; and at which moments one is."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.flow.observatory import Observatory
from warehouse import changes, release


def parquet_hashes(home: Path) -> dict[str, str]:
    """Hash by name of the tables of the current release."""
    return _hashes((home / "releases" / "current").resolve() / "parquet")


def pages(home: Path) -> set[str]:
    """The files of the atlas of the current release; none where it was not made."""
    name = (home / "releases" / "current").resolve().name
    folder = home / "publications" / name / "atlas"
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def whole(home: Path, good: dict[str, str], site: set[str]) -> list[str]:
    """The names of the releases in this home, after all that is published was found to be whole.

    `good` are the hashes of the tables, `site` the files of the atlas that a build makes which nobody
    stops.
    """
    folders = [p for p in sorted((home / "releases").glob("2*")) if p.is_dir()]
    for folder in folders:
        release.verify(folder)
        assert _hashes(folder / "parquet") == good
    if (home / "releases" / "current").is_symlink():
        assert (home / "releases" / "current").resolve() in folders
        assert pages(home) in (set(), site)
    if (home / "status.json").exists():
        assert json.loads((home / "status.json").read_text(encoding="utf-8"))["runs"]
    return [p.name for p in folders]


def moments(dice: random.Random, number: int, longest: float) -> list[tuple[bool, float]]:
    """Whether a build begins with nothing, and the seconds until it is stopped.

    Every second build goes on where the one before it was stopped. Those that begin with nothing are
    stopped once in each equal part of `longest`, in random order: so few moments come to all phases,
    from the imports to the publications.
    """
    fresh = (number + 1) // 2
    drawn = [max(0.5, (n + dice.random()) * longest / fresh) for n in range(fresh)]
    dice.shuffle(drawn)
    every = [m for after in drawn for m in ((True, after), (False, dice.uniform(0.5, longest / 2)))]
    return every[:number]


def with_atlas(observatory: Observatory) -> float:
    """Build all anew, an atlas too, in a process of its own: the seconds that it takes here and now."""
    observatory.publications = "atlas"
    emptied(observatory.home, releases=False)
    start = time.monotonic()
    run = begun(observatory)
    said, _ = run.communicate()
    assert run.returncode == 0, said
    took = time.monotonic() - start
    print(f"a build takes {took:.0f} s")
    return took


def begun(observatory: Observatory) -> subprocess.Popen[str]:
    """A build that has just been started, in a session of its own."""
    # A shell starts what is in its background deaf to Ctrl-C, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        observatory.command("build"),
        env=observatory.environment,
        cwd=observatory.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def emptied(home: Path, *, releases: bool) -> None:
    """Take away all that was built; with `releases` the current one and its atlas stay.

    It looks as if an older code had made it, so the next build publishes another with the same tables.
    """
    current = (home / "releases" / "current").resolve()
    for path in home.iterdir():
        if path.is_dir() and not (releases and path.name in ("releases", "publications")):
            shutil.rmtree(path)
        elif path.name == "status.json":
            path.unlink()
    for path in home.glob("releases/*"):
        if path.is_dir() and not path.is_symlink() and path != current:
            shutil.rmtree(path)
    if releases:
        file = current / changes.MADE_OF
        made_of = json.loads(file.read_text(encoding="utf-8")) | {"release": "an older one"}
        file.write_text(json.dumps(made_of), encoding="utf-8")
        release._write_sums(current)


def phase(home: Path) -> str:
    """How far a build that was stopped had come."""
    if list((home / "publications").glob("*/.atlas-building")):
        return "an atlas aside"
    if list((home / "releases").glob(".building*")):
        return "a release aside"
    return "tables" if any((home / "tables").rglob("*.parquet")) else "the beginning"


def _hashes(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.parquet")}
