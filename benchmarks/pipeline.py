"""How a whole build grows: time, memory and disk with records, editions and metropolises.

`python -m benchmarks.pipeline [RECORDS ...] [--indicators 10] [--editions 1] [--metros 1]
[--nightly] [--beside RECORDS] [--only] [--minutes 60]` makes for each size a checkout with a small catalog (five indicators
of four providers) and one more dataset of so many records, and runs `observatory build` on an empty
home. Printed are processor seconds and the peak of memory of each step, the size of the store, the
tables and the event log, and the exponent of the processor time from each size to the next, the build
without the dataset taken off.

The dataset is a file of Eurostat (TSV): ten indicators by sex and age, the urban centres of the
registry, up to 30 years. --editions: so many editions of it, each of which revises 2 percent of the figures;
--metros: the registry so many times, the copies with identifiers and units of their own; --nightly:
then comes one more edition and `observatory refresh --offline` is measured; --beside: the nightly edition
is one of a second dataset of so many records, in two indicators; --only: without the build of no records.
Homes are made in the folder that TMPDIR names, and removed. A process that takes more than
`MOST_GB`, or --minutes, is stopped, and what its steps took until then is printed.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
KEPT = {"area", "green_area_share", "population", "population_density", "public_transport_access"}
SYSTEM, VINTAGE = "ghsl_ucdb", "R2019A"
MOST_GB = 9
FIRST = datetime(2024, 1, 1)  # when upstream published the first edition; one more each week
REVISED = 50  # one figure in so many is another in each edition
LAST_YEAR, YEARS = 2023, 30
SHOWN = 12  # steps that are printed, the dearest first
_INDICATOR = """\
id: {id}
theme: demography
title: {title}
definition: Made figures, to measure how a build grows.
unit: PERSON
direction: higher
range: {{min: 0, max: 100000000}}
bindings:
{bindings}"""
_BINDING = """\
  - provider: eurostat
    dataset: {dataset}
    where: {{indic: {id}, sex: {sex}, age: {age}}}
    unit: PERSON
    sex: {sex}
    age: {age}
    verified: true
"""
_DATASET = """\
  {dataset}:
    title: Made figures, {dataset}
    territory:
      - code: cities
        system: {system}
        vintage: {vintage}
