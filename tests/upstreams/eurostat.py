"""Eurostat's dissemination services, as documented and recorded.

References are to reference/eurostat.md; recorded bodies are those of data/eurostat.
`manners` (plain data, per dataset) switches what the service does with large or slow requests:
`max_rows` (above it: 413), `busy` (so many times "ask again later"), `states` (of an asynchronous
extraction, in order), `envelope` (`async` or `sync`), `fault_200` (faults come with HTTP 200).
"""

from __future__ import annotations

import gzip
import uuid
from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape

import orjson

from tests.upstreams import made, tables
from tests.upstreams.server import Asked, Reply, World

HOST = "ec.europa.eu"
_BASE = "/eurostat/api/dissemination"
BUNDLED = ("met_d3area", "met_crim_gen", "urb_ctran")
manners_key = "eurostat manners"
_FIRST = date(2023, 3, 10)


def manners(world: World, dataset: str) -> dict[str, Any]:
    """How the service treats this dataset."""
    return world.memory.setdefault(manners_key, {}).setdefault(dataset.lower(), {})


def table(dataset: str) -> tables.Table | None:
    """What the service holds under this code."""
    if dataset in BUNDLED:
        return tables.bundled(dataset)
    return made.eurostat(dataset)


def answer(asked: Asked, world: World) -> Reply:  # noqa: PLR0911 - one line per address
    """One answer of ec.europa.eu."""
    if not asked.path.startswith(_BASE + "/"):
        return Reply(b"<html><title>Eurostat</title></html>", 404, "text/html")
    if len(asked.path) + sum(len(k) + len(v) + 2 for k, v in asked.query) > 4000:
        return Reply(b"", 414)  # section 3: 414 (URL too long) is documented
    way = asked.path.removeprefix(_BASE).strip("/").split("/")
    match way:
        case ["catalogue", "toc", "txt"]:
            return Reply(_toc(world))
        case ["catalogue", "rss", _, "statistics-update.rss"]:
            return Reply(_rss(world), media="application/xml")
        case ["statistics", "1.0", "data", code]:
            return _statistics(code.lower(), asked, world)
        case ["sdmx", "2.1", "data", code, *key]:
            return _sdmx(code.lower(), key, asked, world)
        case ["sdmx", "3.0", "data", "dataflow", "ESTAT", code, "1.0", *_]:
            return _sdmx(code.lower(), [], asked, world)
        case ["sdmx", "2.1", "datastructure", "ESTAT", code, *_]:
            return _structure(code.lower())
        case ["sdmx", "2.1", "contentconstraint", "ESTAT", code, *_]:
            return _constraint(code.lower())
        case ["sdmx", "2.1", "codelist", "ESTAT", code, *_]:
            return _codelist(code.lower())
        case ["1.0", "async", what, key]:
            return _asynchronous(what, key, world)
    return Reply(fault(100, "ERR_NOT_FOUND_3: no such resource"), 404, "application/xml")


