"""World Bank, Indicators API v2: figures of countries, beside which a metropolis is seen.

An answer is a list of two: what the page is (`page`, `pages`, `total`, `lastupdated`) and its rows;
an error is a list of one, with `message`, under HTTP 200. One indicator is asked for page by page
for all countries; the rows of all indicators of a dataset make one file in the same form.
Source: World Bank, datahelpdesk.worldbank.org, "About the Indicators API", "New features and
enhancements in the V2 API".
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Gone, Invalid, Retriable, SourceError
from sources.formats import envelope
from sources.formats.text import decode, load, sniff
from sources.records import keys, records
from sources.transport.request import Fetched, Request

if TYPE_CHECKING:
    from sources.transport.http import Client

PROVIDER = "world_bank"
HOSTS: tuple[str, ...] = ("api.worldbank.org",)
_API = "https://api.worldbank.org/v2/country/all/indicator"
PAGE = 10_000
_LARGE = 64 << 20
_NAMED = pa.struct([("id", pa.string()), ("value", pa.string())])
_ROW = pa.struct(
    [
        ("indicator", _NAMED),
        ("country", _NAMED),
        ("countryiso3code", pa.string()),
        ("date", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("obs_status", pa.string()),
    ]
)

Options = dict[str, str | list[str]]


def request(dataset: str, options: Options) -> Request:
    """The first page of the first indicator; `indicator` (one or a list) and `date` are options.

    Raises `Invalid` for any other option, or without an indicator.
    """
    if not _indicators(options) or set(options) - {"indicator", "date"}:
        raise Invalid(
            f"world_bank/{dataset}: give the option 'indicator' (codes such as SP.URB.GROW) and no "
            "other but 'date'."
        )
    return _page(dataset, options, _indicators(options)[0], 1)


def download(dataset: str, options: Options, client: Client, folder: Path) -> Fetched:
    """All pages of all indicators in one file, each proved against what its first page promises.

    Raises `Retriable` where pages are missing, appear twice or change meanwhile, `Gone` where the
    World Bank no longer has an indicator.
    """
    request(dataset, options)
    target = folder / f"{dataset}.json"
    answer, rows, parts, updated = None, [], [], ""
    for indicator in _indicators(options):
        found, head, answer = _pages(dataset, options, indicator, client, folder)
        rows += found
        updated = max(updated, str(head.get("lastupdated") or ""))
        parts.append(f"{indicator}: {len(found)} rows of {head.get('pages')} pages")
    assert answer is not None
    head = {"page": 1, "pages": 1, "per_page": len(rows), "total": len(rows)}
    target.write_bytes(orjson.dumps([head | {"lastupdated": updated}, rows]))
    how = f"the rows of these answers, joined in this order as one page: {'; '.join(parts)}"
    return Fetched(target, replace(answer, etag="", last_modified=""), target.name, how)


def signal(dataset: str, options: Options, client: Client) -> str | None:
    """The days of the database's last update, one per indicator."""
    try:
        heads = [
            _parsed(client.text(_page(dataset, options, i, 1, size=1), hosts=HOSTS), dataset)[0]
            for i in _indicators(options)
        ]
    except (SourceError, IndexError, TypeError):
        return None
    days = sorted({str(head.get("lastupdated") or "") for head in heads})
    return f"updated {', '.join(days)}" if all(days) else None


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """Source records of one page or several joined: every row with a value or a status.

    `country` is the three-letter code, or the World Bank's own where it gives none. Raises only
    `SourceError`; a page that is not whole is `Invalid`.
    """
    path = Path(path)
    raw = load(path)
    kind = sniff(raw)
    if kind == "xml":
        envelope.refuse_xml(raw, path)
    if kind != "json":
        raise Invalid(f"{path.name} is {kind}, not JSON: ask the World Bank with format=json.")
    head, rows = _whole(_documents(decode(raw, path), path), path)
    if odd := [r for r in rows if isinstance(r, dict) and isinstance(r.get("value"), bool)]:
        raise Invalid(
            f"{path.name} has the value '{odd[0]['value']}', which is no number: fetch it again."
        )
    try:
        column = pa.array(rows, _ROW)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise Invalid(
            f"{path.name} has a row that is none of the World Bank's ({error}): fetch it again."
        ) from None
    return _records(column, str(head.get("lastupdated") or "") or None, dataset, path)


