"""Read the lists of the worldwide identifier systems into units (European ones: `europe`;
cities that carry SDG figures: `cities`).

Every reader takes the folder of sources and returns units in the order of their codes.
Errors: `RegistryError` where a file is missing or lacks a column.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from warehouse.registry.countries import countries, from_eurostat, from_iso3, from_m49
from warehouse.registry.country_names import codes
from warehouse.registry.unit import RegistryError, Unit

GHSL_MINIMUM = 300_000
# Nobody lives on less: of the centres of at least 300,000 inhabitants a hundredth of those whose city
# another list confirms lie below it (built-up land that the satellite missed), but 161 of the 513 that
# no list confirms: there are no such cities, or they have far fewer inhabitants.
FLOOR = 10.0


def rows(path: Path, clean: bool = True) -> list[dict[str, str]]:
    """All rows of a CSV file as text, without BOM; `clean`: and without non-breaking spaces."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [
                {
                    k: (v or "").replace("\xa0", " ").strip() if clean else v or ""
                    for k, v in r.items()
                    if k
                }
                for r in csv.DictReader(file)
            ]
    except FileNotFoundError:
        raise RegistryError(
            f"{path.name}: not found at {path.parent}; give the folder that holds it."
        ) from None


def sheet(path: Path, name: int | str, first: str) -> list[dict[Any, Any]]:
    """The rows of a workbook's sheet, below the row whose first cell is `first`."""
    from python_calamine import CalamineWorkbook

    if not path.exists():
        raise RegistryError(
            f"{path.name}: not found at {path.parent}; give the folder that holds it."
        )
    book = CalamineWorkbook.from_path(str(path))
    found = (
        book.get_sheet_by_index(name) if isinstance(name, int) else book.get_sheet_by_name(name)
    ).to_python()
    for n, row in enumerate(found):
        if row and row[0] == first:
            return [dict(zip(row, r, strict=False)) for r in found[n + 1 :]]
    raise RegistryError(f"{path.name}: no heading row beginning with '{first}' in sheet {name}.")


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

    Names are served in code page 437 read as Latin-1 (`Goi\\x83nia`); a `?` is a lost letter. A centre
    with less built-up land per head than `FLOOR`, or that the provider's own check (`QA2_1V`, where
    the edition has it) calls false, bears the doubt.
    """
    made = []
    for r in rows(sources / "ghsl" / "ucdb_r2019a_extract.csv", clean=False):
        if float(r["P15"]) < GHSL_MINIMUM:
            continue
        raw = r["UC_NM_MN_ORIGINAL"].strip(" ")
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
                doubt=_doubt(r),
            )
        )
    return sorted(made, key=lambda u: int(u.code))


def _doubt(centre: dict[str, str]) -> str:
    """Why a row of GHSL's list is no evidence of a city, empty where it is."""
    people, built = float(centre["P15"]), float(centre["B15"] or 0) * 1e6
    if centre.get("QA2_1V", "").strip() in ("0", "0.0"):
        return "GHSL's own check of the centre (QA2_1V) finds no city there"
    if built / people >= FLOOR:
        return ""
    return (
        f"GHSL puts {people:,.0f} inhabitants on {built / 1e6:,.2f} km2 of built-up land there, "
        f"{built / people:.1f} m2 each; below {FLOOR:.0f} m2 one of the two is wrong"
    )


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


def members(sources: Path) -> list[dict[str, str]]:
    """Governments seen in public sources to be members of Metropolis; unverified ones stay out."""
    found = rows(sources / "registry" / "metropolis_members_candidates.csv")
    return [r for r in found if r["seen_in_source"] == "True"]