"""


@dataclass(frozen=True)
class Made:
    """A made dataset: its name, series as (indicator, sex, age), places and years."""

    name: str
    series: list[tuple[str, str, str]]
    places: list[str]
    years: int

    @property
    def records(self) -> int:
        """Records of one edition."""
        return len(self.series) * len(self.places) * self.years

    def write(self, file: Path, edition: int) -> None:
        """One edition as TSV; of each later one `1 / REVISED` of the figures are others."""
        periods = range(LAST_YEAR - self.years + 1, LAST_YEAR + 1)
        rng = np.random.default_rng(list(self.name.encode()))
        with file.open("w", encoding="ascii") as out:
            out.write("indic,sex,age,cities\\TIME_PERIOD\t" + "\t".join(map(str, periods)) + "\n")
            for number, (indicator, sex, age) in enumerate(self.series):
                shape = (len(self.places), self.years)
                level = np.exp(rng.normal(11, 1, (shape[0], 1)))
                slope = rng.normal(0.01, 0.01, (shape[0], 1)) * np.arange(self.years)
                figures = (level * np.exp(slope + rng.normal(0, 0.003, shape))).round(1)
                for later in range(1, edition + 1):
                    chosen = np.random.default_rng((number, later)).random(shape) < 1 / REVISED
                    figures[chosen] = (figures[chosen] * 1.001).round(1)
                for place, row in zip(self.places, figures.tolist(), strict=True):
                    cells = " \t".join(map(str, row))
                    out.write(f"{indicator},{sex},{age},{place}\t{cells} \n")

    def state(self, code: Path) -> None:
        """Say of it in the catalog of a checkout what an analyst would."""
        with (code / "catalog/providers/eurostat.yaml").open("a", encoding="utf-8") as provider:
            provider.write(_DATASET.format(dataset=self.name, system=SYSTEM, vintage=VINTAGE))
        for indicator in sorted({i for i, *_ in self.series}):
            bindings = "".join(
                _BINDING.format(dataset=self.name, id=indicator, sex=sex, age=age)
                for i, sex, age in self.series
                if i == indicator
            )
            text = _INDICATOR.format(
                id=indicator, title=indicator.replace("_", " ").capitalize(), bindings=bindings
            )
            file = code / "catalog/indicators" / f"{indicator}.yaml"
            file.write_text(text, encoding="utf-8")


def made(name: str, records: int, indicators: int, places: list[str]) -> Made:
    """A dataset of about so many records: first more years, then more groups of age and sex."""
    years = min(max(records // (indicators * len(places)), 5), YEARS)
    number = max(round(records / (len(places) * years)), 1)
    variants = [("_T", "_T"), *((s, f"Y{a}") for a in range(100) for s in ("_T", "F", "M"))]
    series = [
        (f"{name}_{n % indicators + 1:02}", *variants[n // indicators]) for n in range(number)
    ]
    return Made(name, series, places, years)


def checkout(code: Path, times: int) -> list[str]:
    """A copy of the code with a small catalog and the registry so many times; the places that it links."""
    from tests.flow.observatory import checkout as copied

    copied(code, KEPT)
    metros = code / "catalog/metros"
    for name, columns in _REPEATED.items():
        _repeat(metros / name, columns, times)
    with (metros / "spatial_unit.csv").open(encoding="utf-8", newline="") as file:
        units = [
            r for r in csv.DictReader(file) if (r["system"], r["vintage"]) == (SYSTEM, VINTAGE)
        ]
    return [u["code"] for u in units]


# File of the registry -> columns that are another in each copy.
_REPEATED = {
    "metro.csv": ("metro_id",),
    "spatial_unit.csv": ("unit_id", "code"),
    "crosswalk.csv": ("metro_id", "code"),
    "metro_name.csv": ("metro_id",),
    "pin.csv": ("founder", "metro_id"),
}


def _repeat(file: Path, columns: tuple[str, ...], times: int) -> None:
    with file.open(encoding="utf-8", newline="") as read:
        rows = list(csv.DictReader(read))
    with file.open("a", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        for n in range(1, times):
            for row in rows:
                if row.get("system", "").endswith("country"):
                    continue  # a country stays one
                writer.writerow(row | {c: f"{row[c]}-x{n}" for c in columns})


def put(home: Path, data: Made, edition: int) -> int:
    """Keep one edition in the store of a home; bytes of the file."""
    from sources.store.snapshots import Store

    published = FIRST + timedelta(weeks=edition)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{data.name}.tsv"
        data.write(file, edition)
        kept = Store(home / "snapshots").put(
            file,
            provider="eurostat",
            dataset=data.name,
            filename=file.name,
            media_type="text/tab-separated-values",
            url=f"https://example.org/{data.name}.tsv",
            retrieved_at=published,
            published_at=published,
            licence="made",
            attribution="made",
            redistributable=True,
            origin="added",
        )
    return kept.size


def build(code: Path, home: Path, minutes: float, *command: str) -> dict:
    """Run the `observatory` command of a checkout in a process of its own: what its steps took."""
    with tempfile.TemporaryDirectory() as folder:
        out, log = Path(folder) / "steps.json", Path(folder) / "log"
        environment = os.environ | {
            "OBSERVATORY_HOME": str(home),
            "OBSERVATORY_PUBLICATIONS": "",
            "PYTHONPATH": f"{code}{os.pathsep}{ROOT}",
        }
        with log.open("w") as said:
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.pipeline",
                    "--child",
                    str(out),
                    str(minutes),
                    *command,
                ],
                check=False,
                cwd=code,
                env=environment,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        if not out.exists():
            sys.exit(f"{' '.join(command)} stopped ({done.returncode}):\n{log.read_text()[-3000:]}")
        told = json.loads(out.read_text(encoding="utf-8"))
        if done.returncode:
            print(log.read_text()[-3000:])
        return told | {"code": done.returncode}


def child(out: Path, minutes: float, *command: str) -> None:
    """In the child: the command, with the processor time and peak memory of each step written to `out`."""
    from pipelines.cli import main as observatory
    from pipelines.flow import Runner

    steps: list[dict] = []
    now: dict[str, Any] = {"step": "start", "cpu": 0.0, "peak": 0.0, "rows": None}
    lock = threading.Lock()

    def cut(name: str) -> None:
        with lock:
            spent = time.process_time()
            last = {k: now[k] for k in ("step", "peak", "rows")}
            steps.append(last | {"seconds": spent - now["cpu"]})
            now.update(step=name, cpu=spent, peak=_resident(), rows=None)
            written = out.with_suffix(".new")
            written.write_text(json.dumps({"steps": steps}), encoding="utf-8")
            written.replace(out)

    def watch() -> None:
        end = time.monotonic() + minutes * 60
        while True:
            now["peak"] = max(now["peak"], _resident())
            late = time.monotonic() > end
            if late or now["peak"] > MOST_GB * 1000:
                said = f"is not done after {minutes:g} minutes" if late else f"takes > {MOST_GB} GB"
                print(f"Stopped: {now['step']} {said}.", flush=True)
                cut("end")
                os._exit(3)
            time.sleep(0.02)

    listen = Runner._listen

    def heard(self: Runner, entry) -> None:
        event = entry.dagster_event
        if event is not None and event.step_key is not None:
            if event.event_type_value == "STEP_START":
                cut(event.step_key)
            elif event.event_type_value in ("STEP_SUCCESS", "STEP_FAILURE"):
                cut("between steps")
            elif event.event_type_value == "ASSET_MATERIALIZATION":
                rows = event.materialization.metadata.get("dagster/row_count")
                now["rows"] = rows.value if rows else None
        return listen(self, entry)

    Runner._listen = heard
    threading.Thread(target=watch, daemon=True).start()
    sys.argv = ["observatory", *command]
    try:
        observatory()
    finally:
        cut("end")


def _resident() -> float:
    """Megabytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def size(folder: Path) -> float:
    """Megabytes of the files under a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6


def summed(told: dict) -> tuple[float, float]:
    """(processor seconds, peak megabytes) of a run."""
    return sum(s["seconds"] for s in told["steps"]), max(s["peak"] for s in told["steps"])


def report(title: str, told: dict) -> None:
    """The dearest steps of a run, and those that take most memory."""
    seconds, peak = summed(told)
    print(f"\n### {title}: {seconds:.1f} s of processor, {peak:,.0f} MB\n")
    print("| step | rows | processor s | peak MB |\n| --- | ---: | ---: | ---: |")
    named: dict[str, dict] = {}
    for s in told["steps"]:
        one = named.setdefault(s["step"], {"seconds": 0.0, "peak": 0.0, "rows": None})
        one["seconds"] += s["seconds"]
        one["peak"] = max(one["peak"], s["peak"])
        one["rows"] = s["rows"] if s["rows"] is not None else one["rows"]
    for of in ("seconds", "peak"):
        for name, s in sorted(named.items(), key=lambda x: -x[1][of])[:SHOWN]:
            rows = "" if s["rows"] is None else f"{s['rows']:,}"
            print(f"| {name} | {rows} | {s['seconds']:.1f} | {s['peak']:,.0f} |")
        print("|  |  |  |  |")
    sys.stdout.flush()


def measure(args: argparse.Namespace, records: int) -> tuple[float, float] | None:
    """Build with so many records; (processor seconds, peak MB), None where it did not come to its end."""
    with tempfile.TemporaryDirectory(prefix="growth-") as place:
        code, home = Path(place) / "code", Path(place) / "home"
        places = checkout(code, args.metros)
        data = made("grown", records, args.indicators, places) if records else None
        beside = made("beside", args.beside, 2, places) if args.beside else None
        served = 0.0
        for one in filter(None, (data, beside)):
            one.state(code)
            editions = args.editions if one is data else 1
            served += sum(put(home, one, n) for n in range(editions)) / 1e6
        shown = f"{data.records:,} records, {len(data.series)} series" if data else "no records"
        title = f"{shown}, {args.editions} editions, {args.metros} times the registry"
        told = build(code, home, args.minutes, "build")
        report(title, told)
        print(
            f"\nServed {served:,.1f} MB; snapshots {size(home / 'snapshots'):,.1f}, tables "
            f"{size(home / 'tables'):,.1f}, releases {size(home / 'releases'):,.1f}, event log and runs "
            f"{size(home / 'dagster'):,.1f} MB.",
            flush=True,
        )
        if args.keep:
            shutil.copytree(place, args.keep, symlinks=True)
        if told["code"]:
            return None
        again = beside or data
        if args.nightly and again:
            put(home, again, args.editions if again is data else 1)
            night = build(code, home, args.minutes, "refresh", "--offline")
            report(f"The night after, a new edition of {again.name}", night)
        return summed(told)


def main() -> None:
    """Measure each size; the form with dashes is this module calling itself."""
    if sys.argv[1:2] == ["--child"]:
        return child(Path(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("records", nargs="*", type=lambda x: int(float(x)), default=[10**6, 10**7])
    parser.add_argument("--indicators", type=int, default=10)
    parser.add_argument("--editions", type=int, default=1)
    parser.add_argument("--metros", type=int, default=1, help="times the registry")
    parser.add_argument("--nightly", action="store_true")
    parser.add_argument("--beside", type=lambda x: int(float(x)), default=0)
    parser.add_argument("--only", action="store_true", help="without the build of no records")
    parser.add_argument("--minutes", type=float, default=60, help="of one run, at most")
    parser.add_argument("--keep", type=Path, help="a folder that keeps checkout and home")
    args = parser.parse_args()
    sizes = [*([] if args.only else [0]), *args.records]
    found = {n: took for n in sizes if (took := measure(args, n))}
    print("\n| records | processor s | peak MB | exponent |\n| ---: | ---: | ---: | ---: |")
    alone, last = found.get(0, (0.0, 0.0))[0], None
    for records, (seconds, peak) in found.items():
        power = ""
        if records and last:
            grown = math.log((seconds - alone) / (last[1] - alone))
            power = f"{grown / math.log(records / last[0]):.2f}"
        last = (records, seconds) if records else None
        print(f"| {records:,} | {seconds:.1f} | {peak:,.0f} | {power} |")


if __name__ == "__main__":
    main()
