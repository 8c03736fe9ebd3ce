"""The UN's SDG database: both addresses, bulk CSV, pages, slices, freshness.

References are to reference/sdg.md. `manners` (plain data, per series) switches: `no_bulk` (the
CSV is empty), `bulk_blank` (the CSV has no city), `down` (host paths that fail with 503).
"""

from __future__ import annotations

import csv
import io
import math
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any

import orjson

from tests.upstreams import made
from tests.upstreams.server import Asked, Reply, World

HOST = "unstats.un.org"
V1, V5 = "/sdgapi/v1/sdg", "/sdgs/UNSDGAPIV5/v1/sdg"
# Section 9: the series that the database has for cities.
CITY_SERIES = (
    *("SP_TRN_PUBL", "EN_REF_WASCOL", "EN_URB_OPENSP", "EN_ACS_URB_OPENSP", "EN_LND_CNSPOP"),
    "EN_LND_INDQTHSNG",
)
AREAS = (("724", "Spain", "ES"), ("250", "France", "FR"), ("516", "Namibia", "NA"))
_CITIES = {
    "724": ("ES_BARCELONA", "ES_MADRID"),
    "250": ("FR_PARIS",),
    # Section 7: NA_ is Namibia, and reads as missing where one is careless.
    "516": ("NA_WINDHOEK",),
}
YEARS = (2018, 2020)
_FIRST = date(2026, 3, 10)
Row = dict[str, Any]


def manners(world: World, series: str) -> dict[str, Any]:
    """How the service treats this series (`*`: all)."""
    return world.memory.setdefault("un_sdg manners", {}).setdefault(series, {})


def answer(asked: Asked, world: World) -> Reply:
    """One answer of unstats.un.org; section 1: the path's letter case counts for nothing."""
    for base in (V1, V5):
        if asked.path.lower().startswith(base.lower() + "/"):
            if base in manners(world, "*").get("down", ()):
                return Reply(b"", 503)
            return _routed(asked.path[len(base) :].strip("/").split("/"), asked, world)
    return Reply(b"<html><title>404</title></html>", 404, "text/html")


def _routed(way: list[str], asked: Asked, world: World) -> Reply:  # noqa: PLR0911
    match way:
        case ["Series", "List"]:
            return _json(_list(world))
        case ["Series", "LastUpdated"]:
            return _json(_moment(world))
        case ["Series", "DataCSV"] if asked.method == "POST":
            return _bulk(asked, world)
        case ["Series", "Data"]:
            return _page(asked, world)
        case ["Series", series, "GeoAreas"]:
            return _json([{"geoAreaCode": c, "geoAreaName": n} for c, n, _ in AREAS])
        case ["Series", series, "Dimensions"]:
            return _json(_dimensions(series))
        case ["Series", series, "GeoArea", area, "DataSlice"]:
            # "returns plain array-like slice, rows with nested `dimensions`"
            found = [r for r in _served(series, world) if r["geoAreaCode"] == area]
            return _json(found, about=series)
    return _json({"message": "No HTTP resource was found"}, status=404)


def _json(document: Any, *, status: int = 200, about: str = "") -> Reply:
    return Reply(orjson.dumps(document), status, "application/json", about=about)


def _releases(world: World) -> int:
    """How often the database was released anew: with each new edition of one of its series."""
    return sum(world.edition(series) for series in known())


def _moment(world: World) -> str:
    return f"{_FIRST + timedelta(days=_releases(world))}T00:00:00"


@cache
def known() -> dict[str, list[dict[str, list[str]]]]:
    """Every series that an indicator binds or a dataset asks for, with the codes bound."""
    from sources.providers.un_sdg.ask import pairs

    found: dict[str, list[dict[str, list[str]]]] = {}
    for dataset, stated in made.stated("un_sdg").items():
        series = [v for k, v in pairs(dataset, stated.request) if k == "seriesCodes"]
        for code in series:
            found.setdefault(code, [])
        for where in made.wheres("un_sdg", dataset):
            for code in where.get("SeriesCode", series):
                found.setdefault(code, []).append(where)
    return found


@cache
def rows(series: str) -> tuple[Row, ...]:
    """Rows as `Series/Data` writes them (section 2; recorded page of data/un_sdg): value and
    seriesCount are text, the year is a float, goal, target and indicator are lists."""
    found: list[Row] = []
    seen: set[tuple[Any, ...]] = set()
    if series not in known():
        return ()
    for where in known()[series] or [{}]:
        own = {
            d: c
            for d, c in where.items()
            if d not in ("SeriesCode", "GeoAreaCode", "Cities", "Units") and c
        }
        most = min(made.plausible("un_sdg", d, where)[1] for d in made.datasets("un_sdg"))
        for (area, name, _), codes in product(AREAS, product(*own.values())):
            cities = ("NOCITI", *_CITIES[area]) if series in CITY_SERIES else ("",)
            for city, year in product(cities, YEARS):
                dimensions = {"Reporting Type": "G", **dict(zip(own, codes, strict=True))}
                if city:
                    dimensions["Cities"] = city
                row = {
                    "goal": ["11"],
                    "target": ["11.1"],
                    "indicator": ["11.1.1"],
                    "series": series,
                    "seriesDescription": f"Description of {series}",
                    "seriesCount": "99",
                    "geoAreaCode": area,
                    "geoAreaName": name,
                    "timePeriodStart": float(year),
                    # A yes or no, or an index, is at most 1.
                    "value": "1" if most <= 1 else f"{10 + len(found) % 80}.50",
                    "valueType": "Float",
                    "time_detail": None,
                    "timeCoverage": None,
                    "upperBound": None,
                    "lowerBound": None,
                    "basePeriod": None,
                    "source": "made up",
                    "geoInfoUrl": None,
                    "footnotes": [""],
                    "attributes": {"Nature": "C", "Units": (where.get("Units") or ["PERCENT"])[0]},
                    "dimensions": dimensions,
                }
                key = (area, year, *sorted(dimensions.items()))
                if key not in seen:
                    seen.add(key)
                    found.append(row)
    return tuple(found)


