"""JSON-stat 2.0 as Eurostat's Statistics API serves it, and the retired wdds dialect.

The two large flat parts (`value`, `status`) are cut out of the bytes and read by the CSV reader;
only the small rest becomes Python objects. Positions are row-major, the last dimension fastest.
Format: json-stat.org/full.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sources.errors import Invalid, excerpt
from sources.formats import envelope
from sources.formats.sdmx_csv import iso
from sources.records import keys, records

_NAMES = (b'"value"', b'"status"')
_BIG = re.compile(rb'"(?:value|status)"\s*:\s*([\[{])')
_CLOSE = {b"{": b"}", b"[": b"]"}
_COMMA, _LINE = 44, 10
_BLANK = b" \t\r\n"
_MARK = "cut out: "


class _Cells(NamedTuple):
    """Positions (rising, each once) and what is there as text; null where it is `null`."""

    at: np.ndarray
    text: pa.Array


class _Piece(NamedTuple):
    """What is between the brackets of a large part."""

    kind: bytes
    body: bytes


class _Axis(NamedTuple):
    name: str
    codes: list[str]
    labels: list[str]


def read(raw: bytes, path: Path) -> pa.Table:
    """Source records of an answer: each position that has a value or a status.

    An answer without any is honest and gives 0 rows. Raises `Invalid` for broken JSON or a cube
    that contradicts itself, and what the message says where it is an error message.
    """
    document, pieces = _parse(raw, path)
    envelope.refuse_json(document, path)
    tables = [_table(data, name, pieces, path) for data, name in _datasets(document, path)]
    if len(tables) == 1:
        return tables[0]
    about = records.about(tables[0])
    whole = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    dimensions = {n: whole[n].combine_chunks() for n in about.dimensions}
    period = whole["period"].combine_chunks()
    keys.prove_unique(dimensions | {"period": period}, path)
    return records.make(
        about,
        dimensions=dimensions,
        period=period,
        value=whole["value"],
        value_text=whole["value_text"],
        flags=whole["flags"],
        labels={n: whole[column] for n, column in about.labels.items()},
    )


def _table(
    data: dict[str, Any], name: str | None, pieces: dict[str, _Piece], path: Path
) -> pa.Table:
    axes = _axes(data, path)
    size = int(np.prod([len(a.codes) for a in axes], dtype=np.int64)) if axes else 0
    value = _cells(data.get("value"), pieces, size, path)
    status = data.get("status")
    if isinstance(status, dict) and "value" in status:  # wdds
        status = status["value"]
    if isinstance(status, str) and status not in pieces:  # one for every figure, says the format
        here = np.flatnonzero(pc.is_valid(value.text).to_numpy(zero_copy_only=False))
        flags = _Cells(value.at[here], pa.array([status] * len(here), pa.string()))
    else:
        flags = _cells(status, pieces, size, path)
    bare = pc.is_in(flags.text, value_set=pa.array(["", ":"]))
    flags = _some(flags, pc.invert(pc.or_kleene(bare, pc.is_null(flags.text))))
    value = _some(value, pc.is_valid(value.text))
    at, here = _union(value.at, flags.at)
    return _records(
        axes,
        at,
        path,
        figure=_figures(value.text, here, len(at), path),
        text=_spread(value.text, here, len(at)),
        flags=_flags(flags, at),
        about=_about(data, name),
    )


def _records(
    axes: list[_Axis],
    at: np.ndarray,
    path: Path,
    *,
    figure: pa.Array,
    text: pa.Array,
    flags: pa.DictionaryArray,
    about: records.About,
) -> pa.Table:
    dimensions: dict[str, pa.Array] = {}
    labels: dict[str, pa.Array] = {}
    period: pa.Array = keys.constant("", len(at))
    rest = at if not len(at) or at[-1] >= 1 << 31 else at.astype(np.int32)
    for axis in reversed(axes):
        # A division and a product take a third of the time of `divmod`.
        size = rest.dtype.type(max(len(axis.codes), 1))
        whole = rest // size
        rest, place = whole, rest - whole * size
        if axis.name in ("time", "TIME_PERIOD"):
            period = keys.build(place, [keys.period(c, path) for c in axis.codes])
        else:
            dimensions[axis.name] = keys.build(place, axis.codes)
            labels[axis.name] = keys.build(place, axis.labels)
    return records.make(
        about,
        dimensions=dict(reversed(dimensions.items())),
        period=period,
        value=figure,
        value_text=text,
        flags=flags,
        labels=dict(reversed(labels.items())),
    )


def _parse(raw: bytes, path: Path) -> tuple[Any, dict[str, _Piece]]:
    """The document with its large flat parts replaced by marks, and those parts."""
    pieces: dict[str, _Piece] = {}
    rest, last = [], 0
    for match in _large(raw):
        start, kind = match.end(), match.group(1)
        stop = raw.find(_CLOSE[kind], start)
        if start < last or stop < 0 or raw.find(kind, start, stop) >= 0:
            continue
        mark = f"{_MARK}{len(pieces)}"
        pieces[mark] = _Piece(kind, raw[start:stop])
        rest += [raw[last : start - 1], b'"', mark.encode(), b'"']
        last = stop + 1
    rest.append(raw[last:])
    if pieces:
        try:
            return orjson.loads(b"".join(rest)), pieces
        except orjson.JSONDecodeError:
            pass  # a bracket inside a string, or broken JSON: the whole tells
    try:
        return orjson.loads(raw), {}
    except orjson.JSONDecodeError as error:
        raise _broken(error, path) from None


def _broken(error: orjson.JSONDecodeError, path: Path) -> Invalid:
    return Invalid(
        f"{path.name} is broken JSON at byte {error.pos} of {len(error.doc)}: "
        "the answer breaks off or was changed, fetch it again."
    )


def _large(raw: bytes) -> list[re.Match[bytes]]:
    """Where `value` and `status` begin; looking for words is faster than one expression for both."""
    found = []
    for name in _NAMES:
        at = raw.find(name)
        while at >= 0:
            found.append(_BIG.match(raw, at))
            at = raw.find(name, at + 1)
    return sorted((m for m in found if m), key=lambda m: m.start())


def _datasets(document: Any, path: Path) -> list[tuple[dict[str, Any], str | None]]:
    """The dataset, or those of a collection: parts of one that were asked for one by one."""
    if isinstance(document, dict) and document.get("class") == "collection":
        items = (document.get("link") or {}).get("item") or []
        found = [_dataset(item, path) for item in items]
        if len({(tuple(data.get("id", ())), name) for data, name in found}) == 1:
            return found
        raise Invalid(f"{path.name}: its parts are not of one dataset: fetch it again.")
    return [_dataset(document, path)]


def _dataset(document: Any, path: Path) -> tuple[dict[str, Any], str | None]:
    if isinstance(document, dict):
        if "dimension" in document:
            return document, (document.get("extension") or {}).get("id")
        for name, inner in document.items():
            if isinstance(inner, dict) and "dimension" in inner:
                return inner, name if name != "dataset" else None
    raise Invalid(
        f"{path.name} is JSON, but no JSON-stat dataset (it has no 'dimension'): "
        "ask the Statistics API for format=JSON."
    )


def _axes(data: dict[str, Any], path: Path) -> list[_Axis]:
    dimension = data["dimension"]
    ids = data.get("id") or (dimension.get("id") if isinstance(dimension, dict) else None)
    sizes = data.get("size") or (dimension.get("size") if isinstance(dimension, dict) else None)
    if not isinstance(dimension, dict) or not isinstance(ids, list) or not isinstance(sizes, list):
        raise Invalid(f"{path.name}: the JSON-stat answer has no 'id' or 'size': fetch it again.")
    if not all(isinstance(name, str) for name in ids):
        raise Invalid(f"{path.name}: 'id' holds something else than names: fetch it again.")
    if len(set(ids)) != len(ids) or len(ids) != len(sizes):
        raise Invalid(f"{path.name}: 'id' and 'size' contradict each other: fetch it again.")
    axes = []
    for name, size in zip(ids, sizes, strict=True):
        try:
            codes, labels, places = _category(dimension[name]["category"])
        except (AttributeError, KeyError, TypeError):
            raise Invalid(
                f"{path.name}: dimension {excerpt(name)} has no readable list of codes: "
                "the answer breaks off or was changed, fetch it again."
            ) from None
        if len(codes) != size or places != list(range(len(codes))):
            raise Invalid(
                f"{path.name}: dimension {name} lists {len(codes)} codes for the size {size}: "
                "the answer breaks off or was changed, fetch it again."
            )
        axes.append(_Axis(name, codes, labels))
    return axes


def _category(category: dict[str, Any]) -> tuple[list[str], list[str], list[int]]:
    """Codes in their order, their labels, and the places that the answer gives them."""
    labels = category.get("label") or {}
    index = category.get("index", list(labels))
    if isinstance(index, list):
        codes, places = index, list(range(len(index)))
    else:
        codes, places = sorted(index, key=index.__getitem__), sorted(index.values())
    if not all(isinstance(code, str) for code in codes):
        raise TypeError
    return codes, [str(labels.get(code, "")) for code in codes], places


def _cells(part: Any, pieces: dict[str, _Piece], size: int, path: Path) -> _Cells:
    """`value` or `status` in any of its shapes: sparse object, dense array, absent."""
    piece = pieces.get(part) if isinstance(part, str) else None
    cells = _cut(piece) if piece else None
    if cells is None:
        if piece:
            part = _whole(piece, path)
        cells = _listed(part or {}, path)
    dense = isinstance(part, list) or (piece is not None and piece.kind == b"[")
    at = cells.at
    if len(at) > 1 and not (at[1:] > at[:-1]).all():
        order = np.argsort(at, kind="stable")
        cells = _Cells(at[order], cells.text.take(pa.array(order)))
        at = cells.at
        same = np.flatnonzero(at[1:] == at[:-1])
        if len(same):
            raise Invalid(
                f"{path.name}: position {int(at[same[0]])} appears twice: fetch it again."
            )
    if len(at) and (at[0] < 0 or at[-1] >= size or (dense and len(at) != size)):
        raise Invalid(
            f"{path.name}: the cube has {size} positions, its figures reach to {int(at[-1]) + 1}: "
            "the answer breaks off or was changed, fetch it again."
        )
    return cells


def _listed(part: object, path: Path) -> _Cells:
    """A part of any other shape, through Python objects: small, odd or already parsed."""
    if not isinstance(part, dict | list):
        raise Invalid(f"{path.name}: 'value' or 'status' is no list of cells: fetch it again.")
    try:
        pairs = (
            enumerate(part) if isinstance(part, list) else ((int(k), v) for k, v in part.items())
        )
        listed = [(i, _word(v)) for i, v in pairs]
    except ValueError as error:
        raise Invalid(f"{path.name}: a cell has no position ({error}): fetch it again.") from None
    at = np.array([i for i, _ in listed], np.int64)
    return _Cells(at, pa.array([w for _, w in listed], pa.string()))


def _whole(piece: _Piece, path: Path) -> Any:
    try:
        return orjson.loads(piece.kind + piece.body + _CLOSE[piece.kind])
    except orjson.JSONDecodeError as error:
        raise _broken(error, path) from None


def _cut(piece: _Piece) -> _Cells | None:
    """A flat part read as CSV; None where it holds something that is no plain pair or item."""
    sparse, body = piece.kind == b"{", piece.body
    if any(blank in body for blank in (b" ", b"\n", b"\t", b"\r")):
        if re.search(rb':\s*"' if sparse else rb'"', body):
            return None  # a blank may stand inside a word
        body = body.translate(None, _BLANK)
    if not body:
        return _Cells(np.zeros(0, np.int64), pa.array([], pa.string()))
    b = np.frombuffer(body, np.uint8)
    comma = b == _COMMA
    items = int(np.count_nonzero(comma)) + 1
    types = {"at": pa.int64(), "text": pa.string()} if sparse else {"text": pa.string()}
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(b ^ (comma.view(np.uint8) * np.uint8(_COMMA ^ _LINE)))),
            pyarrow.csv.ReadOptions(column_names=list(types), block_size=4 << 20),
            pyarrow.csv.ParseOptions(delimiter=":" if sparse else "\x1f"),
            pyarrow.csv.ConvertOptions(
                check_utf8=False,
                column_types=types,
                null_values=["null"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != items or b"\\" in body:
        return None
    at = table["at"].to_numpy() if sparse else np.arange(items)
    return _Cells(at, table["text"].combine_chunks())


def _word(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _some(cells: _Cells, keep: pa.Array) -> _Cells:
    mask = keep.to_numpy(zero_copy_only=False)
    if mask.all():
        return cells
    return _Cells(cells.at[mask], cells.text.filter(keep))


def _union(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both, rising, each once; and where those of `first` are in it."""
    # Hash-based unions cost many times the rest; both are sorted, so search and insert.
    if not len(first):
        return second, first
    place = np.searchsorted(first, second)
    new = first[np.minimum(place, len(first) - 1)] != second
    if not new.any():
        return first, np.arange(len(first))
    own = np.ones(len(first) + int(np.count_nonzero(new)), bool)
    own[place[new] + np.arange(len(own) - len(first))] = False
    at = np.empty(len(own), np.int64)
    here = np.flatnonzero(own)
    at[here], at[~own] = first, second[new]
    return at, here


