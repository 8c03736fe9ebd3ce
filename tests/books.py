"""Small workbooks for tests, written cell by cell."""

from pathlib import Path
from typing import Any

from openpyxl import Workbook


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """Write sheets of rows as an .xlsx; `None` leaves a cell empty."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path
