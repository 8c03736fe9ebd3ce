"""Eurostat's TSV: one line per series, one column per period, `value SPACE flags` in each cell.

New dialect: `freq,unit,geo\\TIME_PERIOD`, ascending. Old bulk dialect: `unit,geo\\time`,
descending, `2023M01`. `:` is no record; `: c` is one without a value. Works on the byte buffer:
one pass of numpy finds the cells, one Arrow cast makes the figures.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources import keys, records
from sources.delimited import first_line
from sources.errors import Invalid
from sources.text import excerpt

_TAB, _LINE, _SPACE, _COLON = 9, 10, 32, 58
_TIME = ("TIME_PERIOD", "time")
_GLUED = r"^(?P<figure>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?(?P<flag>[bcdefnprsuz]+)$"


def is_tsv(line: bytes) -> bool:
    """Whether a first line is the header of a Eurostat TSV."""
    return re.match(rb"[^\t\\]+\\[A-Za-z_]+ *(\t|$)", line) is not None


def read(raw: bytes, path: Path) -> pa.Table:
    """Source records of a TSV; `raw` is proven UTF-8, LF or CRLF.

    Raises `Invalid` where a line has fewer or more cells than the header, a series or a period
    stands twice, or a cell is neither a figure nor a mark.
    """
    dimensions, periods = _header(first_line(raw), path)
    body = raw[raw.find(b"\n") + 1 :] if b"\n" in raw else b""
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n")
    last = body[body.rfind(b"\t") + 1 :]
    if last and not last.endswith(b"\n") and b" " not in last:
        raise Invalid(
            f"{path.name}: the last cell ('{excerpt(last)}') is cut off "
            "before its space and line end: fetch it again."
        )
    body = body.rstrip(b"\n") + b"\n"
    if body == b"\n":
        raise Invalid(f"{path.name} has a header and no series: fetch it again.")
    b = np.frombuffer(body, np.uint8)
    ends = _separators(b, len(periods), path)
    series = _series(body, b, ends, dimensions, path)
    start, stop = ends[:, :-1].ravel() + 1, ends[:, 1:].ravel()
    gap = _gaps(b, ends, start, stop)
    # Without this copy of facts about each cell, `: ` would have to become a string first.
    missing = (b[start] == _COLON) & (gap == start + 1)
    flagged = np.flatnonzero(stop > gap + 1)
    flags, said = _flags(b, gap, stop, flagged, len(start))
    keep = np.flatnonzero((~missing & (gap > start)) | said)
    text = _strings(b, start[keep], gap[keep])
    value, text, flags = _figures(text, missing[keep], flags.take(pa.array(keep)), path)
    row, column = np.divmod(keep, len(periods))
    return records.make(
        records.About("eurostat", "TSV"),
        dimensions={
            name: keys.build(keys.indices(c)[row], keys.entries(c)) for name, c in series.items()
        },
        period=keys.build(column, periods),
        value=value,
        value_text=text,
        flags=flags,
    )


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


def _separators(b: np.ndarray, width: int, path: Path) -> np.ndarray:
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
        f"{path.name}: line {line + 2} has {int(cells[line])} cells where the header has {width} "
        "periods: the file breaks off or was changed, fetch it again."
    )


def _series(
    body: bytes, b: np.ndarray, ends: np.ndarray, dimensions: list[str], path: Path
) -> dict[str, pa.DictionaryArray]:
    start = np.concatenate(([0], ends[:-1, -1] + 1))
    whole = _strings(b, start, ends[:, 0])
    lists = pc.split_pattern(whole, ",")
    counts = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero(counts != len(dimensions))
    if len(wrong):
        raise Invalid(
            f"{path.name}: line {int(wrong[0]) + 2} begins "
            f"'{excerpt(whole[int(wrong[0])].as_py())}', which is not one code for each of "
            f"{', '.join(dimensions)}: fetch it again."
        )
    codes = pc.utf8_trim_whitespace(lists.flatten())
    place = np.arange(len(whole)) * len(dimensions)
    series = {
        name: codes.take(pa.array(place + i)).dictionary_encode()
        for i, name in enumerate(dimensions)
    }
    try:
        keys.prove_unique(series, path)
    except Invalid as error:
        raise Invalid(str(error).replace("records", "series", 1)) from None
    return series


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
    b: np.ndarray, gap: np.ndarray, stop: np.ndarray, flagged: np.ndarray, n: int
) -> tuple[pa.DictionaryArray, np.ndarray]:
    """The flags of all cells, and where there are any."""
    words = pc.utf8_trim_whitespace(_strings(b, gap[flagged] + 1, stop[flagged]))
    coded = words.dictionary_encode()
    place = np.zeros(n, np.int32)
    place[flagged] = keys.indices(coded) + 1
    flags = keys.build(place, ["", *keys.entries(coded)])
    said = np.array([word != "" for word in keys.entries(flags)])[keys.indices(flags)]
    return flags, said


def _figures(
    text: pa.Array, missing: np.ndarray, flags: pa.DictionaryArray, path: Path
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
        raise Invalid(
            f"{path.name}: record {at + 1} has the value '{excerpt(text[at].as_py())}', which is "
            "neither a figure nor a mark: check that the file was not changed after the download."
        )
    where = np.zeros(len(text), bool)
    where[odd] = True
    mask = pa.array(where)
    figure = parts.field("figure")
    figure = pc.if_else(pc.equal(figure, ""), nothing, figure)
    said = pc.replace_with_mask(pa.array([""] * len(text)), mask, parts.field("flag"))
    flags = keys.combine(said.dictionary_encode(), flags, lambda glued, own: glued + own)
    return pc.replace_with_mask(plain, mask, figure).cast(pa.float64()), text, flags


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
    if total >= 1 << 31:
        raise Invalid("The table holds more than 2 GB of text: ask for a smaller selection.")
    return pa.StringArray.from_buffers(
        len(start), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)
    )
