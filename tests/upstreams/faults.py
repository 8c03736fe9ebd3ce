"""Everything that may come in the place of an answer, as data: name, what it is, how it is bent."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import orjson

from tests.upstreams.server import Asked, Fault, Reply

WEB_PAGE = (
    b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>"
)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n" * 20
_BOMB = 80 << 20


@dataclass(frozen=True)
class Way:
    """How the figures of one provider may be spoiled where that is its own affair.

    envelope: its own error message, sent with status 200 (None: it has none). header: the text of
    a column that must be there, and another. gone: what it answers where a dataset has vanished.
    paged: whether it answers in pages.
    """

    header: tuple[bytes, bytes]
    gone: Reply
    envelope: Reply | None = None
    text: bool = True
    paged: bool = False


def every(way: Way) -> dict[str, Fault]:
    """All faults by name; those that do not apply to this provider are left out."""
    made = {
        "timeout": Fault("timeout", wire="silent"),
        "reset mid-body": Fault("reset mid-body", wire="reset"),
        "truncated": Fault("truncated", _body(lambda b: b[: len(b) // 3])),
        "429 with Retry-After": Fault("429", _status(429, {"Retry-After": "1"}), times=1),
        "500": Fault("500", _status(500)),
        "503": Fault("503", _status(503, {"Retry-After": "2"})),
        "HTML 200": Fault("HTML 200", _other(WEB_PAGE, "text/html")),
        "empty 200": Fault("empty 200", _body(lambda b: b"")),
        "wrong content type": Fault("wrong content type", _media("text/html; charset=latin-1")),
        "another format": Fault("another format", _other(PDF, "application/pdf")),
        "changed header": Fault("changed header", _body(lambda b: changed(b, *way.header))),
        "vanished dataset": Fault("vanished dataset", lambda reply, asked: way.gone),
        "oversized": Fault("oversized", wire="claims"),
        "bomb": Fault("bomb", _bomb),
    }
    if way.envelope is not None:
        message = way.envelope
        made["error envelope 200"] = Fault("error envelope 200", lambda reply, asked: message)
    if way.text:
        made["wrong charset"] = Fault("wrong charset", _body(_utf16))
    if way.paged:
        made["duplicate page"] = Fault("duplicate page", _first_page_again())
        made["missing page"] = Fault("missing page", _second_page_empty)
    return made


def changed(raw: bytes, old: bytes, new: bytes) -> bytes:
    """The body with one text replaced, wherever it stands: in gzip, in an archive, in a workbook."""
    if raw[:2] == b"\x1f\x8b":
        return gzip.compress(changed(gzip.decompress(raw), old, new), 1, mtime=0)
    if raw[:4] != b"PK\x03\x04":
        return raw.replace(old, new)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as before, zipfile.ZipFile(stream, "w") as after:
        for name in before.namelist():
            after.writestr(name, changed(before.read(name), old, new), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _body(change: Callable[[bytes], bytes]) -> Callable[[Reply, Asked], Reply]:
    return lambda reply, asked: replace(reply, body=change(reply.body))


def _other(body: bytes, media: str) -> Callable[[Reply, Asked], Reply]:
    return lambda reply, asked: replace(reply, body=body, media=media)


def _media(media: str) -> Callable[[Reply, Asked], Reply]:
    return lambda reply, asked: replace(reply, media=media)


def _status(code: int, headers: dict[str, str] | None = None) -> Callable[[Reply, Asked], Reply]:
    return lambda reply, asked: Reply(b"not now", code, headers=headers or {}, about=reply.about)


def _utf16(raw: bytes) -> bytes:
    if raw[:2] == b"\x1f\x8b":
        return gzip.compress(_utf16(gzip.decompress(raw)), 1, mtime=0)
    # Without a byte order mark: with one, the readers read it.
    return raw.rstrip(b"\0").decode().encode("utf-16-le")


@cache
def _zeros() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(_BOMB >> 20)) + packer.flush()


def _bomb(reply: Reply, asked: Asked) -> Reply:
    return replace(reply, body=_zeros(), headers={"Content-Encoding": "gzip"})


def _number(asked: Asked) -> int:
    return int(asked.one("page", "0"))


def _first_page_again() -> Callable[[Reply, Asked], Reply]:
    """The rows of the first page under the number of the second."""
    first: dict[str, bytes] = {}

    def bend(reply: Reply, asked: Asked) -> Reply:
        if _number(asked) == 1:
            first[reply.about] = reply.body
        if _number(asked) != 2 or reply.about not in first:
            return reply
        page = orjson.loads(first[reply.about])
        head = page[0] if isinstance(page, list) else page
        head |= {k: 2 for k in ("page", "pageNumber") if k in head}
        return replace(reply, body=orjson.dumps(page))

    return bend


def _second_page_empty(reply: Reply, asked: Asked) -> Reply:
    if _number(asked) != 2:
        return reply
    page = orjson.loads(reply.body)
    if isinstance(page, list):
        page[1] = []
    else:
        page["data"] = []
    return replace(reply, body=orjson.dumps(page))
