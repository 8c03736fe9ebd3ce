"""What may go wrong with what an upstream serves: bad editions, made from the bundled good ones."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

from sources.store import pack
from sources.store.snapshots import Snapshot, Store

Pair = tuple[str, str]
HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>Back soon</body></html>"
)
ENVELOPE = {"error": [{"status": 500, "id": 100, "label": "INTERNAL_ERROR"}]}


def bundled(pair: Pair) -> tuple[Snapshot, bytes]:
    """The bundled edition of a dataset, and its bytes as upstream served them."""
    for snapshot, path in pack.bundled():
        if (snapshot.provider, snapshot.dataset) == pair:
            raw = path.read_bytes()
            return snapshot, gzip.decompress(raw) if snapshot.content_encoding else raw
    raise LookupError(f"{pair} is not bundled")


def serve(home: Path, pair: Pair, content: bytes, days: int) -> str:
    """Keep `content` as an edition published `days` after the bundled one was retrieved; its id."""
    good, _ = bundled(pair)
    about = {f.name: getattr(good, f.name) for f in fields(good)}
    del about["snapshot_id"], about["size"]
    day = good.retrieved_at + timedelta(days)
    about |= {
        "filename": good.filename.removesuffix(".gz"),
        "content_encoding": "",
        "original_sha256": "",
        "origin": "live",
        "published_at": day,
        "retrieved_at": day,
    }
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return Store(home / "snapshots").put(Path(file.name), **about).snapshot_id


def cut(raw: bytes) -> bytes:
    """Only the first 60 %, ending inside a line or a member of the archive."""
    return raw[: len(raw) * 6 // 10]


def html(_: bytes) -> bytes:
    """A page for people in the place of data."""
    return HTML


def envelope(_: bytes) -> bytes:
    """An error in JSON that came with HTTP 200."""
    return json.dumps(ENVELOPE).encode()


def empty(_: bytes) -> bytes:
    """Nothing."""
    return b""


def other_encoding(raw: bytes) -> bytes:
    """The same text in the encoding of old Windows machines."""
    return raw.decode("utf-8-sig").encode("cp1252", "replace")


def renamed(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """One column under another name."""

    def change(raw: bytes) -> bytes:
        header, rest = raw.split(b"\n", 1)
        assert header.count(old) == 1, header
        return header.replace(old, new) + b"\n" + rest

    return change


def doubled(raw: bytes) -> bytes:
    """The last record appears twice."""
    return raw + raw.splitlines(keepends=True)[-1]


def halved(raw: bytes) -> bytes:
    """Every second record is gone."""
    header, *rows = raw.splitlines(keepends=True)
    return header + b"".join(rows[::2])


def beyond(column: int, value: bytes, first: int) -> Callable[[bytes], bytes]:
    """`value` is in this column of the `first` records of a plain CSV."""

    def change(raw: bytes) -> bytes:
        header, *rows = raw.splitlines(keepends=True)
        for n in range(first):
            cells = rows[n].rstrip(b"\n").split(b",")
            cells[column] = value
            rows[n] = b",".join(cells) + b"\n"
        return header + b"".join(rows)

    return change


def republished(raw: bytes) -> bytes:
    """The same figures in other bytes: a workbook with a comment, a text compressed."""
    if not raw.startswith(b"PK"):
        return gzip.compress(raw, mtime=1)
    book = io.BytesIO(raw)
    with zipfile.ZipFile(book, "a") as archive:
        archive.comment = b"published again"
    return book.getvalue()
