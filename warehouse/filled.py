"""Rows that a person filled in: a small workbook or CSV file, as a spreadsheet writes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from sources.formats import text
from sources.formats.delimited import separator
from warehouse.errors import WarehouseError


def read(path: Path, takes: Mapping[str, str] | None = None) -> dict[int, dict[str, str]]:
    """Rows by their number in the file, empty cells left out; the first row names the columns.

    takes: what each column takes; a row that only repeats it is a form's own explanation and is left
    out. CSV may be separated by commas, semicolons or tabs. Raises `WarehouseError` where the file is
    neither, has no row, names a column twice, or has a cell below no name.
    """
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ".csv"):
        raise WarehouseError(f"{path.name}: rows come from a workbook (.xlsx) or a CSV file.")
    found = _workbook(path) if suffix == ".xlsx" else _csv(path)
    names = [n.strip() for n in found[0]] if found else []
    for name in names:
        if name and names.count(name) > 1:
            raise WarehouseError(f"{path.name} has two columns '{name}'; remove one.")
    explained = [(takes or {}).get(n, "") for n in names]
    rows: dict[int, dict[str, str]] = {}
    for number, row in enumerate(found[1:], start=2):
        if takes and row[: len(explained)] == explained:
            continue
        for column, cell in enumerate(row):
            if cell.strip() and (column >= len(names) or not names[column]):
                raise WarehouseError(
                    f"{path.name} row {number}: '{cell.strip()}' is in column {column + 1}, which has no "
                    "name; move it below a name, or put a text with a comma in quotes."
                )
        filled = {n: c for n, c in zip(names, row, strict=False) if c.strip()}
        if filled:
            rows[number] = filled
    if not rows:
        raise WarehouseError(f"{path.name} has no row below the names of columns; fill in one.")
    return rows


def _csv(path: Path) -> list[list[str]]:
    # A spreadsheet in Catalan, Spanish or French separates by semicolons.
    try:
        raw = text.text(path)
        return list(csv.reader(io.StringIO(raw.decode(), newline=""), delimiter=separator(raw)))
    except (text.Invalid, csv.Error) as error:
        raise WarehouseError(f"{path.name} cannot be read as CSV: {error}") from None


def _workbook(path: Path) -> list[list[str]]:
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:
        raise WarehouseError(
            f"{path.name} cannot be read as a workbook ({error}); save it again as .xlsx."
        ) from None
    return [[_text(c) for c in row] for row in cells]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
