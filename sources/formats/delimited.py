"""Delimited text to columns, strictly: every row whole, every header name once, figures proved.

pyarrow reads the text straight into dictionary columns; nothing is inferred, so that sex `T`
stays `T`, `NA` stays `NA` and `007` stays `007`.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sources.errors import Invalid
from sources.formats.text import excerpt
from sources.records.keys import indices

_NO_FIGURE = ("", ":", "..", "NaN")
_ROW = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def first_line(raw: bytes) -> bytes:
    """The first line without its line end."""
    return raw[: raw.find(b"\n")].rstrip(b"\r") if b"\n" in raw else raw


def names(raw: bytes, delimiter: str = ",") -> list[str]:
    """The header's names as they stand in the first line."""
    # A lone carriage return would end the line for the csv module, and a field may hold one.
    line = first_line(raw).decode("utf-8").replace("\r", " ")
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error as error:
        raise Invalid(f"The header cannot be read ({error}): fetch the file again.") from None


def prove_names(header: list[str], path: Path) -> None:
    """Raise `Invalid` where the header names a column twice, or leaves one without a name."""
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice or "" in header:
        what = f"names the column '{twice[0]}' twice" if twice and twice[0] else "leaves a name out"
        raise Invalid(f"{path.name}: the header {what}: correct the file or fetch it again.")


def columns(
    raw: bytes, header: list[str], path: Path, figures: tuple[str, ...], delimiter: str = ","
) -> dict[str, pa.Array]:
    """Every column as a dictionary array, those in `figures` as plain strings.

    `header` gives the names; the first line of `raw` is skipped. Raises `Invalid` for a row with
    fewer or more fields, an open quotation mark, a last figure that may be cut, or no rows at all.
    """
    if b'"' in raw and raw.count(b'"') % 2:
        raise Invalid(
            f"{path.name}: a quotation mark is opened and never closed: the file breaks off inside "
            "a field, fetch it again."
        )
    if header[-1] in figures and not raw.endswith((b"\n", b"\r")):
        raise Invalid(
            f"{path.name}: the last line has no end, so that its figure may be cut: "
            "fetch it again, or end the line."
        )
    codes = pa.dictionary(pa.int32(), pa.string())
    wanted = {str(i): (pa.string() if n in figures else codes) for i, n in enumerate(header)}
    table = _parse(raw, wanted, path, delimiter)
    if not table.num_rows:
        raise Invalid(
            f"{path.name} has a header and no records: the selection is empty or the file breaks "
            "off, fetch it again with a wider selection."
        )
    whole = table.unify_dictionaries()
    return {name: _whole(whole.column(i)) for i, name in enumerate(header)}


def select(table: dict[str, pa.Array], keep: np.ndarray | None) -> dict[str, pa.Array]:
    """The rows where `keep` is true; `None` keeps all."""
    if keep is None:
        return table
    mask = pa.array(keep)
    return {name: column.filter(mask) for name, column in table.items()}


def numbers(
    text: pa.Array, flags: pa.DictionaryArray | None, path: Path
) -> tuple[pa.Array, np.ndarray | None]:
    """Figures as doubles, and which rows are records (`None`: all).

    A cell without a figure (empty, `:`, `..`, `NaN`) is null: a record where a flag explains it,
    none where nothing does. Any other cell that is no finite number needs a flag, or `Invalid` is
    raised with its place.
    """
    try:  # the ordinary file has a figure in every row
        value = text.cast(pa.float64())
        if pc.all(pc.is_finite(value), min_count=0).as_py():
            return value, None
    except pa.ArrowInvalid:
        pass
    blank = pc.is_in(text, value_set=pa.array(_NO_FIGURE))
    any_blank = pc.any(blank).as_py()
    plain = pc.if_else(blank, pa.scalar(None, pa.string()), text) if any_blank else text
    try:
        value = plain.cast(pa.float64())
        odd = pc.invert(pc.is_finite(value)).fill_null(False)
        wrong = odd.to_numpy(zero_copy_only=False) if pc.any(odd).as_py() else None
    except pa.ArrowInvalid:
        good = pc.match_substring_regex(plain, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
        wrong = pc.invert(good).fill_null(False).to_numpy(zero_copy_only=False)
        value = None
    flagged = _flagged(flags, len(text))
    if wrong is not None:
        bad = np.flatnonzero(wrong & ~flagged)
        if len(bad):
            raise Invalid(
                f"{path.name}: record {int(bad[0]) + 1} has the value "
                f"'{excerpt(text[int(bad[0])].as_py())}', which is neither a number nor a known "
                "mark for a missing one: check that the file was not changed after the download."
            )
        value = pc.if_else(pa.array(wrong), pa.scalar(None, pa.string()), plain).cast(pa.float64())
    if not any_blank:
        return value, None
    keep = ~(blank.to_numpy(zero_copy_only=False) & ~flagged)
    return value, None if keep.all() else keep


def _flagged(flags: pa.DictionaryArray | None, n: int) -> np.ndarray:
    if flags is None:
        return np.zeros(n, bool)
    said = np.array([word not in ("", ":") for word in flags.dictionary.to_pylist()], bool)
    return said[indices(flags)] if len(said) else np.zeros(n, bool)


def _parse(raw: bytes, wanted: dict[str, pa.DataType], path: Path, delimiter: str) -> pa.Table:
    def once(threads: bool) -> pa.Table:
        return pyarrow.csv.read_csv(
            pa.BufferReader(raw),
            pyarrow.csv.ReadOptions(
                column_names=list(wanted), skip_rows=1, use_threads=threads, block_size=4 << 20
            ),
            pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in raw),
            pyarrow.csv.ConvertOptions(
                check_utf8=False, column_types=wanted, null_values=[], strings_can_be_null=False
            ),
        )

    try:
        return once(threads=True)
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pa.schema(list(wanted.items())).empty_table()
    try:  # only the single-threaded reader knows the row
        return once(threads=False)
    except pa.ArrowInvalid as error:
        row = _ROW.search(str(error))
        if row:
            place, expected, got = row.groups()
            raise Invalid(
                f"{path.name}: line {place} has {got} fields where the header has {expected}: "
                "the file breaks off or was changed, fetch it again."
            ) from None
        raise Invalid(f"{path.name} is no readable CSV ({excerpt(str(error), 120)}).") from None


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
