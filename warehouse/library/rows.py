"""Rows of new library items: read from a filled form or a CSV file, and the empty form."""

from __future__ import annotations

import csv
from pathlib import Path

from catalog.bibliography import COLUMNS
from catalog.models.library import KINDS
from warehouse.errors import WarehouseError

# What each column takes, as the second row of the form says it.
TAKES = {
    "id": "leave empty: it is made",
    "kind": ", ".join(KINDS),
    "title": "in the language of the item",
    "title_en": "in English",
    "date": "2010, 2010-08 or 2010-08-03; empty where unknown",
    "languages": "ISO 639 codes separated by spaces: ca es",
    "publisher": "who publishes it",
    "address": "https://...",
    "document": "only where the address serves a copy: the text by its number, date or author",
    "source_kind": "law, official, scholarly, press, encyclopaedia",
    "metro_ids": "identifiers separated by spaces: es-barcelona",
    "body_ids": "es-barcelona-amb",
    "themes": "governance mobility land_use access_to_housing social_cohesion economy demography sustainable_development",
    "sdg_targets": "11.3",
    "nua_paragraphs": "90",
    "what": "one sentence in English",
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
    sheet.append(list(COLUMNS))
    sheet.append([TAKES[c] for c in COLUMNS])
    for n, name in enumerate(COLUMNS, start=1):
        sheet.cell(1, n).font = Font(bold=True)
        sheet.cell(2, n).font = Font(italic=True, color="666666")
        sheet.cell(2, n).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(n)].width = (
            32 if name in ("title", "what") else 22
        )
    sheet.freeze_panes = "A3"
    book.save(path)


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a filled form (.xlsx) or a CSV file; the row that says what columns take is left out.

    Raises `WarehouseError` where the file is neither, or has no row.
    """
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        found = _workbook(path)
    elif suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.reader(file))
    else:
        raise WarehouseError(
            f"{path.name}: a library item comes from a workbook (.xlsx) or a CSV file; write the form "
            "with `observatory library form`."
        )
    if not found:
        raise WarehouseError(f"{path.name} is empty; fill in a row an item.")
    names, rows = [n.strip() for n in found[0]], found[1:]
    takes = [TAKES.get(n, "") for n in names]
    filled = [r for r in rows if any(c.strip() for c in r) and r != takes]
    if not filled:
        raise WarehouseError(f"{path.name} has no item; fill in a row an item below the names.")
    return [{n: c for n, c in zip(names, r, strict=False) if n and c.strip()} for r in filled]


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
