"""JSON-stat 2.0 as Eurostat's Statistics API serves it, and the retired wdds dialect.

The two large flat parts (`value`, `status`) are cut out of the bytes and read by the CSV reader;
only the small rest becomes Python objects. Positions are row-major, the last dimension fastest.
Format: json-stat.org/full.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sources import envelope, keys, records
from sources.errors import Invalid
from sources.sdmx_csv import iso
from sources.text import excerpt

_BIG = re.compile(rb'"(?:value|status)"\s*:\s*([\[{])')
_CLOSE = {b"{": b"}", b"[": b"]"}
_BLANK = b" \t\r\n"
_MARK = "cut out: "


class _Cells(NamedTuple):
    """Positions (rising, each once) and what stands there as text; null where it is `null`."""

    at: np.ndarray
    text: pa.Array


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
    data: dict[str, Any], name: str | None, pieces: dict[str, bytes], path: Path
) -> pa.Table:
    axes = _axes(data, path)
    size = int(np.prod([len(a.codes) for a in axes], dtype=np.int64)) if axes else 0
    value = _cells(data.get("value"), pieces, size, path)
    status = data.get("status")
    if isinstance(status, dict) and "value" in status:  # wdds
        status = status["value"]
    flags = _cells(status, pieces, size, path)
    bare = pc.is_in(flags.text, value_set=pa.array(["", ":"]))
    flags = _some(flags, pc.invert(pc.or_kleene(bare, pc.is_null(flags.text))))
    value = _some(value, pc.is_valid(value.text))
    at = _union(value.at, flags.at)
    text = _spread(value, at)
    return _records(axes, at, path, text=text, flags=_spread(flags, at), about=_about(data, name))


def _records(
    axes: list[_Axis],
    at: np.ndarray,
    path: Path,
    *,
    text: pa.Array,
    flags: pa.Array,
    about: records.About,
) -> pa.Table:
    dimensions: dict[str, pa.Array] = {}
    labels: dict[str, pa.Array] = {}
    period: pa.Array = keys.constant("", len(at))
    rest = at
    for axis in reversed(axes):
        rest, place = np.divmod(rest, max(len(axis.codes), 1))
        if axis.name in ("time", "TIME_PERIOD"):
            period = keys.build(place, [keys.period(c, path) for c in axis.codes])
        else:
            dimensions[axis.name] = keys.build(place, axis.codes)
            labels[axis.name] = keys.build(place, axis.labels)
    return records.make(
        about,
        dimensions=dict(reversed(dimensions.items())),
        period=period,
        value=_figures(text, path),
        value_text=text,
        flags=keys.encode(flags),
        labels=dict(reversed(labels.items())),
    )


def _parse(raw: bytes, path: Path) -> tuple[Any, dict[str, bytes]]:
    """The document with its large flat parts replaced by marks, and those parts."""
    pieces: dict[str, bytes] = {}
    rest, last = [], 0
    for match in _BIG.finditer(raw):
        start = match.end()
        stop = raw.find(_CLOSE[match.group(1)], start)
        if start < last or stop < 0 or raw.find(match.group(1), start, stop) >= 0:
            continue
        mark = f"{_MARK}{len(pieces)}"
        pieces[mark] = match.group(1) + raw[start:stop]
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
        raise Invalid(
            f"{path.name} is broken JSON at byte {error.pos} of {len(raw)}: "
            "the answer breaks off or was changed, fetch it again."
        ) from None


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
    if len(set(ids)) != len(ids) or len(ids) != len(sizes):
        raise Invalid(f"{path.name}: 'id' and 'size' contradict each other: fetch it again.")
    axes = []
    for name, size in zip(ids, sizes, strict=True):
        category = (dimension.get(name) or {}).get("category") or {}
        labels = category.get("label") or {}
        index = category.get("index", list(labels))
        codes = index if isinstance(index, list) else sorted(index, key=index.__getitem__)
        places = range(len(codes)) if isinstance(index, list) else sorted(index.values())
        if len(codes) != size or list(places) != list(range(size)):
            raise Invalid(
                f"{path.name}: dimension {name} lists {len(codes)} codes for the size {size}: "
                "the answer breaks off or was changed, fetch it again."
            )
        axes.append(_Axis(name, codes, [str(labels.get(c, "")) for c in codes]))
    return axes


def _cells(part: Any, pieces: dict[str, bytes], size: int, path: Path) -> _Cells:
    """`value` or `status` in any of its shapes: sparse object, dense array, absent."""
    piece = pieces.get(part) if isinstance(part, str) else None
    cells = _cut(piece) if piece else None
    if cells is None:
        if piece:
            part = orjson.loads(piece + _CLOSE[piece[:1]])
        cells = _listed(part or {}, path)
    dense = isinstance(part, list) or (piece or b"")[:1] == b"["
    at = cells.at
    if len(at) > 1 and not (at[1:] > at[:-1]).all():
        order = np.argsort(at, kind="stable")
        cells = _Cells(at[order], cells.text.take(pa.array(order)))
        at = cells.at
        same = np.flatnonzero(at[1:] == at[:-1])
        if len(same):
            raise Invalid(f"{path.name}: position {int(at[same[0]])} stands twice: fetch it again.")
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


def _cut(piece: bytes) -> _Cells | None:
    """A flat part read as CSV; None where it holds something that is no plain pair or item."""
    body = piece[1:].translate(None, _BLANK)
    if not body:
        return _Cells(np.zeros(0, np.int64), pa.array([], pa.string()))
    sparse = piece[:1] == b"{"
    items = body.count(b",") + 1
    types = {"at": pa.int64(), "text": pa.string()} if sparse else {"text": pa.string()}
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(body.replace(b",", b"\n")),
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


def _union(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    # Hash-based unions cost many times the rest; both are sorted, so search and insert.
    if not len(second) or not len(first):
        return first if len(first) else second
    place = np.searchsorted(first, second)
    new = first[np.minimum(place, len(first) - 1)] != second
    return np.insert(first, place[new], second[new])


def _spread(cells: _Cells, at: np.ndarray) -> pa.Array:
    """The text at each of `at`, null where there is none."""
    if len(cells.at) == len(at):
        return cells.text
    place = np.zeros(len(at), np.int64)
    none = np.ones(len(at), bool)
    here = np.searchsorted(at, cells.at)
    place[here], none[here] = np.arange(len(cells.at)), False
    return cells.text.take(pa.array(place, mask=none))


def _figures(text: pa.Array, path: Path) -> pa.Array:
    try:
        value = text.cast(pa.float64())
        if pc.all(pc.is_finite(value)).as_py() is not False:
            return value
    except pa.ArrowInvalid:
        pass
    good = pc.match_substring_regex(text, r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$")
    wrong = text.filter(pc.invert(good))
    raise Invalid(
        f"{path.name} has the value '{excerpt(wrong[0].as_py())}', which is no number: "
        "check that the file was not changed after the download."
    )


def _about(data: dict[str, Any], name: str | None) -> records.About:
    old = data.get("lastUpdateDate")
    stamp = iso(str(data.get("updated", "")))
    if stamp is None and isinstance(old, int):
        stamp = datetime.fromtimestamp(old / 1000, UTC).isoformat().replace("+00:00", "Z")
    form = "JSON-stat 2.0" if data.get("version") == "2.0" else "JSON-stat 1"
    return records.About("eurostat", form, dataset=name, published_at=stamp)
