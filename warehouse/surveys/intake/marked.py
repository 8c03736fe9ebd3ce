"""A copy of a city's file in which every cell to mend is marked and carries its remedy as a comment."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sources.errors import Invalid
from sources.formats.text import sniff
from warehouse.surveys.exports.grid import grids
from warehouse.surveys.exports.hostile import OURS, admit
from warehouse.surveys.intake.cells import Problem

_MUST, _LOOK = "F8C9C0", "FBE7B2"
_SHEET = re.compile(r"[\[\]:*?/\\]")


def copy(source: Path, problems: Sequence[Problem], target: Path) -> None:
    """Write the marked copy as XLSX; a CSV becomes a sheet of text, in which nothing is a formula.

    Raises `Invalid` for JSON, which has no cells.
    """
    raw = admit(source)
    if sniff(raw) == "json":
        raise Invalid(f"{source.name} is JSON and has no cells to mark: leave -o out.")
    book = (
        _workbook(raw)
        if b"xl/workbook.xml" in raw and sniff(raw) == "zip"
        else (_sheets(source, raw))
    )
    cells: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for p in problems:
        if p.row and re.fullmatch("[A-Z]{1,3}", p.column):
            cells[p.sheet, f"{p.column}{p.row}"].append(p)
    for (sheet, place), told in cells.items():
        _mark(book[_SHEET.sub("-", sheet)[:31]][place], told)
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)


def _workbook(raw: bytes) -> Any:
    """The workbook as it was let in: without formulas, and with links that lead nowhere."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(raw))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink is not None:
                    cell.hyperlink = None
    return book


def _sheets(source: Path, raw: bytes) -> Any:
    from openpyxl import Workbook

    book = Workbook()
    first = book.active
    assert first is not None
    book.remove(first)
    for grid in grids(source, raw):
        sheet = book.create_sheet(_SHEET.sub("-", grid.name)[:31])
        for place, name in enumerate(grid.names, 1):
            _text(sheet.cell(1, place), name)
        for place, column in enumerate(grid.columns, 1):
            for row, value in zip(grid.rows, column.to_pylist(), strict=True):
                _text(sheet.cell(int(row), place), value)
    return book


def _text(cell: Any, value: str) -> None:
    """A cell that stays text, whatever it begins with: `=1+1` from a CSV must never be computed."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", value)
    if value[:1] in ("=", "+", "-", "@"):
        cell.data_type = "s"
        cell.quotePrefix = True


def _mark(cell: Any, told: list[Problem]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    text = "\n".join(f"{p.question}: {p.text}" for p in told)
    note = Comment(text, OURS)
    note.width, note.height = 420, 60 + 20 * (len(text) // 50)
    cell.comment = note
    colour = _MUST if any(p.must for p in told) else _LOOK
    cell.fill = PatternFill("solid", fgColor=colour)
