"""Find metropolises by any of their names, in any script; see through garbled and mistyped ones.

Pure functions over the places of `match`; no input or output.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from warehouse.registry.matching.match import Place, compact, fold, names_of, variants
from warehouse.registry.matching.script import exact, latin
from warehouse.registry.matching.wording import cores

# Shorter names have too many neighbours one letter away.
TYPED = 6
# What a name is worth that only a gazetteer gives, and one without its generic words.
ALTERNATE, GENERIC = 0.97, 0.97
# What a name of a metropolis is worth without what it adds in parentheses.
BARE = 0.93
# What a name of another script is worth that only sounds so.
SOUND = 0.85
# Scripts whose letters stand for sounds one by one: a long name of theirs is known by its sounds.
_ALPHABETS = re.compile("[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u10a0-\u10ff]")
SOUNDS = 6


@dataclass(frozen=True)
class Hit:
    """A metropolis that shares a name: how good that name is (0 to 1), which, whether of a part.

    `how`: name (a list of the registry gives it), alternate (only a gazetteer does), generic (without
    words such as Greater), body (it is that of a government; then `relation` is its territory's, empty
    for not known), transliteration (the letters of another script, which is no proof), sound (no other place
    of the country sounds so).
    """

    quality: float
    shared: str
    part: bool = False
    how: str = "name"
    relation: str = ""


# One name of a body: (metro_id, name or acronym, its relation to the metropolis, its whole name).
Body = tuple[str, str, str, str]


class Names:
    """The metropolises of the registry by every name, across all countries."""

    def __init__(
        self,
        metros: Iterable[Place],
        parts: Iterable[Place] = (),
        alternates: Iterable[tuple[str, str]] = (),
        bodies: Callable[[], Iterable[Body]] = tuple,
    ) -> None:
        """`metros` by metro_id; `parts` bear the names of units that are part of a metropolis.

        `alternates` are (metro_id, name) of gazetteers; `bodies` is asked only where no other name fits.
        """
        self.metros: Mapping[str, Place] = {m.key: m for m in metros}
        self._bodies = bodies
        self._own: dict[str, dict[str, float]] = defaultdict(dict)
        self._sounds: dict[str, dict[str, float]] = defaultdict(dict)
        self._others: dict[str, set[str]] = defaultdict(set)
        self._parts: dict[str, dict[str, float]] = defaultdict(dict)
        for metro in self.metros.values():
            _enter(self._own, self._sounds, metro)
        for part in parts:
            _enter(self._parts, self._parts, part)
        bare: dict[str, set[str]] = defaultdict(set)
        for metro_id, name in alternates:
            self._others[exact(name)].add(metro_id)
            # 海防市 is called 海防 too, but where another of the country is.
            for core in () if latin(name) else cores(name):
                bare[core].add(metro_id)
        for core, found in bare.items():
            there = {self._country(m) for m in self._others.get(core, ())}
            self._others[core] |= {m for m in found if self._country(m) not in there}

    def _country(self, metro_id: str) -> str:
        return self.metros[metro_id].country if metro_id in self.metros else ""

    def exact(self, label: str) -> dict[str, Hit]:
        """Metropolises that share a name with a label, by metro_id; a part where nothing better.

        Names of the registry's lists go before those of gazetteers, a whole label before one without its
        generic words, and a name in the label's own script before a transliteration.
        """
        found = self._called(label)
        if any(h.quality >= 0.93 for h in found.values()):
            return found
        for core in cores(label):
            for metro_id, hit in self._called(core).items():
                if hit.quality >= 0.93 and hit.how != "transliteration":
                    known = found.get(metro_id)
                    if known is None or known.quality < GENERIC * hit.quality:
                        found[metro_id] = Hit(GENERIC, hit.shared, hit.part, "generic")
            if any(h.how == "generic" for h in found.values()):
                break
        return found

    def _called(self, label: str) -> dict[str, Hit]:
        found: dict[str, Hit] = {}
        asked = _variants(label)
        for name, quality in asked:
            for key, worth in self._parts.get(name, {}).items():
                if quality * worth >= 0.93:
                    _better(found, key, Hit(quality * worth, name, True))
        own: dict[str, Hit] = {}
        for name, quality in asked:
            for key, worth in self._own.get(name, {}).items():
                _better(own, key, Hit(quality * worth, name))
        for key, hit in own.items():
            if key not in found or hit.quality >= 0.9:
                found[key] = hit
        for name, quality in asked:
            if quality >= 0.97:
                for key in self._others.get(name, ()):
                    if key not in found or (found[key].quality < 0.93 and not found[key].part):
                        found[key] = Hit(quality * ALTERNATE, name, how="alternate")
        if not found:
            self._sounding(label, found)
        return found

    def _sounding(self, label: str, found: dict[str, Hit]) -> None:
        """Names that only sound like the label, which is of another script."""
        key = compact(label)
        alphabet = bool(_ALPHABETS.search(label)) and len(key) >= SOUNDS
        for index in (self._own, self._sounds):
            if index is self._own and latin(label):
                continue
            for metro_id, quality in index.get(key, {}).items():
                how = "name" if alphabet and index is self._own else "transliteration"
                worth = quality if how == "name" else quality * SOUND
                _better(found, metro_id, Hit(worth, key, how=how))

    def body(self, metro_id: str, shared: str) -> str:
        """The name of the body of a metropolis that bears a key, with its acronym where that is shared."""
        listed = [(n, whole) for m, n, _, whole in self._listed if m == metro_id]
        for name, whole in listed:
            if shared in dict(_variants(name)):
                return whole if whole == name else f"{whole} ({name})"
        return shared

    @functools.cached_property
    def _listed(self) -> tuple[Body, ...]:
        return tuple(self._bodies())

    @functools.cached_property
    def _governments(self) -> dict[str, dict[str, Hit]]:
        made: dict[str, dict[str, Hit]] = defaultdict(dict)
        for metro_id, name, relation, _ in self._listed:
            if metro_id in self.metros:
                for key, quality in _variants(name):
                    if quality >= 0.97:
                        hit = Hit(1.0, key, how="body", relation=relation)
                        made[key].setdefault(metro_id, hit)
        return made

    def written(self) -> dict[str, list[str]]:
        """What only gazetteers call metropolises in other scripts than Latin, by metro_id."""
        found: dict[str, list[str]] = defaultdict(list)
        for key, metro_ids in self._others.items():
            if not latin(key):
                for metro_id in metro_ids:
                    found[metro_id].append(key)
        return found

    def governed(self, label: str) -> dict[str, Hit]:
        """Metropolises with a body of that name or acronym, by metro_id."""
        for key, quality in _variants(label):
            if quality >= 0.97 and key in self._governments:
                return dict(self._governments[key])
        return {}

    def called(self, label: str) -> bool:
        """Whether a label with a comma is, as it is written, a name that a list gives a metropolis."""
        return "," in label and any(q >= 0.98 for q in self._own.get(exact(label), {}).values())

    def own(self, metro_id: str, label: str) -> bool:
        """Whether a label is a whole name of a metropolis, by any source."""
        key = exact(label)
        return self._own.get(key, {}).get(metro_id, 0.0) >= 0.93 or metro_id in self._others.get(
            key, ()
        )

    def typed(self, label: str) -> dict[str, str]:
        """Metropolises with a name one letter away (or two swapped), by metro_id: that name."""
        found: dict[str, str] = {}
        key = compact(label)
        if len(key) < TYPED:
            return found
        for cut in (key, *_cuts(key)):
            for metro_id, name in self._near.get(cut, ()):
                found[metro_id] = min(found.get(metro_id, name), name)
        return dict(sorted(found.items()))

    @functools.cached_property
    def _near(self) -> dict[str, list[tuple[str, str]]]:
        made: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for metro_id, metro in self.metros.items():
            for name, quality in names_of(metro).items():
                if len(name) >= TYPED and quality >= 0.9:
                    for cut in (name, *_cuts(name)):
                        made[cut].append((metro_id, name))
        return made

    @functools.cached_property
    def words(self) -> dict[str, frozenset[str]]:
        """Every word of any name of a metropolis and of its identifier, by metro_id."""
        return {
            metro_id: frozenset(
                word for text in (metro_id, *metro.names) for word in fold(text).split()
            )
            for metro_id, metro in self.metros.items()
        }

    def matched(self, metro_id: str, shared: str, asked: str = "") -> str:
        """The name, as its source writes it, in which a metropolis bears a compact name."""
        names = self.metros[metro_id].names
        if asked in names:
            return asked
        whole = [n for n in names if shared in (compact(n), exact(n))]
        held = [n for n in names if shared in dict(variants(n))]
        return (whole or held or names)[0]

    def find(self, query: str) -> list[tuple[str, Hit]]:
        """Metropolises of a name, the best name first, then the largest; metro_id breaks ties."""
        if query.strip() in self.metros:
            return [(query.strip(), Hit(1.0, compact(self.metros[query.strip()].names[0])))]
        found = self.exact(query)
        for metro_id, hit in self.governed(query).items():
            if metro_id not in found or found[metro_id].how != "name":
                found[metro_id] = hit
        return sorted(
            found.items(),
            key=lambda x: (-round(x[1].quality, 1), -(self.metros[x[0]].population or 0), x[0]),
        )

    def near(self, query: str, count: int = 5) -> list[str]:
        """The metropolises whose names are most like a query that nothing bears, best first."""
        from rapidfuzz import fuzz

        asked = compact(query)
        if not asked:
            return []
        alike = []
        for metro_id, metro in self.metros.items():
            best = max(fuzz.ratio(asked, compact(name)) for name in metro.names)
            if best >= 75:
                alike.append((-best, -(metro.population or 0), metro_id))
        return [metro_id for _, _, metro_id in sorted(alike)[:count]]


def _cuts(name: str) -> set[str]:
    """A name with each of its letters left out."""
    return {name[:n] + name[n + 1 :] for n in range(len(name))}


def _variants(label: str) -> tuple[tuple[str, float], ...]:
    """The names that a label holds as (key, quality), each in its own script."""
    if latin(label):
        return variants(label)
    bare = re.sub(r"\s*[(\[（][^)\]）]*[)\]）]?", " ", label).strip()
    found = {exact(label): 1.0}
    for text, quality in (
        (bare, 0.99),
        *((x, 0.97) for x in re.findall(r"[(\[（]([^)\]）]*)", label)),
    ):
        if len(key := exact(text)) > 1:
            found.setdefault(key, quality)
    return tuple((k, q) for k, q in found.items() if k)


def _enter(
    own: dict[str, dict[str, float]], sounds: dict[str, dict[str, float]], metro: Place
) -> None:
    """Enter the names of a metropolis by their keys; those of other scripts by their sound too."""
    first = True
    for name in metro.names:
        worth = 1.0 if first else 0.98
        first = False
        for key, quality in _variants(name):
            # Frankfurt (Oder) is not the one that is meant by Frankfurt.
            kept = BARE if quality == 0.99 else quality
            own[key][metro.key] = max(own[key].get(metro.key, 0.0), kept * worth)
        if not latin(name) and len(key := compact(name)) > 1 and sounds is not own:
            sounds[key][metro.key] = max(sounds[key].get(metro.key, 0.0), worth)
        for core in () if latin(name) else cores(name):
            own[core].setdefault(metro.key, GENERIC)


def _better(found: dict[str, Hit], key: str, hit: Hit) -> None:
    if key not in found or hit.quality > found[key].quality:
        found[key] = hit


def repaired(text: str) -> tuple[str, str]:
    """A text as it was before UTF-8 was read as Windows-1252, and what was wrong; empty for nothing.

    A letter that became `?` or the replacement character cannot be brought back, only told.
    """
    plain = text
    for _ in range(2):
        try:
            plain = b"".join(_byte(c) for c in plain).decode("utf-8")
        except UnicodeError:
            break
    if plain != text:
        return plain, f"the name looks garbled and was read as '{plain}'"
    if "\ufffd" in text or re.search(r"\w\?\w|^\?\w|\w\?$", text):
        return text, "letters of the name were lost on the way; write it anew"
    return text, ""


def _byte(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")
