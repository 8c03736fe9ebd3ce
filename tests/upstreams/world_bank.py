"""World Bank, Indicators API v2: `[what the page is, rows]`; errors are `[{"message": ...}]`, 200.

Sources: datahelpdesk.worldbank.org, "About the Indicators API Documentation" and "New features and
enhancements in the V2 API" (`lastupdated`, `countryiso3code`).
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import cache
from typing import Any

import orjson

from tests.upstreams import made
from tests.upstreams.server import Asked, Reply, World

HOST = "api.worldbank.org"
_FIRST = date(2026, 1, 28)
COUNTRIES = (("ES", "ESP", "Spain"), ("FR", "FRA", "France"), ("NA", "NAM", "Namibia"))
YEARS = ("2020", "2021", "2022")


@cache
def known() -> frozenset[str]:
    """The indicators that the catalog asks for."""
    listed = [
        made.stated("world_bank")[d].request["indicator"] for d in made.datasets("world_bank")
    ]
    return frozenset(c for codes in listed for c in ([codes] if isinstance(codes, str) else codes))


def answer(asked: Asked, world: World) -> Reply:
    """One answer of api.worldbank.org."""
    way = asked.path.strip("/").split("/")
    if way[:4] != ["v2", "country", "all", "indicator"] or len(way) != 5:
        return Reply(b"<html><title>Resource not found</title></html>", 404, "text/html")
    code = way[4]
    if code not in known() or world.memory.get(f"gone {code}"):
        value = "The provided parameter value is not valid"
        message = {"id": "120", "key": "Invalid value", "value": value}
        return Reply(orjson.dumps([{"message": [message]}]), media="application/json")
    number, size = int(asked.one("page", "1")), int(asked.one("per_page", "50"))
    # A page may be cut smaller than what was asked for, so that several come.
    size = min(size, world.memory.get("world_bank page_size", size))
    rows = _rows(code, world.edition(code))
    head = {
        "page": number,
        "pages": math.ceil(len(rows) / size),
        "per_page": size,
        "total": len(rows),
        "sourceid": "2",
        "lastupdated": str(_FIRST + timedelta(days=world.edition(code))),
    }
    body = orjson.dumps([head, rows[(number - 1) * size : number * size]])
    # A look at one row for its date is no download.
    about = "" if asked.one("per_page") == "1" else code
    return Reply(body, media="application/json", about=about)


def _rows(code: str, edition: int) -> list[dict[str, Any]]:
    where = {"indicator": [code]}
    datasets = made.datasets("world_bank")
    least = max(made.plausible("world_bank", dataset, where)[0] for dataset in datasets)
    return [
        {
            "indicator": {"id": code, "value": f"Name of {code}"},
            "country": {"id": iso2, "value": name},
            "countryiso3code": iso3,
            "date": year,
            "value": least + 10.5 + i + edition * (i + j == 1) if (i + j) % 4 else None,
            "unit": "",
            "obs_status": "",
            "decimal": 1,
        }
        for i, (iso2, iso3, name) in enumerate(COUNTRIES, 1)
        for j, year in enumerate(reversed(YEARS))
    ]
