"""From a response to a whole file: resumed, counted, unpacked within limits, no web page."""

from __future__ import annotations

import re
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import requests
from urllib3.exceptions import HTTPError, InvalidHeader, ReadTimeoutError, SSLError
from urllib3.util.retry import Retry

from sources.errors import Gone, Invalid, Refused
from sources.formats import text

CHUNK = 1 << 16
AGAIN = (408, 425, 429, 500, 502, 503, 504)
ENCODINGS = {"": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}
_HEAD = 4096


class Later(Exception):
    """A failed try that another may mend; `after` is what Retry-After asks for, in seconds."""

    def __init__(self, sentence: str, after: float | None = None) -> None:
        super().__init__(sentence)
        self.after = after
        self.status, self.said = 0, b""


@dataclass
class Part:
    """The bytes that came so far, as they came over the wire, and by what they are known again."""

    path: Path
    etag: str = ""
    last_modified: str = ""

    @property
    def size(self) -> int:
        """Bytes at hand."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def known_by(self) -> str:
        """The strong validator for If-Range (RFC 9110, 13.1.5); empty where there is none."""
        strong = self.etag and not self.etag.startswith("W/")
        return self.etag if strong else self.last_modified

    def resume(self) -> dict[str, str]:
        """Headers that ask for the rest only; none where it could be the rest of another file."""
        if not self.size or not self.known_by:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self.known_by}

    def drop(self) -> None:
        """Begin anew."""
        self.path.unlink(missing_ok=True)
        self.etag = self.last_modified = ""


def judge(response: requests.Response, where: str) -> None:
    """Turn a status into the right error; 200, 206 and 304 pass.

    The error carries the status and the first words of the body, for the provider's module.
    """
    code = response.status_code
    if code in (200, 206, 304):
        return
    kind, why = (
        Invalid,
        (
            f"the server does not accept the request ({code}); check the options of the dataset in "
            "catalog/providers."
        ),
    )
    if code in (404, 410):
        kind = Gone
        why = f"it is not there ({code}); look whether upstream renamed or closed it."
    elif code in (401, 403, 413):
        said = "it is too large to be served at once" if code == 413 else "access is refused"
        kind, why = Refused, f"{said} ({code}); ask for less, or for rights."
    error = Later(f"{where}: the server says {code}", after(response)) if code in AGAIN else None
    error = error or kind(f"{where}: {why}")
    error.status, error.said = code, _words(response)
    raise error


def save(response: requests.Response, part: Part, limit: int, until: float, where: str) -> None:
    """Add the body to `part` as it comes over the wire; raises `Later` where it is not whole.

    `limit` in bytes, `until` on the clock of `time.monotonic`.
    """
    begin = _begin(response, part, where)
    length = response.headers.get("Content-Length", "")
    whole = begin + int(length) if length.isdigit() else None
    if (whole or 0) > limit:
        raise _large(where, limit)
    part.etag = response.headers.get("ETag", "")
    part.last_modified = response.headers.get("Last-Modified", "")
    size = begin
    with part.path.open("ab" if begin else "wb") as out:
        for chunk in _chunks(response, where):
            size += len(chunk)
            if size > limit:
                raise _large(where, limit)
            out.write(chunk)
            if time.monotonic() > until:
                raise Later(f"{where}: the body did not come in time")
    if whole is not None and size != whole:
        raise Later(f"{where}: the body was cut short ({size} of {whole} bytes)")


def unpack(part: Path, target: Path, encoding: str, limit: int, where: str) -> None:
    """Write the body without its Content-Encoding to `target`, which is there only when whole.

    Raises `Later` for a damaged stream, `Refused` above `limit` bytes or where the stream grows
    as no data does, `Invalid` for an encoding that was not asked for and for a web page.
    """
    if encoding not in ENCODINGS:
        raise Invalid(
            f"{where}: the body is packed as '{encoding}', which was not asked for; tell the "
            "provider, or ask for another format."
        )
    done = target.with_name(target.name + ".unpacked")
    try:
        if ENCODINGS[encoding]:
            with part.open("rb") as packed, done.open("wb") as out:
                _inflate(packed, out, ENCODINGS[encoding], limit, where)
            part.unlink()
        else:
            part.replace(done)
        _no_page(done, target, where)
        done.replace(target)
    finally:
        done.unlink(missing_ok=True)


def after(response: requests.Response) -> float | None:
    """Seconds that Retry-After asks for, given as a number or as a date."""
    said = response.headers.get("Retry-After", "").strip()
    if not said:
        return None
    try:
        return max(0.0, Retry().parse_retry_after(said))
    except (InvalidHeader, ValueError, TypeError, OverflowError):
        return None


def _words(response: requests.Response) -> bytes:
    try:
        return response.raw.read(_HEAD, decode_content=True)
    except (HTTPError, OSError):
        return b""


def _begin(response: requests.Response, part: Part, where: str) -> int:
    """Where in the file this body begins: 0, or the size of `part` where the rest was sent."""
    if response.status_code != 206:
        return 0
    said = re.fullmatch(
        r"bytes (\d+)-\d+/(?:\d+|\*)", response.headers.get("Content-Range", "").strip()
    )
    etag = response.headers.get("ETag", part.etag)
    if said is None or int(said[1]) != part.size or etag != part.etag:
        part.drop()
        raise Later(f"{where}: the server sent another part than the one that was asked for")
    return part.size


def _chunks(response: requests.Response, where: str):
    """The bytes as they come, so that a server that sends drop by drop cannot hold us."""
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=False):
            yield chunk
    except ReadTimeoutError:
        raise Later(f"{where}: the server did not answer in time") from None
    except SSLError:
        raise Later(f"{where}: the encrypted connection broke") from None
    except (HTTPError, OSError):
        raise Later(f"{where}: the body was cut short") from None


def _inflate(packed: BinaryIO, out: BinaryIO, encoding: str, limit: int, where: str) -> None:
    """Take gzip (several members too) or deflate (with zlib's header or bare) off a stream."""
    bits = zlib.MAX_WBITS | (16 if encoding == "gzip" else 0)
    head = packed.read(2)
    packed.seek(0)
    if encoding == "deflate" and not (len(head) == 2 and int.from_bytes(head) % 31 == 0):
        bits = -zlib.MAX_WBITS
    bound = text.Bound(limit, where)
    stream = zlib.decompressobj(bits)
    taken = 0
    try:
        while chunk := packed.read(CHUNK):
            taken += len(chunk)
            while chunk:
                if stream.eof:
                    stream = zlib.decompressobj(bits)
                plain = stream.decompress(chunk, CHUNK)
                bound.add(len(plain), taken)
                out.write(plain)
                chunk = stream.unused_data if stream.eof else stream.unconsumed_tail
        out.write(stream.flush())
    except zlib.error:
        raise Later(f"{where}: the compressed body is damaged") from None
    if taken and not stream.eof:
        raise Later(f"{where}: the compressed body was cut short")


def _no_page(done: Path, target: Path, where: str) -> None:
    """A page for people in the place of data, whatever its Content-Type says, is no data."""
    with done.open("rb") as stream:
        head = stream.read(_HEAD)
    if text.sniff(head) == "html" and not target.name.endswith((".html", ".htm")):
        raise Invalid(
            f"{where}: the server answered with a web page, not data{text.title(head)}; look at "
            "the address in a browser, and refresh again later."
        )


def _large(where: str, limit: int) -> Refused:
    return Refused(
        f"{where}: the answer is larger than {limit} bytes; ask for less, or raise the limit."
    )
