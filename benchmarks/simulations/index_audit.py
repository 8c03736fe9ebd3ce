"""How often the auditor finds and names planted slips, and what it says of clean publications.

    python -m benchmarks.simulations.index_audit [SEEDS]

writes docs/simulations-index-audit.md (20 seeds unless said otherwise): fifteen classes of slips,
one, two and three at a time, on full and on thin publications; and clean ones with rounding.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.simulations.index_plants import (
    CLASSES,
    DOUBT,
    UNITS,
    explains,
    planted,
    press,
    touches,
    weighed,
)
from warehouse.indices.auditor.audit import audit
from warehouse.indices.auditor.findings import APART, UNEXPLAINED

SEEDS = 20
CLEAN = 200
PAGE = Path(__file__).parents[2] / "docs" / "simulations-index-audit.md"


@dataclass
class Count:
    """What became of the slips of one class: `planted`, `found`, `named`, and effects that are right."""

    planted: int = 0
    found: int = 0
    named: int = 0
    effect: int = 0
    publications: int = 0
    wrong: int = 0
    missed: list[tuple] = field(default_factory=list)


def one(task: tuple[int, tuple[str, ...], bool]) -> list[tuple[str, bool, bool, bool, bool]] | None:
    """(class, found, named, effect right, a wrong name in the publication) of each slip."""
    seed, kinds, full = task
    on = planted(seed, list(kinds), full)
    if on is None:
        return None
    found = audit(on.spec, on.publish()).findings
    told = [f for f in found if f.is_defect]
    wrong = any(
        f.kind not in (UNEXPLAINED, APART) and not any(explains(f, p) for p in on.plants)
        for f in told
    )
    rows = []
    for plant in on.plants:
        named = [f for f in told if explains(f, plant)]
        truth = on.effect(plant)
        right = any(weighed(f, truth) for f in named)
        rows.append(
            (plant.kind, any(touches(f, plant, on) for f in found), bool(named), right, wrong)
        )
    return rows


def tasks(seeds: int, many: int, full: bool):
    """For each class so many publications with `many` slips, the class among them."""
    names = list(CLASSES)
    for kind in names:
        done = 0
        for seed in range(40 * seeds):
            if done == seeds:
                break
            rng = np.random.default_rng([seed, many, names.index(kind), full])
            rest = [
                str(k) for k in rng.choice([n for n in names if n != kind], many - 1, replace=False)
            ]
            task = (seed, (kind, *rest), full)
            if planted(seed, [kind, *rest], full) is not None:
                done += 1
                yield task


def clean(seed: int) -> list[str]:
    """Findings on a publication without slips, rounded to 1, 2 or 3 decimals."""
    on = press(seed, full=bool(seed % 2))
    on.places = 1 + seed % 3
    return [f"{f.kind} {f.about}" for f in audit(on.spec, on.publish()).findings]


def count(rows: list[list[tuple]], by_class: bool) -> dict[str, Count]:
    """Counts by the class of the slip, or all together."""
    found: dict[str, Count] = {}
    for publication in rows:
        some = found.setdefault("all", Count())
        some.publications += 1
        some.wrong += publication[0][4]
        for kind, seen, named, effect, _ in publication:
            for key in ("all", kind) if by_class else ("all",):
                c = found.setdefault(key, Count())
                c.planted += 1
                c.found += seen
                c.named += named
                c.effect += effect
    return found


def share(part: int, of: int) -> str:
    """A share in percent."""
    return f"{100 * part / of:.1f}" if of else "-"


def page(seeds: int) -> str:
    """The page in Markdown."""
    lines = [
        "# What the auditor finds and names",
        "",
        "`python -m benchmarks.simulations.index_audit` writes this page. Indices of 60 units and 10 "
        "indicators in 3 groups, of three designs in turn (arithmetic between goalposts; geometric "
        "over groups; arithmetic between observed ends), with gaps, logarithms and values beyond the "
        "goalposts. Full publications have raw and normalised values, scores of groups and index, "
        "and ranks, rounded to 2 decimals; thin ones raw values, the index at 3 decimals and ranks. "
        "A slip is in the published sheet alone or in the figures that the index was made from. "
        "*Named*: a finding of its class on what it touches. *Wrong name*: a publication with a "
        "finding that is no planted slip. *Effect*: of the slips named, those for which the number "
        f"of units whose rank moves is the true one, give or take {DOUBT} of {UNITS} where scores "
        "were rounded before they were ranked (where the published figures do not tell whether the "
        "slip is in the stage that the index follows, one of the two that are told).",
        "",
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        told = [f for f in pool.map(clean, range(CLEAN), chunksize=10) if f]
        lines += [
            f"{CLEAN} clean publications rounded to 1, 2 or 3 decimals: {len(told)} with a finding.",
            "",
            "| publication | slips at a time | publications | found, % | named, % "
            "| with a wrong name, % | effect right, % |",
            "|---|---|---|---|---|---|---|",
        ]
        classes: dict[tuple[str, bool], Count] = {}
        for full in (True, False):
            for many in (1, 2, 3):
                listed = list(tasks(seeds, many, full))
                rows = [r for r in pool.map(one, listed, chunksize=4) if r]
                counted = count(rows, by_class=True)
                print(full, many, counted["all"], file=sys.stderr)
                c = counted.pop("all")
                name = "full" if full else "thin"
                lines.append(
                    f"| {name} | {many} | {c.publications} | {share(c.found, c.planted)} | "
                    f"{share(c.named, c.planted)} | {share(c.wrong, c.publications)} | "
                    f"{share(c.effect, c.named)} |"
                )
                for kind, k in counted.items():
                    total = classes.setdefault((kind, full), Count())
                    total.planted += k.planted
                    total.found += k.found
                    total.named += k.named
                    total.effect += k.effect
    lines += [
        "",
        "By class, one to three at a time:",
        "",
        "| class | full: found, % | named, % | effect, % | thin: found, % | named, % | effect, % |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in CLASSES:
        cells = []
        for full in (True, False):
            k = classes.get((kind, full), Count())
            cells += [
                share(k.found, k.planted),
                share(k.named, k.planted),
                share(k.effect, k.named),
            ]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    lines += [
        "",
        "A direction and goalposts that were exchanged give the same figures, so either name counts "
        "for both. In thin publications a column that holds another's values is told apart from "
        "other slips by what each predicts for every unit; where two predict the same, both are told.",
        "",
    ]
    return "\n".join(lines)


def trouble(seeds: int, many: int, full: bool) -> Counter:
    """Which slips are missed, for whoever improves the auditor: (class, found, named, effect, wrong)."""
    found: Counter = Counter()
    for task in tasks(seeds, many, full):
        for row in one(task) or []:
            if not all(row[1:4]) or row[4]:
                found[(task, row)] += 1
    return found


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    PAGE.write_text(page(many), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
