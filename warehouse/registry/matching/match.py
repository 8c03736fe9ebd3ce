"""Match named places to named places: deterministic, blocked by country, scored 0 to 1.

Pure functions over small value objects; no input or output. The score joins three voices: the
names (how alike, and which of the names), the distance, and the ratio of the populations. Ties
are broken by a total order (score, distance, key), never by the order of the input.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

ACCEPT, REVIEW = 0.72, 0.60
REACH_KM = 60.0
# Two candidates closer than this in score, and far apart on the map, are not told apart.
MARGIN = 0.04

# Words that head so many names that alone they say nothing about the place.
_GENERIC = frozenset(
    [
        "saint",
        "sainte",
        "santa",
        "santo",
        "sankt",
        "sant",
        "villa",
        "ville",
        "city",
        "port",
        "porto",
        "puerto",
        "fort",
        "monte",
        "mount",
        "bad",
        "ciudad",
        "nova",
        "novo",
        "nueva",
        "nuevo",
        "nuova",
        "north",
        "south",
        "east",
        "west",
        "upper",
        "lower",
        "greater",
        "grand",
        "great",
        "beni",
        "sidi",
        "tell",
        "beit",
        "kafr",
        "khan",
        "lake",
        "beach",
        "park",
        "town",
        "valley",
        "county",
        "region",
        "area",
        "metropolitan",
        "central",
        "national",
        "camp",
        "island",
        "isla",
        "spring",
        "springs",
        "hill",
        "hills",
        "real",
        "grande",
        "alto",
        "alta",
    ]
)
_PHRASE = re.compile(
    r"^(the greater|greater|grand|city of|municipality of|municipiul|municipiu|oras|comuna|"
    r"ciudad de|cidade de|county of|metropolitan city of|gran|comunitat metropolitana de) |"
    r" (greater city|greater|metropolitan area|metropolitan region|metropolitan city|urban area|"
    r"m ?m ?a|county|city|municipality|non urban|city municipality)$"
)


@dataclass(frozen=True)
class Place:
    """A place to be matched, or to be matched with.

    `key` identifies it; `names` are labels as their source writes them, best first; `aliases` are
    names that another source gives it. `admin` narrows a country (a state), empty for unknown.
    Coordinates in degrees (WGS 84) and population in persons, None for unknown.
    """

    key: str
    country: str
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    population: float | None = None
    admin: str = ""


@dataclass(frozen=True)
class MatchLink:
    """The answer for one place: the best candidate with its score, and what was decided.

    `decision`: accept, review (plausible, a person must look) or reject. `why` is for people.
    """

    place: str
    target: str | None
    score: float
    decision: str
    method: str
    why: str
    candidates: tuple[tuple[str, float], ...] = ()


@functools.cache
def fold(name: str) -> str:
    """A name in lower-case ASCII letters and digits, words separated by one space.

    Transliterates any script; apostrophes vanish (Ji'nan = Jinan); St. is Saint.
    """
    from anyascii import anyascii

    text = re.sub(r"['’‘ʼʿʾ`´]", "", name)
    text = re.sub(r"[^a-z0-9]+", " ", anyascii(text).lower()).strip()
    return re.sub(r"\bst\b", "saint", text)


def compact(name: str) -> str:
    """`fold` without spaces, so that `SAOPAULO` and `São Paulo` are one."""
    return fold(name).replace(" ", "")


@functools.cache
def variants(label: str) -> tuple[tuple[str, float], ...]:
    """The names that a label holds, as (compact name, quality), best first.

    Whole label 1.0; without parentheses .99; inside parentheses .97; head before a comma .95;
    without words such as Greater or City .94; parts of a twin label at least 4 letters long, .88
    for the first and .84 for the others, unless they are words such as Saint or Villa.
    """
    found: dict[str, float] = {}

    def add(text: str, quality: float) -> None:
        key = compact(text)
        if len(key) > 1 and found.get(key, 0) < quality:
            found[key] = quality

    label = re.sub(r" M\.M\.A\.?", "", label.strip())
    add(label, 1.0)
    bare = re.sub(r"\s*[(\[][^)\]]*[)\]]?", " ", label).strip() or label
    add(bare, 0.99)
    for inside in re.findall(r"[(\[]([^)\]]*)", label):
        if not re.search(r"(?i)^incl|^greater|^nuts|\bpart$", inside):
            add(inside, 0.97)
    heads = [bare, bare.split(",")[0]]
    add(heads[1], 0.95)
    if re.search(r", (the|la|las|los|el|le|den|l')$", bare, re.IGNORECASE):
        add(" ".join(reversed(bare.rsplit(", ", 1))), 0.98)
    for text in heads:
        plain = fold(text)
        while (shorter := _PHRASE.sub("", plain).strip()) != plain and shorter:
            plain = shorter
        add(plain, 0.94)
    parts = [p for p in re.split(r"\s*(?:/|;| and | & |_|-|–)\s*", heads[1]) if p]
    if len(parts) > 1:
        for n, part in enumerate(parts):
            key = fold(part)
            if len(key.replace(" ", "")) >= 4 and key not in _GENERIC:
                add(part, 0.84 if n else 0.88)
    return tuple(sorted(found.items(), key=lambda x: (-x[1], x[0])))


def names_of(place: Place) -> dict[str, float]:
    """All compact names of a place with their quality; aliases count .93 of their own."""
    found: dict[str, float] = {}
    for n, label in enumerate(place.names):
        for key, quality in variants(label):
            found[key] = max(found.get(key, 0), quality * (1.0 if n == 0 else 0.98))
    for label in place.aliases:
        key = compact(label)
        if len(key) > 2:
            found[key] = max(found.get(key, 0), 0.93)
    return found


def distance_km(
    latitude_a: float | None,
    longitude_a: float | None,
    latitude_b: float | None,
    longitude_b: float | None,
) -> float | None:
    """Great-circle distance in km, None where a coordinate is unknown."""
    if latitude_a is None or longitude_a is None or latitude_b is None or longitude_b is None:
        return None
    a, b = math.radians(latitude_a), math.radians(latitude_b)
    x = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(longitude_b - longitude_a) / 2) ** 2
    )
    return 12742.0 * math.asin(min(1.0, math.sqrt(x)))


def score(
    quality: float, km: float | None, population_a: float | None, population_b: float | None
) -> float:
    """0 to 1 from name quality, distance and population ratio; unknown voices stay neutral.

    >>> score(1.0, 0.0, 5e6, 5e6)
    1.0
    """
    near = 0.72 if km is None else math.exp(-((km / 45.0) ** 2))
    alike = 0.9
    if population_a and population_b:
        ratio = abs(math.log10(population_a / population_b))
        alike = 1.0 if ratio <= 0.4 else max(0.0, 1.0 - (ratio - 0.4))
    return round(quality * (0.62 + 0.16 * near + 0.22 * alike), 4)


class PlaceIndex:
    """The places that others are matched with, by country and compact name."""

    def __init__(self, targets: Iterable[Place] = ()) -> None:
        """Begin with these places; `add` brings more."""
        self.places: dict[str, Place] = {}
        self._by_name: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        self._by_country: dict[str, list[str]] = defaultdict(list)
        for place in targets:
            self.add(place)

    def add(self, place: Place) -> None:
        """Add a place; adding a known key again adds its further names."""
        if place.key not in self.places:
            self.places[place.key] = place
            self._by_country[place.country].append(place.key)
        for name, quality in names_of(place).items():
            bucket = self._by_name[place.country, name]
            bucket[place.key] = max(bucket.get(place.key, 0.0), quality)

    def named(self, place: Place) -> dict[str, tuple[float, str]]:
        """Candidates that share a name: key -> (quality of the best shared name, that name)."""
        found: dict[str, tuple[float, str]] = {}
        for name, quality in sorted(names_of(place).items()):
            for key, other in self._by_name.get((place.country, name), {}).items():
                both = quality * other
                if both > found.get(key, (0.0, ""))[0]:
                    found[key] = (both, name)
        return found

    def near(self, place: Place, km: float) -> list[tuple[float, str]]:
        """Places of the same country within `km`, nearest first."""
        found = []
        for key in self._by_country.get(place.country, ()):
            other = self.places[key]
            d = distance_km(place.latitude, place.longitude, other.latitude, other.longitude)
            if d is not None and d <= km:
                found.append((d, key))
        return sorted(found)

    def match(self, place: Place, reach_km: float = REACH_KM) -> MatchLink:
        """The best candidate for one place, decided.

        A candidate must share a name within the country; one that lies beyond `reach_km`, or in
        another state where both states are known, is none. Two candidates that cannot be told
        apart are `review`, and `why` names both.
        """
        scored = []
        for key, (quality, name) in self.named(place).items():
            other = self.places[key]
            km = distance_km(place.latitude, place.longitude, other.latitude, other.longitude)
            apart = place.admin and other.admin and place.admin != other.admin
            if (km is not None and km > reach_km) or (apart and (km is None or km > 30)):
                continue
            value = score(quality, km, place.population, other.population)
            scored.append((-value, km if km is not None else 9e9, key, quality, name))
        scored.sort()
        if not scored:
            return MatchLink(
                place.key, None, 0.0, "reject", "name", "no place of that name in the country"
            )
        value, km, key, quality, name = scored[0]
        best, target = -value, self.places[key]
        why = _why(place, target, name, quality, km)
        shown = tuple((s[2], -s[0]) for s in scored[:5])
        decision = "accept" if best >= ACCEPT else "review" if best >= REVIEW else "reject"
        if (
            decision == "accept"
            and quality < 0.94
            and km == 9e9
            and not population_near(place, target)
        ):
            decision, why = "review", f"{why}; an alias alone, with no coordinates, is not enough"
        rivals = [s for s in scored[1:] if -s[0] > best - MARGIN]
        if decision == "accept" and rivals:
            rival = self.places[rivals[0][2]]
            decision = "review"
            why = (
                f"two candidates: {target.names[0]} ({key}), {rival.names[0]} ({rival.key}); "
                "give coordinates, a population or a state to tell them apart"
            )
        method = "name" if quality >= 0.94 else "alias" if quality >= 0.9 else "part of name"
        method += "+distance" if km < 9e9 else ""
        return MatchLink(place.key, key, best, decision, method, why, shown)


def population_near(place: Place, target: Place) -> bool:
    """Whether both populations are known and within a factor of 2.5."""
    if not place.population or not target.population:
        return False
    return 0.4 <= place.population / target.population <= 2.5


def _why(place: Place, target: Place, name: str, quality: float, km: float) -> str:
    said = [f"shares the name '{name}' ({quality:.2f})"]
    said.append(f"{km:.0f} km apart" if km < 9e9 else "no coordinates to compare")
    if place.population and target.population:
        said.append(f"population ratio {place.population / target.population:.2f}")
    return ", ".join(said)


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson 95 % interval of a share."""
    if not of:
        return (0.0, 1.0)
    p = hits / of
    mid = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return (mid - half, mid + half)


def slug(name: str) -> str:
    """A name as part of an identifier: ASCII, lower case, words joined by hyphens."""
    return fold(name).replace(" ", "-")


def identifiers(rows: Sequence[tuple[str, str, str]], taken: Set[str] = frozenset()) -> list[str]:
    """Stable ids `<iso2>-<slug>` for rows of (iso2, name, admin); homonyms carry their admin.

    All homonyms of a country are disambiguated, so that none depends on the order of the rows;
    none of `taken` is given. Raises `ValueError` where name and admin together are not unique.
    """
    plain = [f"{iso2.lower()}-{slug(name)}" for iso2, name, _ in rows]
    count = Counter(plain)
    count.update(taken)
    ids = [
        f"{p}-{slug(admin)}" if count[p] > 1 and admin else p
        for p, (_, _, admin) in zip(plain, rows, strict=True)
    ]
    twice = sorted(i for i, n in Counter([*ids, *taken]).items() if n > 1)
    if twice:
        raise ValueError(f"these identifiers are not unique, give each an admin name: {twice}")
    return ids
