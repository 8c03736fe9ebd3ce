"""Why a unit is on no metropolis, in words that a person can act on."""

from __future__ import annotations

import math
from dataclasses import replace

from warehouse.methods.harmonise import PART
from warehouse.registry.assemble import Registry
from warehouse.registry.matching.match import MatchLink, Place, compact, distance_km, names_of
from warehouse.registry.naming import country_name
from warehouse.registry.unit import Unit

# From here on a city of a worldwide list is a metropolis of the registry. Functional urban areas
# (50,000 and more in their city), metro regions and seats of members are, whatever their size.
METROPOLIS = 300_000
# A place lies within a metropolis of twice its size if it lies in the circle that the metropolis's
# inhabitants would fill at this density. Of the European cities of 2019 that names alone leave on no
# metropolis, 98 lie in such a circle, and 96 of these in the functional urban area of that metropolis
# by their local units (45 of 45 in countries tuned on, 51 of 53 held out): enough to say so to a
# person, and a suburb's figure is not the metropolis's anyhow.
PER_KM2, LARGER = 2_500.0, 2.0
SHOWN = 3


def why(registry: Registry, unit: Unit, doubts: dict[str, MatchLink]) -> str:
    """The reason for one unit without a metropolis, and what to do about it."""
    if unit.scale in ("country", "region"):
        return ""
    row = f"{unit.system},{unit.code},{unit.vintage}"
    act = f"if it belongs to one, add '{row},accept,<metro_id>,<reason>,<date>' to review.csv"
    decision = registry.decisions.get((unit.system, unit.code, unit.vintage))
    if decision is not None:
        return (
            f"a reviewer rejected every link: {decision.reason} ({decision.decided_on}); if more is "
            f"known now, change '{row},...' in review.csv"
        )
    if unit.doubt:
        return f"no evidence of a metropolis by itself: {unit.doubt}; {_where(registry, unit, row, act)}"
    if unit.key in doubts:
        return f"cannot be told apart: {doubts[unit.key].why}; {act}"
    return _where(registry, unit, row, act)


def _where(registry: Registry, unit: Unit, row: str, act: str) -> str:
    """What the gazetteer knows of the place of a unit."""
    place = registry.place(unit)
    at = registry.gazetteer.called(place)
    apart = _apart(registry, unit, place)
    if apart:
        return f"{apart}; {act}"
    if at is None:
        return f"no metropolis of {country_name(unit.iso2)} bears the name, {_called(registry, place)}; {act}"
    # A place that bears the name only in part may be another one: it is told, and no more.
    own = names_of(replace(place, aliases=())).get(compact(at.names[0]), 0.0) >= 0.9
    return _placed(registry, at, row, act, own)


def _apart(registry: Registry, unit: Unit, place: Place) -> str:
    """Whether a code names one province and its label a metropolis of another."""
    if not place.admin or unit.admin == "":
        return ""
    link = registry.index.match(replace(place, admin="", latitude=None, longitude=None, aliases=()))
    found = registry.metros.get(link.target or "") if link.decision == "accept" else None
    if found is None or not found.place.admin or found.place.admin == place.admin:
        return ""
    said = (
        f"the code puts it in {unit.admin.title()}, and {found.metro_id}, which bears the name "
        f"'{unit.name}' (GeoNames), lies elsewhere"
    )
    spelt = unit.system == "unsd_city"  # its names are read from the codes
    return said if spelt else f"{said}: code and label contradict each other"


def _placed(registry: Registry, at: Place, row: str, act: str, own: bool) -> str:
    """Where a unit's place lies: within a metropolis (if it bears the name as its own), or beside one."""
    known = f"GeoNames has {at.names[0]} ({at.key}) with {int(at.population or 0):,} inhabitants"
    around = within(registry, at) if own else None
    if around is not None:
        km, metro_id = around
        return (
            f"{PART}{metro_id}, as far as names tell: {known}, {km:.0f} km from its centre; a part's "
            f"figure is not the metropolis's; to keep it as that of a part, add "
            f"'{row},accept,{metro_id},<reason>,<date>' to review.csv"
        )
    near = nearest(registry, at)
    beside = f"; nearest metropolis: {near[1]}, {near[0]:.0f} km away" if near else ""
    if (at.population or 0) < METROPOLIS:
        small = f"smaller than the {METROPOLIS:,} inhabitants of a metropolis"
        return f"{small}: {known}{beside}; {act}"
    return f"in no list of agglomerations, though {known}{beside}; {act}"


def _called(registry: Registry, place: Place) -> str:
    """What GeoNames holds of a name that tells no one place."""
    found = sorted(
        (registry.gazetteer.places[key] for key in registry.gazetteer.index.named(place)),
        key=lambda p: (-(p.population or 0), int(p.key)),
    )
    if not found:
        return "nor does a place of 15,000 inhabitants or more in GeoNames"
    listed = ", ".join(
        f"{p.names[0]} ({p.key}, {int(p.population or 0):,} inhabitants)" for p in found[:SHOWN]
    )
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"and of GeoNames' places of the name none is plainly meant: {listed}{more}"


def within(registry: Registry, at: Place) -> tuple[float, str] | None:
    """Distance in km from the metropolis that a place is a part of, and its identifier."""
    found = []
    for m in registry.in_country(at.country):
        people = m.place.population or 0.0
        km = distance_km(at.latitude, at.longitude, m.place.latitude, m.place.longitude)
        reach = math.sqrt(people / (math.pi * PER_KM2))
        if km is not None and km <= reach and people >= LARGER * (at.population or 1):
            found.append((km / reach, km, m.metro_id))
    return min(found)[1:] if found else None


def nearest(registry: Registry, at: Place) -> tuple[float, str] | None:
    """Distance in km and identifier of the nearest metropolis of the country, None for none."""
    found = [
        (km, m.metro_id)
        for m in registry.in_country(at.country)
        if (km := distance_km(at.latitude, at.longitude, m.place.latitude, m.place.longitude))
        is not None
    ]
    return min(found, default=None)
