"""Answers of the UN SDG database's API: pages of `Series/Data`, `PivotData` and `DataSlice`.

Pages are taken only when they are complete together: what `totalElements` promises must be there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from sources.errors import Invalid, Retriable, excerpt
from sources.formats.envelope import refuse_json

_NAMES = {
    "goal": "Goal",
    "target": "Target",
    "indicator": "Indicator",
    "series": "SeriesCode",
    "seriesdescription": "SeriesDescription",
    "geoareacode": "GeoAreaCode",
    "geoareaname": "GeoAreaName",
    "timeperiodstart": "TimePeriod",
    "timeperiod": "TimePeriod",
    "value": "Value",
    "timedetail": "Time_Detail",
    "timecoverage": "TimeCoverage",
    "upperbound": "UpperBound",
    "lowerbound": "LowerBound",
    "baseperiod": "BasePeriod",
    "source": "Source",
    "geoinfourl": "GeoInfoUrl",
    "footnotes": "FootNote",
    "footnote": "FootNote",
}
_IGNORED = {"seriescount", "valuetype", "attributes", "dimensions", "years"}
_MANY = ("Goal", "Target", "Indicator")


def read(raw: bytes, path: Path) -> tuple[dict[str, pa.Array], dict[str, dict[str, str]], str]:
    """Columns of text under the names of the bulk table, labels of codes, and the format's name.

    `raw` is one page, a JSON array of pages or of rows, or several pages one after another.
    Raises `Retriable` for JSON that breaks off, `Invalid` for pages that are not complete.
    """
    documents = _documents(raw, path)
    if len(documents) == 1 and isinstance(documents[0], list):
        documents = documents[0]
    for document in documents:
        refuse_json(document, path)
        if not isinstance(document, dict):
            raise Invalid(f"{path.name} is JSON, but no answer of the SDG API: fetch it again.")
    if documents and all("data" in d for d in documents):
        rows, book = _complete(documents, path), _codebook(documents, path)
    else:
        rows, book = documents, {}
    if not rows:
        raise Invalid(
            f"{path.name} is an answer without any row: the selection is empty, "
            "fetch it again with a wider one."
        )
    if not all({"series", "geoAreaCode"} <= r.keys() for r in rows):
        found = ", ".join(f"'{k}'" for k in rows[0])
        raise Invalid(
            f"{path.name} has no fields 'series' and 'geoAreaCode' in every row "
            f"(found: {excerpt(found, 300)}): give an answer of Series/Data or Indicator/Data."
        )
    pivot = "years" in rows[0]
    flat = _pivoted(rows, path) if pivot else rows
    return _columns(flat, book), book, "UN SDG API, pivot" if pivot else "UN SDG API"


def _documents(raw: bytes, path: Path) -> list[Any]:
    text, at, found = raw.decode("utf-8").strip(), 0, []
    reader = json.JSONDecoder()
    try:
        while at < len(text):
            document, end = reader.raw_decode(text, at)
            found.append(document)
            at = end + len(text[end:]) - len(text[end:].lstrip(" \t\r\n,\x1e"))
    except RecursionError:
        raise Invalid(
            f"{path.name} is JSON that is nested deeper than any answer: fetch it again."
        ) from None
    except json.JSONDecodeError as error:
        raise Retriable(
            f"{path.name} is JSON that breaks off or is damaged (line {error.lineno}, "
            f"{excerpt(error.msg)}): fetch it again."
        ) from None
    return found


def _complete(pages: list[dict[str, Any]], path: Path) -> list[Any]:
    promised = {page.get("totalElements") for page in pages}
    numbers = [page.get("pageNumber") for page in pages]
    total = next(iter(promised))
    if len(promised) > 1:
        raise Invalid(
            f"{path.name}: its pages promise different numbers of rows "
            f"({', '.join(map(str, promised))}): they are not of one answer, fetch all pages again."
        )
    if not isinstance(total, int):
        raise Invalid(f"{path.name} has no 'totalElements' to prove it complete: fetch it again.")
    if len(pages) > 1 and len(set(numbers)) < len(numbers):
        raise Invalid(f"{path.name} holds a page twice: fetch all pages again.")
    rows = [row for page in pages for row in _objects(page["data"], "data", path)]
    if len(rows) != total:
        raise Invalid(
            f"{path.name} is not complete: totalElements says {total} rows, {len(rows)} are there: "
            "fetch every page of the answer and give them together."
        )
    return rows


def _codebook(pages: list[dict[str, Any]], path: Path) -> dict[str, dict[str, str]]:
    book: dict[str, dict[str, str]] = {}
    for page in pages:
        for name in ("dimensions", "attributes"):
            for concept in _objects(page.get(name), name, path):
                codes = book.setdefault(str(concept.get("id", "")), {})
                for code in _objects(concept.get("codes"), f"{name}.codes", path):
                    codes[str(code.get("code"))] = str(code.get("description") or "")
    return book


def _objects(found: Any, name: str, path: Path) -> list[dict[str, Any]]:
    found = found or []
    if not isinstance(found, list) or not all(isinstance(x, dict) for x in found):
        raise Invalid(
            f"{path.name}: the field '{name}' is '{excerpt(str(found))}', not a list of objects: "
            "fetch it again."
        )
    return found


def _pivoted(rows: list[dict[str, Any]], path: Path) -> list[dict[str, Any]]:
    """A row for each filled year; `years` is JSON inside a text, with `[1964]` as a year."""
    flat = []
    for row in rows:
        years = row["years"]
        try:
            years = json.loads(years) if isinstance(years, str) else years
            cells = [(y["year"], y["value"]) for y in years]
        except (json.JSONDecodeError, KeyError, TypeError):
            raise Invalid(
                f"{path.name}: the field 'years' is '{excerpt(str(years))}', not a list of years "
                "and values: fetch it again."
            ) from None
        flat += [row | {"timePeriod": y, "value": v} for y, v in cells if v not in ("", None)]
    if not flat:
        raise Invalid(f"{path.name} holds no figure: fetch it again with a wider selection.")
    return flat


def _columns(rows: list[dict[str, Any]], book: dict[str, dict[str, str]]) -> dict[str, pa.Array]:
    spelled = {_fold(concept): concept for concept in book}
    names: dict[tuple[str, str], str] = {}
    for row in rows:
        for key, value in row.items():
            if isinstance(value, dict) and key in ("dimensions", "attributes"):
                names |= {(key, k): spelled.get(_fold(k), k) for k in value}
            elif _fold(key) in _NAMES:
                names["", key] = _NAMES[_fold(key)]
            elif _fold(key) not in _IGNORED:
                names["", key] = spelled.get(_fold(key)) or key.replace("_", " ").title()
    # `timePeriodStart` and `timePeriod` are one column: a pivoted row has only the latter.
    wanted = {"": list(rows)} | {
        part: [r.get(part) or {} for r in rows] for part in ("dimensions", "attributes")
    }
    columns: dict[str, pa.Array] = {}
    for (part, key), called in names.items():
        made = pa.array([_text(r.get(key), called) for r in wanted[part]], pa.string())
        if called not in columns:
            columns[called] = made
    return columns


def _fold(key: str) -> str:
    return "".join(c for c in key.lower() if c.isalnum())


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        joint = ";" if name in _MANY else " "
        return joint.join(str(v) for v in value if v not in (None, ""))
    return str(value)