def _served(series: str, world: World) -> list[Row]:
    """A new edition has another figure in its last row."""
    found = list(rows(series))
    if found and world.edition(series):
        found[-1] = found[-1] | {"value": str(float(found[-1]["value"]) + world.edition(series))}
    return found


def _list(world: World) -> list[Row]:
    # Section 1: goal[], target[], indicator[], release, code, description, uri
    release = f"2026.Q{1 + _releases(world) % 4}.G.01"
    return [
        {
            "goal": ["11"],
            "target": ["11.1"],
            "indicator": ["11.1.1"],
            "release": release,
            "code": series,
            "description": f"Description of {series}",
            "uri": f"/v1/sdg/Series/{series}",
        }
        for series in known()
    ]


def _dimensions(series: str) -> list[Row]:
    # Section 1: [{id,codes:[{code,description,sdmx}]}]
    found: dict[str, set[str]] = {}
    for row in rows(series):
        for name, code in row["dimensions"].items():
            found.setdefault(name, set()).add(code)
    return [
        {"id": name, "codes": [{"code": c, "description": c, "sdmx": c} for c in sorted(codes)]}
        for name, codes in found.items()
    ]


def _page(asked: Asked, world: World) -> Reply:
    """Section 2: the envelope; section 7: `Series/Data` leaves the cities blank (360-info, 2024)."""
    series = asked.one("seriesCode")
    areas = asked.all("areaCode")
    number, size = int(asked.one("page", "1")), int(asked.one("pageSize", "25"))
    size = min(size, manners(world, "*").get("page_size", size))
    chosen = [
        r | {"dimensions": {k: "" if k == "Cities" else v for k, v in r["dimensions"].items()}}
        for r in _served(series, world)
        if not areas or r["geoAreaCode"] in areas
    ]
    # Section 2: an empty result is 200 with `data: []`.
    document = {
        "size": size,
        "totalElements": len(chosen),
        "totalPages": math.ceil(len(chosen) / size),
        "pageNumber": number,
        "attributes": [{"id": "Units", "codes": [{"code": "PERCENT", "description": "Percent"}]}],
        "dimensions": _dimensions(series),
        "data": chosen[(number - 1) * size : number * size],
    }
    return _json(document, about=series)


def _bulk(asked: Asked, world: World) -> Reply:
    """Section 3: brackets around dimensions, NUL padding to a power of two, empty above a size."""
    series = asked.all("seriesCodes")
    about = series[0] if series else ""
    if about in world.bodies:
        return Reply(_padded(world.bodies[about]), media="text/csv", about=about)
    if any(manners(world, s).get("no_bulk") for s in series):
        return Reply(b"\0" * 1024, media="text/csv")
    areas = asked.all("areaCodes")
    chosen = [
        r for s in series for r in _served(s, world) if not areas or r["geoAreaCode"] in areas
    ]
    if not chosen:
        return Reply(b"", media="text/csv", about=about)
    names = sorted({n for r in chosen for n in (*r["dimensions"], *r["attributes"])})
    head = [
        "Goal",
        "Target",
        "Indicator",
        "SeriesCode",
        "SeriesDescription",
        "GeoAreaCode",
        "GeoAreaName",
        "TimePeriod",
        "Value",
        "Time_Detail",
        "TimeCoverage",
        "UpperBound",
        "LowerBound",
        "BasePeriod",
        "Source",
        "GeoInfoUrl",
        "FootNote",
    ]
    lines = [[*head, *(f"[{n}]" for n in names)]]
    for r in chosen:
        blank = manners(world, r["series"]).get("bulk_blank")
        cells = {**r["dimensions"], **r["attributes"]}
        if blank:
            cells.pop("Cities", None)
        start = [r["goal"][0], r["target"][0], r["indicator"][0], r["series"]]
        start += [r["seriesDescription"], r["geoAreaCode"], r["geoAreaName"]]
        start += [str(int(r["timePeriodStart"])), r["value"], "", "", "", "", "", r["source"]]
        lines.append([*start, "", "first line\nsecond line", *(cells.get(n, "") for n in names)])
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    return Reply(_padded(stream.getvalue().encode()), media="text/csv", about=about)


def _padded(body: bytes) -> bytes:
    return body.ljust(1 << max(len(body) - 1, 1).bit_length(), b"\0")
