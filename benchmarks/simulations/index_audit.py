"""How often the auditor finds and names planted slips, and what it says of clean publications.

    python -m benchmarks.simulations.index_audit [SEEDS]

writes docs/simulations-index-audit.md (20 seeds unless said otherwise): fifteen classes of slips,
one, two and three at a time, on full and on thin publications; and clean ones with rounding.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.simulations.index_plants import (
    CLASSES,
    exactly,
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


@dataclass(frozen=True)
class Outcome:
    """What became of one slip."""

    kind: str
    found: bool
    named: bool
    exact: bool
    """Its effect is told, and no other."""
    allowed: bool
    """Several effects are told, and its own is among them."""
    listed: bool
    """Not named, but among the candidates of what cannot be told apart."""
    listed_right: bool
    """And with its own effect."""


@dataclass
class Count:
    """What became of the slips of one class; `wrong` are publications with a wrong name."""

    planted: int = 0
    found: int = 0
    named: int = 0
    exact: int = 0
    allowed: int = 0
    listed: int = 0
    listed_right: int = 0
    publications: int = 0
    wrong: int = 0

    def add(self, one: Outcome) -> None:
        """Count one slip more."""
        self.planted += 1
        for name in ("found", "named", "exact", "allowed", "listed", "listed_right"):
            setattr(self, name, getattr(self, name) + getattr(one, name))


def one(task: tuple[int, tuple[str, ...], bool]) -> tuple[list[Outcome], bool] | None:
    """(outcome of each slip, whether a finding is none of them); None where the design has no place."""
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
        candidates = [
            c
            for f in told
            for some in f.candidates
            for c in some
            if not named and explains(c, plant)
        ]
        exact = any(exactly(f.effect, truth) for f in named)
        rows.append(
            Outcome(
                plant.kind,
                any(touches(f, plant, on) for f in found),
                bool(named),
                exact,
                not exact and any(weighed(f.effect, truth) for f in named),
                bool(candidates),
                any(weighed(c.effect, truth) for c in candidates),
            )
        )
    return rows, wrong


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


def count(publications: list[tuple[list[Outcome], bool]]) -> dict[str, Count]:
    """Counts by the class of the slip, and of "all" together."""
    found = {"all": Count()}
    for rows, wrong in publications:
        found["all"].publications += 1
        found["all"].wrong += wrong
        for row in rows:
            found["all"].add(row)
            found.setdefault(row.kind, Count()).add(row)
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
        "finding that is no planted slip. *Effect*, of the slips named: the number of units whose "
        "rank moves and the furthest move are both the true ones (*exact*); or the finding says that "
        "the published figures allow several effects, and the true one is among them (*one of "
        "several*: none or one, where the slip is in the published sheet alone or in the index; all "
        "within two ends, where a unit's own figures are lost). Else the effect is *not right*. "
        "*Listed*: the slip is not named, but is among the candidates of a finding that they cannot "
        "be told apart, with its true effect.",
        "",
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        told = [f for f in pool.map(clean, range(CLEAN), chunksize=10) if f]
        lines += [
            f"{CLEAN} clean publications rounded to 1, 2 or 3 decimals: {len(told)} with a finding.",
            "",
            "| publication | slips at a time | publications | found, % | named, % "
            "| with a wrong name, % | effect exact, % | one of several, % | not right | listed |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        classes: dict[tuple[str, bool], Count] = {}
        for full in (True, False):
            for many in (1, 2, 3):
                listed = list(tasks(seeds, many, full))
                counted = count([r for r in pool.map(one, listed, chunksize=4) if r])
                print(full, many, counted["all"], file=sys.stderr)
                c = counted.pop("all")
                name = "full" if full else "thin"
                lines.append(
                    f"| {name} | {many} | {c.publications} | {share(c.found, c.planted)} | "
                    f"{share(c.named, c.planted)} | {share(c.wrong, c.publications)} | "
                    f"{share(c.exact, c.named)} | {share(c.allowed, c.named)} | "
                    f"{c.named - c.exact - c.allowed} of {c.named} | "
                    f"{c.listed_right} of {c.listed} |"
                )
                for kind, k in counted.items():
                    total = classes.setdefault((kind, full), Count())
                    for name in ("planted", "found", "named", "exact", "allowed"):
                        setattr(total, name, getattr(total, name) + getattr(k, name))
    lines += [
        "",
        "By class, one to three at a time; *effect*: exact, or one of several that are told:",
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
                share(k.exact + k.allowed, k.named),
            ]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    lines += [
        "",
        "A direction and goalposts that were exchanged give the same figures, so either name counts "
        "for both. In thin publications a column that holds another's values is told apart from "
        "other slips by what each predicts for every unit; where two predict the same, both are "
        "told, each with its effect.",
        "",
    ]
    return "\n".join(lines)


def trouble(seeds: int, many: int, full: bool) -> list[tuple]:
    """The slips that are missed, for whoever improves the auditor: (task, outcome, wrong name)."""
    found = []
    for task in tasks(seeds, many, full):
        rows, wrong = one(task) or ([], False)
        found += [
            (task, r, wrong) for r in rows if wrong or not (r.found and (r.exact or r.allowed))
        ]
    return found


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    PAGE.write_text(page(many), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
