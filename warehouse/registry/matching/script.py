"""Names as they are written: equal only where their script is.

A transliteration is no proof: 巫溪, 无锡 and 吴溪 are all `wuxi`, and مصر in Latin letters is a code.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from warehouse.registry.matching.match import compact

# Letters of the Arabic script that are written one for the other, and marks that are left out.
_ALIKE = str.maketrans("أإآٱىیةکھہۀ", "اااايي" + "هكههه") | {0x0640: None}
_ALIKE |= {ord("ё"): "е", ord("ヶ"): "ケ", ord("台"): "臺"}
_MARKS = re.compile("[\u064b-\u0652\u0670\u0301]")
# Letters of other scripts: all but Latin ones, marks, punctuation and symbols.
_OTHER = re.compile("[\u0370-\u1dff\u1f00-\u1fff\u2c00-\u2fff\u3005-\ufeff\uff5b-\U0010ffff]")


def latin(text: str) -> bool:
    """Whether every letter is of the Latin script."""
    return text.isascii() or not _OTHER.search(text)


@functools.lru_cache(maxsize=1 << 18)
def exact(text: str) -> str:
    """A key that two names share where they are one name in one script.

    Latin letters lose accents and blanks (`compact`); others keep their letters.
    """
    if latin(text):
        return compact(text)
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    # Marks of Indic scripts are vowels: they are no word characters, and stay.
    kept = "".join(
        c for c in _MARKS.sub("", plain) if c.isalnum() or unicodedata.category(c)[0] == "M"
    )
    return kept
