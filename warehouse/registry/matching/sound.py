"""Names of one country that sound alike in two scripts: جاكرتا and Jakarta, 索罗卡巴 and Sorocaba.

A name becomes consonants, each with the letters that it may be; two names that share a reading are
compared again with their vowels. It proves nothing by itself (巫溪, 无锡 and 吴溪 are all `wuxi`): it is asked
within one country, of every place of that country that is known, and never of Chinese characters
where places are named in them.
"""

from __future__ import annotations

import csv
import functools
import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from warehouse.registry.matching.match import Place, compact, distance_km, fold, variants
from warehouse.registry.matching.script import VARIANTS, exact, latin

# Readings of one name that are looked at; further doubtful letters keep their first reading.
READINGS = 128
# How alike the vowels must be too, in per cent, by the number of consonants shared (4: 4 and more); for a
# script that tells few sounds apart; for the United States, whose small towns are many; for Latin letters.
ALIKE = {2: 95.0, 3: 84.0, 4: 80.0}
ALIKE_MERGED = {3: 90.0, 4: 80.0}
ALIKE_CROWDED = {3: 100.0, 4: 94.0}
ALIKE_LATIN = {3: 90.0, 4: 80.0}
# How alike Chinese characters must be to a name letter by letter, by the same numbers.
ALIKE_SPOKEN = {2: 92.0, 3: 80.0, 4: 76.0}
CROWDED = frozenset(["US"])
# A place that fits as well within so many points is not told apart.
MARGIN = 8.0
# A rival counts from that share of the metropolis's population.
RIVAL = 0.2
REACH_KM = 60.0
# Where places are named in Chinese characters these are no transcription.
HAN_COUNTRIES = frozenset(["CN", "TW", "HK", "MO", "JP", "KR", "KP"])
# Where places are named in other letters than Latin, so that every language spells them in its own way:
# Iekaterinburg, Ekaterimburgo, Iekaterinbourg. China and Japan have one spelling.
TRANSLITERATED = frozenset(
    re.findall(
        "..",
        "AEAFAMBDBGBHBTBYDZEGERETGEGRILINIQIRJOKGKHKPKRKWKZLALBLKLYMAMKMMMNMRNPOMPKPSQARSRUSASDSYTHTJTNUAYE",
    )
)

