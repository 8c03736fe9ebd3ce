"""How units hang together: what is part of what, and what became of a unit in a later edition."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.registry import europe_lists
from warehouse.registry.matching.match import compact
from warehouse.registry.unit import RegistryError, Unit

KINDS = ("part_of", "core_of", "approximated_by", "successor_of", "merged_into", "split_from")
EDITIONS = (
    ("eurostat_fua", ("2010", "2019", "current")),
    ("eurostat_metro", ("NUTS2010", "NUTS2021")),
    ("oecd_fua", ("2012", "2024")),
    ("eurostat_city", ("2019", "2025")),
)
Key = tuple[str, str, str]


@dataclass(frozen=True, order=True)
class Relation:
    """One unit's relation to another; keys are (system, code, vintage)."""

    one: tuple[str, str, str]
    relation: str
    other: tuple[str, str, str]
    evidence: str

    def row(self) -> dict[str, object]:
        """As a row of `unit_relation`."""
        return {
            "unit_id": f"{self.one[0]}:{self.one[1]}",
            "vintage": self.one[2],
            "relation": self.relation,
            "other_unit_id": f"{self.other[0]}:{self.other[1]}",
            "other_vintage": self.other[2],
            "evidence": self.evidence,
        }


def build(
    units: Iterable[Unit],
    locals_: list[dict[str, Any]],
    sources: Path,
    on: Mapping[Key, tuple[str, bool]],
) -> list[Relation]:
    """All relations that the lists of the systems state.

    `on` gives a unit's metropolis by (system, code, vintage), and whether it is the main one there.
    """
    known = {(u.system, u.code, u.vintage): u for u in units}
    made = [*_nesting(locals_), *_regions(known, sources), *_editions(known, on)]
    return sorted({r for r in made if r.one in known and r.other in known})


def stated(path: Path, units: Iterable[Unit]) -> list[Relation]:
    """Relations that a person read in a text: `relation.csv`; each must speak of known units."""
    if not path.exists():
        return []
    known = {(u.system, u.code, u.vintage) for u in units}
    made = []
    with path.open(encoding="utf-8", newline="") as file:
        for r in csv.DictReader(file):
            one = (r["system"], r["code"], r["vintage"])
            other = (r["other_system"], r["other_code"], r["other_vintage"])
            if r["relation"] not in KINDS or one not in known or other not in known:
                raise RegistryError(
                    f"{path.name}: {':'.join(one)} {r['relation']} {':'.join(other)}: the units "
                    f"must be in spatial_unit.csv and the relation be one of {', '.join(KINDS)}."
                )
            made.append(Relation(one, r["relation"], other, r["evidence"]))
    return made


def _nesting(locals_: list[dict[str, Any]]) -> Iterable[Relation]:
    """City in greater city in functional urban area, by the local units they share."""
    said = "shares its local units in the list of 2019"
    for u in locals_:
        fua = ("eurostat_fua", u["fua"], "2019")
        city = ("eurostat_city", u["city"], "2019")
        greater = ("eurostat_city", u["greater_city"], "2019")
        if u["city"] and u["greater_city"]:
            yield Relation(city, "part_of", greater, said)
        for inner in (city, greater):
            if inner[1] and u["fua"]:
                main = inner[1][:5] == u["fua"][:5]
                yield Relation(inner, "core_of" if main else "part_of", fua, said)


def _regions(known: dict[tuple[str, str, str], Unit], sources: Path) -> Iterable[Relation]:
    """Metro regions are NUTS 3 approximations of the functional urban area of their number."""
    parts = europe_lists.metro_parts(sources)
    regions = {u.own: k for k, u in known.items() if k[0] == "eurostat_metro" and u.own}
    for key, u in known.items():
        region = regions.get(u.own)
        if key[0] == "eurostat_fua" and key[2] == "2019" and region is not None:
            nuts = ", ".join(sorted(parts.get(region[1].removesuffix("_10"), ())))
            made_of = f"; NUTS 3 of 2010: {nuts}" if nuts else ""
            yield Relation(key, "approximated_by", region, f"same number {u.own}{made_of}")


def _editions(known: dict[Key, Unit], on: Mapping[Key, tuple[str, bool]]) -> Iterable[Relation]:
    """What a unit of an edition was in the one before: of the same metropolis, never by number alone.

    Numbers are given anew between editions (NL001 was The Hague and is Amsterdam), so the main units
    of a metropolis follow each other by scale; others only with the same number and name.
    """
    for system, editions in EDITIONS:
        for old, new in itertools.pairwise(editions):
            before, now = ({k: u for k, u in sorted(known.items()) if (k[0], k[2]) == (system, v) and k in on} for v in (old, new))  # fmt: skip
            mains = {(on[k][0], u.scale): u for k, u in before.items() if on[k][1]}
            named = {(on[k][0], u.scale, _number(u), n): u for k, u in before.items() for n in _names(u)}  # fmt: skip
            for key, u in now.items():
                metro, main = on[key]
                same = (named.get((metro, u.scale, _number(u), n)) for n in sorted(_names(u)))
                was = next((w for w in same if w), None)
                if was is None and main:
                    was = mains.get((metro, u.scale))
                if was is not None:
                    other = (was.system, was.code, was.vintage)
                    yield Relation(key, "successor_of", other, _moved(metro, was, u))


def _number(unit: Unit) -> str:
    """The Urban Audit number of a code, which a city's `own` is not: it lies in another's area."""
    return unit.code[:5] if unit.system == "eurostat_city" else unit.own


def _names(unit: Unit) -> set[str]:
    return {compact(europe_lists.plain(n)) for n in unit.names}


def _moved(metro: str, was: Unit, now: Unit) -> str:
    """What is known to have changed: number, population and area, with both figures."""
    said = [f"{metro} in the editions {was.vintage} and {now.vintage}"]
    if _number(was) == _number(now):
        said.append("same number")
    if was.code == now.code:
        said.append("same code, so the same delineation")
    if was.population and now.population:
        ratio = now.population / was.population
        said.append(
            f"population {was.population:,.0f} ({was.population_year}) and "
            f"{now.population:,.0f} ({now.population_year}), x {ratio:.2f}"
        )
    if was.area_km2 and now.area_km2:
        said.append(f"area {was.area_km2:,.0f} and {now.area_km2:,.0f} km2")
    return "; ".join(said)
