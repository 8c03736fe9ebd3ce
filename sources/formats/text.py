"""From a path to bytes that can be trusted: whole, not a web page, in a proven encoding.

Shared by every reader. Nothing is guessed from a file's name.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from pathlib import Path
from typing import Literal

from sources.errors import Invalid, Refused, excerpt

Kind = Literal["json", "xml", "html", "zip", "ole", "parquet", "pdf", "text"]

MAX_BYTES = 4 << 30
RATIO = 200
FREE = 64 << 20  # below this nothing is a bomb
_STEP = 16 << 20
_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_SEPARATOR = re.compile(rb'\A"?sep=[,;|\t]"?\r?\n', re.IGNORECASE)
_BLANK_LINES = re.compile(rb"\A(?:[ ]*\r?\n)+")
_BLANK = b" \t\r\n\x0b\x0c"
_SIGNS: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"PAR1", "parquet"),
    (b"%PDF-", "pdf"),
)
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title")


class Bound:
    """How far a packed stream may grow: `limit` bytes, and not as only a bomb does.

    zlib packs zeros up to 1,030 times; the densest part of the real files at hand grows 30 times.
    """

    def __init__(self, limit: int, what: str) -> None:
        self._limit, self._what, self._size = limit, what, 0

    def add(self, grown: int, taken: int) -> None:
        """Count `grown` more bytes out of `taken` in all; raises `Refused` beyond the bound."""
        self._size += grown
        if self._size > self._limit:
            raise Refused(
                f"{self._what} unpacks to more than {self._limit} bytes: ask for a smaller selection."
            )
        if self._size > FREE and self._size > RATIO * taken:
            raise Refused(
                f"{self._what} unpacks to more than {RATIO} times its size, as no data does: look "
                "at what is served there before it is fetched again."
            )


def load(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The file's bytes, unzipped if they are gzip (by content; several members are joined).

    Raises `Invalid` where there is no such file, it is empty, holds only blanks or zero bytes, is
    a web page or a gzip stream that is cut or damaged; `Refused` where it may not be read or
    unzips to more than `max_bytes`.
    """
    raw = _bytes(Path(path))
    name = Path(path).name
    if not raw:
        raise Invalid(f"{name} is empty (0 bytes): fetch it again.")
    if raw[:2] == b"\x1f\x8b":
        raw = _gunzip(raw, name, max_bytes)
    if not raw[:4096].strip(_BLANK + b"\0") and not raw.strip(_BLANK + b"\0"):
        raise Invalid(f"{name} holds only blanks or zero bytes: fetch it again.")
    if sniff(raw) == "html":
        raise Invalid(
            f"{name} is a web page (HTML), not data{title(raw)}: "
            "fetch it again from the data address, without a log-in or consent page between."
        )
    return raw


def decode(raw: bytes, path: Path, encoding: str | None = None) -> bytes:
    """The same bytes as UTF-8 without a byte order mark; the encoding is proved, not guessed.

    UTF-8, UTF-16 with its byte order mark, or else `encoding`, where the dataset states one. Lines
    that end in a carriage return alone end in a line feed afterwards; blank lines above the first and
    Excel's own first line (`sep=;`) are left out. Raises `Invalid` naming the first wrong byte and its line, or for zero
    bytes inside or at the end (the mark of a copy that was never finished).
    """
    name = Path(path).name
    if is_wide(raw):
        try:
            raw = raw.decode("utf-16").encode()
        except UnicodeError:
            raise Invalid(
                f"{name} begins as UTF-16 and breaks off: fetch it again, or save it as UTF-8."
            ) from None
    while raw.startswith(_BOM):
        raw = raw.removeprefix(_BOM)
    zero = raw.find(b"\0")
    if zero >= 0:
        padding = len(raw) - len(raw.rstrip(b"\0"))
        what = f"ends in {padding} zero bytes" if zero == len(raw) - padding else "holds zero bytes"
        raise Invalid(
            f"{name} {what} from byte {zero} (line {_line(raw, zero)}): "
            "the copy is incomplete or not text, fetch it again."
        )
    if not raw.isascii():
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            if encoding is None:
                raise Invalid(
                    f"{name} is not UTF-8: byte {error.start} (line {_line(raw, error.start)}) is "
                    f"0x{raw[error.start]:02x}; save it as UTF-8 or fetch it again."
                ) from None
            raw = raw.decode(encoding, "replace").encode()
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    return _BLANK_LINES.sub(b"", _SEPARATOR.sub(b"", raw, count=1), count=1)


def is_wide(raw: bytes) -> bool:
    """Whether the content is UTF-16, by its byte order mark."""
    return raw[:2] in _WIDE


def text(path: Path) -> bytes:
    """`load` and `decode` in one step."""
    return decode(load(path), path)


def sniff(raw: bytes) -> Kind:
    """What the first bytes say the content is; `text` for everything without a sign."""
    for sign, kind in _SIGNS:
        if raw.startswith(sign):
            return kind
    head = raw[:4096]
    if is_wide(raw):
        head = head.decode("utf-16", "ignore").encode()
    while head.startswith(_BOM):
        head = head.removeprefix(_BOM)
    head = head.lstrip(_BLANK)
    if head[:1] in (b"{", b"["):
        return "json"
    if head[:1] == b"<":
        low = head.lower()
        while low.startswith(b"<!--") and b"-->" in low:
            low = low.split(b"-->", 1)[1].lstrip(_BLANK)
        if low.startswith(_HTML) or (low.startswith(b"<?xml") and b"<html" in low[:1024]):
            return "html"
        return "xml"
    return "text"


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise Invalid(f"{path} is a folder: give the path of one file in it.")
        return path.read_bytes()
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}: check the path.") from None
    except PermissionError:
        raise Refused(f"{path} may not be read: give yourself the right to read it.") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refused(f"{path} cannot be read ({reason}): check the disk and path.") from None


def _gunzip(raw: bytes, name: str, max_bytes: int) -> bytes:
    try:
        bound, parts = Bound(max_bytes, name), []
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            while part := stream.read(_STEP):
                bound.add(len(part), len(raw))
                parts.append(part)
        plain = b"".join(parts)
    except EOFError:
        raise Invalid(
            f"{name} is a gzip file that breaks off after {len(raw)} bytes: fetch it again."
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Invalid(f"{name} is a damaged gzip file ({error}): fetch it again.") from None
    if not plain:
        raise Invalid(f"{name} is a gzip file with nothing inside: fetch it again.")
    return plain


def _line(raw: bytes, position: int) -> int:
    return raw.count(b"\n", 0, position) + 1


def title(raw: bytes) -> str:
    """The title of a web page, in parentheses for a sentence; empty where it has none."""
    head = raw[:65536]
    start = head.lower().find(b"<title")
    start = head.find(b">", start) + 1 if start >= 0 else 0
    end = head.lower().find(b"</title", start)
    words = excerpt(head[start:end]) if 0 < start < end else ""
    return f" (its title: '{words}')" if words else ""
