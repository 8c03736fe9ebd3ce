"""Error messages that come in the place of data, often with HTTP 200: each becomes a typed error.

Known forms: Eurostat's JSON `error` and `warning`, SOAP faults and async states, SDMX-ML errors,
OECD's bare sentences, problem documents of the UN's services, ArcGIS's `error`, the World Bank's
`message` in a list.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn

from sources.errors import Gone, Invalid, Refused, Retriable, SourceError, excerpt

_TOO_BIG = "ask for a smaller selection, such as fewer codes or periods."
_LATER = "ask again later with the same address."
_CODE = "check the dataset's code: it is closed, moved or never existed."
_ASK = "correct the request."
# The provider's own words decide before its numbers do: Eurostat says 100 for many things.
_WORDS: tuple[tuple[str, type[SourceError], str], ...] = (
    ("EXTRACTION_TOO_BIG", Refused, _TOO_BIG),
    ("ASYNCHRONOUS_RESPONSE", Retriable, _LATER),
    ("DATA_NOT_YET_AVAILABLE", Retriable, _LATER),
    ("SUBMITTED", Retriable, _LATER),
    ("PROCESSING", Retriable, _LATER),
    ("QUEUED", Retriable, _LATER),
    ("AVAILABLE", Retriable, "fetch the answer under its data address."),
    ("EXPIRED", Gone, "ask for the dataset anew."),
    ("UNKNOWN_REQUEST", Gone, "ask for the dataset anew."),
    ("NORECORDSFOUND", Gone, "check the dataset's code and the selection."),
    ("NORESULTSFOUND", Gone, "check the dataset's code and the selection."),
    ("COULD NOT FIND DATAFLOW", Gone, _CODE),
    ("ITEM DOES NOT EXIST", Gone, "look for the item that took its place and change its id."),
    ("THE PROVIDED PARAMETER VALUE IS NOT VALID", Gone, _CODE),
)
_NUMBERS: dict[int, tuple[type[SourceError], str]] = {
    100: (Gone, _CODE),
    404: (Gone, _CODE),
    410: (Gone, _CODE),
    110: (Refused, "sign in or ask for the right to it."),
    401: (Refused, "sign in or ask for the right to it."),
    403: (Refused, "sign in or ask for the right to it."),
    130: (Refused, _TOO_BIG),
    413: (Refused, _TOO_BIG),
    414: (Refused, _TOO_BIG),
    510: (Refused, _TOO_BIG),
    140: (Invalid, _ASK),
    150: (Invalid, _ASK),
    400: (Invalid, _ASK),
    408: (Retriable, _LATER),
    429: (Retriable, _LATER),
    500: (Retriable, _LATER),
    502: (Retriable, _LATER),
    503: (Retriable, _LATER),
    504: (Retriable, _LATER),
}


def refuse_json(document: object, path: Path) -> None:
    """Raise where a parsed JSON document is an error message and not data; else return."""
    if isinstance(document, list) and document and isinstance(document[0], dict):
        document = document[0]  # the World Bank wraps its `message` in a list
        if not isinstance(document.get("message"), list):
            return
        document = {"error": document["message"]}
    if not isinstance(document, dict):
        return
    for key in ("error", "errors", "warning"):
        if key in document:
            entry = document[key]
            entry = entry[0] if isinstance(entry, list) and entry else entry
            if isinstance(entry, dict):
                _raise(path, _number(entry, "id", "code", "status"), _label(entry))
            _raise(path, _number(document, "status"), str(entry))
    if "data" not in document and "dimension" not in document:
        for key in ("Message", "message", "title", "detail"):
            if isinstance(document.get(key), str):
                _raise(path, _number(document, "status", "code"), document[key])


def refuse_xml(raw: bytes, path: Path) -> NoReturn:
    """Raise for XML: a fault, an async state, or a document whose format we do not read."""
    code = _inner(raw, rb"faultcode") or _attribute(raw, rb"ErrorMessage", rb"code")
    words = _inner(raw, rb"faultstring")
    if not words and re.search(rb"<(?:\w+:)?Error[ >]", raw[:4096]):
        words = _inner(raw, rb"Text") or "no explanation"
    if not words and re.search(rb"<(?:\w+:)?(?:asyncResponse|syncResponse)[ >]", raw[:4096]):
        # The state is the innermost <status>: the outer one wraps key and state.
        words = (re.findall(rb"status>\s*(\w+)\s*<", raw[:65536]) or [b"SUBMITTED"])[-1].decode()
    if words:
        _raise(path, int(code) if code.isdigit() else None, words)
    root = re.search(rb"<(?:\w+:)?([A-Za-z]\w*)", raw[:4096])
    name = root.group(1).decode() if root else "no element"
    raise Invalid(
        f"{path.name} is XML ({name}), a format that is not read here: "
        "download it as SDMX-CSV, TSV or JSON."
    )


def refuse_sentence(raw: bytes, path: Path) -> None:
    """Raise where plain text is a bare message (one short line, no table); else return."""
    line = raw[:2048].strip()
    if len(raw) < 2048 and b"\n" not in line and not re.search(rb"[,;\t]\S", line):
        _raise(path, None, line.decode("utf-8", "replace"))


def _raise(path: Path, number: int | None, words: str) -> NoReturn:
    kind, remedy = _judge(number, words)
    code = f" ({number})" if number is not None else ""
    raise kind(
        f"{path.name} is not data but a message of the provider{code}: "
        f"'{excerpt(words.rstrip(' .'), 200)}'; {remedy}"
    )


def _judge(number: int | None, words: str) -> tuple[type[SourceError], str]:
    upper = words.upper()
    for sign, kind, remedy in _WORDS:
        if upper.startswith(sign):
            return kind, remedy
    return _NUMBERS.get(number or 0, (Invalid, "correct the request, or fetch it again later."))


def _number(entry: dict[str, Any], *keys: str) -> int | None:
    for key in keys:
        if str(entry.get(key, "")).isdigit():
            return int(str(entry[key]))
    return None


def _label(entry: dict[str, Any]) -> str:
    for key in ("label", "message", "title", "detail", "value", "status"):
        if entry.get(key):
            return str(entry[key])
    return "no explanation"


def _inner(raw: bytes, element: bytes) -> str:
    match = re.search(rb"<(?:\w+:)?" + element + rb"(?:\s[^>]*)?>([^<]*)<", raw[:65536])
    return match.group(1).decode("utf-8", "replace").strip() if match else ""


def _attribute(raw: bytes, element: bytes, name: bytes) -> str:
    match = re.search(rb"<(?:\w+:)?" + element + rb"\s[^>]*" + name + rb'="([^"]*)"', raw[:65536])
    return match.group(1).decode("utf-8", "replace") if match else ""
