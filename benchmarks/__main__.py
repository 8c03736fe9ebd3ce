"""Run every way of every case in a process of its own, in turns, and print the medians.

`python -m benchmarks [--rounds 5] [--list] [CASE ...]`, where CASE is the beginning of a name.
Time is that of the work alone, libraries loaded, result written; memory is the peak of the whole
process. A case stops where two ways do not give the same rows; the command fails where a goal is
missed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import cases
from benchmarks.case import Case, Way

FOREIGN = Path(".cache/bench-venv/bin/python")


def of(module: str) -> dict[str, Case]:
    """The cases of one module by name."""
    return {c.name: c for c in importlib.import_module(f"benchmarks.cases.{module}").CASES}


def found() -> dict[str, tuple[str, Case]]:
    """All cases by name, each with its module, in the order of the modules' names."""
    modules = sorted(m.name for m in pkgutil.iter_modules(cases.__path__))
    return {name: (m, case) for m in modules for name, case in of(m).items()}


def one(way: Way, folder: Path, out: Path) -> dict[str, float]:
    """In the child: do it once and say how long it took and at what peak."""
    for module in way.loads:
        importlib.import_module(module)
    start = time.perf_counter()
    answer = way.run(folder, out)
    took = {"seconds": time.perf_counter() - start, "peak": _peak()}
    if answer is not None:  # what is measured is the finding of the rows, not their writing
        _keep(answer, out)
    return took


def _keep(answer: object, out: Path) -> None:
    """Write a table of Arrow or a frame of pandas, so that the ways can be compared."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = answer if isinstance(answer, pa.Table) else pa.Table.from_pandas(answer)
    pq.write_table(table, out)


def _peak() -> float:
    """Peak memory of this program in MB; `ru_maxrss` would count what its parent took, too."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # macOS says bytes


def child(*args: str, foreign: bool = False) -> str:
    """What a process of this module prints."""
    python = str(FOREIGN) if foreign else sys.executable
    done = subprocess.run(
        [python, "-m", "benchmarks", *args], check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(f"The benchmark stopped in: {' '.join(args)}")
    return done.stdout.splitlines()[-1]


def differences(case: Case, ours: Path, theirs: Path) -> int:
    """How many rows are in one result and not in the other, counted with their repetitions."""
    import duckdb

    columns = ", ".join(case.compare) or "*"
    left, right = (f"SELECT {columns} FROM read_parquet('{p}')" for p in (ours, theirs))
    extra = "(SELECT count(*) FROM ({} EXCEPT ALL {}))"
    query = f"SELECT {extra.format(left, right)} + {extra.format(right, left)}"
    return duckdb.connect().execute(query).fetchall()[0][0]


def run(module: str, case: Case, rounds: int) -> list[str]:
    """Print the rows of one case and answer a sentence for each goal that is missed."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "in").mkdir()
        # Made in a child too, so that this process stays small.
        size = json.loads(child("--make", module, case.name, str(folder / "in")))
        if not size:
            print(f"| {case.name} | needs `OBSERVATORY_REAL_DATA` | | | | |", flush=True)
            return []
        runs: dict[str, list[dict[str, float]]] = {way.name: [] for way in case.ways}
        for turn in range(rounds):
            for number, way in enumerate(case.ways):
                out = folder / f"{number}.parquet"
                out.unlink(missing_ok=True)
                call = ("--one", module, case.name, way.name, str(folder / "in"), str(out))
                runs[way.name].append(json.loads(child(*call, foreign=way.foreign)))
                if turn == 0 and number and not way.floor:
                    wrong = differences(case, folder / "0.parquet", out)
                    if wrong:
                        sys.exit(f"{case.name}: {way.name} gives {wrong} other rows.")
    return report(case, size, runs)


def report(case: Case, size: str, runs: dict[str, list[dict[str, float]]]) -> list[str]:
    """Print one line for each way: medians, ratio to ours, goal; answer what is missed."""
    middle = {
        name: {k: statistics.median(r[k] for r in found) for k in ("seconds", "peak")}
        for name, found in runs.items()
    }
    ours, missed = middle[case.ways[0].name], []
    for way in case.ways:
        theirs = middle[way.name]
        ratio = theirs["seconds"] / ours["seconds"]
        share = ours["peak"] / theirs["peak"]
        words = []
        for goal in (g for g in case.goals if g.against == way.name):
            if goal.faster is not None:
                words.append(f">= {goal.faster:g}")
                if ratio < goal.faster:
                    missed.append(f"{case.name}: {ratio:.2f} times {way.name}, not {goal.faster:g}")
            if goal.memory is not None:
                words.append(f"memory <= {goal.memory:g}")
                if share > goal.memory:
                    missed.append(f"{case.name}: memory {share:.2f} of {way.name}'s")
        name = f"{case.name} ({size})" if way is case.ways[0] else ""
        print(
            f"| {name} | {way.name} | {theirs['seconds']:.3f} | {ratio:.2f} "
            f"| {theirs['peak']:.0f} | {share:.2f} | {', '.join(words)} |",
            flush=True,
        )
    return missed


def main() -> None:
    """Read the arguments; the two forms with dashes are this module calling itself."""
    match sys.argv[1:]:
        case ["--one", module, case, way, folder, out]:
            chosen = next(w for w in of(module)[case].ways if w.name == way)
            return print(json.dumps(one(chosen, Path(folder), Path(out))))
        case ["--make", module, case, folder]:
            return print(json.dumps(of(module)[case].make(Path(folder))))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="beginnings of names of cases")
    parser.add_argument("--rounds", type=int, help="how often each way runs (default: the case's)")
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    args = parser.parse_args()
    wanted = [
        c for n, c in found().items() if not args.cases or n.lower().startswith(tuple(args.cases))
    ]
    if args.list or not wanted:
        return print("\n".join(found()))
    if any(w.foreign for _, c in wanted for w in c.ways) and not FOREIGN.exists():
        sys.exit("The other readers are not installed yet; run `make bench`.")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"{platform.machine()}, {cores} cores, Python {platform.python_version()}\n")
    print("| case | way | seconds | times ours | peak MB | ours of it | goal |")
    print("| --- | --- | ---: | ---: | ---: | ---: | --- |", flush=True)
    missed = [line for m, c in wanted for line in run(m, c, args.rounds or c.rounds)]
    if missed:
        sys.exit("\nMissed goals:\n" + "\n".join(missed))
    print("\nEvery goal is reached.")


if __name__ == "__main__":
    main()
