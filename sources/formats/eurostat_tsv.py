"""Eurostat's TSV: one line per series, one column per period, `value SPACE flags` in each cell.

New dialect: `freq,unit,geo\\TIME_PERIOD`, ascending. Old bulk dialect: `unit,geo\\time`,
descending, `2023M01`. `:` is no record; `: c` is one without a value. Works on the bytes, a block
of lines at a time: numpy finds the cells, one Arrow cast makes the figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Invalid, excerpt
from sources.formats.delimited import first_line
from sources.records import keys, records

_TAB, _LINE, _RETURN, _SPACE, _COLON = 9, 10, 13, 32, 58
_TIME = ("TIME_PERIOD", "time")
_GLUED = r"^(?P<figure>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?(?P<flag>[bcdefnprsuz]+)$"
_BLOCK = 1 << 19


class _Place(NamedTuple):
    """Of some lines: their file, and how many lines and records are before them."""

    path: Path
    line: int
    record: int


class _Part(NamedTuple):
    """Of some lines: the codes and the number of records of each; of each record column and cell."""

    series: dict[str, pa.DictionaryArray]
    counts: np.ndarray
    column: np.ndarray
    value: pa.Array
    text: pa.Array
    flags: pa.DictionaryArray


def is_tsv(line: bytes) -> bool:
    """Whether a first line is the header of a Eurostat TSV."""
    return re.match(rb"[^\t\\]+\\[A-Za-z_]+ *(\t|$)", line) is not None


def read(raw: bytes, path: Path) -> pa.Table:
    """Source records of a TSV; `raw` is proven UTF-8, LF or CRLF.

    Raises `Invalid` where a line has fewer or more cells than the header, a series or a period
    appears twice, or a cell is neither a figure nor a mark.
    """
    dimensions, periods = _header(first_line(raw), path)
    start = raw.find(b"\n") + 1 or len(raw)
    last = raw[max(raw.rfind(b"\t"), start - 1) + 1 :]
    if last and not last.endswith(b"\n") and b" " not in last:
        raise Invalid(
            f"{path.name}: the last cell ('{excerpt(last)}') is cut off "
            "before its space and line end: fetch it again."
        )
    parts = _parts(raw, list(_spans(raw, start)), dimensions, len(periods), path)
    if not parts:
        raise Invalid(f"{path.name} has a header and no series: fetch it again.")
    series = {name: _joined([p.series[name] for p in parts]) for name in dimensions}
    try:
        keys.prove_unique(series, path)
    except Invalid as error:
        raise Invalid(str(error).replace("records", "series", 1)) from None
    if sum(p.text.nbytes for p in parts) >= 1 << 31:
        raise Invalid("The table holds more than 2 GB of text: ask for a smaller selection.")
    counts = np.concatenate([p.counts for p in parts])
    return records.make(
        records.About("eurostat", "TSV"),
        dimensions={
            name: keys.build(np.repeat(keys.indices(c), counts), keys.entries(c))
            for name, c in series.items()
        },
        period=keys.build(np.concatenate([p.column for p in parts]), periods),
        value=pa.chunked_array([p.value for p in parts]),
        value_text=pa.chunked_array([p.text for p in parts]),
        flags=_joined([p.flags for p in parts]),
    )


def _spans(raw: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Whole lines of as many bytes as stay in the processor's cache, from where to where."""
    end = len(raw)
    while raw[end - 1 : end] in (b"\n", b"\r") and end > start:
        end -= 1
    while start < end:
        stop = raw.find(b"\n", min(start + _BLOCK, end), end) + 1 or end
        yield start, stop
        start = stop


def _parts(
    raw: bytes, spans: list[tuple[int, int]], dimensions: list[str], width: int, path: Path
) -> list[_Part]:
    def one(span: tuple[int, int], place: _Place) -> _Part:
        block = raw[slice(*span)]
        return _part(block if block.endswith(b"\n") else block + b"\n", dimensions, width, place)

    if len(spans) > 1:
        try:  # numpy and Arrow leave the lock to the other while they work
            with ThreadPoolExecutor(2) as pool:
                return list(pool.map(one, spans, repeat(_Place(path, 0, 0))))
        except Invalid:
            pass  # only in reading order is the place of what is wrong known
    parts: list[_Part] = []
    for span in spans:
        before = (sum(len(p.counts) for p in parts), sum(len(p.value) for p in parts))
        parts.append(one(span, _Place(path, *before)))
    return parts


