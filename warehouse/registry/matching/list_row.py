"""What one row of anyone's list asks for: its cells read as name, countries, point and population.

Pure. A cell that cannot be read never stops the row: it is a doubt or a note, said to the person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from warehouse.registry.matching.calibrated import Worth
from warehouse.registry.matching.match import Place, compact
from warehouse.registry.matching.names import Hit, Names, repaired

_NOTHING = frozenset({"", "-", "--", ".", "?", "n/a", "#n/a", "null", "none", "nan", "unknown"})


@dataclass(frozen=True)
class Row:
    """One row of the list, each cell as its file has it; empty where there is no such column."""

    name: str
    country: str = ""
    latitude: str = ""
    longitude: str = ""
    population: str = ""


@dataclass(frozen=True)
class World:
    """What a list is matched with: names, what a country cell means, territories filed apart.

    `namesakes` are places of the world by compact name, whether or not they are metropolises;
    `worth` makes probabilities of raw scores, which stay as they are without it.
    """

    names: Names
    codes: Callable[[str], tuple[str, ...]]
    title: Callable[[str], str] = str
    kin: Mapping[str, tuple[str, ...]] | None = None
    namesakes: Mapping[str, Sequence[Place]] | None = None
    worth: Worth | None = None

    def label(self, metro_id: str) -> str:
        """`Hyderabad IN`."""
        metro = self.names.metros[metro_id]
        return f"{metro.names[0]} {metro.country}"


@dataclass(frozen=True)
class ParsedRow:
    """A row understood: `doubts` keep it from being accepted, `notes` are said beside the answer."""

    name: str
    countries: tuple[str, ...]
    place: Place
    doubts: tuple[str, ...]
    notes: tuple[str, ...]
    given: str


def understood(row: Row, world: World) -> ParsedRow:
    """A row with its cells understood; `World.codes` says what its country cell may mean."""
    name, wrong = repaired(row.name.strip())
    doubts, notes = [wrong] if wrong else [], []
    given = "" if row.country.strip().lower() in _NOTHING else row.country.strip()
    countries: tuple[str, ...] = ()
    if given:
        given = repaired(given)[0]
        countries = world.codes(given)
        if not countries:
            doubts.append(f"'{short(given)}' is no country known here; write its ISO code")
    elif "," in name:
        # "Barcelona, Spain": a name of a country, not a code, which may be that of a state.
        tail = name.rpartition(",")[2]
        found = world.codes(tail) if len(compact(tail)) > 3 else ()
        if found and inside_countries(world.names.exact(name.rpartition(",")[0]), found, world):
            name, countries = name.rpartition(",")[0].strip(), found
            given = tail.strip()
    point, wrong = _point(row)
    doubts += [wrong] if wrong else []
    people = population(row)
    if people is None and row.population.strip().lower() not in _NOTHING | {"na"}:
        notes.append(f"population '{short(row.population)}' is not a number above 0, not used")
    place = Place("", "", (name,), latitude=point[0], longitude=point[1], population=people)
    return ParsedRow(name, countries, place, tuple(doubts), tuple(notes), given)


def population(row: Row) -> float | None:
    """The population of a row in persons, None where it gives none above 0."""
    people = _number(row.population, grouped=True)
    return people if people is not None and math.isfinite(people) and people > 0 else None


def inside_countries(
    found: dict[str, Hit], countries: tuple[str, ...], world: World
) -> dict[str, Hit]:
    """Those in the countries asked for; if none, in territories that some file under them."""
    if not countries:
        return found
    kin = tuple(k for c in countries for k in (world.kin or {}).get(c, ()))
    for group in (countries, kin):
        inside = {k: h for k, h in found.items() if world.names.metros[k].country in group}
        if inside:
            return inside
    return {}


def _point(row: Row) -> tuple[tuple[float | None, float | None], str]:
    """Latitude and longitude in degrees, and what is wrong with them; empty for nothing."""
    nowhere = (None, None)
    texts = (row.latitude.strip(), row.longitude.strip())
    known = [t.lower() not in _NOTHING | {"na"} for t in texts]
    if not any(known):
        return nowhere, ""
    if not all(known):
        return nowhere, "only one of latitude and longitude is given"
    found = [_number(t) for t in texts]
    for title, text, value, limit in zip(
        ("latitude", "longitude"), texts, found, (90, 180), strict=True
    ):
        if value is None or not math.isfinite(value):
            return nowhere, f"{title} '{short(text)}' is not a number of degrees"
        if abs(value) > limit:
            return nowhere, f"{title} {short(text)} is not between -{limit} and {limit}"
    if found == [0, 0]:
        return nowhere, "the point 0, 0 lies in the open sea"
    return (found[0], found[1]), ""


def _number(text: str, grouped: bool = False) -> float | None:
    """A number, with a decimal comma too; `grouped`: thousands may be set apart."""
    plain = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    if grouped and re.fullmatch(r"\d{1,3}(([,. '])\d{3})(\2\d{3})*", plain):
        plain = re.sub(r"[,. ']", "", plain)
    elif re.fullmatch(r"[+-]?\d+,\d+", plain):
        plain = plain.replace(",", ".")
    try:
        return float(plain) if plain.isascii() else None
    except ValueError:
        return None


def short(text: str) -> str:
    """A cell as a sentence quotes it: one line of at most 60 characters."""
    plain = " ".join(text[:200].split())
    return plain if len(plain) <= 60 else plain[:59] + "…"
