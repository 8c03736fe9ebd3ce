"""Rows of new library items: read from a filled form or a CSV file, and the empty form."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from catalog.bibliography import COLUMNS, TRANSLATED
from catalog.models.library import LibraryItem
from sources.formats import text
from sources.formats.delimited import separator
from warehouse.errors import WarehouseError

# What each column takes, as the second row of the form says it.
TAKES = {c: LibraryItem.model_fields[c].description or "" for c in COLUMNS} | {
    c: f"the same sentence in {name}; empty where there is none"
    for c, name in zip(TRANSLATED, ("Catalan", "Spanish", "French"), strict=True)
}


def write_form(path: Path) -> None:
    """Write the empty form: names of columns, what each takes, then room for items."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None, "a new workbook has a sheet"
    sheet.title = "items"
    sheet.append(list(TAKES))
    sheet.append(list(TAKES.values()))
    for n, name in enumerate(TAKES, start=1):
        sheet.cell(1, n).font = Font(bold=True)
        sheet.cell(2, n).font = Font(italic=True, color="666666")
        sheet.cell(2, n).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(n)].width = (
            32 if name.startswith(("title", "what")) else 22
        )
        # Text, or a spreadsheet makes a day of 2010-08 and 17.1 of 17.10.
        sheet.column_dimensions[get_column_letter(n)].number_format = "@"
    sheet.freeze_panes = "A3"
    book.save(path)


def read(path: Path) -> dict[int, dict[str, str]]:
    """Rows of a filled form (.xlsx) or a CSV file, by their number in it; empty cells are left out.

    The row that says what columns take is no item. Raises `WarehouseError` where the file is neither,
    has no row, names a column twice, or has a cell below no name.
    """
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        found = _workbook(path)
    elif suffix == ".csv":
        found = _csv(path)
    else:
        raise WarehouseError(
            f"{path.name}: a library item comes from a workbook (.xlsx) or a CSV file; write the form "
            "with `observatory library form`."
        )
    names = [n.strip() for n in found[0]] if found else []
    for name in names:
        if name and names.count(name) > 1:
            raise WarehouseError(f"{path.name} has two columns '{name}'; remove one.")
    takes = [TAKES.get(n, "") for n in names]
    rows: dict[int, dict[str, str]] = {}
    for number, row in enumerate(found[1:], start=2):
        if row[: len(takes)] == takes:
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
        raise WarehouseError(f"{path.name} has no item; fill in a row an item below the names.")
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
