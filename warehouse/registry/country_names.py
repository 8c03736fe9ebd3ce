"""What a person writes in a column of countries, as ISO alpha-2: codes, numbers, names in any language.

Names are those of ISO 3166 with its translations, of Unicode CLDR (Babel), and those in use that
neither has. A name in another script is compared in that script: its letters in Latin are no code.
"""

from __future__ import annotations

import functools
import gettext
from collections import defaultdict

from warehouse.registry.countries import EUROSTAT, OTHER_ISO3, countries
from warehouse.registry.matching.match import compact
from warehouse.registry.matching.script import exact, latin

LANGUAGES = ("ca", "es", "fr")
_ARTICLES = ("the ", "els ", "les ", "el ", "la ", "le ", "las ", "los ", "l'", "l’")
# Names in use that ISO 3166 and its translations do not hold; several codes where it is not said which.
SPOKEN = {
    "EUA": "US",
    "Els Estats Units": "US",
    "Etats-Unis d'Amérique": "US",
    "Republic of Ireland": "IE",
    "Eire": "IE",
    "Great Britain and Northern Ireland": "GB",
    "Royaume Uni": "GB",
    "Kirghizstan": "KG",
    "Kirguizistan": "KG",
    "Mainland China": "CN",
    "PRC": "CN",
    "P.R. China": "CN",
    "People's Republic of China": "CN",
    "ROK": "KR",
    "DPRK": "KP",
    "KSA": "SA",
    "RSA": "ZA",
    "Brasil": "BR",
    "Viet Nam": "VN",
    "Türkiye": "TR",
    "FYROM": "MK",
    "Timor": "TL",
    "Zaire": "CD",
    "Bosnia and Hercegovina": "BA",
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
    upper = plain.replace(".", "").replace(" ", "").upper()
    known = countries()
    upper = EUROSTAT.get(upper, upper)
    if len(upper) == 2 and upper in known:
        return (upper,)
    if plain.isascii() and plain.isdigit():
        return tuple(c.iso2 for c in known.values() if c.m49 == int(plain[:9]))
    key = exact(plain)
    if not latin(plain):
        return _cldr(None).get(key, ())
    # With its article: els Estats Units, la Xina.
    keys = [
        key,
        *(exact(t) for a in _ARTICLES if (t := plain.lower().removeprefix(a)) != plain.lower()),
    ]
    for k in keys:
        if found := _names().get(k, ()):
            return found
    return next(
        (c for x in ("en", *LANGUAGES, None) for k in keys if (c := _cldr(x).get(k, ()))), ()
    )


@functools.cache
def _cldr(locale: str | None) -> dict[str, tuple[str, ...]]:
    """Names of countries in a locale of CLDR; of None in every locale that a country speaks."""
    from babel import Locale
    from babel.core import UnknownLocaleError, get_global

    known = countries()
    if locale is not None:
        spoken = [locale]
    else:
        spoken = sorted(
            {
                lang
                for iso2, said in get_global("territory_languages").items()
                if iso2 in known
                for lang, of in said.items()
                if of.get("official_status")
            }
        )
    found: dict[str, set[str]] = defaultdict(set)
    for x in spoken:
        try:
            names = Locale.parse(x).territories
        except (ValueError, UnknownLocaleError):
            continue
        for iso2, name in names.items():
            if iso2 in known and len(key := exact(name)) > (2 if latin(name) else 1):
                found[key].add(iso2)
    return {key: tuple(sorted(of)) for key, of in found.items() if len(of) == 1}


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
