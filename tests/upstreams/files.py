"""Services that hand out whole files: ArcGIS items of UN-Habitat, WUP, GHSL, WHO, OECD's CSV.

Static files carry ETag and Last-Modified and answer 304 (RFC 9110, 8.8 and 13.1), as ordinary web
servers do; the bodies are those of the bundled vintage, or small ones in the same layout.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any

import orjson

from tests.upstreams import made, tables
from tests.upstreams.server import Asked, Reply, World

ARCGIS, STORAGE = "guo-un-habitat.maps.arcgis.com", "ago-item-storage.s3.us-east-1.amazonaws.com"
HOSTS = (
    *(ARCGIS, STORAGE, "population.un.org", "jeodpp.jrc.ec.europa.eu", "cdn.who.int"),
    *("www.who.int", "sdmx.oecd.org"),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BUNDLED = tables.BUNDLED
_FIRST = datetime(2024, 5, 24, 12, 25, 3, tzinfo=UTC)


def answer(asked: Asked, world: World) -> Reply:
    """One answer of any of these hosts."""
    if asked.host == ARCGIS:
        return _item(asked, world)
    if asked.host == STORAGE:
        return _static(asked.path.strip("/").split("/")[0], XLSX, asked, world)
    if asked.host == "sdmx.oecd.org":
        return _oecd(asked, world)
    name = asked.path.rsplit("/", 1)[-1]
    media = "application/zip" if name.endswith(".zip") else XLSX
    return _static(name, media, asked, world)


def _item(asked: Asked, world: World) -> Reply:
    """sharing/rest/content/items/{id}: its description (`modified` in milliseconds), or its data.

    Data are sent on to the storage with a signature in the address. An item that is not there is
    told under HTTP 200 (contract/test_un_habitat.py; the same words in public clients' tests).
    """
    key, _, rest = asked.path.removeprefix("/sharing/rest/content/items/").partition("/")
    if key not in _items() or world.memory.get(f"gone {key}"):
        error = {"code": 400, "messageCode": "CONT_0001", "details": []}
        error["message"] = "Item does not exist or is inaccessible."
        return Reply(orjson.dumps({"error": error}), media="application/json")
    if rest == "data":
        signed = "X-Amz-Credential=AKIAPLANTED&X-Amz-Signature=planted-signature"
        place = f"https://{STORAGE}/{key}/{key}.xlsx?{signed}"
        return Reply(status=302, headers={"Location": place})
    moment = _FIRST + timedelta(days=world.edition(key))
    about = {"id": key, "type": "Microsoft Excel", "modified": int(moment.timestamp() * 1000)}
    return Reply(orjson.dumps(about), media="application/json")


@cache
def _items() -> dict[str, str]:
    from sources.providers.un_habitat import _ITEMS

    return {key: dataset for dataset, key in _ITEMS.items()}


def _static(name: str, media: str, asked: Asked, world: World) -> Reply:
    body = world.bodies.get(name) or _file(name)
    if body is None:
        return Reply(b"<html><title>404 Not Found</title></html>", 404, "text/html")
    if world.edition(name):
        body = _touched(body, world.edition(name))
    moment = format_datetime(_FIRST + timedelta(days=world.edition(name)), usegmt=True)
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    marks = {"ETag": etag, "Last-Modified": moment}
    known = asked.headers.get("if-none-match") or asked.headers.get("if-modified-since")
    if known in (etag, moment):
        return Reply(status=304, headers=marks)
    return Reply(body, media=media, headers=marks, about=name)


def _touched(body: bytes, edition: int) -> bytes:
    """The same archive with a remark, so that its bytes are others."""
    stream = io.BytesIO(body)
    if not zipfile.is_zipfile(stream):
        return body
    with zipfile.ZipFile(stream, "a") as archive:
        archive.comment = f"edition {edition}".encode()
    return stream.getvalue()


@cache
def _file(name: str) -> bytes | None:
    if name in _items():
        dataset = _items()[name]
        file = _BUNDLED / "un_habitat" / f"{dataset}.xlsx"
        return file.read_bytes() if file.exists() else None
    if name.startswith("WUP2018-F"):
        return (_BUNDLED / "wup" / "wup2018_f22.xlsx").read_bytes()
    if name.startswith("GHS_STAT_UCDB2015"):
        raw = gzip.decompress((_BUNDLED / "ghsl" / "ucdb_r2019a.csv.gz").read_bytes())
        return _zip({"GHS_STAT_UCDB2015MT_GLOBE_R2019A_V1_2.csv": raw, "README.txt": b"read me"})
    if name.startswith("GHS_UCDB_THEME"):
        return _zip({"GHS_UCDB_THEME_GENERAL_CHARACTERISTICS_GLOBE_R2024A.csv": _CENTRES})
    if name.startswith("GHS_WUP_MTUC"):
        return _zip({"GHS_WUP_MTUC_MT_GLOBE_R2025A_v1_1.xlsx": _book("UC_STATS", _CITIES)})
    return _book("data", _AIR[name]) if name in _AIR else None


_CENTRES = b"""ID_UC_G0,GC_UCN_MAI_2025,GC_CNT_GAD_2025,GC_UCA_KM2_2025,GC_POP_TOT_2025
4411,Barcelona,Spain,592,4801234.5
77,Windhoek,Namibia,88,431000
"""
# reference/registry.md, the row of WUP 2025: columns of the sheet UC_STATS.
_CITIES: list[list[Any]] = [
    ["UNLocName", "UCname", "Year", "AREA_km2", "POP", "BU_km2", "CapitalFlag", "ID_UC_G0"],
    ["Spain", "Barcelona", 2020, 580.0, 4_700_000, 375.0, 0, 4411],
    ["Spain", "Barcelona", 2025, 592.0, 4_801_234, 380.25, 0, 4411],
    ["Namibia", "N/A", 1975, 11, 0, 1.5, 1, 77],
]
# contract/test_who.py: the columns of both editions.
_AIR: dict[str, list[list[Any]]] = {
    "who_aap_2021_v9_11august2022.xlsx": [
        [
            *("WHO Region", "ISO3", "WHO Country Name", "City or Locality", "Measurement Year"),
            *("PM2.5 (μg/m3)", "PM10 (μg/m3)", "NO2 (μg/m3)"),
        ],
        ["European Region", "ESP", "Spain", "Barcelona/ESP", 2019, 13.2, 24.5, 36.1],
        ["African Region", "NAM", "Namibia", "Windhoek/NAM", 2019, 16.0, None, None],
    ],
    "WHO_AAP_database_May2016_v3web.xlsx": [
        [
            *("ID WHO city", "iso3", "City", "PM10_mean", "PM10_year", "PM10_note", "PM25_mean"),
            *("PM25_year", "PM25_note", "reference"),
        ],
        [1, "ESP", "Barcelona", 24, 2013, "measured data", 15, 2011.5, "converted from PM10", "A"],
    ],
}


def _book(sheet: str, rows: list[list[Any]]) -> bytes:
    from openpyxl import Workbook

    made_ = Workbook()
    page = made_.worksheets[0]
    page.title = sheet
    for row in rows:
        page.append(row)
    stream = io.BytesIO()
    made_.save(stream)
    return stream.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _oecd(asked: Asked, world: World) -> Reply:
    """sdmx.oecd.org: `/public|archive/rest/data/FLOW/KEY?format=csvfilewithlabels`
    (reference/registry.md, the row of OECD FUA). What is not there is a bare sentence with 404
    (sources/formats/envelope.py; contract/test_oecd.py)."""
    way = asked.path.strip("/").split("/")
    if way[2:3] == ["contentconstraint"]:
        return _constraint(way, world)
    dataset = _flows().get("/".join(way[:1] + way[3:4]))
    if len(way) < 4 or dataset is None:
        return Reply(b"Could not find Dataflow and/or DSD related with this data request", 404)
    flow = way[3]
    if way[0] == "archive":
        # The four datasets of the archive share a flow; the variables in the key tell them apart.
        dataset = next((d for d, key in _archived().items() if key == "/".join(way[4:])), dataset)
        return Reply(_bundled_oecd(dataset, world), media="text/csv", about=dataset)
    if dataset in world.bodies:
        return Reply(world.bodies[dataset], media="text/csv", about=dataset)
    found = made.table("oecd", dataset)
    if found is None or not found.rows:
        return Reply(b"NoRecordsFound", 404)
    body = _labelled(flow, found, world.edition(dataset))
    return Reply(body, media="text/csv", about=dataset)


def _constraint(way: list[str], world: World) -> Reply:
    """The actual content constraint of a dataflow; `validFrom` says since when its data stand
    (OECD, "API best practices and recommendations"; docs of .Stat Suite)."""
    flow = ",".join([way[3], way[4].removeprefix("CR_A_"), *way[5:6]])
    names = [d for f, d in _flows().items() if f.rstrip(",") == f"{way[0]}/{flow}"]
    edition = sum(world.edition(d) for d in (*names, *(_archived() if way[0] == "archive" else ())))
    body = (
        '<message:Structure xmlns:message="x" xmlns:structure="y"><structure:ContentConstraint '
        f'id="{way[4]}" agencyID="{way[3]}" type="Actual" validFrom="'
        f'{(_FIRST + timedelta(days=edition)).isoformat()}"/></message:Structure>'
    )
    return Reply(body.encode(), media="application/xml") if names else Reply(b"NoRecordsFound", 404)


@cache
def _flows() -> dict[str, str]:
    from sources.providers import oecd

    found = {}
    for dataset, stated in made.stated("oecd").items():
        way = oecd.request(dataset, stated.request).url.split("/")
        found[f"{way[3]}/{way[6]}"] = dataset
    return found


@cache
def _archived() -> dict[str, str]:
    from sources.providers.oecd import _KEYS

    return dict(_KEYS)


@cache
def _bundled(dataset: str) -> bytes:
    return gzip.decompress((_BUNDLED / "oecd" / f"{dataset}.csv.gz").read_bytes())


def _bundled_oecd(dataset: str, world: World) -> bytes:
    if dataset in world.bodies:
        return world.bodies[dataset]
    head, *lines = _bundled(dataset).splitlines(keepends=True)
    # Every figure of a few metropolises, so that what is computed of several finds them all.
    known = sorted({line.partition(b",")[0] for line in lines})[:20]
    kept = [line for line in lines if line.partition(b",")[0] in known]
    return b"".join([head, *kept[: len(kept) - world.edition(dataset)]])


def _labelled(flow: str, found: tables.Table, edition: int) -> bytes:
    """SDMX-CSV 2.0 with names, as the Data Explorer writes it: `csvfilewithlabels`."""
    agency, name, version = [*flow.split(","), "", ""][:3]
    dimensions = [d for d in found.dimensions if d != "freq"]
    at = [found.dimensions.index(d) for d in dimensions]
    head = ["STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION"]
    head += [x for d in dimensions for x in (d, f"{d} name")]
    head += ["TIME_PERIOD", "Time period", "OBS_VALUE", "Observation value"]
    head += ["OBS_STATUS", "Observation status"]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    for row in found.rows:
        codes = [x for i in at for x in (row.codes[i], f"name of {row.codes[i]}")]
        value = str(float(row.value) + edition * (row is found.rows[-1]))
        start = ["DATAFLOW", f"{agency}:{name}({version or '1.0'})", found.title, "I"]
        writer.writerow([*start, *codes, row.period, "", value, "", "A", "Normal value"])
    return stream.getvalue().encode()
