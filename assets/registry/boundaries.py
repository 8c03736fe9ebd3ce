"""Boundary versions: when the territory behind one code was redrawn, by jumps of its area.

Sources: the areas of Eurostat's metro regions by year (MET_D3AREA), the areas of the local units of
the functional urban areas of 2019, the population and density of the OECD's of 2012.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assets.registry.read import rows
from assets.registry.unit import Unit

# Of the yearly changes of area in the file of March 2023, re-measurements that Eurostat flags stay
# at or below 1 percent and redrawn regions begin at 35; 5 percent lies between (see `area.yaml`).
JUMP = 0.05
SYSTEM, VINTAGE = "eurostat_metro", "NUTS2021"

Areas = dict[int, dict[str, float]]  # year -> {"total": km2, "land": km2}


@dataclass(frozen=True)
class Version:
    """One delineation of a unit: years from and to (None: open), area in km2, and what shows it."""

    system: str
    vintage: str
    code: str
    version: int
    valid_from: int | None
    valid_to: int | None
    area_km2: float | None
    population: float | None
    evidence: str

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


def metro_regions(sources: Path) -> list[Version]:
    """Versions of every metro region with an area in MET_D3AREA."""
    found: dict[str, Areas] = defaultdict(lambda: defaultdict(dict))
    for r in rows(sources / "eurostat" / "sdmx_csv" / "met_d3area.csv"):
        code = r["metroreg"].partition(":")[0]
        kind = {"TOTAL": "total", "L0008": "land"}.get(r["landuse"].partition(":")[0])
        if kind and r["OBS_VALUE"] and len(code) > 2 and not code.endswith(("_NM", "_10")):
            found[code][int(r["TIME_PERIOD"])][kind] = float(r["OBS_VALUE"])
    return [v for code in sorted(found) for v in _versions(code, found[code])]


def _versions(code: str, areas: Areas) -> list[Version]:
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
        made.append(Version(SYSTEM, VINTAGE, code, n + 1, start, end, area, None, said))
    return made


def listed(units: Iterable[Unit], known: Iterable[Version]) -> list[Version]:
    """The one version of every unit whose own list gives its area, and has no dated versions."""
    dated = {(v.system, v.code, v.vintage) for v in known}
    return [
        Version(
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
