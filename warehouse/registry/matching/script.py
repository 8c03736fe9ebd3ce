"""Names as they are written: equal only where their script is.

A transliteration is no proof: 巫溪, 无锡 and 吴溪 are all `wuxi`, and مصر in Latin letters is a code.
"""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from pathlib import Path

from warehouse.registry.matching.match import compact

# Letters of the Arabic script that are written one for the other, and marks that are left out.
_ALIKE = str.maketrans("أإآٱىیئؤةکھہۀ", "اااايييوهكههه") | {0x0640: None, 0x0621: None}
_ALIKE |= {ord("ё"): "е", ord("ヶ"): "ケ"}
VARIANTS = Path(__file__).parents[3] / "catalog" / "metros" / "han_variant.csv"
_MARKS = re.compile("[\u064b-\u0652\u0670\u0301]")
# Letters of other scripts: all but Latin ones, marks, punctuation and symbols.
_OTHER = re.compile("[\u0370-\u1dff\u1f00-\u1fff\u2c00-\u2fff\u3005-\ufeff\uff5b-\U0010ffff]")


def latin(text: str) -> bool:
    """Whether every letter is of the Latin script."""
    return text.isascii() or not _OTHER.search(text)


@functools.cache
def _han() -> dict[int, str]:
    """Traditional and Japanese forms of Chinese characters to the simplified one (`han_variant.csv`)."""
    with VARIANTS.open(encoding="utf-8", newline="") as file:
        return {ord(r["variant"]): r["character"] for r in csv.DictReader(file)}


@functools.lru_cache(maxsize=1 << 18)
def exact(text: str) -> str:
    """A key that two names share where they are one name in one script.

    Latin letters lose accents and blanks (`compact`); others keep their letters, in one form where
    a letter has several: traditional and simplified Han, alif with and without hamza, ё and е.
    """
    if latin(text):
        return compact(text)
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE).translate(_han())
    # Marks of Indic scripts are vowels: they are no word characters, and stay.
    kept = "".join(
        c for c in _MARKS.sub("", plain) if c.isalnum() or unicodedata.category(c)[0] == "M"
    )
    return kept
