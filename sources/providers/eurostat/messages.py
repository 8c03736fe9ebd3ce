"""Messages that Eurostat sends in the place of data: errors, faults, states of an extraction."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

from sources.errors import Invalid, SourceError
from sources.formats import envelope

_SMALL = 1 << 16  # no message is larger


def message(file: Path) -> bytes:
    """The answer where it is a message in the place of data, else nothing."""
    if file.stat().st_size > _SMALL:
        return b""
    raw = file.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError):
            return b""
    head = raw.lstrip()[:1]
    if head == b"<" and re.search(rb"<(?:\w+:)?(Fault|asyncResponse|syncResponse)[ >]", raw):
        return raw
    if head == b"{" and re.match(rb'\{\s*"(error|errors|warning)"', raw.lstrip()):
        return raw
    return b""


def state(words: bytes) -> tuple[str, str]:
    """What a message is about, and the key of the extraction where it names one."""
    if b"EXTRACTION_TOO_BIG" in words:
        return "TOO_BIG", ""
    key = re.search(rb"<(?:\w+:)?(?:key|id)>\s*([0-9A-Za-z-]+)\s*<", words)
    found = re.findall(rb"<(?:\w+:)?status>\s*([A-Z_]+)\s*<", words)
    if found and key:
        return found[-1].decode(), key[1].decode()
    for state in ("ASYNCHRONOUS_RESPONSE", "DATA_NOT_YET_AVAILABLE", "UNKNOWN_REQUEST"):
        if state.encode() in words:
            return state, ""
    return "", ""


def typed(words: bytes, path: Path) -> SourceError:
    """The error that a message amounts to."""
    try:
        if words.lstrip()[:1] == b"{":
            envelope.refuse_json(json.loads(words), path)
        envelope.refuse_xml(words, path)
    except SourceError as error:
        return error
    except ValueError:
        pass
    return Invalid(f"{path.name}: the answer is a damaged message; fetch it again.")