def _joined(columns: list[pa.DictionaryArray]) -> pa.DictionaryArray:
    return pa.chunked_array(columns).unify_dictionaries().combine_chunks()


def _part(body: bytes, dimensions: list[str], width: int, place: _Place) -> _Part:
    """The records of some lines."""
    b = np.frombuffer(body, np.uint8)
    ends = _separators(b, width, place)
    series = _series(b, ends, dimensions, place)
    start, stop = ends[:, :-1].ravel() + 1, ends[:, 1:].ravel()
    stop[width - 1 :: width] -= b[ends[:, -1] - 1] == _RETURN
    gap = _gaps(b, ends, start, stop)
    # Without this copy of facts about each cell, `: ` would have to become a string first.
    missing = (b[start] == _COLON) & (gap == start + 1)
    flagged = np.flatnonzero(stop > gap + 1)
    flags, said = _flags(b, gap, stop, flagged, len(start), place.path)
    keep = np.flatnonzero((~missing & (gap > start)) | said)
    text = _strings(b, start[keep], gap[keep])
    value, text, flags = _figures(text, missing[keep], flags.take(pa.array(keep)), place)
    line = keep.astype(np.int32) // np.int32(width)
    counts = np.bincount(line, minlength=len(ends))
    # A product and a difference take a third of the time of a remainder.
    column = keep.astype(np.int32) - line * np.int32(width)
    return _Part(series, counts, column, value, text, flags)


def _header(line: bytes, path: Path) -> tuple[list[str], list[str]]:
    head, *cells = line.decode("utf-8").rstrip("\t ").split("\t")
    names, _, across = head.rpartition("\\")
    dimensions = [name.strip() for name in names.split(",")]
    if across.strip() not in _TIME:
        raise Invalid(
            f"{path.name} has '{across.strip()}' in its columns in the place of time: "
            "download it from the present service as SDMX-CSV or TSV."
        )
    periods = [keys.period(cell, path) for cell in cells]
    for what, words in (("column", dimensions), ("period", periods)):
        twice = [word for word in words if words.count(word) > 1]
        if twice:
            raise Invalid(
                f"{path.name}: the header names the {what} '{twice[0]}' twice: fetch it again."
            )
    if not periods or "" in dimensions:
        raise Invalid(f"{path.name}: the header breaks off: fetch it again.")
    return dimensions, periods


def _separators(b: np.ndarray, width: int, place: _Place) -> np.ndarray:
    """Where each line's tabs and its end are, shape (lines, width + 1)."""
    at = np.flatnonzero((b == _TAB) | (b == _LINE))
    kind = b[at] == _LINE
    if len(at) % (width + 1) == 0:
        shaped = kind.reshape(-1, width + 1)
        if shaped[:, -1].all() and int(kind.sum()) == len(shaped):
            return at.reshape(-1, width + 1)
    cells = np.diff(np.flatnonzero(kind), prepend=-1) - 1
    line = int(np.flatnonzero(cells != width)[0])
    raise Invalid(
        f"{place.path.name}: line {place.line + line + 2} has {int(cells[line])} cells where the header has {width} "
        "periods: the file breaks off or was changed, fetch it again."
    )


def _series(
    b: np.ndarray, ends: np.ndarray, dimensions: list[str], place: _Place
) -> dict[str, pa.DictionaryArray]:
    start = np.concatenate(([0], ends[:-1, -1] + 1))
    whole = _strings(b, start, ends[:, 0])
    lists = pc.split_pattern(whole, ",")
    counts = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero(counts != len(dimensions))
    if len(wrong):
        raise Invalid(
            f"{place.path.name}: line {place.line + int(wrong[0]) + 2} begins "
            f"'{excerpt(whole[int(wrong[0])].as_py())}', which is not one code for each of "
            f"{', '.join(dimensions)}: fetch it again."
        )
    codes = pc.utf8_trim_whitespace(lists.flatten())
    at = np.arange(len(whole)) * len(dimensions)
    return {
        name: codes.take(pa.array(at + i)).dictionary_encode() for i, name in enumerate(dimensions)
    }


