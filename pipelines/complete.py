"""Whether anything can be out of date, decided before the graph is made: that is half of a night without news.

What is out of date follows (`plan.compare`) from the code with its catalog, from what is installed and how it is
set up, from what Dagster recorded of each asset, and from the files of the home, and from nothing else. A build
that leaves nothing to do notes a fingerprint of all four. Where they are the same once the providers were asked,
nothing is out of date again. In every other case, also where a run failed or was interrupted or a table is red,
the plan is made from the graph.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import plan, status
from pipelines.last_good import ROOMS

if TYPE_CHECKING:
    import dagster as dg

    from warehouse.home import Home

ROOT = Path(__file__).parent.parent
OURS, PLACE = "OBSERVATORY_", "OBSERVATORY_HOME"  # a home that was moved is as complete as before


def code() -> str:
    """Every file of the code and of the catalog, by its content."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in _files(ROOT / room):
            digest.update(f"{path.relative_to(ROOT)}\n{_content(path)}\n".encode())
    return digest.hexdigest()


def setup() -> str:
    """The Python, every installed package by version and time, and our variables of the environment."""
    said = [sys.version, sys.platform]
    said += sorted(f"{n}={v}" for n, v in os.environ.items() if n.startswith(OURS) and n != PLACE)
    for folder in sorted({p for p in sys.path if p and Path(p).is_dir()}):
        with os.scandir(folder) as entries:
            found = [e for e in entries if e.name.endswith((".dist-info", ".egg-info"))]
            said += sorted(f"{e.name} {e.stat().st_mtime_ns}" for e in found)
    return _digest(said)


@dataclass(frozen=True)
class LastComplete:
    """What the last complete build of a home noted, against a run that begins now.

    Make it before the catalog and the code are loaded: what is edited later is of the next run.
    """

    home: Home
    code: str = field(default_factory=code)
    setup: str = field(default_factory=setup)

    def unchanged(self, instance: dg.DagsterInstance) -> bool:
        """Whether everything is as the last complete build left it, so that nothing is out of date."""
        try:
            noted = json.loads(self.home.complete.read_text(encoding="utf-8"))
            same = (noted["code"], noted["setup"]) == (self.code, self.setup)
            if not same or status.unhealed(status.read(self.home), status.BAD):
                return False
            built = plan.recorded(instance, [tuple(k) for k in noted["assets"]])
            return noted["recorded"] == recorded(built) and noted["files"] == files(self.home)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def forget(self) -> None:
        """Say that a build begins, which may end anywhere."""
        self.home.complete.unlink(missing_ok=True)

    def note(self, graph: plan.Graph, built: Mapping[plan.Key, plan.Built], seen: str) -> None:
        """Note that of this graph nothing is out of date, with these records and these files.

        `seen` is the fingerprint of the files, taken before they were compared. Nothing is noted
        where something is red, or where the code was edited meanwhile.
        """
        if plan.red(built) or self.code != code():
            return
        said = {"code": self.code, "setup": self.setup, "files": seen, "recorded": recorded(built)}
        text = json.dumps(said | {"assets": [list(k) for k in graph]})
        part = self.home.complete.with_name(".complete.part")
        part.write_text(text, encoding="utf-8")
        part.replace(self.home.complete)


def recorded(built: Mapping[plan.Key, plan.Built]) -> str:
    """What was recorded of each asset when it was made last, but for the time."""
    said = {plan.name(k): asdict(b) | {"at": 0} for k, b in built.items()}
    return _digest([json.dumps(said, sort_keys=True)])


def files(home: Home) -> str:
    """The tables by content; each file of the current release by size and time; what else is published by name."""
    current = home.releases / "current"
    said = [f"{p.relative_to(home.root)} {_content(p)}" for p in _files(home.tables)]
    said += [f"current {current.resolve().name}"]
    for path in _files(current.resolve()):
        stat = path.stat()
        said.append(f"{path.name} {path.parent.name} {stat.st_size} {stat.st_mtime_ns}")
    published = [*home.releases.glob("*"), *home.publications.glob("*/*")]
    return _digest([*said, *sorted(str(p.relative_to(home.root)) for p in published)])


def _files(folder: Path) -> Iterable[Path]:
    """Every file below a folder, in order, but for what Python compiled."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f != "__pycache__")
        yield from (Path(place, name) for name in sorted(names))


def _content(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(said: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
