"""Small workbooks for tests, written cell by cell."""

import io
import zipfile
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


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()
