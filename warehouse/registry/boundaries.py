"""Boundary versions: when the territory of a unit was redrawn, within an edition or by a later one.

Within one, by jumps of the areas of Eurostat's metro regions (MET_D3AREA). By a later edition: the
digit that Eurostat gives each delineation of a functional urban area, and jumps of the population
of the OECD's. The areas of the local units of 2019 are those of their functional urban areas.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from warehouse.registry.read import rows
from warehouse.registry.relations import Key, Relation
from warehouse.registry.unit import Unit

# Of the yearly changes of area in the file of March 2023, re-measurements that Eurostat flags stay
# at or below 1 percent and redrawn regions begin at 35; 5 percent lies between (see `area.yaml`).
JUMP = 0.05
SYSTEM, VINTAGE = "eurostat_metro", "NUTS2021"
# The growth of no OECD area of one delineation changed by more from 2000-2007 to 2007-2014 (281
# areas, logarithm over 7 years: median .003, 99th percentile .087, largest .098).
UNSTEADY = 0.1

Areas = dict[int, dict[str, float]]  # year -> {"total": km2, "land": km2}


@dataclass(frozen=True)
class Delineation:
    """One delineation of a unit: years from and to (None: open), area in km2, and what shows it.

    `edition` is the year of the list that redrew what `redraws` (system:code) was in `earlier`.
    """

    system: str
    vintage: str
    code: str
    version: int
    valid_from: int | None
    valid_to: int | None
    area_km2: float | None
    population: float | None
    evidence: str
    edition: int | None = None
    redraws: str = ""
    earlier: str = ""

    @property
    def unit_id(self) -> str:
        """`system:code`."""
        return f"{self.system}:{self.code}"


def redrawn(areas: Areas) -> list[tuple[int, int]]:
    """(last year before, first year after) of every jump of area that is a redrawn boundary.

    Total and land area must both jump by more than `JUMP`, where both are known on both sides: a
    jump of one alone is water counted anew. A single year out of line is an error of the list, not
    a boundary, and is passed over.
    """
    years = sorted(areas)
    # A year whose neighbours agree with each other and not with it.
    odd = {
        at
        for before, at, after in zip(years, years[1:], years[2:], strict=False)
        if _jumps(areas[before], areas[at])
        and _jumps(areas[at], areas[after])
        and not _jumps(areas[before], areas[after])
    }
    sound = [y for y in years if y not in odd]
    return [(a, b) for a, b in itertools.pairwise(sound) if _jumps(areas[a], areas[b])]


def _jumps(one: dict[str, float], other: dict[str, float]) -> bool:
    both = [k for k in ("total", "land") if one.get(k) and other.get(k)]
    return bool(both) and all(abs(other[k] / one[k] - 1) > JUMP for k in both)


def metro_regions(sources: Path) -> list[Delineation]:
    """Versions of every metro region with an area in MET_D3AREA."""
    found: dict[str, Areas] = defaultdict(lambda: defaultdict(dict))
    for r in rows(sources / "eurostat" / "sdmx_csv" / "met_d3area.csv"):
        code = r["metroreg"].partition(":")[0]
        kind = {"TOTAL": "total", "L0008": "land"}.get(r["landuse"].partition(":")[0])
        if kind and r["OBS_VALUE"] and len(code) > 2 and not code.endswith(("_NM", "_10")):
            found[code][int(r["TIME_PERIOD"])][kind] = float(r["OBS_VALUE"])
    return [v for code in sorted(found) for v in _versions(code, found[code])]


def _versions(code: str, areas: Areas) -> list[Delineation]:
    jumps = redrawn(areas)
    years = sorted(areas)
    starts = [None, *(after for _, after in jumps)]
    ends = [*(after - 1 for _, after in jumps), None]
    made = []
    for n, (start, end) in enumerate(zip(starts, ends, strict=True)):
        inside = [y for y in years if (start or 0) <= y <= (end or 9999)]
        # The newest area of the version; the total where it is known.
        newest = max((y for y in inside if "total" in areas[y]), default=max(inside))
        kind = "total" if "total" in areas[newest] else "land"
        said = f"{kind} area {areas[newest][kind]:.10g} km2 in {newest} (MET_D3AREA)"
        if n:
            before, after = jumps[n - 1]
            moved = next(k for k in ("total", "land") if k in areas[before] and k in areas[after])
            said = (
                f"{moved} area jumps from {areas[before][moved]:.10g} km2 in {before} to "
                f"{areas[after][moved]:.10g} in {after} (MET_D3AREA); {said}"
            )
        area = areas[newest].get("total")
        made.append(Delineation(SYSTEM, VINTAGE, code, n + 1, start, end, area, None, said))
    return made


def listed(units: Iterable[Unit], known: Iterable[Delineation]) -> list[Delineation]:
    """The one version of every unit whose own list gives its area, and has no dated versions."""
    dated = {(v.system, v.code, v.vintage) for v in known}
    return [
        Delineation(
            u.system,
            u.vintage,
            u.code,
            1,
            None,
            None,
            u.area_km2,
            u.population,
            f"one delineation in the edition {u.vintage}: area {u.area_km2:.10g} km2",
        )
        for u in units
        if u.area_km2 and (u.system, u.code, u.vintage) not in dated
    ]


def editions(
    links: Iterable[Relation], known: Iterable[Unit], before: list[Delineation], sources: Path
) -> list[Delineation]:
    """The versions with those that a later edition of a list redrew, counted on from the earlier one.

    `before` are the versions within editions. A unit of an edition that was redrawn gets the number
    after that of the unit it succeeds; its years stay open, for each edition tells all years anew.
    """
    units = {(u.system, u.code, u.vintage): u for u in known}
    found = {(v.system, v.code, v.vintage, v.version): v for v in before}
    growth = _growth(sources)
    last = {k[:3]: v for k, v in sorted(found.items())}
    succession = [r for r in links if r.relation == "successor_of"]
    for r in sorted(succession, key=lambda r: (r.other[2], r)):
        said = _redrawn(units[r.other], units[r.one], growth)
        if not said:
            continue
        was = last.get(r.other) or _plain(units[r.other], f"one delineation in the edition {r.other[2]}")  # fmt: skip
        now = last.get(r.one) or _plain(units[r.one], "")
        if (*r.one, 2) in found:
            continue  # redrawn within its edition, too: the years tell
        last[r.other] = found[*r.other, was.version] = was
        evidence = f"redrawn since the edition {r.other[2]}: {said}"
        evidence += f"; {now.evidence}" if now.evidence else ""
        found.pop((*r.one, 1), None)
        last[r.one] = found[*r.one, was.version + 1] = replace(
            now, version=was.version + 1, evidence=evidence, edition=int(r.one[2]),
            redraws=f"{r.other[0]}:{r.other[1]}", earlier=r.other[2],
        )  # fmt: skip
    return list(found.values())


def _plain(u: Unit, evidence: str) -> Delineation:
    return Delineation(
        u.system, u.vintage, u.code, 1, None, None, u.area_km2, u.population, evidence
    )


def _redrawn(was: Unit, now: Unit, growth: dict[Key, float]) -> str:
    """What shows that the territory is another one than in the edition before; empty for nothing."""
    counted = (was.system, was.vintage, now.vintage) == ("eurostat_fua", "2010", "2019")
    if counted and was.code[:5] == now.code[:5] and was.code != now.code:
        return f"Eurostat counts its delineation on from {was.code} to {now.code}"
    usual = growth.get((was.system, was.code, was.vintage))
    before, after = was.population_year, now.population_year
    if usual is None or not was.population or not now.population or not before or not after:
        return ""
    moved, expected = math.log(now.population / was.population), usual * (after - before)
    if abs(moved - expected) <= UNSTEADY:
        return ""
    return (
        f"population {was.population:,.0f} in {before} as {was.code} and {now.population:,.0f} in "
        f"{after} as {now.code}, where its own growth would give "
        f"{was.population * math.exp(expected):,.0f}"
    )


def _growth(sources: Path) -> dict[Key, float]:
    """Yearly growth (logarithm) from 2007 to 2014 of the OECD's areas of 2012, in one delineation."""
    people = {
        (r["METRO_ID"], r["TIME"]): float(r["Value"])
        for r in rows(sources / "oecd" / "population.csv")
        if r["VAR"] == "POP" and r["TIME"] in ("2007", "2014") and r["Value"]
    }
    return {
        ("oecd_fua", code, "2012"): math.log(people[code, "2014"] / value) / 7
        for (code, year), value in people.items()
        if year == "2007" and (code, "2014") in people
    }