def cbsa(sources: Path, vintage: str) -> list[Unit]:
    """Metropolitan statistical areas of the United States by the list of 2018 or 2023 (whole counties).

    The names are those of the Census Bureau's estimates, the points those of the first city in them.
    """
    estimates = {"2018": ("2019", "POPESTIMATE2019"), "2023": ("2025", "POPESTIMATE2025")}
    edition, column = estimates[vintage]
    points = {r["CBSA"]: r for r in rows(sources / "us_census" / "cbsa_match.csv")}
    made = []
    for r in _gzipped(sources / "us_census" / f"cbsa-est{edition}-alldata.csv.gz", "latin-1"):
        if r["LSAD"] != "Metropolitan Statistical Area":
            continue
        name, _, _ = r["NAME"].partition(",")
        first = re.split(r"[-/]", name)[0].strip()
        at = points.get(r["CBSA"], {})
        made.append(
            Unit(
                "us_cbsa",
                r["CBSA"],
                vintage,
                "metro_region",
                r["NAME"],
                "US",
                labels=(first,),
                population=float(r[column]),
                population_year=int(column[-4:]),
                latitude=float(at["lat"]) if at.get("lat") else None,
                longitude=float(at["lon"]) if at.get("lon") else None,
            )
        )
    return sorted(made, key=lambda u: u.code)


def _gzipped(path: Path, encoding: str) -> list[dict[str, str]]:
    import gzip
    import io

    try:
        raw = gzip.decompress(path.read_bytes()).decode(encoding)
    except FileNotFoundError:
        raise RegistryError(
            f"{path.name}: not found at {path.parent}; give the folder that holds it."
        ) from None
    return list(csv.DictReader(io.StringIO(raw)))


def ghsl_2024(sources: Path) -> list[Unit]:
    """The 1,000 largest GHSL urban centres of R2024A, as a carrier lists them: without points.

    The name is that of the centre's main place and misleads where a centre is a whole valley.
    """
    import pyarrow.parquet as pq

    path = sources / "ghsl" / "ucdb_r2024a_top1000_as_carried.parquet"
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise RegistryError(
            f"{path.name}: not found at {path.parent}; give the folder that holds it."
        ) from None
    return [
        Unit(
            "ghsl_ucdb",
            r["ghsl_city_id"],
            "R2024A",
            "urban_centre",
            r["city_name"],
            (codes(r["country_name"]) or ("",))[0],
            population=float(r["population_2025"]),
            population_year=2025,
            area_km2=float(r["area_km2_2025"]),
        )
        for r in sorted(table.to_pylist(), key=lambda r: int(r["ghsl_city_id"]))
    ]


def carbon_monitor(sources: Path) -> list[Unit]:
    """Functional urban areas of Carbon Monitor Cities that its carrier could name; counties in the US."""
    listed = {
        r["locode"]: r for r in rows(sources / "carbon_monitor" / "cmc_v0325_annual_tidy.csv")
    }
    return [
        Unit(
            "carbon_monitor",
            code,
            "v0325",
            "fua",
            r["name"] or code,
            r["country"],
            note="A county, not a functional urban area."
            if r["country"] == "US"
            else ""
            if r["name"]
            else "The list gives a code and no name.",
        )
        for code, r in sorted(listed.items())
    ]


def cmcc(sources: Path) -> list[Unit]:
    """Prefectures of Carbon Monitor Cities China, under the UN/LOCODE of their city; their names are those
    of the same code in the list of Carbon Monitor Cities, or of `alias.csv`."""
    named = {u.code: u.name for u in carbon_monitor(sources)}
    file = sources / "carbon_monitor" / "cmcc_prefectures_2020_2021_as_carried.csv"
    return [
        Unit(
            "cmcc_prefecture",
            code,
            "v2",
            "prefecture",
            named.get(code, code),
            "CN",
            note="The whole prefecture, which is wider than the metropolis; the list gives its code alone.",
        )
        for code in sorted({r["actor_id"] for r in rows(file)})
    ]


def net_zero(sources: Path) -> list[Unit]:
    """City governments of at least 500,000 inhabitants in Net Zero Tracker of December 2022."""
    listed = rows(sources / "net_zero_tracker" / "nzt_cities_2022-12-20_rewritten.csv")
    return [
        Unit(
            "nzt_city",
            r["id_code"],
            "2022",
            "municipality",
            r["name"],
            from_iso3(r["country"]),
            population=float(r["population"]) if r["population"] else None,
            population_year=2022 if r["population"] else None,
            note="The territory of a city government; its population is as the tracker gives it.",
        )
        for r in sorted(listed, key=lambda r: r["id_code"])
    ]