def fault(code: int, words: str) -> bytes:
    """An SDMX fault (data/eurostat/errors/comext_ds-999999-data-404.xml)."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><S:Fault xmlns:S="http://schemas.xmlsoap.org/soap/'
        f'envelope/"><faultcode>{code}</faultcode><faultstring>{escape(words)}</faultstring>'
        "</S:Fault>"
    ).encode()


def _enveloped(code: int, words: str) -> bytes:
    # data/eurostat/errors/openapi_async_data_400_*.xml
    return (
        '<?xml version="1.0" encoding="UTF-8"?> <S:Envelope xmlns:env="http://schemas.xmlsoap.org/'
        'soap/envelope/" xmlns:S="http://schemas.xmlsoap.org/soap/envelope/">\n  <env:Header/>\n'
        f"  <S:Body>\n    <S:Fault>\n      <faultcode>{code}</faultcode>\n      <faultstring>"
        f"{words}</faultstring>\n    </S:Fault>\n  </S:Body>\n</S:Envelope>\n"
    ).encode()


def gone(code: str, kind: str) -> Reply:
    """404 (errors/comext_ds-999999-statistics-404.json, -data-404.xml)."""
    code = code.upper()
    if kind == "json":
        words = f"ERR_NOT_FOUND_4: {code} (DATA_FLOW:ALL,1.0) is not available for dissemination."
        body = orjson.dumps({"error": [{"status": 404, "id": 100, "label": words}]})
        return Reply(body, 404, "application/json")
    words = f"ERR_NOT_FOUND_2: DATA_SET:{code} is not available for dissemination."
    return Reply(fault(100, words), 404, "application/xml")


def _too_big(rows: int, most: int, kind: str, *, status: int) -> Reply:
    # errors/comext_ds-045409-extraction-too-big.json and -fault-413.xml
    words = (
        f"EXTRACTION_TOO_BIG: The requested extraction is too big, estimated {rows} rows, max "
        f"authorised is {most}, please change your filters to reduce the extraction size"
    )
    if kind == "json":
        body = orjson.dumps({"error": [{"status": 413, "id": 413, "label": words}]})
        return Reply(body, status, "application/json")
    return Reply(fault(413, words), status, "application/xml")


def _statistics(code: str, asked: Asked, world: World) -> Reply:
    found = table(code)
    if found is None or manners(world, code).get("gone"):
        return gone(code, "json")
    if code in world.bodies:
        return Reply(world.bodies[code], media="application/json", about=code)
    own = ("format", "lang", "sincetimeperiod", "untiltimeperiod", "lasttimeperiod", "time")
    chosen: dict[str, list[str]] = {}
    for name, value in asked.query:
        # Section 1: names and values are case-insensitive, a repeated name gives several values.
        if name.lower() not in own:
            chosen.setdefault(name.lower(), []).append(value)
    for name in chosen:
        if name not in found.dimensions:  # section 2: an unknown dimension is a 400 with id 150
            label = f"INVALID_QUERY_DIMENSION: Dimension {name} does not exist."
            body = orjson.dumps({"error": [{"status": 400, "id": 150, "label": label}]})
            return Reply(body, 400, "application/json")
    part = found.where(chosen, asked.one("sinceTimePeriod"), asked.one("untilTimePeriod", "9999"))
    slow = _unready(code, len(part.rows), "json", world)
    if slow is not None:
        return slow
    # Section 2: an unknown code is dropped without a word; alone it leaves an empty category.
    return Reply(tables.json_stat(part, _moment(code, world)), media="application/json", about=code)


def _sdmx(code: str, key: list[str], asked: Asked, world: World) -> Reply:
    found = table(code)
    if found is None or manners(world, code).get("gone"):
        return gone(code, "xml")
    form = asked.one("format", "SDMX-CSV")
    part = found.where(
        _of_key(found, key), asked.one("startPeriod"), asked.one("endPeriod", "9999")
    )
    for name, value in asked.query:
        if name.startswith("c[") and name != "c[TIME_PERIOD]":
            part = part.where({name[2:-1]: value.split(",")})
        elif name.startswith("c["):  # section 1: ge:2015+le:2020
            bounds = dict(b.split(":") for b in value.split("+"))
            part = part.where({}, bounds.get("ge", ""), bounds.get("le", "9999"))
    slow = _unready(code, len(part.rows), "xml", world)
    if slow is not None:
        return slow
    if not part.rows:  # section 3: fault 100, no result (400 or 404)
        return Reply(fault(100, "No results found"), 404, "application/xml")
    return Reply(_packed(_body(code, part, form, world), asked), media="text/csv", about=code)


def _body(code: str, part: tables.Table, form: str, world: World) -> bytes:
    if code in world.bodies:
        return world.bodies[code]
    part.updated = _stamp(code, world) if part.updated else ""
    write = {"TSV": tables.tsv, "csvdata": tables.sdmx_csv_2}.get(form, tables.sdmx_csv_1)
    return write(part)


def _packed(body: bytes, asked: Asked) -> bytes:
    # Section 1: compressed=true in 2.1; compress DEFAULTS TO TRUE in 3.0, a gzip body.
    new = "/3.0/" in asked.path
    wanted = asked.one("compress", "true") if new else asked.one("compressed", "false")
    return gzip.compress(body, 1, mtime=0) if wanted == "true" else body


def _of_key(found: tables.Table, key: list[str]) -> dict[str, list[str]]:
    """Section 1: dimensions in DSD order joined by `.`, OR with `+`, empty is a wildcard."""
    words = key[0].split(".") if key and key[0] else []
    return {d: w.split("+") for d, w in zip(found.dimensions, words, strict=False) if w}


def _unready(code: str, rows: int, kind: str, world: World) -> Reply | None:
    """What comes in the place of data where the request is large or the service is slow."""
    how = manners(world, code)
    if rows > how.get("max_rows", rows):
        status = 200 if how.get("fault_200") else 413
        return _too_big(rows, how["max_rows"], kind, status=status)
    if how.get("busy", 0) > 0 and kind == "json":
        how["busy"] -= 1
        # Section 3: HTTP 200 with a 413 warning from the Statistics API; ask the SAME url later.
        words = (
            "ASYNCHRONOUS_RESPONSE. Your request will be treated asynchronously. Please try again "
            "later."
        )
        body = orjson.dumps({"warning": {"status": 413, "label": words}})
        return Reply(body, media="application/json")
    if how.get("states") and kind == "xml":
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{code} {how.get('round', 0)}"))
        how["round"] = how.get("round", 0) + 1
        world.memory[f"async {key}"] = (code, list(how["states"]))
        if how.get("once", True):
            how["states"] = ()
        return Reply(_state(key, "SUBMITTED", how.get("envelope", "async")), media="text/xml")
    return None


def _state(key: str, word: str, envelope: str) -> bytes:
    """The two shapes of section 3: asyncResponse/status/{key,status} (recorded:
    errors/openapi_async_status_200_SUBMITTED.xml) and syncResponse/queued/{id,status}."""
    if envelope == "async":
        inner = (
            '<ns0:asyncResponse xmlns:ns1="http://estat.ec.europa.eu/disschain/asynchronous" '
            'xmlns:ns0="http://estat.ec.europa.eu/disschain/soap/asynchronous">\n      <ns1:status>'
            f"\n        <ns1:key>{key}</ns1:key>\n        <ns1:status>{word}</ns1:status>\n"
            "      </ns1:status>\n    </ns0:asyncResponse>"
        )
    else:
        inner = (
            '<ns0:syncResponse xmlns:ns0="http://estat.ec.europa.eu/disschain/soap/extraction">'
            f"<queued><id>{key}</id><status>{word}</status></queued></ns0:syncResponse>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?> <S:Envelope xmlns:env="http://schemas.xmlsoap.org/'
        'soap/envelope/" xmlns:S="http://schemas.xmlsoap.org/soap/envelope/">\n  <env:Header/>\n'
        f"  <S:Body>\n    {inner}\n  </S:Body>\n</S:Envelope>\n"
    ).encode()


def _asynchronous(what: str, key: str, world: World) -> Reply:
    code, states = world.memory.get(f"async {key}", ("", []))
    if not code:
        return Reply(_enveloped(100, "UNKNOWN_REQUEST: Unknown request."), 400, "text/xml")
    how = manners(world, code)
    if what == "status":
        word = states.pop(0) if len(states) > 1 else states[0]
        return Reply(_state(key, word, how.get("envelope", "async")), media="text/xml")
    if states[0] != "AVAILABLE":
        words = (
            "DATA_NOT_YET_AVAILABLE: Requested data is not yet available for download. Check the "
            "status of your request."
        )
        status = 200 if how.get("fault_200") else 400  # section 3: faults may come with HTTP 200
        return Reply(_enveloped(100, words), status, "text/xml")
    found = table(code)
    assert found is not None
    return Reply(_body(code, found, "SDMX-CSV", world), media="text/csv", about=code)


def _structure(code: str) -> Reply:
    """Dimensions with their place (data/eurostat/sdmx_structure, NRG_BAL_S)."""
    found = table(code)
    if found is None:
        return gone(code, "xml")
    listed = "".join(
        f'<s:Dimension id="{d}" urn="x" position="{i}"/>' for i, d in enumerate(found.dimensions, 1)
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><m:Structure xmlns:m="http://www.sdmx.org/resources/'
        'sdmxml/schemas/v2_1/message" xmlns:s="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/'
        f'structure"><s:DimensionList id="DimensionDescriptor">{listed}<s:TimeDimension '
        f'id="TIME_PERIOD" urn="x" position="{len(found.dimensions) + 1}"/></s:DimensionList>'
        "</m:Structure>"
    )
    return Reply(body.encode(), media="application/xml")


def _constraint(code: str) -> Reply:
    """Section 1: contentconstraint lists the codes that are really present (CubeRegion)."""
    found = table(code)
    if found is None:
        return gone(code, "xml")
    listed = "".join(
        f'<c:KeyValue id="{d}">'
        + "".join(f"<c:Value>{c}</c:Value>" for c in sorted(found.codes(d)))
        + "</c:KeyValue>"
        for d in found.dimensions
    )
    body = (
        '<m:Structure xmlns:m="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" '
        'xmlns:s="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure" '
        'xmlns:c="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"><s:CubeRegion '
        f'include="true">{listed}</s:CubeRegion></m:Structure>'
    )
    return Reply(body.encode(), media="application/xml")


def _codelist(name: str) -> Reply:
    """Section 1: a code list as TSV is `CODE TAB label` with CRLF."""
    held = [t for t in map(table, (*BUNDLED, *made.datasets("eurostat"))) if t is not None]
    pairs = {
        code: t.label(name, code) for t in held if name in t.dimensions for code in t.codes(name)
    }
    if not pairs:
        return Reply(fault(100, f"No results found for {name.upper()}"), 404, "application/xml")
    lines = "".join(f"{c}\t{label}\r\n" for c, label in sorted(pairs.items()))
    return Reply(lines.encode(), media="text/tab-separated-values")


def _day(code: str, world: World) -> date:
    return _FIRST + timedelta(days=world.edition(code))


def _stamp(code: str, world: World) -> str:
    return f"{_day(code, world):%d/%m/%y} 23:00:00"


def _moment(code: str, world: World) -> str:
    return f"{_day(code, world):%Y-%m-%d}T23:00:00+0100"


def _toc(world: World) -> bytes:
    """Section 2: quoted, DD.MM.YYYY or a blank, four leading spaces a level, a code several times;
    data/eurostat/toc (2023) has eight columns with `values` empty. Codes are in lower case."""
    head = ["title", "code", "type", "last update of data", "last table structure change"]
    head += ["data start", "data end", "values"]
    lines = [head, ["Database by themes", "data", "folder", " ", " ", " ", " ", ""]]
    for code in (*BUNDLED, *made.datasets("eurostat")):
        if manners(world, code).get("gone"):
            continue
        day = manners(world, code).get("day") or f"{_day(code, world):%d.%m.%Y}"
        line = ["    " * 3 + f"Title of {code}", code, "dataset", day, "10.03.2023"]
        lines += [[*line, "1990", "2022", ""]] * 2
    return "".join("\t".join(f'"{w}"' for w in line) + "\n" for line in lines).encode()


def _rss(world: World) -> bytes:
    """Section 1: creations, updates and deletions of seven days; the title begins with the code."""
    items = "".join(
        f"<item><title>{code.upper()} - updated data</title><pubDate>{moment}</pubDate></item>"
        for code, moment in world.memory.get("eurostat rss", {}).items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Eurostat</title>'
        f"{items}</channel></rss>"
    ).encode()
