"""Read the lists of cities that carry SDG and survey figures into units; they found no metropolis."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from warehouse.registry.countries import from_eurostat, from_m49
from warehouse.registry.gazetteer import geonames
from warehouse.registry.matching.match import Place, compact
from warehouse.registry.read import rows, sheet
from warehouse.registry.unit import Unit

# The vintage of cities as their countries draw them, in UN-Habitat's open-space list.
NATIONAL = "2024-national"
NO_FIGURE = "The SDG database tells public transport under this code; no figure of it is held."


def _number(text: str) -> float | None:
    return float(text) if text else None


def unhabitat(sources: Path) -> list[Unit]:
    """UN-Habitat's city codes: open space (SDG 11.7.1) and green areas, one unit per delineation.

    UN-Habitat draws its cities by the Degree of Urbanisation; some countries' open-space figures
    follow their own delineation instead, and are units of a vintage of their own.
    """
    folder = sources / "un_habitat"
    own = "UN-Habitat Urban Indicators Database"
    labels: dict[str, list[str]] = {}
    national: dict[str, str] = {}
    for r in sheet(folder / "unhabitat_SDG_11-7-1_2024_cities.xlsx", 0, "SDG Goal"):
        code = r["City Code"]
        labels.setdefault(code, []).append(r["City Name"])
        if not r["Data Source"].startswith(own):
            national[code] = " ".join(r["Data Source"].split())
    green = set()
    for r in sheet(
        folder / "unhabitat_green_areas_1990-2020_cities.xlsx", "Data", "Country or Territory Name"
    ):
        labels.setdefault(r["City Code"], []).append(r["City Name"])
        green.add(r["City Code"])
    made = []
    for code, names in sorted(labels.items()):
        if not re.fullmatch(r"[A-Z]{2}_[A-Z0-9_]+", code):
            continue
        # "Veracruz_Minatitlán": state and municipality.
        clean = [" ".join(str(n).split("_")[-1].split()) for n in names]
        unit = Unit(
            "unhabitat_city",
            code,
            "2024",
            "urban_centre",
            clean[0],
            code[:2],
            labels=tuple(clean[1:]) + _from_code(code),
            admin=_admin(code),
        )
        bare = code in national and code not in green
        made.append(replace(unit, note=NO_FIGURE) if bare else unit)
        if code in national:
            note = (
                f"The country's own delineation of the city for open space ({national[code]}), not "
                "UN-Habitat's by the Degree of Urbanisation."
            )
            made.append(replace(unit, vintage=NATIONAL, scale="city", note=note))
    return made


def unsd(sources: Path) -> list[Unit]:
    """City codes of the SDG database (waste collection, inadequate housing)."""
    path = sources / "un_sdg" / "unsd_bulk_Goal11_cities_11.1.1_11.6.1.xlsx"
    codes: dict[str, set[str]] = {}
    for r in sheet(path, 0, "Goal"):
        if re.fullmatch(r"[A-Z]{2}_[A-Z0-9_]+", str(r["Cities"])):
            codes.setdefault(r["Cities"], set()).add(r["SeriesCode"])
    made = []
    for code in sorted(codes):
        iso2 = code[:2]
        name = _from_code(code)[0]
        municipal = iso2 in ("MX", "CO", "PT", "NO")
        made.append(
            Unit(
                "unsd_city",
                code,
                "2024",
                "municipality" if municipal else "city",
                name,
                iso2,
                labels=_from_code(code)[1:],
                note="The source gives a code and no name; the name is read from the code.",
                admin=_admin(code),
            )
        )
    return made


def unsd_2017(sources: Path) -> list[Unit]:
    """City codes of the SDG database before 2018 (`BELOHORIZONTE`), one country's each.

    The code is joined with the country's M49 number, for a name stands for several places.
    """
    found = {
        (int(r["geo_area"]), r["cities"]): r["cities"]
        for r in rows(sources / "un_sdg" / "ddf2020_en_ref_wascol.csv")
        if r["cities"] not in ("", "nociti")
    }
    labels = {r["cities"]: r["name"] for r in rows(sources / "un_sdg" / "ddf2020_cities.csv")}
    made = []
    for (m49, key), _ in sorted(found.items()):
        name = labels.get(key, key.upper())
        words = [w for w in re.split(r"_", name) if w]
        made.append(
            Unit(
                "unsd_city",
                f"{m49}|{name}",
                "2017",
                "city",
                words[0].title(),
                from_m49(m49),
                labels=(name.replace("_", " ").title(),),
                note="The source gives a code and no name; the name is read from the code.",
            )
        )
    return made


def _admin(code: str) -> str:
    """The state or province in codes such as MX_VER_MINATITLAN, US_NEW_YORK_NY or
    CN_XUCHENG_JIANGSU, empty for none."""
    found = re.fullmatch(r"(MX|CO)_([A-Z]{3})_.+", code)
    if found:
        return found[2]
    iso2, *words = code.split("_")
    tail = _MISSPELT.get(words[-1], words[-1])
    return tail if len(words) > 1 and tail in _TAILS.get(iso2, "").split() else ""


_MISSPELT = {"JINGSU": "JIANGSU"}
_TAILS = {
    "CA": "ONT QUE BC ALTA MAN SASK NS NB NL PEI ON QC AB MB SK PE NU NT YT",
    "US": " ".join(
        [
            "AL",
            "AK",
            "AZ",
            "AR",
            "CA",
            "CO",
            "CT",
            "DE",
            "FL",
            "GA",
            "HI",
            "ID",
            "IL",
            "IN",
            "IA",
            "KS",
            "KY",
            "LA",
            "ME",
            "MD",
            "MA",
            "MI",
            "MN",
            "MS",
            "MO",
            "MT",
            "NE",
            "NV",
            "NH",
            "NJ",
            "NM",
            "NY",
            "NC",
            "ND",
            "OH",
            "OK",
            "OR",
            "PA",
            "RI",
            "SC",
            "SD",
            "TN",
            "TX",
            "UT",
            "VT",
            "VA",
            "WA",
            "WV",
            "WI",
            "WY",
            "DC",
        ]
    ),
    "CN": "ANHUI FUJIAN GANSU GUANGDONG GUANGXI GUIZHOU HAINAN HEBEI HEILONGJIANG HENAN HUBEI "
    "HUNAN JIANGSU JIANGXI JILIN LIAONING NINGXIA QINGHAI SHAANXI SHANDONG SHANXI SICHUAN "
    "TIANJIN XINJIANG YUNNAN ZHEJIANG CHONGQING BEIJING SHANGHAI NEIMENGGU XIZANG TIBET",
}


def _from_code(code: str) -> tuple[str, ...]:
    """Names that a city code spells, best first: without its state, then whole."""
    iso2, _, rest = code.partition("_")
    words = rest.split("_")
    names = []
    if _admin(code) and iso2 in ("MX", "CO"):
        names.append(" ".join(words[1:]).title())
    elif _admin(code):
        names.append(" ".join(words[:-1]).title())
    else:
        names.append(" ".join(words).title())
    return tuple(names)


def sp_trn_publ(sources: Path) -> list[Unit]:
    """Cities of SDG 11.2.1 as a carrier lists them; homonyms of a country share a code."""
    groups: dict[str, list[dict[str, str]]] = {}
    for r in rows(sources / "un_sdg" / "SP_TRN_PUBL_2020_cities_derived.csv"):
        groups.setdefault(f"{r['country_iso2']}|{r['city']}", []).append(r)
    made = []
    for code, group in sorted(groups.items()):
        r, note = group[0], ""
        sound = _geocoded(r["city"], r["city_std"], r["geoname_id"])
        if len(group) > 1:
            note = (
                f"{len(group)} rows of the source share this country and name, so that the source "
                "does not tell them apart."
            )
        same = sound and len({g["geoname_id"] for g in group}) == 1
        made.append(
            Unit(
                "sp_trn_publ",
                code,
                "2020",
                "urban_centre",
                r["city"],
                r["country_iso2"],
                labels=(r["city_std"],) if sound else (),
                latitude=_number(r["lat"]) if same else None,
                longitude=_number(r["lon"]) if same else None,
                note=note,
                rough=True,
            )
        )
    return made


def _geocoded(city: str, standard: str, geoname_id: str) -> bool:
    """Whether the carrier's geocoding speaks of the same place: its name must be alike.

    It holds errors (Swat became Quetta, Torbay Corby); a name is believed, and its point, that is
    nearly the same, or alike and one that GeoNames has for the place.
    """
    from rapidfuzz import fuzz

    one, other = compact(city), compact(standard)
    return (
        fuzz.ratio(one, other) >= 85
        or fuzz.partial_ratio(one, other) >= 90
        or (fuzz.ratio(one, other) >= 60 and one in _also(geoname_id))
    )


@lru_cache(maxsize=1)
def _gazetteer() -> dict[str, Place]:
    return geonames()


def _also(geoname_id: str) -> set[str]:
    """Every name that GeoNames has for one of its places, without accents and blanks."""
    place = _gazetteer().get(geoname_id.split(".", maxsplit=1)[0])
    return {compact(n) for n in (*place.names, *place.aliases)} if place else set()


def urb_percep(sources: Path) -> list[Unit]:
    """The cities of Eurostat's perception survey of 2023, as a carrier lists them."""
    path = sources / "perception" / "urb_percep_2023_derived.json"
    cities = {}
    for metric in json.loads(path.read_text(encoding="utf-8"))["metrics"]:
        for r in metric["data"]:
            cities[f"{r['cc']}|{r['city']}"] = r
    return [
        Unit(
            "urb_percep",
            code,
            "2023",
            "city",
            r["city"],
            from_eurostat(r["cc"]),
            latitude=r["lat"],
            longitude=r["lon"],
        )
        for code, r in sorted(cities.items())
    ]
