"""Read the lists of the worldwide identifier systems into units (European ones: `europe`).

Every reader takes the folder of sources and returns units in the order of their codes.
Errors: `RegistryError` where a file is missing or lacks a column.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from assets.registry.countries import countries, from_eurostat, from_iso3, from_m49
from assets.registry.unit import RegistryError, Unit
from warehouse.methods.match import compact

GHSL_MINIMUM = 300_000


def rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """All rows of a CSV file as text (BOM and non-breaking spaces removed)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [
                {k: (v or "").replace("\xa0", " ").strip() for k, v in r.items() if k}
                for r in csv.DictReader(file, delimiter=delimiter)
            ]
    except FileNotFoundError:
        raise RegistryError(
            f"{path.name}: not found at {path.parent}; give the folder that holds it."
        ) from None


def sheet(path: Path, name: int | str, first: str) -> list[dict[str, Any]]:
    """The rows of a workbook's sheet, below the row whose first cell is `first`."""
    from python_calamine import CalamineWorkbook

    if not path.exists():
        raise RegistryError(f"{path.name}: not found at {path.parent}; give the folder that holds it.")
    book = CalamineWorkbook.from_path(str(path))
    found = (
        book.get_sheet_by_index(name) if isinstance(name, int) else book.get_sheet_by_name(name)
    ).to_python()
    for n, row in enumerate(found):
        if row and row[0] == first:
            return [dict(zip(row, r, strict=False)) for r in found[n + 1 :]]
    raise RegistryError(f"{path.name}: no heading row beginning with '{first}' in sheet {name}.")


def _number(text: str) -> float | None:
    return float(text) if text else None


def wup(sources: Path) -> list[Unit]:
    """World Urbanization Prospects 2018, F12: agglomerations of 300,000 inhabitants and more."""
    made = []
    for r in sheet(sources / "registry" / "WUP2018-F12-Cities_Over_300K.xls", 0, "Index"):
        made.append(
            Unit(
                "un_wup2018",
                str(int(r["City Code"])),
                "2018",
                "agglomeration",
                re.sub(r"\s*\(", " (", " ".join(r["Urban Agglomeration"].split())),
                from_m49(int(r["Country Code"])),
                population=round(float(r[2015.0]) * 1000),
                population_year=2015,
                latitude=round(float(r["Latitude"]), 5),
                longitude=round(float(r["Longitude"]), 5),
            )
        )
    return sorted(made, key=lambda u: u.code)


def ghsl(sources: Path) -> list[Unit]:
    """GHSL urban centres of 300,000 inhabitants and more in 2015 (GHSL's own columns only).

    Names are served in code page 437 read as Latin-1 (`Goi\\x83nia`); a `?` is a lost letter.
    """
    made = []
    for r in rows(sources / "ghsl" / "ucdb_r2019a_extract.csv"):
        if float(r["P15"]) < GHSL_MINIMUM:
            continue
        raw = r["UC_NM_MN_ORIGINAL"]
        try:
            name = raw.encode("latin-1").decode("cp437")
        except UnicodeEncodeError:
            name = raw
        if name == "N/A" or not re.search(r"\w", name):
            name = f"Unnamed centre {r['ID_HDC_G0']}"
        made.append(
            Unit(
                "ghsl_ucdb",
                r["ID_HDC_G0"],
                "R2019A",
                "urban_centre",
                name,
                from_iso3(r["CTR_MN_ISO"]),
                population=round(float(r["P15"])),
                population_year=2015,
                latitude=round(float(r["GCPNT_LAT"]), 5),
                longitude=round(float(r["GCPNT_LON"]), 5),
                note="A letter of the name is lost in the source." if "?" in name else "",
            )
        )
    return sorted(made, key=lambda u: int(u.code))


