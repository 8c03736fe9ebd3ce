"""Half of a large site by a second process, where there is a second processor.

It is a plain process of the module `second`, not a fork: the first one may have threads of DuckDB and Dagster, or
be a worker that may have no children of `multiprocessing`. It reads the release for itself. Its
standard input is open as long as the first process lives; at the end of it the second one ends at once,
however the first one ended.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from warehouse.errors import WarehouseError

T = TypeVar("T")
LARGE = (
    30_000_000  # bytes of a database; of a smaller one, the site is made before a process is ready
)
SECOND = "warehouse.publications.atlas.second"  # the module of the other process
ORPHAN = 70  # exit code of the second process where the first one is gone


@dataclasses.dataclass(frozen=True)
class Share:
    """Every `of`-th item from `place` on; the first share also has what there is once."""

    place: int = 0
    of: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the share of the process that was asked for the site."""
        return self.place == 0

    def take(self, items: Iterable[T]) -> Iterator[T]:
        """The items of this share."""
        return islice(items, self.place, None, self.of)


@dataclasses.dataclass(frozen=True)
class Written:
    """What was written: pages, all files, their bytes."""

    pages: int = 0
    files: int = 0
    bytes: int = 0

    def __add__(self, other: Written) -> Written:
        """Both."""
        return Written(self.pages + other.pages, self.files + other.files, self.bytes + other.bytes)


def number(database: Path) -> int:
    """How many processes make a site: two for a large release on several processors, else one."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    large = database.is_file() and database.stat().st_size >= LARGE
    return 2 if large and cores > 1 and sys.executable else 1


@contextmanager
def beside(job: dict[str, Any] | None) -> Generator[Callable[[], Written]]:
    """Start the second process with its job; a function that waits for what it wrote.

    None starts nothing. The function raises WarehouseError where the process failed. On leaving, the
    process is ended if it has not ended.
    """
    if job is None:
        yield Written
        return
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", SECOND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
        encoding="utf-8",
    )
    assert process.stdin and process.stdout

    def wait() -> Written:
        said = process.stdout.readline() if process.stdout else ""
        if not said:
            raise WarehouseError(
                f"The second process of the atlas ended with code {process.wait()} before its pages were "
                "written; the memory of the machine may be too small. Make the atlas again."
            )
        answer = json.loads(said)
        if "error" in answer:
            raise WarehouseError(answer["error"])
        return Written(**answer)

    try:
        with suppress(BrokenPipeError):  # where it ended already, `wait` says so
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
        yield wait
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.close()
