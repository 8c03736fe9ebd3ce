"""What a benchmark is: a file or a table to start from, the ways to do one thing with it, the goals.

A case is a module in `benchmarks/cases` with a list `CASES`. To add one, add such a module, or a
`Case` to a list. Libraries are imported inside functions, since ways run in two environments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Way:
    """One way to do it, run in a process of its own.

    `run(folder, out)` reads what `Case.make` left in `folder` and writes its result, as Parquet,
    to `out`, or answers it as an Arrow table or a pandas frame; only this call is timed. `loads` are imported before the clock starts. `foreign` ways
    run in the benchmarks' own environment (`requirements-bench.lock`), which does not hold this
    project's dependencies; all others in the project's. A `floor` writes no result to compare.
    """

    name: str
    run: Callable[[Path, Path], object]
    loads: tuple[str, ...] = ()
    foreign: bool = False
    floor: bool = False


@dataclass(frozen=True)
class Goal:
    """What the first way must reach against the way `against`, in medians of the same run.

    `faster`: at least so many times as fast (0.9 allows 1.1 times its time). `memory`: at most so
    much of its peak memory.
    """

    against: str
    faster: float | None = None
    memory: float | None = None


@dataclass(frozen=True)
class Case:
    """One comparison. The first way is ours; all that are no floor must give the same rows.

    `make(folder)` leaves the inputs in an empty folder, the same on each machine, and answers
    their size in words (`1,000,000 cells, 6 MB`). `compare` names the columns in which results
    must agree, as SQL expressions over each result (empty: all columns).
    """

    name: str
    make: Callable[[Path], str]
    ways: tuple[Way, ...]
    goals: tuple[Goal, ...] = ()
    compare: tuple[str, ...] = ()
    rounds: int = field(default=5)
