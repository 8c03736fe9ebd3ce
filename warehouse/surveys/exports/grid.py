"""Sheets of an export as columns of text: CSV with any delimiter, ragged or not, and XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from sources.errors import Invalid
from sources.formats import workbook
from sources.formats.text import decode, sniff
from warehouse.surveys.exports.neutral import without_marks

LONGEST_CELL = 1 << 22  # characters


@dataclass(frozen=True)
class Grid:
    """One sheet: the names of its header and its columns; `rows` as the spreadsheet shows them."""

    name: str
    names: list[str]
    columns: list[pa.Array]
    rows: np.ndarray
    quoted: bool = False
    """A CSV with `;` in which every header is in quotation marks, as formpack writes it."""

    def __len__(self) -> int:
        """Number of records."""
        return len(self.rows)

    def column(self, *names: str) -> pa.Array | None:
        """The first column of one of these names, None where there is none."""
        for name in names:
            if name in self.names:
                return self.columns[self.names.index(name)]
        return None


def grids(path: Path, raw: bytes, book: workbook.Book | None = None) -> list[Grid]:
    """The sheets of a CSV, of an XLSX, or of each CSV in a zip; media in it are left out.

    `book` is the workbook where it is open already.
    Raises `Invalid` for text that is not UTF-8, a row with more cells than the header, a header
    without a record, or a damaged workbook.
    """
    if book is not None:
        return [_sheet(book, name) for name in book.sheets]
    if sniff(raw) != "zip":
        return [_csv(path.name, decode(raw, path))]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" not in names:
            texts = [
                n for n in names if n.lower().endswith(".csv") and not n.startswith("__MACOSX")
            ]
            return [_csv(n, decode(archive.read(n), Path(n))) for n in texts]
    book = workbook.open_book(path, raw)
    return [_sheet(book, name) for name in book.sheets]


def _name(text: str) -> str:
    """A heading without invisible characters and doubled blanks."""
    return workbook.squeeze(without_marks(pa.array([text], pa.string()))[0].as_py())


def _csv(name: str, raw: bytes) -> Grid:
    first = raw[: raw.find(b"\n") + 1 or len(raw)]
    counts = {d: first.count(d.encode()) for d in ",;\t|"}
    delimiter = max(counts, key=lambda d: counts[d])
    text = io.StringIO(raw.decode("utf-8"), newline="")
    try:
        csv.field_size_limit(LONGEST_CELL)
        lines = list(csv.reader(text, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Invalid(
            f"{name} is no proper CSV ({error}): export it again, without opening it in between."
        ) from None
    lines_no = np.array([n for n, cells in enumerate(lines) if n and cells], np.int32)
    header = [_name(n) for n in lines[0]] if lines else []
    body = [lines[n] for n in lines_no]
    width = len(header)
    for number, cells in zip(lines_no, body, strict=True):
        if len(cells) > width and any(cells[width:]):
            raise Invalid(
                f"{name}, record {number}: it has {len(cells)} cells and the header {width}: a "
                "delimiter stands inside an answer without quotation marks, export it again."
            )
    if any(len(cells) != width for cells in body):
        body = [[*cells[:width], *[""] * (width - len(cells))] for cells in body]
    columns = [pa.array(c, pa.string()) for c in zip(*body, strict=True)] if body else []
    columns = columns or [pa.array([], pa.string())] * width
    _leave_padding_out(header, columns)
    width = len(header)
    quoted = first.startswith(b'"') and first.count(b'"') == 2 * width
    return Grid(
        name.rsplit("/", 1)[-1],
        header,
        columns,
        lines_no + 1,
        quoted and (delimiter == ";" or width == 1),
    )


def _sheet(book: workbook.Book, name: str) -> Grid:
    rows = book.rows(name)
    filled = [n for n, row in enumerate(rows) if row.count("") < len(row)]
    header = [_name(workbook.spell(c)) for c in rows[filled[0]]] if filled else []
    kept = filled[1:]
    body = [rows[n] for n in kept]
    del rows
    columns = [workbook.texts(c) for c in zip(*body, strict=True)] if body else []
    columns = columns or [pa.array([], pa.string())] * len(header)
    _leave_padding_out(header, columns)
    return Grid(name, header, columns, np.array(kept, np.int32) + 1)


def _leave_padding_out(header: list[str], columns: list[pa.Array]) -> None:
    """Drop columns at the end that have neither a name nor a cell; letters of others stay."""
    while header and not header[-1] and all(v == "" for v in columns[-1].to_pylist()):
        del header[-1], columns[-1]
