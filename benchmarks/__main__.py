"""Run each way to read each file in a process of its own, in turns, and print the medians.

`python -m benchmarks [--rounds 5] [CASE ...]`. Time is that of the reading alone, libraries loaded;
memory is the peak of the whole process.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks import files, ways

EUROSTAT, UNSD = partial(ways.ours, provider="eurostat"), partial(ways.ours, provider="un_sdg")
# Case -> how its file is made, and the ways to read it.
CASES = {
    "SDMX-CSV": (files.sdmx_csv, {"observatory": EUROSTAT, "pandas": ways.pandas_sdmx_csv}),
    "TSV": (files.tsv, {"observatory": EUROSTAT, "pandas": ways.pandas_tsv}),
    "JSON-stat": (
        files.json_stat,
        {
            "observatory": EUROSTAT,
            "json + pandas": ways.pandas_json_stat,
            "orjson.loads alone": ways.orjson_alone,
        },
    ),
    "workbook": (files.workbook, {"observatory": UNSD, "pandas + openpyxl": ways.pandas_openpyxl}),
}
# What a way loads before the clock starts, if not pandas.
LOADED = {
    "observatory": ["sources.eurostat", "sources.un_sdg", "pyarrow.compute"],
    "orjson.loads alone": ["orjson"],
}


def one(case: str, way: str, path: Path) -> None:
    """In the child: read once and say how long it took, at what peak, and what was found."""
    for module in LOADED.get(way, ["pandas", "openpyxl"]):
        importlib.import_module(module)
    start = time.perf_counter()
    digest = CASES[case][1][way](path)
    seconds = time.perf_counter() - start
    unit = 1024 if sys.platform == "linux" else 1024**2  # macOS says bytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps({"seconds": seconds, "peak": peak, "digest": digest}))


def child(*args: str) -> str:
    """What a process of this module prints."""
    command = [sys.executable, "-m", "benchmarks", *args]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def compare(case: str, folder: Path, rounds: int) -> None:
    """Print the rows of one case; stop where two ways do not find the same."""
    path = folder / "file"
    # Made in a child too: a process starts out with the peak of the one that made it.
    cells = int(child("--make", case, str(path)))
    found: dict[str, list[dict]] = {way: [] for way in CASES[case][1]}
    for _ in range(rounds):
        for way, runs in found.items():
            runs.append(json.loads(child("--one", case, way, str(path))))
    digests = {w: runs[0]["digest"] for w, runs in found.items() if not w.endswith("alone")}
    if len({tuple(d) for d in digests.values()}) > 1:
        sys.exit(f"{case}: the ways do not find the same records: {digests}")
    base = statistics.median(r["seconds"] for r in found["observatory"])
    for way, runs in found.items():
        seconds = statistics.median(r["seconds"] for r in runs)
        peak = statistics.median(r["peak"] for r in runs)
        print(
            f"| {case} | {cells:,} | {path.stat().st_size / 1e6:.0f} | {way} | {seconds:.2f} "
            f"| {seconds / base:.1f} | {peak:.0f} |",
            flush=True,
        )
    path.unlink()


def main() -> None:
    """Read the arguments; the two forms with dashes are this module calling itself."""
    match sys.argv[1:]:
        case ["--one", case, way, path]:
            return one(case, way, Path(path))
        case ["--make", case, path]:
            return print(CASES[case][0](Path(path)))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    if unknown := set(args.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}; use {', '.join(CASES)}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, ", end="")
    print(f"median of {args.rounds}\n")
    print("| file | cells | MB | read by | seconds | ratio | peak MB |")
    print("| --- | ---: | ---: | --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for case in args.cases or CASES:
            compare(case, Path(folder), args.rounds)


if __name__ == "__main__":
    main()
