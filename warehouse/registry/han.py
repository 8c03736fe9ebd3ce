"""Chinese characters: their traditional and Japanese forms, and how place names read them.

`han_variant.csv` comes from OpenCC (Apache-2.0); `han_reading.csv` is our own: the characters that names
of cities read in another way than anyascii does.
"""

from __future__ import annotations

import csv
import functools
import itertools
from pathlib import Path

from warehouse.registry.files import table
from warehouse.registry.matching.match import compact
from warehouse.registry.matching.script import VARIANTS
from warehouse.registry.unit import RegistryError

READINGS = VARIANTS.with_name("han_reading.csv")
# OpenCC's tables: a traditional character and its simplified ones; a traditional and its Japanese ones.
SIMPLIFIED, JAPANESE = "TSCharacters.txt", "JPVariants.txt"


def write_variants(directory: Path, out: Path = VARIANTS) -> str:
    """Write `han_variant.csv` from the folder `opencc/dictionary` of opencc-python-reimplemented.

    Of several simplified characters the first, which OpenCC prefers, is taken. Raises `RegistryError`
    where a table is missing.
    """
    try:
        simple = {a: b[0] for a, b in _pairs(directory / SIMPLIFIED)}
        japanese = [(a, c) for a, b in _pairs(directory / JAPANESE) for c in b]
    except FileNotFoundError as error:
        raise RegistryError(
            f"{directory}: it has no {Path(error.filename).name}; give the folder opencc/dictionary of the "
            "package opencc-python-reimplemented."
        ) from None
    forms = set(simple.values())
    for traditional, form in japanese:
        if form not in forms and form not in simple:
            simple[form] = simple.get(traditional, traditional)
    rows = sorted((a, b) for a, b in simple.items() if a != b)
    table(out, ("variant", "character"), rows)
    return f"{out.name}: {len(rows)} forms of characters"


def _pairs(path: Path) -> list[tuple[str, list[str]]]:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return [(a, b.split()) for a, _, b in (line.partition("\t") for line in lines) if b]


@functools.cache
def _readings() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    with READINGS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["character"]] = (*found.get(row["character"], ()), row["reading"])
    return found


def sounds(name: str) -> frozenset[str]:
    """The ways to read a Chinese name in Latin letters without tones and blanks.

    >>> sorted(sounds("厦门"))
    ['shamen', 'xiamen']
    """
    ways = [(compact(c), *_readings().get(c, ())) for c in name]
    return frozenset("".join(x) for x in itertools.islice(itertools.product(*ways), 64))