# Letters, or groups of letters, and the consonants that they may be; the longest first. `S` is sh, ch.
_LATIN = {
    **dict.fromkeys(("shch", "tsch", "tch", "tsh", "tx", "cz"), ("S",)),
    **{"sch": ("S", "sk"), "dzh": ("j",), "dj": ("j",), "dzs": ("j",), "dz": ("ds", "j", "s")},
    **{"ch": ("S", "k", "h"), "sh": ("S", "s"), "zh": ("j", "S", "s"), "sz": ("S", "s")},
    **{"kh": ("h", "k"), "gh": ("k", ""), "th": ("t", "s"), "ph": ("f", "b"), "dh": ("d", "s")},
    **{"ts": ("ts", "s"), "tz": ("ts", "s"), "ck": ("k",), "qu": ("k",), "kn": ("kn", "n")},
    **{"ng": ("nk", "n", "nj"), "gn": ("n", "kn"), "ll": ("l", ""), "sc": ("sk", "s", "S")},
    **dict.fromkeys(("ce", "ci", "cy"), ("s", "S", "k")),
    **dict.fromkeys(("ge", "gi", "gy"), ("j", "k", "h")),
    **{"b": ("b",), "c": ("k", "S"), "d": ("d",), "f": ("f",), "g": ("k", "j"), "h": ("h", "")},
    **{"j": ("j", "h", ""), "k": ("k",), "l": ("l",), "m": ("m",), "n": ("n",), "p": ("b",)},
    **{"q": ("k", "S"), "r": ("r",), "s": ("s", "S"), "t": ("t",), "v": ("f", "b"), "w": ("", "f")},
    **{"x": ("ks", "s", "S", "h"), "z": ("s", "ts")},
}  # fmt: skip
_ARABIC = {
    **{"تش": ("S", "tS"), "دج": ("j", "dj"), "تس": ("ts", "s"), "تز": ("ts", "s"), "كس": ("ks",)},
    "زه": ("s", "j", "sh"),
    **{"ب": ("b",), "پ": ("b",), "ت": ("t",), "ط": ("t",), "ث": ("t", "s"), "ج": ("j", "k")},
    **{"ح": ("h",), "خ": ("h", "k"), "د": ("d",), "ض": ("d",), "ذ": ("d", "s"), "ر": ("r",)},
    **{"ز": ("s",), "ژ": ("j", "s"), "س": ("s",), "ص": ("s",), "ش": ("S",), "ظ": ("s", "d")},
    **{"غ": ("k",), "ف": ("f",), "ڤ": ("f",), "ق": ("k",), "ك": ("k",), "گ": ("k",), "ل": ("l",)},
    **{"م": ("m",), "ن": ("n",), "ه": ("h", "", "t"), "چ": ("S",), "و": ("", "f")},
}  # fmt: skip
_CYRILLIC = {
    **{"чж": ("j", "S"), "цз": ("j", "s"), "дж": ("j",), "дз": ("ds", "j", "s"), "кс": ("ks", "s")},
    **{"тс": ("ts", "s"), "нг": ("nk", "n", "nj"), "б": ("b",), "в": ("f", ""), "г": ("k", "h", "j")},
    **{"ґ": ("k",), "д": ("d",), "ж": ("j",), "з": ("s",), "к": ("k",), "л": ("l",), "м": ("m",)},
    **{"н": ("n",), "п": ("b",), "р": ("r",), "с": ("s",), "т": ("t",), "ф": ("f",), "х": ("h", "k")},
    **{"ц": ("ts", "s", "S"), "ч": ("S",), "ш": ("S",), "щ": ("S",)},
}  # fmt: skip
_CYRILLIC_VOWELS = {c: v for v, cs in {"a": "ая", "u": "оуюёў", "i": "еиыэії"}.items() for c in cs}
_ARABIC_VOWELS = {"ا": "a", "و": "u", "ي": "i", "ع": "a"}
# Chinese initials; Chinese writes no difference between voiced and unvoiced, r and l.
_HAN = {
    **{"zh": "s", "ch": "s", "sh": "s", "z": "s", "c": "s", "s": "s", "b": "b", "p": "b", "m": "m"},
    **{"f": "f", "d": "t", "t": "t", "l": "l", "n": "n", "g": "k", "k": "k"},
}
_HAN_EITHER = {"j": ("s", "k"), "q": ("s", "k"), "x": ("s", "h"), "h": ("h", "k"), "w": ("", "f"), "r": ("l", "s"), "y": ("",)}  # fmt: skip
# Characters that stand for a consonant without its vowel.
_BARE = {
    **dict.fromkeys("斯丝思什", "s"),
    **dict.fromkeys("茨兹茲", "ts"),
    **dict.fromkeys("夫弗", "f"),
    **dict.fromkeys("尔爾", "l"),
    **{"特": "t", "克": "k", "格": "g", "德": "d", "布": "b", "普": "p", "姆": "m", "恩": "n"},
}
# Read in one way, and written for another: 科 is co, 戈 is go, 波 is po.
_WRITTEN_FOR = {"科": "ko", "可": "ko", "柯": "ko", "戈": "go", "哥": "go", "波": "po"}
_MERGED = str.maketrans({"d": "t", "r": "l", "j": "s", "S": "s"})
_VOWELS = {"a": "a", "e": "i", "i": "i", "o": "u", "u": "u", "y": "i", "w": "u"}
_PINYIN = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        *((r"ng$", "n"), (r"^(zh|ch|sh|x|q|j|z|c)", "s"), (r"^r", "l"), (r"^w(?=[aeiou])", "f")),
        *((r"^y(?=[aeiou])", ""), (r"uo", "o"), (r"ei", "e"), (r"ie", "e"), (r"ia", "a")),
        *((r"ai", "e"), (r"ao", "o"), (r"ou", "o")),
    )
)
# Letters of Latin names, in order, to those that Chinese characters are read in.
_PLAIN_LATIN = (
    *((x, "s") for x in ("sch", "tch", "ch", "sh")),
    *(("ph", "f"), ("th", "t"), ("kh", "h"), ("gh", "g"), ("ck", "k"), ("qu", "k"), ("q", "k")),
    *(
        ("x", "ks"),
        ("ce", "se"),
        ("ci", "si"),
        ("cy", "si"),
        ("c", "k"),
        ("ge", "se"),
        ("gi", "si"),
    ),
    *(("z", "s"), ("j", "s"), ("v", "f"), ("w", "f"), ("r", "l"), ("y", "i"), ("ou", "u")),
    *(("ai", "e"), ("ei", "e"), ("ie", "e"), ("ao", "o"), ("au", "o"), ("ea", "i"), ("ee", "i")),
    ("oo", "u"),
)
_HAN_ONLY = re.compile("[\u3400-\u9fff]+")
PARTS = VARIANTS.with_name("translated_part.csv")
_ARTICLE = re.compile(r"^(al|el|ad|ar|as|ash|at|an|az|the) ")
_SYLLABLE = re.compile(r"^(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)([aeiouv]+)(ng|n|r)?$")
_TOKENS = re.compile("|".join(sorted(_LATIN, key=len, reverse=True)) + "|[aeiouy]")
_CYRILLIC_TOKENS = re.compile(
    "|".join(sorted(_CYRILLIC, key=len, reverse=True)) + "|[аяоуюёўеиыэії]"
)
_ARABIC_TOKENS = re.compile("|".join(sorted(_ARABIC, key=len, reverse=True)) + "|[اعي]")

