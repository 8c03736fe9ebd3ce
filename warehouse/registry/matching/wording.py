"""Words that say of which kind a body or territory is, and nothing of the place: `Àrea Metropolitana de`.

They stand in `catalog/metros/generic_word.csv`, by language, and whether they come before or after the
name. Words between them and the name, such as `de la` or `of`, are known here.
"""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from pathlib import Path

from warehouse.registry.matching.match import fold
from warehouse.registry.matching.script import exact, latin

FILE = Path(__file__).parents[3] / "catalog" / "metros" / "generic_word.csv"
_JOINS = frozenset(
    [
        "of",
        "de",
        "del",
        "d",
        "du",
        "des",
        "di",
        "do",
        "da",
        "dos",
        "das",
        "van",
        "von",
        "the",
        "la",
        "le",
        "el",
        "les",
        "los",
        "las",
        "l",
        "ng",
        "und",
    ]
)
_LONGEST = 7
# Scripts that write no blanks between words.
_SOLID = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@functools.cache
def words() -> tuple[frozenset[str], frozenset[str]]:
    """Words before and after a name: folded where they are Latin, as written elsewhere."""
    before, after = set(), set()
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            (before if row["place"] == "before" else after).add(_plain(row["words"]))
    return frozenset(before), frozenset(after)


@functools.lru_cache(maxsize=1 << 16)
def cores(label: str) -> tuple[str, ...]:
    """What is left of a label without its generic words, the longest first; empty where it has none.

    >>> cores("Àrea Metropolitana de Barcelona")
    ('barcelona',)
    """
    bare = re.sub(r"\s*[(\[][^)\]]*[)\]]?", " ", label).strip() or label
    if _SOLID.search(bare):
        return _solid(exact(bare))
    found: dict[str, None] = {}
    waiting = [tuple(_plain(bare).split())]
    for tokens in waiting:
        for rest in _shorter(tokens):
            key = " ".join(rest)
            if key not in found and len(key) > 2:
                found[key] = None
                waiting.append(rest)
    return tuple(sorted(found, key=lambda k: (-len(k), k)))


def untitled(text: str) -> str:
    """A text without generic words at its end, in its own letters: `OH Metropolitan Statistical Area`."""
    tokens, after = text.split(), words()[1]
    while True:
        for n in range(min(_LONGEST, len(tokens) - 1), 0, -1):
            if fold(" ".join(tokens[-n:])) in after:
                tokens = tokens[:-n]
                break
        else:
            return " ".join(tokens)


def _plain(text: str) -> str:
    if latin(text):
        return fold(text)
    spaced = re.sub(r"[^\w]+", " ", unicodedata.normalize("NFKC", text)).strip()
    return " ".join(exact(word) for word in spaced.split())


def _shorter(tokens: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Tokens without one generic phrase at either end, and without the small words after it."""
    before, after = words()
    made = []
    for n in range(min(_LONGEST, len(tokens) - 1), 0, -1):
        if " ".join(tokens[:n]) in before:
            rest = tokens[n:]
            made.append(rest)
            while len(rest) > 1 and rest[0] in _JOINS:
                rest = rest[1:]
                made.append(rest)
        if " ".join(tokens[-n:]) in after:
            made.append(tokens[:-n])
    return made


def _solid(key: str) -> tuple[str, ...]:
    """The same where words are not set apart: 保定市."""
    found = [
        key[: -len(word)]
        for word in _solid_words()
        if len(key) > len(word) + 1 and key.endswith(word)
    ]
    return tuple(dict.fromkeys(found))


@functools.cache
def _solid_words() -> tuple[str, ...]:
    return tuple(sorted((w for w in words()[1] if _SOLID.search(w)), key=len, reverse=True))
