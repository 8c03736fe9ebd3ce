"""The European lists that nest: local units, cities, greater cities and functional urban areas."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from typing import Any

from warehouse.registry import corrections
from warehouse.registry.countries import countries, from_eurostat
from warehouse.registry.europe import codelist
from warehouse.registry.read import rows
from warehouse.registry.unit import Unit

# The column of areas says square metres; these countries are listed in km2 (largest unit < 1e5).
_AREA = """
    total_area_m2::decimal(18, 2) / if(max(total_area_m2) over (partition by country) < 100000,
        1, 1000000)"""


_TEXTS = (
    *("gisco_id", "country", "lau_name_latin", "lau_name_national", "code_2016", "city_id"),
    *("city_name", "greater_city_id", "greater_city_name", "fua_id"),
)


def local_units(sources: Path) -> list[dict[str, Any]]:
    """Every local administrative unit of the list of 2019, by its GISCO identifier.

    Keys: lau, country, name, nuts3, population (None where the list has none), area_km2, degurba,
    city, city_name, greater_city, greater_city_name, fua; areas in km2.
    """
    import duckdb

    path = sources / "registry" / "lau2019_nuts2016_city_fua.parquet"
    found = duckdb.connect().sql(
        f"""
        select gisco_id as lau, country, coalesce(lau_name_latin, lau_name_national) as name,
            code_2016 as nuts3, population, ({_AREA})::double as area_km2, degurba::int as degurba,
            city_id as city, city_name, greater_city_id as greater_city, greater_city_name,
            fua_id as fua
        from (
            -- Non-breaking spaces end some codes of Hungary.
            select * replace (
                {", ".join(f"trim(replace({c}, chr(160), ' ')) as {c}" for c in _TEXTS)})
            from read_parquet('{path}'))
        order by gisco_id
        """
    )
    return corrections.mended("local_unit", found.to_arrow_table().to_pylist(), "lau")


def fua_areas(units: list[dict[str, Any]]) -> dict[str, float]:
    """Area in km2 of every functional urban area whose local units all have one in the list."""
    found: dict[str, list[float | None]] = {}
    for u in units:
        if u["fua"]:
            found.setdefault(u["fua"], []).append(u["area_km2"])
    return {
        code: round(math.fsum(a for a in areas if a is not None), 2)
        for code, areas in found.items()
        if None not in areas
    }


def plain(name: str) -> str:
    """A name without the words that say what kind of territory it is of."""
    return re.sub(
        r"^European (Greater )?City of (the )?|^European FUA of (the )?|\(greater city\)| FUA$",
        "",
        name,
    ).strip()


def cities_2019(units: list[dict[str, Any]]) -> list[Unit]:
    """Cities and greater cities of 2019 with what their local units add up to, where all are known."""
    made = []
    for column, scale in (("city", "city"), ("greater_city", "greater_city")):
        groups: dict[str, list[dict[str, Any]]] = {}
        for u in units:
            if u[column]:
                groups.setdefault(u[column], []).append(u)
        for code, group in sorted(groups.items()):
            people = [u["population"] for u in group]
            areas = [u["area_km2"] for u in group]
            whole = None not in people
            fua = next((u["fua"] for u in group if u["fua"]), "")
            made.append(
                Unit(
                    "eurostat_city",
                    code,
                    "2019",
                    scale,
                    plain(group[0][f"{column}_name"] or code),
                    from_eurostat(code[:2]),
                    population=round(sum(people)) if whole else None,
                    population_year=2019 if whole else None,
                    area_km2=round(sum(areas), 2) if None not in areas else None,
                    composition=f"{len(group)} local administrative units (LAU 2019)",
                    own=fua[:5],
                )
            )
    return made


def fuas_2010(sources: Path) -> list[Unit]:
    """Functional urban areas as the list of cities by NUTS 3 of 2010 names them."""
    text = (sources / "eurostat" / "geo" / "cities.csv").read_text(encoding="cp1252")
    names: dict[str, str] = {}
    for r in csv.DictReader(text.splitlines(), delimiter=";"):
        code = (r["FUAID"] or "").strip()
        if re.fullmatch(r"[A-Z]{2}\d{3}L\d", code):
            own = (r["CityID"] or "")[:5] == code[:5]
            names[code] = (r["City name"] or "").strip() if own else names.get(code, "")
    labels = codelist(sources / "eurostat" / "codelists" / "cities.dic")
    made = []
    for code, name in sorted(names.items()):
        # The code list keeps the letters that this file lost.
        title = labels.get(code, "") or name
        if title:
            made.append(_fua(code, "2010", title))
    return made


def fuas_current(sources: Path) -> list[Unit]:
    """Functional urban areas of the code list in use since 2020 (`ES002F`)."""
    labels = codelist(sources / "eurostat" / "codelists" / "cities.dic")
    return [
        _fua(code, "current", name)
        for code, name in sorted(labels.items())
        if re.fullmatch(r"[A-Z]{2}\d{3}F", code)
    ]


def _fua(code: str, vintage: str, name: str) -> Unit:
    return Unit(
        "eurostat_fua", code, vintage, "fua", plain(name), from_eurostat(code[:2]), own=code[:5]
    )


def metro_parts(sources: Path) -> dict[str, set[str]]:
    """Metro region code -> its NUTS 3 regions of 2010."""
    found: dict[str, set[str]] = {}
    for r in rows(sources / "eurostat" / "geo" / "metroreg1.csv"):
        if r["MetroID"]:
            found.setdefault(r["MetroID"], set()).add(r["NUTS3ID"])
    return found


def iso3(prefix: str) -> str:
    """ISO alpha-3 of a Eurostat country prefix."""
    return countries()[from_eurostat(prefix)].iso3