# Consonants to the same with vowels.
Readings = dict[str, str]


@dataclass(frozen=True)
class Heard:
    """A metropolis that a name sounds like: how alike (0 to 100), and the consonants shared."""

    metro_id: str
    alike: float
    shared: str


class Sounds:
    """The places of the world by how they sound, country by country; made as countries are asked for."""

    def __init__(
        self,
        metros: Iterable[Place],
        others: Iterable[Place],
        written: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`metros` by metro_id as keys; `others` are places that may bear the name as well.

        `written` are further names of metropolises, by metro_id, in other scripts than Latin: a second
        transcription of a place sounds like the first (海德拉巴 and 海得拉巴).
        """
        self._written = written or {}
        self._by: dict[str, list[tuple[Place, bool]]] = defaultdict(list)
        for place in metros:
            self._by[place.country].append((place, True))
        for place in others:
            self._by[place.country].append((place, False))
        self._heard: dict[tuple[str, bool], Mapping[str, list[tuple[int, str]]]] = {}

    def heard(self, label: str, country: str, stated: bool = False) -> Heard | None:
        """The metropolis of a country that a label alone sounds like; None for none, or for several.

        `stated`: the state is known too, which tells apart the many towns of a crowded country.
        """
        asked, merged = readings(label, country)
        crowded = country in CROWDED and not stated
        if not asked or (merged and crowded):
            return None
        index, least = self._index(country, merged), _least(label, merged, crowded)
        best: dict[int, tuple[float, str]] = {}
        for key, vowels in asked.items():
            if len(key) < (2 if merged else min(least)):
                continue
            for n, said in index.get(key, ()):
                alike = _alike(vowels, said)
                if alike > best.get(n, (0.0, ""))[0]:
                    best[n] = (alike, key)
        if _HAN_ONLY.fullmatch(exact(label)):
            places, least = self._by[country], ALIKE_SPOKEN
            best = {
                n: (spoken_alike(label, self._names(places[n][0])), key)
                for n, (alike, key) in best.items()
                if alike >= ALIKE_MERGED[4]
            }
        return self._told_apart(best, country, least, crowded)

    def _told_apart(
        self,
        best: Mapping[int, tuple[float, str]],
        country: str,
        least: Mapping[int, float],
        crowded: bool,
    ) -> Heard | None:
        places = self._by[country]
        metros = [n for n in best if places[n][1]]
        if not metros:
            return None
        n = min(metros, key=lambda n: (-best[n][0], -(places[n][0].population or 0), n))
        alike, shared = best[n]
        # No threshold for so few consonants: they are no proof.
        if alike < least.get(min(len(shared), max(least)), 101.0):
            return None
        metro = places[n][0]
        own = {compact(name) for name in metro.names}
        for other, (near, _) in best.items():
            place = places[other][0]
            small = (place.population or 0) < RIVAL * (metro.population or 0)
            if other == n or near < alike - (0.0 if small and not crowded else MARGIN):
                continue
            # A much smaller place of the same name is not the one that is meant.
            if small and compact(place.names[0]) in own:
                continue
            km = distance_km(place.latitude, place.longitude, metro.latitude, metro.longitude)
            if places[other][1] or km is None or km > REACH_KM:
                return None
        return Heard(metro.key, alike, shared)

    def _names(self, place: Place) -> set[str]:
        return {*place.names, *self._written.get(place.key, ())}

    def _index(self, country: str, merged: bool) -> Mapping[str, list[tuple[int, str]]]:
        if (country, merged) not in self._heard:
            made: dict[str, list[tuple[int, str]]] = defaultdict(list)
            for n, (place, _) in enumerate(self._by[country]):
                for name in dict.fromkeys(f for x in place.names if latin(x) for f in _forms(x)):
                    for key, vowels in spelt(name, merged).items():
                        made[key].append((n, vowels))
                for name in self._names(place):
                    if not latin(name):
                        said, kind = readings(name, country)
                        for key, vowels in said.items() if kind == merged else ():
                            made[key].append((n, vowels))
            self._heard[country, merged] = made
        return self._heard[country, merged]


def _least(label: str, merged: bool, crowded: bool) -> Mapping[int, float]:
    if crowded:
        return ALIKE_CROWDED
    if latin(label):
        return ALIKE_LATIN
    return ALIKE_MERGED if merged else ALIKE


def _forms(name: str) -> Iterable[str]:
    """A name, and without words such as City."""
    yield name
    yield from (key for key, quality in variants(name) if 0.94 <= quality < 0.99)


def readings(label: str, country: str = "") -> tuple[Readings, bool]:
    """How a label may sound in a country, and whether its script tells few sounds apart.

    Nothing for a label of several pieces, for Latin letters where places are named in them, and for Chinese
    characters where they are at home.
    """
    text = unicodedata.normalize("NFKC", label).strip()
    if re.search(r"[,،、(（/;]", text):
        return {}, False
    if latin(text):
        return (spelt(text) if country in TRANSLITERATED else {}), False
    names = {unicodedata.name(c, "").split(" ")[0] for c in text if c.isalpha()}
    if names == {"ARABIC"}:
        forms = {text, text.removeprefix("ال")}
        return {k: v for f in forms for k, v in _arabic(f).items()}, False
    if names == {"CJK"}:
        return ({} if country in HAN_COUNTRIES else _han(exact(text))), True
    if names == {"CYRILLIC"}:
        tokens = [
            (_CYRILLIC.get(t, ("",)), _CYRILLIC_VOWELS.get(t, ""))
            for t in _CYRILLIC_TOKENS.findall(text.lower())
        ]
        return _all(tokens, False), False
    return spelt(text.replace("ー", ""), True), True


@functools.lru_cache(maxsize=1 << 16)
def spelt(name: str, merged: bool = False) -> Readings:
    """How a name in Latin letters, or put in such, may sound: consonants to the same with vowels."""
    plain = fold(re.sub(r"\s*[(\[,].*", "", name) or name)
    found: Readings = {}
    for form in {plain, _ARTICLE.sub("", plain)}:
        tokens = _letters(form)
        found |= _all(tokens, merged)
    return found


def _letters(text: str) -> list[tuple[Sequence[str], str]]:
    """Folded Latin letters as (consonants that they may be, vowel)."""
    return [
        (_LATIN.get(t, ("",)), _VOWELS.get(t[-1], "") if t not in _LATIN or len(t) > 1 or t == "w" else "")
        for t in _TOKENS.findall(text.replace(" ", ""))
    ]  # fmt: skip


def _arabic(text: str) -> Readings:
    tokens = [
        (_ARABIC.get(t, ("",)), _ARABIC_VOWELS.get(t, ""))
        for t in _ARABIC_TOKENS.findall(exact(text))
    ]
    return _all(tokens, False)


def _han(text: str) -> Readings:
    found: Readings = {}
    for before, rest, after in _translated(text):
        tokens = _syllables(rest)
        if tokens:
            found |= _all([*_letters(before), *tokens, *_letters(after)], True)
    return found


def _syllables(text: str) -> list[tuple[Sequence[str], str]]:
    """Chinese characters as (consonants that it may be, vowels after them); none where one is unknown."""
    tokens: list[tuple[Sequence[str], str]] = []
    for n, char in enumerate(text):
        syllable = _SYLLABLE.match(fold(char).replace(" ", ""))
        if not syllable:
            return []
        initial, vowels, coda = syllable.groups()
        if char in "尔爾":
            tokens.append((("l", ""), ""))
            continue
        first = _HAN_EITHER.get(initial) or (_HAN.get(initial, ""),)
        if initial in ("j", "q", "x") and len(vowels) > 1:
            # 加 is `jia` and stands for ga, ca.
            vowels = vowels.removeprefix("i")
        said = "" if char in _BARE else "".join(_VOWELS.get(v, "u") for v in vowels)
        tokens.append((first, "u" if char in _WRITTEN_FOR else said))
        if coda in ("n", "ng") and char not in _BARE:
            lips = fold(text[n + 1 : n + 2])[:1] in ("b", "p", "m")
            tokens.append((("n", "m") if lips else ("n",), ""))
    return tokens


def _translated(text: str) -> Iterable[tuple[str, str, str]]:
    """A label, and without a part that is translated: (Latin word before, the rest, Latin word after).

    圣何塞 is San José, 路易港 Port Louis: `translated_part.csv`.
    """
    yield "", text, ""
    for row in _parts():
        part, rest = row["part"], ""
        if row["stands"] == "first" and text.startswith(part):
            rest = text[len(part) :]
        if row["stands"] == "last" and text.endswith(part):
            rest = text[: -len(part)]
        if len(rest) > 1:
            for word in row["words"].split("|"):
                yield (word, rest, "") if row["in_latin"] == "first" else ("", rest, word)


@functools.cache
def _parts() -> tuple[dict[str, str], ...]:
    with PARTS.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def spoken_alike(label: str, names: Iterable[str]) -> float:
    """How alike Chinese characters are to names letter by letter, 0 to 100: b is not p, as it is above."""
    from rapidfuzz import fuzz

    said = {
        _once(_spelt_plain(before) + _spoken(rest) + _spelt_plain(after))
        for before, rest, after in _translated(exact(label))
    }
    written: set[str] = set()
    for name in names:
        if latin(name):
            plain = fold(re.sub(r"\s*[(\[,].*", "", name) or name)
            for text in (plain, *_forms(plain)):
                hard = text.replace("ge", "ghe").replace("gi", "ghi")
                written |= {
                    _spelt_plain(x) for x in (text, hard, text.replace("j", "h"), text.replace("j", "i"))
                }  # fmt: skip
        elif _HAN_ONLY.fullmatch(key := exact(name)) and key != exact(label):
            written.add(_once(_spoken(key)))
    return max((fuzz.ratio(a, b) for a in said for b in written), default=0.0)


def _spoken(text: str) -> str:
    """Chinese characters in the letters that they stand for in foreign names: 科隆 is `kolon`."""
    made = []
    for char in text:
        if char in _BARE:
            made.append(_BARE[char])
            continue
        plain = _WRITTEN_FOR.get(char, fold(char).replace(" ", ""))
        for pattern, letters in _PINYIN:
            plain = pattern.sub(letters, plain)
        made.append(plain)
    return "".join(made)


@functools.lru_cache(maxsize=1 << 14)
def _spelt_plain(text: str) -> str:
    """A name in Latin letters as one would write it with few of them: `Cologne` is `kologne`."""
    plain = text.replace(" ", "")
    for letters, others in _PLAIN_LATIN:
        plain = plain.replace(letters, others)
    return _once(plain)


def _all(tokens: Sequence[tuple[Sequence[str], str]], merged: bool) -> Readings:
    """Every way to read tokens of (consonants that it may be, vowel after them)."""
    options, count = [], 1
    for consonants, _ in tokens:
        several = count * len(consonants) <= READINGS
        options.append(consonants if several else consonants[:1])
        count *= len(consonants) if several else 1
    found: Readings = {}
    for chosen in itertools.product(*options):
        key = "".join(chosen)
        said = "".join(c + v for c, (_, v) in zip(chosen, tokens, strict=True))
        if merged:
            key, said = key.translate(_MERGED), said.translate(_MERGED)
        found.setdefault(_once(key), _once(said))
    return found


def _once(text: str) -> str:
    return re.sub(r"(.)\1+", r"\1", text)


def _alike(a: str, b: str) -> float:
    from rapidfuzz import fuzz

    # A name that begins with a vowel and one that does not are two names: Omsk and Moscow.
    if (a[:1] in "aiu") != (b[:1] in "aiu"):
        return 0.0
    return fuzz.ratio(a, b)