def _spread(text: pa.Array, here: np.ndarray, n: int) -> pa.Array:
    """`n` strings: each of `text` at its place in `here` (rising), `""` elsewhere."""
    if len(text) == n:
        return text
    length = np.zeros(n + 1, np.int32)
    ends = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    length[0], length[here + 1] = ends[0], np.diff(ends)
    offsets = np.cumsum(length, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), text.buffers()[2])


def _flags(flags: _Cells, at: np.ndarray) -> pa.DictionaryArray:
    coded = flags.text.dictionary_encode()
    place = np.zeros(len(at), np.int32)
    place[np.searchsorted(at, flags.at)] = keys.indices(coded) + 1
    return keys.build(place, ["", *keys.entries(coded)])


def _figures(text: pa.Array, here: np.ndarray, n: int, path: Path) -> pa.Array:
    """`n` doubles: each of `text` at its place in `here`, null elsewhere."""
    try:
        value = text.cast(pa.float64())
    except pa.ArrowInvalid:
        value = None
    if value is None or pc.all(pc.is_finite(value)).as_py() is False:
        good = pc.match_substring_regex(text, r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$")
        good = good if value is None else pc.is_finite(value)
        wrong = text.filter(pc.invert(good))
        raise Invalid(
            f"{path.name} has the value '{excerpt(wrong[0].as_py())}', which is no number: "
            "check that the file was not changed after the download."
        )
    if len(value) == n:
        return value
    spread, none = np.zeros(n), np.ones(n, bool)
    spread[here], none[here] = value.to_numpy(zero_copy_only=False), False
    return pa.array(spread, mask=none)


def _about(data: dict[str, Any], name: str | None) -> records.About:
    old = data.get("lastUpdateDate")
    stamp = iso(str(data.get("updated", "")))
    if stamp is None and isinstance(old, int):
        stamp = datetime.fromtimestamp(old / 1000, UTC).isoformat().replace("+00:00", "Z")
    form = "JSON-stat 2.0" if data.get("version") == "2.0" else "JSON-stat 1"
    return records.About("eurostat", form, dataset=name, published_at=stamp)
