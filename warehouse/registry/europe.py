"""Read Eurostat's lists into units: metro regions, functional urban areas, cities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from warehouse.registry import corrections
from warehouse.registry.countries import from_eurostat
from warehouse.registry.matching.match import compact
from warehouse.registry.read import rows
from warehouse.registry.unit import RegistryError, Unit

BARCELONA = (
    "The whole province of Barcelona (NUTS 3 ES511), not the metropolitan authority (AMB) of "
    "36 municipalities."
)

# Countries whose functional urban areas are listed under names of other territories or none.
NOT_CITIES = ("RO", "IE", "EE", "SI", "MT")
# Countries whose numbers mean other cities in the code list than in the list of 2019.
RENUMBERED = ("FR", "DE", "EL", "GR", "UK", "GB")


LISTED = "In the code list of an earlier year; no figure of it is held."


def codelist(path: Path) -> dict[str, str]:
    """A Eurostat code list: code, tab, label."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise RegistryError(
            f"{path.name}: not found at {path.parent}; give the folder that holds it."
        ) from None
    return {c.strip(): label.strip() for c, _, label in (x.partition("\t") for x in lines) if label}


def metro_codes(sources: Path) -> dict[str, str]:
    """Every code of the metro-region code list that the data use, and every `_10` code."""
    labels = codelist(sources / "eurostat" / "codelists" / "metroreg.dic")
    used = set()
    for name in ("met_d3area", "met_crim_gen"):
        for r in rows(sources / "eurostat" / "sdmx_csv" / f"{name}.csv"):
            code, _, label = r["metroreg"].partition(":")
            used.add(code)
            labels.setdefault(code, label)
    return {c: labels[c] for c in sorted(labels) if c in used or c.endswith("_10")}


def metro_regions(sources: Path) -> list[Unit]:
    """Metro regions, NUTS 2021 (and NUTS 2010 for `_10` codes); `_NM` codes are regions.

    Composition by NUTS 3 is known for NUTS 2010 only, and says so.
    """
    parts: dict[str, list[str]] = {}
    for r in rows(sources / "eurostat" / "geo" / "metroreg1.csv"):
        if r["MetroID"]:
            parts.setdefault(r["MetroID"], []).append(r["NUTS3ID"])
    made = []
    for code, label in metro_codes(sources).items():
        if len(code) == 2:
            continue
        bare = code.removesuffix("_10")
        old = code != bare
        name = re.sub(r" \(NUTS 2010\)$", "", label)
        rest = code.endswith("_NM")
        nuts = sorted(parts.get(bare, []))
        note = ""
        if rest:
            note = "The rest of the country outside its metropolitan regions; no metropolis."
        elif bare == "ES002M":
            note = BARCELONA
        made.append(
            Unit(
                "eurostat_metro",
                code,
                "NUTS2010" if old else "NUTS2021",
                "region" if rest else "metro_region",
                name,
                from_eurostat(code[:2]),
                composition=f"NUTS 3 (NUTS 2010): {', '.join(nuts)}" if nuts else "",
                note=note or ("" if old or not nuts else "Composition known for NUTS 2010 only."),
                own="" if rest else bare[:5],
            )
        )
    return made


def fuas(sources: Path, areas: Mapping[str, float] | None = None) -> list[Unit]:
    """Functional urban areas of 2019, in the order of the list; `areas` in km2 by code."""
    labels = codelist(sources / "eurostat" / "codelists" / "cities.dic")
    made = []
    listed = rows(sources / "registry" / "fua_2019_core_hinterland.csv")
    for r in corrections.mended("eurostat_fua", listed, "fua_id"):
        code, number = r["fua_id"], r["fua_id"][:5]
        core = labels.get(f"{number}C1") or labels.get(f"{number}K1") or labels.get(f"{number}L1")
        usable = r["fua_name"] and r["country"] not in NOT_CITIES
        name = re.sub("^European FUA of | FUA$", "", r["fua_name"]) if usable else core
        if not name:
            raise RegistryError(f"fua_2019_core_hinterland.csv: {code} has no name anywhere.")
        missing = int(r["pop_missing"])
        made.append(
            Unit(
                "eurostat_fua",
                code,
                "2019",
                "fua",
                name,
                from_eurostat(r["country"]),
                labels=(core,) if core and r["country"] not in RENUMBERED else (),
                population=round(float(r["pop"])) if r["pop"] and not missing else None,
                population_year=2019 if r["pop"] and not missing else None,
                area_km2=areas.get(code) if areas else None,
                composition=_composition(r),
                note=f"Population unknown for {missing} of its local units." if missing else "",
                own=number,
            )
        )
    return made


def inside(sources: Path) -> dict[tuple[str, str], str]:
    """(ISO alpha-2, compact name of a city or greater city) -> number of the FUA it lies in.

    By name, for the numbers of cities were given anew since 2019.
    """
    import pyarrow.parquet as pq

    path = sources / "registry" / "lau2019_nuts2016_city_fua.parquet"
    columns = ["city_name", "greater_city_name", "fua_id", "country"]
    found: dict[tuple[str, str], str] = {}
    for r in pq.read_table(path, columns=columns).to_pylist():
        for name in (r["city_name"], r["greater_city_name"]):
            if name and r["fua_id"]:
                plain = compact(re.sub(r"^European City of |\(greater city\)", "", name))
                found.setdefault((from_eurostat(r["country"]), plain), r["fua_id"][:5])
    return found


def _within(within: dict[tuple[str, str], str], iso2: str, name: str) -> str:
    """The FUA of a city by its whole name, else by that of its first language."""
    return within.get((iso2, compact(name))) or within.get(
        (iso2, compact(name.split("/", maxsplit=1)[0])), ""
    )


def _composition(r: dict[str, str]) -> str:
    core = f", {float(r['core_lau']):.0f} of them in the core" if r["core_lau"] else ""
    return f"{r['n_lau']} local administrative units (LAU 2019){core}"


def cities(sources: Path) -> list[Unit]:
    """Cities and greater cities by label: of urb_ctran, and of the code list (`LISTED`).

    Country rows are left to `country_rows`.
    """
    made, within = [], inside(sources)
    used = {c: x for c, x in _city_codes(sources).items() if len(c) > 2}
    listed = {
        c: x
        for c, x in codelist(sources / "eurostat" / "codelists" / "cities.dic").items()
        if re.fullmatch(r"[A-Z]{2}\d{3}C", c)
    }
    for code, label in sorted((listed | used).items()):
        greater = "(greater city)" in label
        plain = label.replace("(greater city)", "").strip()
        made.append(
            Unit(
                "eurostat_city",
                code,
                "2025",
                "greater_city" if greater else "city",
                label,
                from_eurostat(code[:2]),
                labels=(plain,),
                own=_within(within, from_eurostat(code[:2]), plain),
                note="" if code in used else LISTED,
            )
        )
    return made


def _city_codes(sources: Path) -> dict[str, str]:
    found = rows(sources / "eurostat" / "sdmx_csv" / "urb_ctran.csv")
    return {r["cities"]: r["Geopolitical entity (declaring)"] for r in found}


def country_rows(sources: Path) -> dict[str, str]:
    """Country codes among metro regions and cities, with their labels."""
    both = _city_codes(sources) | metro_codes(sources)
    return {c: both[c] for c in sorted(both) if len(c) == 2}
