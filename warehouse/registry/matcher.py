"""What a list is matched with: the registry of the catalog, its names, and what people call places."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from warehouse.registry import alternates, country_names, known, states
from warehouse.registry.countries import KIN
from warehouse.registry.matching.calibrated import Worth
from warehouse.registry.matching.list_row import World
from warehouse.registry.matching.names import Body, Names

# What the names of `exonym.csv` are called where they are left out.
BY_HAND = "exonym.csv"
CALIBRATION = "list_calibration.json"


@functools.lru_cache(maxsize=2)
def world(folder: Path = known.METROS, without: tuple[str, ...] = ()) -> World:
    """The registry of a folder for `match_rows`; the last two are kept.

    `without` are sources (the first word of their name, as in `alternate.csv.gz`) whose names are left
    out, so that the matcher can be measured on them.
    """
    metros = known.metros(folder)
    others = [
        (r["metro_id"], r["name"])
        for r in alternates.rows(folder)
        if r["metro_id"] in metros and not r["source"].startswith(without)
    ]
    if not BY_HAND.startswith(without):
        others += [(r["metro_id"], r["name"]) for r in known.exonyms(folder)]
    names = Names(
        (known.without(m, without).place for m in metros.values()),
        (m.parts for m in metros.values() if m.parts),
        others,
        lambda: bodies(folder),
    )
    return World(
        names,
        country_names.codes,
        country_names.title,
        KIN,
        known.namesakes(),
        worth(folder),
        states.codes,
        states.of_metros(folder),
        states.level,
        known.places(folder),
        known.towns,
    )


def worth(folder: Path = known.METROS) -> Worth:
    """What raw scores of rows of lists are worth, as `list_calibration.json` says."""
    import json

    made = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
    return Worth(made["intercept"], made["slope"])


def bodies(folder: Path = known.METROS) -> Iterator[Body]:
    """Member governments and metropolitan bodies by each of their names and acronyms."""
    from catalog.desk import known_names, load

    for metro in known.metros(folder).values():
        for member in metro.members:
            for name in {member["name"], *member["name"].split(" / ")}:
                yield metro.row["metro_id"], name, member["relation"], member["name"]
    for metro_id, name, body in known_names(load()):
        for text in _called(metro_id, name, body):
            yield metro_id, text, "", name


def _called(metro_id: str, name: str, body: str) -> Iterator[str]:
    """A body's name, what it has in parentheses or after a comma apart, and its acronym."""
    import re

    from warehouse.registry.matching.match import fold

    head = re.split(r"\s*[(,;]", name)[0]
    inside = re.findall(r"\(([^)]*)\)", name)
    yield from dict.fromkeys((name, head, *(x for x in inside if len(x) > 2)))
    tail = body.removeprefix(metro_id).strip("-")
    words = [w for w in re.split(r"[\s'’\-,()/]+", fold_words(name)) if w]
    initials = "".join(w[0] for w in words)
    if 2 < len(tail) <= 8 and "-" not in tail and _subsequence(tail, initials):
        yield tail.upper()
    significant = "".join(w[0] for w in words if w not in _SMALL)
    if 3 <= len(significant) <= 6 and fold(name) and "(" not in name:
        yield significant.upper()


_SMALL = frozenset(
    [
        "of",
        "de",
        "del",
        "la",
        "le",
        "les",
        "el",
        "du",
        "des",
        "di",
        "do",
        "da",
        "dos",
        "the",
        "and",
        "und",
        "et",
        "y",
        "e",
        "i",
        "d",
        "l",
        "der",
        "die",
    ]
)


def fold_words(text: str) -> str:
    """A text folded word by word."""
    from warehouse.registry.matching.match import fold

    return fold(text.replace("'", " ").replace("’", " "))


def _subsequence(short: str, long: str) -> bool:
    """Whether the letters of one text stand in another, in order."""
    rest = iter(long)
    return all(c in rest for c in short)
