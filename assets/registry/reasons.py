"""Why a unit is on no metropolis, in words that a person can act on."""

from __future__ import annotations

from assets.registry.assemble import Registry
from assets.registry.unit import Unit
from warehouse.methods.match import Link, Place, distance_km

# From here on a city of a worldwide list is a metropolis of the registry. Functional urban areas
# (50,000 and more in their city), metro regions and seats of members are, whatever their size.
METROPOLIS = 300_000


def why(registry: Registry, unit: Unit, doubts: dict[str, Link]) -> str:
    """The reason for one unit without a metropolis, and what to do about it."""
    if unit.scale in ("country", "region"):
        return ""
    row = f"{unit.system},{unit.code},{unit.vintage}"
    act = f"if it belongs to one, add '{row},accept,<metro_id>,<reason>,<date>' to review.csv"
    decision = registry.decisions.get((unit.system, unit.code, unit.vintage))
    if decision is not None:
        return f"a reviewer rejected every link: {decision.reason} ({decision.decided_on})"
    if unit.key in doubts:
        return f"cannot be told apart: {doubts[unit.key].why}; {act}"
    place = registry.place(unit)
    at = registry.gazetteer.called(place)
    if at is None:
        return (
            f"no metropolis of {unit.iso2} bears the name, and no single place of at least 15,000 "
            f"inhabitants in GeoNames does; {act}"
        )
    people = int(at.population or 0)
    known = f"GeoNames has {at.names[0]} ({at.key}) with {people:,} inhabitants"
    near = nearest(registry, at)
    beside = f"; nearest metropolis: {near[1]}, {near[0]:.0f} km away" if near else ""
    if people < METROPOLIS:
        return (
            f"smaller than the {METROPOLIS:,} inhabitants of a metropolis: {known}{beside}; {act}"
        )
    return f"in no list of agglomerations, though {known}{beside}; {act}"


def nearest(registry: Registry, at: Place) -> tuple[float, str] | None:
    """Distance in km and identifier of the nearest metropolis of the country, None for none."""
    found = [
        (km, m.metro_id)
        for m in registry.in_country(at.country)
        if (km := distance_km(at.latitude, at.longitude, m.place.latitude, m.place.longitude))
        is not None
    ]
    return min(found, default=None)
