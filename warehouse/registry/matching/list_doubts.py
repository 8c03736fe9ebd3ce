"""What keeps a candidate from being accepted, a sentence each, in the terms of who made the list.

Pure. Coordinates that agree answer every doubt about the name.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from warehouse.registry.matching.list_row import ParsedRow, World, short
from warehouse.registry.matching.match import (
    REACH_KM,
    Place,
    compact,
    distance_km,
    fold,
    population_near,
)
from warehouse.registry.matching.names import Hit
from warehouse.registry.matching.script import latin
from warehouse.registry.matching.sound import HAN_COUNTRIES
from warehouse.registry.matching.wording import words as generic_words

# Without country and point only a name borne by one metropolis, and a large one, is enough.
LARGE = 1_000_000
# Shares of the metropolis's population beyond which a row speaks of another place or territory.
SMALLEST, GREATEST = 0.1, 5.0
# A place of the same name counts if it has that share of the metropolis's population.
NAMESAKE = 0.2
_PLAIN = frozenset(
    [
        "the",
        "of",
        "a",
        "city",
        "town",
        "municipality",
        "greater",
        "grand",
        "metropolitan",
        "area",
        "region",
        "urban",
        "agglomeration",
        "fua",
        "part",
        "incl",
        "including",
        "and",
        "metropolis",
        "capital",
    ]
)
# A county or a province is named after its main city, and is not it.
_WIDER = re.compile(
    r"\b(county|counties|parish|borough|province|provincia|provincie|oblast|governorate|department|"
    r"departamento|departement|district|distrito|regional district|kabupaten|wilaya|voivodeship|"
    r"township|census area|municipio|landkreis|kreis|rayon|raion)$|^(provincia|kabupaten|landkreis|wilaya|departement|departamento) "
)
_COUNT = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Scored:
    """A candidate with its score, its distance in km (None for unknown) and the shared name."""

    metro_id: str
    value: float
    km: float | None
    hit: Hit


def doubts_about(best: Scored, asked: ParsedRow, world: World) -> list[str]:
    """Doubts about a candidate that no other rivals; none where coordinates agree."""
    if best.km is not None:
        return []
    metro, label = world.names.metros[best.metro_id], world.label(best.metro_id)
    said = []
    if not asked.countries and not asked.given:
        if best.hit.quality < 0.97 or (metro.population or 0) < LARGE:
            said.append(f"one candidate, {label}; give the country")
    elif (
        best.hit.how != "transliteration"
        and best.hit.quality < 0.93
        and not population_near(asked.place, metro)
    ):
        said.append(
            f"'{short(asked.name)}' is only a part of a name of {label}; give coordinates or a "
            "population"
        )
    # Titles of statistical areas join counties: Louisville/Jefferson County.
    wider = None if re.search(r"[-/–]", asked.name) else _WIDER.search(fold(asked.name))
    if wider:
        said.append(f"'{wider[0]}' is another territory than {label}; check it")
    if best.hit.how == "transliteration":
        said.append(f"only a transliteration of a name of {label}; check it")
    if best.hit.how == "alternate" and not asked.countries and world.codes(asked.name):
        said.append(f"'{short(asked.name)}' is the name of a country too; check it")
    unknown = qualifier(asked.name, best.metro_id, world)
    if unknown:
        said.append(f"'{short(unknown)}' is not known of {label}; check it")
    people, of = asked.place.population, None if best.hit.part else metro.population
    if people and of and not SMALLEST < people / of < GREATEST:
        said.append(
            f"population {people:,.0f} against {of:,.0f} of {label}: another place, or another "
            "territory of it"
        )
    if asked.states and best.metro_id not in world.lies:
        said.append(f"the state of {label} is not known here; check it")
    if pieces(asked.name) or asked.states or best.hit.how == "body":
        return said
    return said + _namesake(best, asked, world)


def several(asked: ParsedRow, among: list[Scored], world: World) -> str:
    """Candidates that cannot be told apart, and what would tell them apart."""
    labels = [world.label(s.metro_id) for s in among]
    if len(set(labels)) < len(labels):
        labels = [f"{x} ({s.metro_id})" for x, s in zip(labels, among, strict=True)]
    count = _COUNT[len(among)] if len(among) < len(_COUNT) else str(len(among))
    countries = {world.names.metros[s.metro_id].country for s in among}
    give = "the country" if len(countries) == len(among) else "the country and coordinates"
    if len(countries) == 1:
        give = "coordinates or the state" if among[0].km is None else "another name"
    listed = ", ".join(labels[:6]) + (", ..." if len(labels) > 6 else "")
    return f"{count} candidates: {listed}; give {give}"


def others_called(name: str, metro_id: str, world: World) -> list[tuple[Place, float]]:
    """Places of a compact name far from a metropolis that bears it, with their distance in km."""
    metro, found = world.names.metros[metro_id], []
    for other in (world.namesakes or {}).get(name, ()):
        km = distance_km(metro.latitude, metro.longitude, other.latitude, other.longitude)
        if km is not None and km > REACH_KM:
            found.append((other, km))
    return found


def _namesake(best: Scored, asked: ParsedRow, world: World) -> list[str]:
    """A place that is no metropolis of the registry, but bears the name and may be the one meant.

    A population that is nearer to the metropolis's rules it out.
    """
    metro = world.names.metros[best.metro_id]
    people, asks = metro.population or 0.0, asked.place.population
    # Places of the world are known by their Latin names alone: not where these are no script of its own.
    own = latin(best.hit.shared) or metro.country in HAN_COUNTRIES
    called = best.hit.shared if own else compact(metro.names[0])
    for other, km in others_called(called, best.metro_id, world):
        size = other.population or 0.0
        there = not asked.countries or other.country == metro.country
        if not there or size < NAMESAKE * people:
            continue
        if asks and people and abs(math.log(asks / people)) < abs(math.log(asks / size)):
            continue
        where = f"{other.names[0]} {other.country}, {km:,.0f} km from {world.label(best.metro_id)}"
        give = "coordinates" if asked.countries else "the country"
        return [f"there is another {where}, with {size:,.0f} inhabitants; give {give}"]
    return []


def part_of(best: Scored, asked: ParsedRow, world: World) -> str:
    """A place of its own near a metropolis, one of whose labels names it: Quezon City by Manila.

    The name of that place; empty where the label is a name of the metropolis itself.
    """
    if best.hit.how not in ("name", "generic") or best.hit.shared in world.itself(best.metro_id):
        return ""
    metro = world.names.metros[best.metro_id]
    for other in (world.namesakes or {}).get(best.hit.shared, ()):
        km = distance_km(metro.latitude, metro.longitude, other.latitude, other.longitude)
        if other.country == metro.country and km is not None and km <= REACH_KM:
            return other.names[0]
    return ""


def pieces(name: str) -> list[str]:
    """What is in a label after a comma or in parentheses."""
    return [*name.split(",")[1:], *re.findall(r"[(\[]([^)\]]*)", name)]


def qualifier(name: str, metro_id: str, world: World) -> str:
    """What a label adds after a comma or in parentheses that is not known of the metropolis."""
    if world.names.own(metro_id, name):
        return ""
    words = world.names.words[metro_id]
    country = world.names.metros[metro_id].country
    for piece in pieces(name):
        plain = fold(piece)
        if not plain or set(plain.split()) <= words | _PLAIN or plain in generic_words()[1]:
            continue
        if country not in world.codes(piece):
            return piece.strip(" )]")
    return ""