def _records(
    rows: pa.StructArray, published: str | None, dataset: str | None, path: Path
) -> pa.Table:
    said = pc.fill_null(rows.field("obs_status"), "")
    rows = rows.filter(pc.or_(pc.is_valid(rows.field("value")), pc.not_equal(said, "")))
    iso3 = pc.fill_null(rows.field("countryiso3code"), "")
    own = pc.struct_field(rows.field("country"), "id")
    text = {
        "indicator": pc.struct_field(rows.field("indicator"), "id"),
        "country": pc.if_else(pc.equal(iso3, ""), own, iso3),
        "date": rows.field("date"),
    }
    blank = next((n for n, c in text.items() if pc.any(pc.is_null(c)).as_py()), "")
    if blank or not len(rows):
        what = f"a row without '{blank}'" if blank else "no figure"
        raise Invalid(f"{path.name} has {what}: fetch it again, or ask for other indicators.")
    coded = {n: keys.encode(c) for n, c in text.items()}
    period = keys.periods(coded.pop("date"), path)
    keys.prove_unique(coded | {"period": period}, path)
    value = rows.field("value")
    if not pc.all(pc.is_finite(value), min_count=0).as_py():
        raise Invalid(
            f"{path.name} has a value that is no finite number (NaN or Infinity): fetch it again."
        )
    return records.make(
        records.About(PROVIDER, "World Bank API v2", dataset, published_at=published),
        dimensions=coded,
        period=period,
        value=value,
        value_text=pc.fill_null(value.cast(pa.string()), ""),
        flags=keys.encode(rows.field("obs_status")),
        attributes={"unit": keys.encode(rows.field("unit"))},
        labels={
            "indicator": keys.encode(pc.struct_field(rows.field("indicator"), "value")),
            "country": keys.encode(pc.struct_field(rows.field("country"), "value")),
        },
    )


def _documents(raw: bytes, path: Path) -> list[Any]:
    """The answers in a file: one, a list of them, or several one after another."""
    try:
        document = orjson.loads(raw)
        several = isinstance(document, list) and document and isinstance(document[0], list)
        return document if several else [document]
    except orjson.JSONDecodeError as error:
        broken = error
    text, at, found = raw.decode(), 0, []
    reader = json.JSONDecoder()
    try:
        while at < len(text):
            document, end = reader.raw_decode(text, at)
            found.append(document)
            at = len(text) - len(text[end:].lstrip(" \t\r\n,\x1e"))
    except (json.JSONDecodeError, RecursionError):
        raise Invalid(
            f"{path.name} is broken JSON at byte {broken.pos} of {len(raw)}: the answer breaks off, "
            "fetch it again."
        ) from None
    return found


def _whole(documents: list[Any], path: Path) -> tuple[dict[str, Any], list[Any]]:
    """The head and the rows of one or several answers, each with all its pages."""
    rows: list[Any] = []
    promised: dict[tuple[str, str], list[dict[str, Any]]] = {}  # of pages and rows: those that do
    for document in documents:
        envelope.refuse_json(document, path)
        if (
            not isinstance(document, list)
            or len(document) != 2
            or not isinstance(document[0], dict)
            or not isinstance(document[1], list | None)
        ):
            raise Invalid(f"{path.name} is JSON, but no answer of the World Bank: fetch it again.")
        head, found = document[0], document[1] or []
        if not found:
            raise Invalid(
                f"{path.name} holds no rows (pages {head.get('pages')}, total {head.get('total')}): "
                "the selection is empty, ask for another indicator or other years."
            )
        answer = (str(head.get("pages")), str(head.get("total")))
        promised.setdefault(answer, []).append(head | {"found": len(found)})
        rows += found
    for (pages, total), heads in promised.items():
        _prove_pages(heads, pages, total, path)
    stamps = [str(h.get("lastupdated") or "") for heads in promised.values() for h in heads]
    return {"lastupdated": max(stamps)}, rows


