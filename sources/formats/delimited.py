"""Delimited text to columns, strictly: every row whole, every header name once, figures proved.

pyarrow reads the text straight into dictionary columns; nothing is inferred, so that sex `T`
stays `T`, `NA` stays `NA` and `007` stays `007`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sources.errors import Invalid, excerpt
from sources.records.keys import indices
from sources.records.spelling import localised

SEPARATORS = (",", ";", "\t", "|")  # of as many of each, the first is taken
NO_FIGURE = ("", ":", "..", "NaN")
_TAG = re.compile(r"#[a-z][a-z0-9_]*(\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)
_ROW = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def first_line(raw: bytes) -> bytes:
    """The first line without its line end."""
    return raw[: raw.find(b"\n")].rstrip(b"\r") if b"\n" in raw else raw


def separator(raw: bytes) -> str:
    """What separates the names of the header: the comma, or a semicolon, tab or bar where only they can.

    Excel writes `;` where the comma is the decimal sign (`comma_is_decimal`); the others tell nothing.
    """
    line = re.sub(rb'"[^"]*"', b"", first_line(raw))
    return max(SEPARATORS, key=lambda sign: line.count(sign.encode()))


def comma_is_decimal(delimiter: str) -> bool:
    """Whether what separates the columns says that a comma in a figure is its decimal sign."""
    return delimiter == ";"


def names(raw: bytes, delimiter: str = ",") -> list[str]:
    """The header's names as they are in the first line."""
    # A lone carriage return would end the line for the csv module, and a field may hold one.
    line = first_line(raw).decode("utf-8").replace("\r", " ")
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error as error:
        raise Invalid(f"The header cannot be read ({error}): fetch the file again.") from None


def prove_names(header: list[str], path: Path) -> None:
    """Raise `Invalid` where the header names a column twice, or leaves one without a name.

    Names left out at the end are the mark of a padded table: `columns` proves them empty.
    """
    header = header[: max((i for i, name in enumerate(header) if name), default=0) + 1]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice or "" in header:
        what = f"names the column '{twice[0]}' twice" if twice and twice[0] else "leaves a name out"
        raise Invalid(f"{path.name}: the header {what}: correct the file or fetch it again.")


def columns(
    raw: bytes, header: list[str], path: Path, figures: tuple[str, ...], delimiter: str = ","
) -> dict[str, pa.Array]:
    """Every column as a dictionary array, those in `figures` as plain strings.

    `header` gives the names; the first line of `raw` is skipped. Rows without any field, a row of
    HXL tags below the header (hxlstandard.org) and unnamed columns without any field are left out.
    Raises `Invalid` for a row with fewer or more fields, an open quotation mark, a last figure that
    may be cut, or no rows at all.
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
    table = _filled(_parse(raw, wanted, path, delimiter))
    if not table.num_rows:
        raise Invalid(
            f"{path.name} has a header and no records: the selection is empty or the file breaks "
            "off, fetch it again with a wider selection."
        )
    whole = table.unify_dictionaries()
    found = {name: _whole(whole.column(i)) for i, name in enumerate(header) if name}
    for i, name in enumerate(header):
        if not name and any(_whole(whole.column(i)).dictionary.to_pylist()):
            raise Invalid(
                f"{path.name}: column {i + 1} holds fields and has no name: "
                "correct the file or fetch it again."
            )
    return found


def _filled(table: pa.Table) -> pa.Table:
    """The rows that say anything: no padding, no tags of HXL."""
    if not table.num_rows:
        return table
    first = [table.column(i)[0].as_py() for i in range(table.num_columns)]
    tags = is_tags(first)
    if tags:
        table = table.slice(1)
    blank = pc.equal(table.column(0).cast(pa.string()), "").to_numpy()
    for column in table.columns[1:]:
        at = np.flatnonzero(blank)
        if not len(at):
            break
        blank = blank.copy()
        blank[at] = pc.equal(column.take(pa.array(at)).cast(pa.string()), "").to_numpy()
    if not blank.any() and not tags:
        return table
    kept = table.filter(pa.array(~blank))
    # Encoded anew, or what is left out would stay an entry of the columns.
    return pa.table(
        {
            name: column.cast(pa.string()).dictionary_encode()
            if pa.types.is_dictionary(column.type)
            else column
            for name, column in zip(kept.column_names, kept.columns, strict=True)
        }
    )


def is_tags(cells: Sequence[Any]) -> bool:
    """Whether these cells are a row of HXL tags, such as `#adm1+name`."""
    said = [str(cell).strip() for cell in cells if cell not in (None, "")]
    return bool(said) and all(_TAG.fullmatch(word) for word in said)


def select(table: dict[str, pa.Array], keep: np.ndarray | None) -> dict[str, pa.Array]:
    """The rows where `keep` is true; `None` keeps all."""
    if keep is None:
        return table
    mask = pa.array(keep)
    return {name: column.filter(mask) for name, column in table.items()}


def numbers(
    text: pa.Array,
    flags: pa.DictionaryArray | None,
    path: Path,
    missing: tuple[str, ...] = NO_FIGURE,
    delimiter: str = ",",
) -> tuple[pa.Array, np.ndarray | None]:
    """Figures as doubles, and which rows are records (`None`: all).

    A cell without a figure (empty, or a mark in `missing`) is null: a record where a flag explains
    it, none where nothing does. Any other cell that is no finite number is refused with its place,
    whatever flag is beside it. Where a comma separates the columns, figures are as programs write
    them; else they are read as people do (`sources.records.spelling`).
    """
    if delimiter != ",":
        text = localised(text, path, comma_is_decimal(delimiter))
    try:  # the ordinary file has a figure in every row
        value = text.cast(pa.float64())
        if pc.all(pc.is_finite(value), min_count=0).as_py():
            return value, None
    except pa.ArrowInvalid:
        pass
    blank = pc.is_in(text, value_set=pa.array(sorted({"", *missing})))
    any_blank = pc.any(blank).as_py()
    plain = pc.if_else(blank, pa.scalar(None, pa.string()), text) if any_blank else text
    good = pc.match_substring_regex(plain, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
    value = pc.if_else(good, plain, pa.scalar(None, pa.string())).cast(pa.float64())
    good = pc.and_(good, pc.fill_null(pc.is_finite(value), False))
    bad = np.flatnonzero(pc.invert(good).fill_null(False).to_numpy(zero_copy_only=False))
    if len(bad):
        raise Invalid(
            f"{path.name}: record {int(bad[0]) + 1} has the value "
            f"'{excerpt(text[int(bad[0])].as_py())}', which is neither a number nor a known "
            "mark for a missing one: check that the file was not changed after the download."
        )
    if not any_blank:
        return value, None
    keep = ~(blank.to_numpy(zero_copy_only=False) & ~_flagged(flags, len(text)))
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
