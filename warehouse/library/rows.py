"""Rows of new library items: read from a filled form or a CSV file, and the empty form."""

from __future__ import annotations

from pathlib import Path

from catalog.bibliography import COLUMNS, TRANSLATED
from catalog.models.library import LibraryItem
from warehouse import filled

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
    """Rows of a filled form (.xlsx) or a CSV file by their number; see `warehouse.filled.read`."""
    return filled.read(path, TAKES)
