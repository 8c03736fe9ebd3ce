"""Any survey file into the neutral form: the door first, then the reader of the tool that wrote it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson

from sources.errors import Invalid
from sources.formats import workbook
from sources.formats.text import decode, sniff
from warehouse.surveys.exports import kobo, limesurvey, odk, ours
from warehouse.surveys.exports.grid import grids
from warehouse.surveys.exports.hostile import door
from warehouse.surveys.exports.neutral import Export

TOOLS = ("kobo", "odk", "limesurvey", "template")
KNOWN = (
    "KoboToolbox (XLSX, CSV, JSON), ODK Central (CSV, zip), LimeSurvey (CSV, XLSX) and the template "
    "(observatory survey template) are known"
)
_RECORDS = ("results", "submissions", "subissions", "value")


def read(path: Path, tool: str | None = None) -> Export:
    """The answers of one file; `tool` says who wrote it where the file itself does not.

    Raises `Hostile` for what the door refuses and `Invalid` for a file of a tool that is not known,
    a form without answers, a page of several, or a damaged export.
    """
    return opened(path, tool)[0]


def opened(path: Path, tool: str | None = None) -> tuple[Export, bytes]:
    """As `read`, with the bytes as they came: both of one and the same reading of the file."""
    path = Path(path)
    let_in = door(path)
    export = _read(path, let_in.safe, tool)
    return replace(export, left_out=let_in.formulas, comments=let_in.comments), let_in.raw


def _read(path: Path, raw: bytes, tool: str | None) -> Export:
    if sniff(raw) == "json":
        return _json(path, raw)
    book = None
    if sniff(raw) == "zip" and b"xl/workbook.xml" in raw:
        book = workbook.open_book(path, raw)
        if ours.is_template(book):
            return ours.read(book)
    sheets = grids(path, raw, book)
    _prove_answers(path, sheets)
    sheets = [s for s in sheets if s.names]  # an empty sheet says nothing
    if tool == "odk" or (tool is None and odk.is_export(sheets)):
        return odk.read(path.name, sheets)
    if tool is None:  # a sheet of notes may stand before the responses
        sheets = sorted(sheets, key=lambda s: not limesurvey.is_export([s]))
    if tool == "limesurvey" or (tool is None and limesurvey.is_export(sheets)):
        return limesurvey.read(path.name, sheets)
    if tool == "kobo" or (tool is None and kobo.is_export(sheets)):
        return kobo.read(path.name, sheets)
    raise Invalid(
        f"{path.name} is of a tool that is not known here (its columns: "
        f"{', '.join(sheets[0].names[:4])[:80]}): {KNOWN}; if it is one of these, say which with --tool."
    )


def _prove_answers(path: Path, sheets: list) -> None:
    if not sheets:
        raise Invalid(f"{path.name} holds no CSV file: export the answers again.")
    named = {s.name for s in sheets}
    if {"survey", "choices"} <= named or ("survey" in named and "type" in sheets[0].names):
        raise Invalid(f"{path.name} is a form (XLSForm) and holds no answers: export the answers.")
    if not any(s.names for s in sheets):
        raise Invalid(f"{path.name} has no header: export the answers again.")


def _json(path: Path, raw: bytes) -> Export:
    try:
        found = orjson.loads(decode(raw, path))
    except orjson.JSONDecodeError as error:
        raise Invalid(f"{path.name} is no whole JSON ({error}): fetch it again.") from None
    records = found
    if isinstance(found, dict):
        held = [k for k in _RECORDS if isinstance(found.get(k), list)]
        if not held:
            what = (
                "a form and holds no answers"
                if "content" in found or "survey" in found
                else ("of a tool that is not known here")
            )
            raise Invalid(f"{path.name} is {what}: {KNOWN}.")
        records = found[held[0]]
        _prove_whole(path, found, len(records))
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise Invalid(f"{path.name} holds no list of responses: {KNOWN}.")
    if not records or not any(_is_kobo(r) for r in records):
        raise Invalid(f"{path.name} holds no responses of a tool that is known here: {KNOWN}.")
    return kobo.read_records(path.name, records)


def _prove_whole(path: Path, page: dict, here: int) -> None:
    """Raise `Invalid` for one page of several, as an API gives them."""
    count = page.get("count", page.get("@odata.count"))
    more = page.get("next") or page.get("@odata.nextLink")
    before = page.get("previous")
    if (isinstance(count, int) and count != here) or more or before:
        total = count if isinstance(count, int) else "more"
        raise Invalid(
            f"{path.name} holds {here} of {total} responses: it is one page of an answer; ask for all "
            "of them (observatory survey pull, or ?limit= with their number), or export a file."
        )


def _is_kobo(record: dict) -> bool:
    marks = {"_id", "_uuid", "meta/instanceID", "_submission_time", "version"}
    return bool(marks & set(record)) or any(k.startswith("__version") for k in record)
