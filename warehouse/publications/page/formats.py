"""Numbers, dates, lists and names of countries as each language writes them (Unicode CLDR)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property, lru_cache
from math import isnan

from catalog.languages import languages

LANGUAGES = languages()
# The style guides of Catalan and Spanish write 4-digit numbers without a point.
UNGROUPED = frozenset({"ca", "es"})
SMALL = 10_000
# Decimals that a unit is read with; the others by size.
DECIMALS = {"PERSON": 0, "NR": 0, "DAY": 0, "IDX_0_1": 2, "RATIO": 2, "EUR": 0}
SHARES = frozenset({"PC", "PC_LIVING_CITY", "EUR_HAB_EU27_2020", "PPS_HAB_EU27_2020"})
MILLION = 1_000_000


@lru_cache(maxsize=8)
def formats(lang: str) -> Formats:
    """The formats of one of the four languages."""
    return Formats(lang)


class Formats:
    """How one language writes; British spelling and dates for English."""

    def __init__(self, lang: str):
        if lang not in LANGUAGES:
            raise ValueError(f"'{lang}' is none of {', '.join(LANGUAGES)}.")
        self.lang = lang
        self._orders: dict[str, tuple[str, str]] = {}

    @cached_property
    def locale(self):
        """Babel's locale."""
        from babel import Locale

        return Locale("en", "GB") if self.lang == "en" else Locale(self.lang)

    def number(self, value: float | None, decimals: int = 0) -> str:
        """A number with so many decimals; a dash for none."""
        return "–" if value is None else _plain(value, decimals).translate(self._signs)

    @cached_property
    def _signs(self) -> dict[int, str]:
        """What the language writes for the signs of `_plain`."""
        from babel.numbers import get_decimal_symbol, get_group_symbol

        group, point = get_group_symbol(self.locale), get_decimal_symbol(self.locale)
        small = "" if self.lang in UNGROUPED else group
        return {ord(","): group, ord("_"): small, ord("."): point, ord("-"): "−"}

    def value(self, value: float | None, unit: str = "") -> str:
        """A figure with the decimals that its unit is read with, without the unit."""
        if is_calendar_year(value, unit):
            return str(int(value or 0))
        return self.number(value, decimals(value, unit))

    def percent(self, value: float | None, decimals: int = 1) -> str:
        """A value in percent with its sign, as each language spaces it."""
        space = "" if self.lang == "en" else "\u00a0" if self.lang != "fr" else "\u202f"
        return f"{self.number(value, decimals)}{space}%"

    def short(self, value: float | None) -> str:
        """A count in words of everyday: 5.1 million, 340 thousand as figures."""
        if value is None or isnan(value):
            return "–"
        if abs(value) < MILLION:
            return self.number(round(value, -3) if abs(value) >= 10_000 else value)
        millions = round(value / MILLION, 1 if abs(value) < 100 * MILLION else 0)
        one = abs(millions) < 2 if self.lang == "fr" else abs(millions) == 1
        words = {
            "ca": ("milió", "milions"),
            "es": ("millón", "millones"),
            "fr": ("million", "millions"),
            "en": ("million", "million"),
        }[self.lang]
        digits = 0 if millions == int(millions) else 1
        return f"{self.number(millions, digits)}\u00a0{words[0 if one else 1]}"

    def inhabitants(self, value: float) -> str:
        """A number of inhabitants in short, with the noun: 5,1 milions d'habitants."""
        joined = {"ca": " d'habitants", "es": " de habitantes", "fr": " d'habitants"}
        plain = {"ca": " habitants", "es": " habitantes", "fr": " habitants", "en": " inhabitants"}
        nouns = plain if abs(value) < MILLION or self.lang == "en" else joined
        return self.short(value) + nouns[self.lang]

    def date(self, day: dt.date) -> str:
        """A day in words, such as 3 de novembre del 2026."""
        from babel.dates import format_date

        return format_date(day, format="long", locale=self.locale)

    def listed(self, items: Iterable[str], *, either: bool = False) -> str:
        """Items joined as a sentence does: a, b and c."""
        from babel.lists import format_list

        given = list(items)
        return (
            format_list(given, style="or" if either else "standard", locale=self.locale)
            if given
            else ""
        )

    @property
    def colon(self) -> str:
        """A colon between a name and what is said of it; French sets it off."""
        return "\u00a0: " if self.lang == "fr" else ": "

    @property
    def semicolon(self) -> str:
        """A semicolon between two parts; French sets it off."""
        return "\u00a0; " if self.lang == "fr" else "; "

    def country(self, iso2: str) -> str:
        """The name of a country by its ISO 3166 code of two letters."""
        return self.locale.territories.get(iso2, iso2)

    def order(self, name: str) -> tuple[str, str]:
        """A key that sorts names without regard to case and accents."""
        import unicodedata

        if name not in self._orders:
            plain = unicodedata.normalize("NFD", name.casefold())
            bare = "".join(c for c in plain if not unicodedata.combining(c))
            self._orders[name] = (bare, name)
        return self._orders[name]


@lru_cache(maxsize=1 << 16)
def _plain(value: float, decimals: int) -> str:
    """A number as Python writes it, the same for all languages: thousands after a comma, or after an
    underscore where a language may not group them; a dash for no number.

    Rounded first, so that 0.25 rounds alike on every machine. Babel's own pattern takes twenty times as
    long; a test compares them.
    """
    if isnan(value):
        return "–"
    mark = "," if abs(value) >= SMALL else "_"
    return f"{round(float(value), decimals):{mark}.{decimals}f}"


def is_calendar_year(value: float | None, unit: str) -> bool:
    """Whether a figure in years is a year such as 2050, which no language groups, not a duration."""
    return unit == "YEAR" and value is not None and value >= 1000 and value == int(value)


def decimals(value: float | None, unit: str = "") -> int:
    """How many decimals a figure of a unit is shown with."""
    if unit in DECIMALS:
        return DECIMALS[unit]
    if unit in SHARES or value is None or isnan(value):
        return 1
    size = abs(value)
    return 0 if size >= 100 else 1 if size >= 10 else 2
