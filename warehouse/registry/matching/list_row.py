"""What one row of anyone's list asks for: its cells read as name, countries, point and population.

Pure. A cell that cannot be read never stops the row: it is a doubt or a note, said to the person.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from warehouse.registry.matching.calibrated import Worth
from warehouse.registry.matching.match import Place, compact, fold
from warehouse.registry.matching.names import Hit, Names, repaired
from warehouse.registry.matching.sound import Sounds
from warehouse.registry.matching.wording import untitled
from warehouse.registry.matching.wording import words as generic_words

_HAN_PROVINCE = re.compile(r"^(\S{2,8}?(?:省|自治区))(\S{2,})$")
_COMMAS = str.maketrans({"،": ",", "，": ","})
_PARENTHESES = re.compile(r"^([^(\[]+?)\s*[(\[]([^)\]]+)[)\]]\s*$")
_NOTHING = frozenset({"", "-", "--", ".", "?", "n/a", "#n/a", "null", "none", "nan", "unknown"})


@dataclass(frozen=True)
class Row:
    """One row of the list, each cell as its file has it; empty where there is no such column."""

    name: str
    country: str = ""
    latitude: str = ""
    longitude: str = ""
    population: str = ""
    state: str = ""


def no_states(text: str, countries: tuple[str, ...] = ()) -> frozenset[str]:
    """No text is a state: a world without states."""
    del text, countries
    return frozenset()


@dataclass(frozen=True)
class World:
    """What a list is matched with: names, what a country cell means, territories filed apart.

    `namesakes` are places of the world by compact name, whether or not they are metropolises;
    `worth` makes probabilities of raw scores, which stay as they are without it. `states` gives the
    ISO 3166-2 codes that a text may mean in some countries, `lies` those of each metropolis.
    """

    names: Names
    codes: Callable[[str], tuple[str, ...]]
    title: Callable[[str], str] = str
    kin: Mapping[str, tuple[str, ...]] | None = None
    namesakes: Mapping[str, Sequence[Place]] | None = None
    worth: Worth | None = None
    states: Callable[[str, tuple[str, ...]], frozenset[str]] = no_states
    lies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # How many states a state lies in, one within the other.
    level: Callable[[str], int] = len
    # The names of the gazetteer's place that a metropolis is, by metro_id.
    places: Mapping[str, Place] = field(default_factory=dict)
    # Places of the world, small ones too; asked for where a name of another script has to be heard.
    towns: Callable[[], Iterable[Place]] = tuple

    @functools.cached_property
    def sounds(self) -> Sounds:
        """The metropolises and towns by how they sound."""
        return Sounds(self.names.metros.values(), self.towns(), self.names.written())

    def itself(self, metro_id: str) -> frozenset[str]:
        """Keys of the names of a metropolis that are not only labels of something in it."""
        metro, place = self.names.metros[metro_id], self.places.get(metro_id)
        names = (metro.names[0], *(place.names if place else ()), *(place.aliases if place else ()))
        return frozenset(compact(n) for n in names)

    def label(self, metro_id: str) -> str:
        """`Hyderabad IN`."""
        metro = self.names.metros[metro_id]
        return f"{metro.names[0]} {metro.country}"


@dataclass(frozen=True)
class ParsedRow:
    """A row understood: `doubts` keep it from being accepted, `notes` are said beside the answer.

    `states` are ISO 3166-2 codes, one of which the place lies in, as `state` says in the row's words;
    none where the row says no state.
    """

    name: str
    countries: tuple[str, ...]
    place: Place
    doubts: tuple[str, ...]
    notes: tuple[str, ...]
    given: str
    states: frozenset[str] = frozenset()
    state: str = ""


def understood(row: Row, world: World) -> ParsedRow:
    """A row with its cells understood; `World.codes` says what its country cell may mean."""
    name, wrong = repaired(row.name.strip().translate(_COMMAS))
    doubts, notes = [wrong] if wrong else [], []
    given = _said(row.country)
    asked = ParsedRow(name, (), Place("", "", (name,)), (), (), given)
    if given:
        given = repaired(given)[0]
        asked = replace(asked, countries=world.codes(given))
        if not asked.countries:
            asked = _in_state(asked, given, world)
        if not asked.countries:
            doubts.append(f"'{short(given)}' is no country known here; write its ISO code")
    if state := _said(row.state):
        state = repaired(state)[0]
        known = _in_state(asked, state, world)
        if not known.states:
            doubts.append(f"'{short(state)}' is no state or province known here")
        asked = known
    asked = _unfolded(asked, world)
    point, wrong = _point(row)
    doubts += [wrong] if wrong else []
    people = population(row)
    if people is None and row.population.strip().lower() not in _NOTHING | {"na"}:
        notes.append(f"population '{short(row.population)}' is not a number above 0, not used")
    place = Place("", "", (asked.name,), latitude=point[0], longitude=point[1], population=people)
    return replace(asked, place=place, doubts=tuple(doubts), notes=tuple(notes))


def _said(cell: str) -> str:
    return "" if cell.strip().lower() in _NOTHING else cell.strip()


def _in_state(asked: ParsedRow, text: str, world: World) -> ParsedRow:
    """What is asked, in the states that a text names; as it was where it names none, or in several
    countries."""
    found = world.states(text, asked.countries)
    countries = {c[:2] for c in found}
    if not found or (not asked.countries and len(countries) > 1):
        return asked
    # A second one, as a state beside a province, must hold as well: the narrower is kept.
    return replace(
        asked,
        states=found,
        state=text.strip(),
        countries=asked.countries or tuple(sorted(countries)),
        given=asked.given or text.strip(),
    )


def _unfolded(asked: ParsedRow, world: World) -> ParsedRow:
    """A label without the country and the state that it adds: `Akron, OH Metro Area`, `Paris (France)`.

    What follows the name is a country or a state only where it is known as one; else it stays in the
    label, and is judged there.
    """
    name = _HAN_PROVINCE.match(asked.name)
    if name and world.states(name[1], asked.countries):
        return replace(_in_state(asked, name[1], world), name=name[2])
    for _ in range(3):
        head, tail = _last(asked.name)
        if not head or not tail:
            break
        known = _country(asked, head, tail, world)
        if known is None:
            known = _in_state(asked, tail, world)
            known = _in_state(asked, untitled(tail), world) if known is asked else known
            if known is asked and fold(tail) not in generic_words()[1]:
                break
        asked = replace(known, name=head)
    return asked


def _country(asked: ParsedRow, head: str, tail: str, world: World) -> ParsedRow | None:
    """`Barcelona, Spain`: a country's name, not a code, which may be that of a state; None for no."""
    if len(compact(tail)) <= 3 and tail.strip() not in ("USA", "UK", "UAE", "U.S.A.", "U.K."):
        return None
    found = world.codes(tail)
    if not found:
        return None
    if asked.countries:
        return asked if set(found) & set(asked.countries) else None
    if not inside_countries(world.names.exact(head), found, world) and world.states(tail, ()):
        # Georgia is a country and a state.
        return None
    if not inside_countries(world.names.exact(_last(head)[0] or head), found, world):
        return None
    return replace(asked, countries=found, given=tail.strip())


def _last(name: str) -> tuple[str, str]:
    """A label without its last piece, and that piece: after a comma, or in parentheses at the end."""
    inside = _PARENTHESES.match(name)
    if inside:
        return inside[1].strip(), inside[2].strip()
    head, _, tail = name.rpartition(",")
    return head.strip(), tail.strip()


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
