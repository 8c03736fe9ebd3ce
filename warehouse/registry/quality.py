"""How good the crosswalk is: measured against the frozen pairs, before and after review."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from warehouse.registry.assemble import Joined
from warehouse.registry.countries import countries
from warehouse.registry.matching.match import wilson
from warehouse.registry.truth import Pair
from warehouse.registry.unit import RegistryError, Unit

Key = tuple[str, str, str]
# Fewer pairs than this say nothing of a system: it is "not measured".
ENOUGH = 100
PRECISION, RECALL = 0.98, 0.95
# Populations that differ by more than this factor of ten are outliers.
OUTLIER = 0.5
# Tied by their label or code, or by a label that had to be the same in two lists.
EASY = frozenset(["eurostat_cities", "unhabitat_labels", "unsd_codes"])
GATED = ("all", "without easy pairs")
# Scales that speak of a whole metropolis; a city in it is smaller by nature.
WHOLE = ("agglomeration", "fua", "urban_centre", "metro_region")
STAGES = ("before_review", "after_review")


@dataclass(frozen=True)
class Counted:
    """What a group of pairs came to; the shares follow from it."""

    pairs: int
    linked: int
    correct: int
    left_out: int

    def row(self, stage: str, role: str, system: str, region: str) -> dict[str, object]:
        """As a row of `crosswalk_quality`; shares only where there are enough pairs."""
        measured = self.pairs >= ENOUGH
        precision = wilson(self.correct, self.linked) if measured and self.linked else None
        recall = wilson(self.correct, self.pairs) if measured else None
        return {
            "stage": stage,
            "role": role,
            "system": system,
            "region": region,
            "pairs": self.pairs,
            "left_out": self.left_out,
            "linked": self.linked,
            "correct": self.correct,
            "measured": measured,
            "precision": _share(self.correct, self.linked) if precision else None,
            "precision_low": _round(precision, 0),
            "precision_high": _round(precision, 1),
            "recall": _share(self.correct, self.pairs) if recall else None,
            "recall_low": _round(recall, 0),
            "recall_high": _round(recall, 1),
            "coverage": _share(self.linked, self.pairs) if measured else None,
            "abstention": _share(self.pairs - self.linked, self.pairs) if measured else None,
        }


def _share(part: int, of: int) -> float | None:
    return round(part / of, 4) if of else None


def _round(pair: tuple[float, float] | None, n: int) -> float | None:
    return None if pair is None else round(pair[n], 4)


def homes(joined: Iterable[Joined]) -> dict[Key, str]:
    """Unit to its metropolis's key."""
    return {(j.unit.system, j.unit.code, j.unit.vintage): j.metro for j in joined}


def measure(
    pairs: Sequence[Pair],
    before: Mapping[Key, str],
    after: Mapping[Key, str],
    aliased: set[Key],
    systems: Iterable[str] = (),
) -> list[dict[str, object]]:
    """The rows of `crosswalk_quality`.

    `before`: unit to metropolis without review decisions and without shared numbers; pairs of a
    unit in `aliased` (somebody looked at it and wrote an alias) are left out of that stage, and
    counted. `after`: as published, all pairs. `systems` without any pair have a row that says so.
    """
    made: list[dict[str, object]] = []
    for stage, home in zip(STAGES, (before, after), strict=True):
        groups: dict[tuple[str, str, str], list[Pair]] = defaultdict(list)
        for p in pairs:
            region = countries()[p.iso2].region
            roles = (p.role,) if p.role == "must_reject" else (p.role, "both")
            # Easy pairs are counted with the others, and the whole without them.
            hard = () if p.set in EASY else ("without easy pairs",)
            for key in product(roles, ("all", p.system, *hard), ("all", region)):
                groups[key].append(p)
        for (role, system, region), group in sorted(groups.items()):
            used = group
            if stage == STAGES[0]:
                used = [p for p in group if not {p.one, p.other} & aliased]
            linked = [p for p in used if p.one in home and p.other in home]
            counted = Counted(
                len(used),
                len(linked),
                sum(home[p.one] == home[p.other] for p in linked),
                len(group) - len(used),
            )
            row = counted.row(stage, role, system, region)
            if role == "must_reject":  # here a link on one metropolis is the fault
                for k in row:
                    if k.startswith(("precision", "recall", "cover", "abst")):
                        row[k] = None
                row["measured"] = True
            made.append(row)
        unpaired = sorted(set(systems) - {p.system for p in pairs if p.role != "must_reject"})
        made += [Counted(0, 0, 0, 0).row(stage, "both", s, "all") for s in unpaired]
    return made


