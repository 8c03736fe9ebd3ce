"""Find metropolises by any of their names, in any script; see through garbled and mistyped ones.

Pure functions over the places of `match`; no input or output.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from warehouse.registry.matching.match import Place, PlaceIndex, compact, fold, names_of, variants

# Shorter names have too many neighbours one letter away.
TYPED = 6


@dataclass(frozen=True)
class Hit:
    """A metropolis that shares a name: how good that name is (0 to 1), which, whether of a part."""

    quality: float
    shared: str
    part: bool = False


class Names:
    """The metropolises of the registry by every name, across all countries."""

    def __init__(self, metros: Iterable[Place], parts: Iterable[Place] = ()) -> None:
        """`metros` by metro_id; `parts` bear the names of units that are part of a metropolis."""
        self.metros: Mapping[str, Place] = {m.key: m for m in metros}
        self._index = PlaceIndex(replace(m, country="") for m in self.metros.values())
        self._parts = PlaceIndex(replace(p, country="") for p in parts)

    def exact(self, label: str) -> dict[str, Hit]:
        """Metropolises that share a name with a label, by metro_id; a part where nothing better."""
        asked = Place("", "", (label,))
        found = {
            key: Hit(quality, name, True)
            for key, (quality, name) in self._parts.named(asked).items()
            if quality >= 0.93
        }
        for key, (quality, name) in self._index.named(asked).items():
            if key not in found or quality >= 0.9:
                found[key] = Hit(quality, name)
        return found

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

    def written(self, metro_id: str, shared: str, asked: str) -> bool:
        """Whether a metropolis bears a compact name in the script (Latin or other) of the label."""
        return any(
            _latin(name) == _latin(asked)
            for name in self.metros[metro_id].names
            if shared in dict(variants(name))
        )

    def matched(self, metro_id: str, shared: str, asked: str = "") -> str:
        """The name, as its source writes it, in which a metropolis bears a compact name."""
        names = self.metros[metro_id].names
        if asked in names:
            return asked
        whole = [n for n in names if compact(n) == shared]
        held = [n for n in names if shared in dict(variants(n))]
        return (whole or held or names)[0]

    def find(self, query: str) -> list[tuple[str, Hit]]:
        """Metropolises of a name, the best name first, then the largest; metro_id breaks ties."""
        if query.strip() in self.metros:
            return [(query.strip(), Hit(1.0, compact(self.metros[query.strip()].names[0])))]
        found = self.exact(query)
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


def _latin(text: str) -> bool:
    return all(not c.isalpha() or ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 for c in text)


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