def oecd_2012(sources: Path) -> tuple[list[Unit], set[str]]:
    """OECD functional urban areas of the 2012 delineation, and the country codes beside them."""
    labels: dict[str, str] = {}
    population: dict[str, tuple[int, float]] = {}
    for name in ("gdp_cities", "population", "population_age", "income_inequality"):
        for r in rows(sources / "oecd" / f"{name}.csv"):
            labels.setdefault(r["METRO_ID"], r["Metropolitan areas"])
            if r["VAR"] == "POP" and r["Value"]:
                newest = (int(r["TIME"]), float(r["Value"]))
                population[r["METRO_ID"]] = max(newest, population.get(r["METRO_ID"], newest))
    made = []
    for code, label in sorted(labels.items()):
        if not re.fullmatch(r"[A-Z]{2,3}\d+", code):
            continue
        year, people = population.get(code, (None, None))
        iso2 = from_eurostat(code[:2]) if code[2].isdigit() else from_iso3(code[:3])
        made.append(
            Unit(
                "oecd_fua",
                code,
                "2012",
                "fua",
                re.sub(r" \(US\)$", "", label),
                iso2,
                population=people,
                population_year=year,
                own=code if countries()[iso2].region == "Europe" else "",
            )
        )
    return made, {c for c in labels if re.fullmatch(r"[A-Z]{3}", c)}


def oecd_2024(sources: Path) -> list[Unit]:
    """OECD functional urban areas of the delineation in use in 2024, as a carrier lists them."""
    import pyarrow.parquet as pq

    path = sources / "oecd" / "fua_gdp_2021_2023_derived.parquet"
    columns = ["country_iso3", "fua_code", "fua_name", "fua_population", "year"]
    made = []
    for r in pq.read_table(path, columns=columns).to_pylist():
        iso2 = from_iso3(r["country_iso3"])
        code = r["fua_code"]
        made.append(
            Unit(
                "oecd_fua",
                code,
                "2024",
                "fua",
                r["fua_name"],
                iso2,
                population=round(r["fua_population"]) if r["fua_population"] else None,
                population_year=r["year"],
                own=code[:5] if re.fullmatch(r"[A-Z]{2}\d{3}F", code) else "",
            )
        )
    return sorted(made, key=lambda u: u.code)


def unhabitat(sources: Path) -> list[Unit]:
    """UN-Habitat's city codes: open space (SDG 11.7.1) and green areas, one unit per code."""
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
        by_country = code in national and code not in green
        note = ""
        if code in national:
            note = f"The open-space figure follows the country's own delineation ({national[code]})."
        made.append(
            Unit(
                "unhabitat_city",
                code,
                "2024",
                "city" if by_country else "urban_centre",
                clean[0],
                code[:2],
                labels=tuple(clean[1:]) + _from_code(code),
                note=note,
                admin=_admin(code),
            )
        )
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


def _admin(code: str) -> str:
    """The state in codes such as MX_VER_MINATITLAN or US_NEW_YORK_NY, empty for none."""
    found = re.fullmatch(r"(MX|CO)_([A-Z]{3})_.+", code)
    if found:
        return found[2]
    tail = code.split("_")[-1]
    return tail if code.startswith("US_") and tail in _TAILS["US"].split() else ""


_TAILS = {
    "CA": "ONT QUE BC ALTA MAN SASK NS NB NL PEI",
    "US": " ".join(
        "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
        "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC".split()
    ),
    "CN": "ANHUI FUJIAN GANSU GUANGDONG GUANGXI GUIZHOU HAINAN HEBEI HEILONGJIANG HENAN HUBEI "
    "HUNAN JIANGSU JINGSU JIANGXI JILIN LIAONING NINGXIA QINGHAI SHAANXI SHANDONG SHANXI SICHUAN "
    "TIANJIN XINJIANG YUNNAN ZHEJIANG CHONGQING",
}


def _from_code(code: str) -> tuple[str, ...]:
    """Names that a city code spells, best first: without its state, then whole."""
    iso2, _, rest = code.partition("_")
    words = rest.split("_")
    names = []
    if _admin(code) and iso2 != "US":
        names.append(" ".join(words[1:]).title())
    elif len(words) > 1 and words[-1] in _TAILS.get(iso2, "").split():
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
        sound = _geocoded(r["city"], r["city_std"])
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
            )
        )
    return made


def _geocoded(city: str, standard: str) -> bool:
    """Whether the carrier's geocoding speaks of the same place: its name must be alike.

    It holds errors (Swat became Quetta); a name that differs is not believed, nor its point.
    """
    from rapidfuzz import fuzz

    return fuzz.ratio(compact(city), compact(standard)) >= 60 or (
        fuzz.partial_ratio(compact(city), compact(standard)) >= 90
    )


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


def members(sources: Path) -> list[dict[str, str]]:
    """Governments seen in public sources to be members of Metropolis; unverified ones stay out."""
    found = rows(sources / "registry" / "metropolis_members_candidates.csv")
    return [r for r in found if r["seen_in_source"] == "True"]