def wrong(pairs: Sequence[Pair], home: Mapping[Key, str]) -> list[Pair]:
    """Pairs that are linked and should not be as they are."""
    return [
        p
        for p in pairs
        if p.one in home
        and p.other in home
        and (home[p.one] == home[p.other]) == (p.role == "must_reject")
    ]


def gate(rows: Iterable[dict[str, object]], coverage: Iterable[dict[str, object]]) -> list[str]:
    """What falls short of the promise, a sentence each; empty for nothing."""
    said = []
    for r in rows:
        if r["role"] == "must_reject" and r["correct"] and r["system"] == r["region"] == "all":
            said.append(f"{r['correct']} pairs that must be rejected are linked ({r['stage']})")
        if r["role"] != "holdout" or r["region"] != "all" or r["system"] not in GATED:
            continue
        for name, least in (("precision", PRECISION), ("recall", RECALL)):
            if r[name] is None or float(str(r[name])) < least:
                said.append(
                    f"{name} ({r['stage']}, {r['system']}) is {r[name]}, which must be at least {least}"
                )
    said += [
        f"{r['one_to_one_violations']} metropolises have two main units of {r['system']} {r['vintage']}"
        for r in coverage
        if r["one_to_one_violations"]
    ]
    return said


def coverage(
    units: Sequence[Unit], joined: Sequence[Joined], people: Callable[[str], float | None]
) -> list[dict[str, object]]:
    """The rows of `crosswalk_coverage`: per system and vintage, what is on a metropolis and how.

    `people` gives a metropolis's own population. Raises `RegistryError` where a unit is on two.
    """
    links: dict[Key, Joined] = {}
    for j in joined:
        key = (j.unit.system, j.unit.code, j.unit.vintage)
        if key in links:
            raise RegistryError(f"{j.unit.key} is on two metropolises; keep one in review.csv.")
        links[key] = j
    listed: dict[tuple[str, str], list[Unit]] = defaultdict(list)
    for u in units:
        if u.scale not in ("country", "region"):
            listed[u.system, u.vintage].append(u)
    made: list[dict[str, object]] = []
    for (system, vintage), group in sorted(listed.items()):
        found = [j for u in group if (j := links.get((u.system, u.code, u.vintage)))]
        mains = Counter((j.metro, j.unit.scale) for j in found if j.relation != "part_of")
        ratios = [
            abs(math.log10(j.unit.population / size))
            for j in found
            if j.relation != "part_of"
            and j.unit.scale in WHOLE
            and j.method != "founder"
            and j.unit.population
            and (size := people(j.metro))
        ]
        made.append(
            {
                "system": system,
                "vintage": vintage,
                "units": len(group),
                "matched": len(found),
                "share": _share(len(found), len(group)),
                "founders": sum(j.method == "founder" for j in found),
                "part_of": sum(j.relation == "part_of" for j in found),
                "reviewed": sum(j.decided_by == "reviewer" for j in found),
                "metros": len({j.metro for j in found}),
                "one_to_one_violations": sum(n > 1 for n in mains.values()),
                "populations_compared": len(ratios),
                "population_outliers": sum(r > OUTLIER for r in ratios),
            }
        )
    return made