def _prove_pages(heads: list[dict[str, Any]], pages: str, total: str, path: Path) -> None:
    """Prove the pages that promise so many pages and rows: of one answer, or of several alike."""
    numbers = Counter(str(head.get("page")) for head in heads)
    answers = max(numbers.values())
    if not pages.isdigit() or set(numbers) != set(map(str, range(1, int(pages) + 1))):
        there = ", ".join(sorted(numbers))
        raise Invalid(
            f"{path.name} holds page {there} of {pages}: fetch every page and give them together."
        )
    found = sum(head["found"] for head in heads)
    if set(numbers.values()) != {answers} or not total.isdigit() or found != answers * int(total):
        raise Invalid(
            f"{path.name} is not complete: 'total' says {total} rows, {found} are there: "
            "fetch it again."
        )


def _pages(
    dataset: str, options: Options, indicator: str, client: Client, folder: Path
) -> tuple[list[Any], dict[str, Any], Any]:
    first: dict[str, Any] = {}
    rows: list[Any] = []
    seen: set[bytes] = set()
    number, last, answer = 0, 1, None
    while number < last:
        number += 1
        file = folder / f"{indicator}-{number}.json"
        answer = client.download(
            _page(dataset, options, indicator, number), file, hosts=HOSTS, limit=_LARGE
        )
        where = f"world_bank/{dataset}: page {number} of {indicator}"
        document = _parsed(file.read_bytes(), dataset)
        if (
            not isinstance(document, list)
            or len(document) != 2
            or not isinstance(document[0], dict)
        ):
            raise Retriable(f"{where} is no answer of the World Bank; refresh again later.")
        head, found = document[0], document[1] or []
        first = first or head
        if head.get("page") != number or (found and orjson.dumps(found) in seen):
            raise Retriable(f"{where} is another page that was served before; refresh again later.")
        if (head.get("total"), head.get("pages")) != (first.get("total"), first.get("pages")):
            raise Retriable(f"{where} promises other numbers than the first page; refresh again.")
        seen.add(orjson.dumps(found))
        rows += found
        last = int(first.get("pages") or 0)
        file.unlink()
    if not rows:
        raise Gone(
            f"world_bank/{dataset}: the World Bank has no row of {indicator}; look whether it was "
            "closed or renamed, and change catalog/providers/world_bank.yaml."
        )
    if len(rows) != int(first.get("total") or -1):
        raise Retriable(
            f"world_bank/{dataset}: {indicator} should have {first.get('total')} rows ('total'), "
            f"its pages hold {len(rows)}; refresh again later."
        )
    return rows, first, answer


def _page(dataset: str, options: Options, indicator: str, number: int, size: int = PAGE) -> Request:
    params = [("format", "json"), ("per_page", str(size)), ("page", str(number))]
    if "date" in options:
        params.append(("date", str(options["date"])))
    return Request(f"{_API}/{indicator}", f"{dataset}.json", tuple(params))


def _indicators(options: Options) -> list[str]:
    named = options.get("indicator", [])
    return [named] if isinstance(named, str) else list(named)


def _parsed(raw: bytes, dataset: str) -> Any:
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Retriable(
            f"world_bank/{dataset}: the World Bank answered with JSON that breaks off or is none; "
            "refresh again later."
        ) from None
    envelope.refuse_json(document, Path(f"world_bank/{dataset}"))
    return document
