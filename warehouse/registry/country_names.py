"""What a person writes in a column of countries, as ISO alpha-2: codes, numbers, names in ca, es, fr, en."""

from __future__ import annotations

import functools
import gettext
from collections import defaultdict

from warehouse.registry.countries import EUROSTAT, OTHER_ISO3, countries
from warehouse.registry.matching.match import compact

LANGUAGES = ("ca", "es", "fr")
# Names in use that ISO 3166 and its translations do not hold; several codes where it is not said which.
SPOKEN = {
    "Bolivia": "BO",
    "Bosnia": "BA",
    "Britain": "GB",
    "Great Britain": "GB",
    "England": "GB",
    "Scotland": "GB",
    "Wales": "GB",
    "Northern Ireland": "GB",
    "Anglaterra": "GB",
    "Inglaterra": "GB",
    "Angleterre": "GB",
    "Gran Bretaña": "GB",
    "Grande-Bretagne": "GB",
    "Birmania": "MM",
    "Birmanie": "MM",
    "Burma": "MM",
    "Cape Verde": "CV",
    "Congo": "CG CD",
    "Congo-Brazzaville": "CG",
    "Congo-Kinshasa": "CD",
    "Congo, Dem. Rep.": "CD",
    "Congo, Rep.": "CG",
    "DR Congo": "CD",
    "DRC": "CD",
    "Democratic Republic of Congo": "CD",
    "Democratic Republic of the Congo": "CD",
    "Republic of the Congo": "CG",
    "República del Congo": "CG",
    "República Democrática del Congo": "CD",
    "Corea": "KR KP",
    "Corée": "KR KP",
    "Korea": "KR KP",
    "Corea del Sud": "KR",
    "Corea del Sur": "KR",
    "Corée du Sud": "KR",
    "South Korea": "KR",
    "Republic of Korea": "KR",
    "Corea del Norte": "KP",
    "Corea del Nord": "KP",
    "Corée du Nord": "KP",
    "North Korea": "KP",
    "Czech Republic": "CZ",
    "República Checa": "CZ",
    "República Txeca": "CZ",
    "République tchèque": "CZ",
    "Estados Unidos de América": "US",
    "Estats Units d'Amèrica": "US",
    "EE. UU.": "US",
    "EEUU": "US",
    "U.S.": "US",
    "U.S.A.": "US",
    "United States of America": "US",
    "Holland": "NL",
    "Holanda": "NL",
    "The Netherlands": "NL",
    "Hong Kong SAR": "HK",
    "China, Hong Kong SAR": "HK",
    "China, Macao SAR": "MO",
    "Macau": "MO",
    "Iran": "IR",
    "Irán": "IR",
    "Ivory Coast": "CI",
    "Costa de Marfil": "CI",
    "Laos": "LA",
    "Macedonia": "MK",
    "Moldavia": "MD",
    "Moldova": "MD",
    "Palestine": "PS",
    "Palestina": "PS",
    "State of Palestine": "PS",
    "Russia": "RU",
    "Rusia": "RU",
    "Rússia": "RU",
    "Russie": "RU",
    "Siria": "SY",
    "Syrie": "SY",
    "Swaziland": "SZ",
    "Taiwan": "TW",
    "Taiwán": "TW",
    "Taïwan": "TW",
    "Tanzania": "TZ",
    "Tanzanie": "TZ",
    "Turkey": "TR",
    "Turkiye": "TR",
    "UAE": "AE",
    "Emirates": "AE",
    "Vatican": "VA",
    "Venezuela": "VE",
    "Vietnam": "VN",
}


@functools.cache
def codes(text: str) -> tuple[str, ...]:
    """ISO alpha-2 codes that a cell may mean; several for Congo or Korea, none where not known.

    Takes ISO alpha-2 and alpha-3, Eurostat's EL and UK, UN M49 numbers with or without their
    leading zeros, and names in Catalan, Spanish, French and English, however accented.
    """
    plain = text.strip()
    upper = plain.upper()
    known = countries()
    upper = EUROSTAT.get(upper, upper)
    if len(upper) == 2 and upper in known:
        return (upper,)
    if plain.isascii() and plain.isdigit():
        return tuple(c.iso2 for c in known.values() if c.m49 == int(plain[:9]))
    return _names().get(compact(plain), ())


@functools.cache
def _names() -> dict[str, tuple[str, ...]]:
    import pycountry

    found: dict[str, set[str]] = defaultdict(set)

    def add(name: str, iso2: str) -> None:
        for text in (name, name.partition(",")[0] if "," in name else ""):
            key = compact(text)
            if len(key) > 2:
                found[key].add(iso2)
        head, _, tail = name.partition(",")
        if tail:
            found[compact(f"{tail} {head}")].add(iso2)

    spoken = [gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [x]) for x in LANGUAGES]
    for c in pycountry.countries:
        for field in ("name", "common_name", "official_name"):
            name = getattr(c, field, None)
            if name:
                for text in dict.fromkeys((name, *(s.gettext(name) for s in spoken))):
                    add(text, c.alpha_2)
    for own in countries().values():
        found[compact(own.name)].add(own.iso2)
    # A head such as Congo or Korea stands for all that share it, a whole name for its own.
    made = {key: tuple(sorted(of)) for key, of in found.items()}
    made |= {compact(c.name): (c.iso2,) for c in countries().values()}
    made |= {compact(name): tuple(of.split()) for name, of in SPOKEN.items()}
    made |= {c.iso3.lower(): (c.iso2,) for c in countries().values()}
    return made | {iso3.lower(): (iso2,) for iso3, iso2 in OTHER_ISO3.items()}


def title(iso2: str) -> str:
    """`Namibia (NA)`."""
    return f"{countries()[iso2].name} ({iso2})"
