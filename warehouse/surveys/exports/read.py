"""Any survey file into the neutral form: the door first, then the reader of the tool that wrote it."""

from __future__ import annotations

from pathlib import Path

import orjson

from sources.errors import Invalid
from sources.formats import workbook
from sources.formats.text import decode, sniff
from warehouse.surveys.exports import kobo, limesurvey, odk, ours
from warehouse.surveys.exports.grid import grids
from warehouse.surveys.exports.hostile import admit
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
    a form without answers, or a damaged export.
    """
    path = Path(path)
    raw = admit(path)
    if sniff(raw) == "json":
        return _json(path, raw)
    book = None
    if sniff(raw) == "zip" and b"xl/workbook.xml" in raw:
        book = workbook.open_book(path, raw)
        if ours.is_template(book):
            return ours.read(book)
    sheets = grids(path, raw, book)
    _prove_answers(path, sheets)
    if tool == "odk" or (tool is None and odk.is_export(sheets)):
        return odk.read(path.name, sheets)
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
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise Invalid(f"{path.name} holds no list of responses: {KNOWN}.")
    if not records or not any(_is_kobo(r) for r in records):
        raise Invalid(f"{path.name} holds no responses of a tool that is known here: {KNOWN}.")
    return kobo.read_records(path.name, records)


def _is_kobo(record: dict) -> bool:
    marks = {"_id", "_uuid", "meta/instanceID", "_submission_time", "version"}
    return bool(marks & set(record)) or any(k.startswith("__version") for k in record)