def _gaps(b: np.ndarray, ends: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Where the figure of each cell ends: at its first space, or at the cell's end."""
    spaces = np.flatnonzero(b == _SPACE)
    if len(spaces) == len(start) and (spaces >= start).all() and (spaces < stop).all():
        return spaces
    if not len(spaces):
        return stop
    at = np.minimum(np.searchsorted(spaces, start), len(spaces) - 1)
    first = spaces[at]
    return np.where((first >= start) & (first < stop), first, stop)


def _flags(
    b: np.ndarray, gap: np.ndarray, stop: np.ndarray, flagged: np.ndarray, n: int, path: Path
) -> tuple[pa.DictionaryArray, np.ndarray]:
    """The flags of all cells, and where there are any."""
    words = pc.utf8_trim_whitespace(_strings(b, gap[flagged] + 1, stop[flagged]))
    coded = words.dictionary_encode()
    place = np.zeros(n, np.int32)
    place[flagged] = keys.indices(coded) + 1
    flags = keys.build(place, ["", *keys.entries(coded)])
    number = next((w for w in keys.used(flags) if any(c.isdigit() for c in w)), None)
    if number is not None:
        raise Invalid(
            f"{path.name}: a cell has '{excerpt(number)}' behind its figure, where a flag is expected: "
            "thousands may not be separated by blanks; fetch the file again."
        )
    said = np.array([word != "" for word in keys.entries(flags)])[keys.indices(flags)]
    return flags, said


def _figures(
    text: pa.Array, missing: np.ndarray, flags: pa.DictionaryArray, place: _Place
) -> tuple[pa.Array, pa.Array, pa.DictionaryArray]:
    nothing = pa.scalar(None, pa.string())
    plain = pc.if_else(pa.array(missing), nothing, text) if missing.any() else text
    try:
        value = plain.cast(pa.float64())
        if pc.all(pc.is_finite(value)).as_py() is not False:
            return value, text, flags
    except pa.ArrowInvalid:
        pass
    # Old files glue a flag to its figure (`0n`), or give the flag alone (`n`).
    good = pc.match_substring_regex(plain, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
    odd = np.flatnonzero(pc.invert(good).fill_null(False).to_numpy(zero_copy_only=False))
    parts = pc.extract_regex(plain.take(pa.array(odd)), _GLUED)
    if parts.null_count:
        at = int(odd[np.flatnonzero(parts.is_null().to_numpy(zero_copy_only=False))[0]])
        raise _no_figure(text, at, place)
    where = np.zeros(len(text), bool)
    where[odd] = True
    mask = pa.array(where)
    figure = parts.field("figure")
    figure = pc.if_else(pc.equal(figure, ""), nothing, figure)
    said = pc.replace_with_mask(pa.array([""] * len(text)), mask, parts.field("flag"))
    flags = keys.combine(said.dictionary_encode(), flags, lambda glued, own: glued + own)
    value = pc.replace_with_mask(plain, mask, figure).cast(pa.float64())
    infinite = np.flatnonzero(pc.is_inf(value).fill_null(False).to_numpy(zero_copy_only=False))
    if len(infinite):
        raise _no_figure(text, int(infinite[0]), place)
    return value, text, flags


def _no_figure(text: pa.Array, at: int, place: _Place) -> Invalid:
    return Invalid(
        f"{place.path.name}: record {place.record + at + 1} has the value "
        f"'{excerpt(text[at].as_py())}', which is neither a figure nor a mark: "
        "check that the file was not changed after the download."
    )


def _strings(b: np.ndarray, start: np.ndarray, stop: np.ndarray) -> pa.Array:
    """The byte ranges as strings; ranges rise and do not overlap."""
    length = stop - start
    offsets = np.zeros(len(start) + 1, np.int64)
    np.cumsum(length, out=offsets[1:])
    total = int(offsets[-1])
    if total * 8 < len(b):
        data = b[np.arange(total) + np.repeat(start - offsets[:-1], length)]
    else:
        edge = np.zeros(len(b) + 1, np.int8)
        edge[start] += 1
        edge[stop] -= 1
        data = b[np.cumsum(edge[:-1], dtype=np.int8).view(bool)]
    return pa.StringArray.from_buffers(
        len(start), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)
    )
