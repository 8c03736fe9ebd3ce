"""Identifiers of the gazetteers: which GeoNames place and which Wikidata item a metropolis has."""

from __future__ import annotations

from dataclasses import replace

from warehouse.registry.assemble import Joined, MetroDraft, Registry
from warehouse.registry.gazetteer import NaturalEarth
from warehouse.registry.matching.match import distance_km
from warehouse.registry.unit import Unit

# A gazetteer's point may lie this far from the anchor; beyond, it is of another place.
REACH_KM = 60.0
# A Wikidata item farther away than this must be one that Wikidata itself lists as a city.
ITEM_KM = 30.0
POINT = "A gazetteer's point, not a territory: no figure is at its scale."


def join(registry: Registry, wikidata_cities: set[str]) -> list[Unit]:
    """Join one GeoNames place and one Wikidata item to each metropolis that has one.

    Country and distance were checked when the place was found; `wikidata_cities` are items that
    Wikidata itself lists as cities. A place belongs to the nearest metropolis that points at it.
    """
    made: list[Unit] = []
    for system, found in (("geonames", _geonames(registry)), ("wikidata", _wikidata(registry))):
        taken: dict[str, tuple[float, str, Unit]] = {}
        for key, unit in found:
            km = _km(registry.metros[key], unit)
            if system == "wikidata" and km > ITEM_KM and unit.code not in wikidata_cities:
                continue
            if km <= REACH_KM and (unit.code not in taken or (km, key) < taken[unit.code][:2]):
                taken[unit.code] = (km, key, unit)
        for code, (km, key, unit) in sorted(taken.items()):
            listed = "; Wikidata lists it as a city" if code in wikidata_cities else ""
            how = unit.composition
            made.append(replace(unit, composition=""))
            registry.joined.append(
                Joined(
                    made[-1], key, "close", how,
                    f"{_source(system)}: same country, {km:.0f} km apart{listed}", "matcher",
                )
            )  # fmt: skip
    return made


def _source(system: str) -> str:
    return "GeoNames" if system == "geonames" else "Natural Earth's Wikidata item"


def _geonames(registry: Registry) -> list[tuple[str, Unit]]:
    found = []
    for key, m in sorted(registry.metros.items()):
        if m.gazetteer is not None:
            g = m.gazetteer
            at = (g.latitude, g.longitude)
            found.append((key, _unit("geonames", g.key, m, g.names[0], *at, m.gazetteer_by)))
    return found


def _wikidata(registry: Registry) -> list[tuple[str, Unit]]:
    found = []
    for key, m in sorted(registry.metros.items()):
        ne: NaturalEarth | None = m.natural_earth
        if ne is not None and ne.wikidata:
            p = ne.place
            found.append(
                (key, _unit("wikidata", ne.wikidata, m, p.names[0], p.latitude, p.longitude, "name+distance"))
            )  # fmt: skip
    return found


def _unit(
    system: str, code: str, m: MetroDraft, name: str, lat: float | None, lon: float | None, how: str
) -> Unit:
    return Unit(
        system, code, "current", "city", name, m.founder.iso2,
        latitude=lat, longitude=lon, note=POINT, composition=how,
    )  # fmt: skip


def _km(m: MetroDraft, unit: Unit) -> float:
    km = distance_km(m.place.latitude, m.place.longitude, unit.latitude, unit.longitude)
    return 9e9 if km is None else km
