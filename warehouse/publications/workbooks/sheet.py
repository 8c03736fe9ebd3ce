"""The look of a workbook: headings, frozen heads, number formats, notes and what is printed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.publications.page.formats import decimals, is_calendar_year

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

# Format codes of OOXML are the same in every locale: a spreadsheet shows its own separators.
YEAR = -1
FORMATS = {YEAR: "0", 0: "#,##0", 1: "#,##0.0", 2: "#,##0.00"}
FACE, INK, LINE = "Calibri", "1F3A4D", "B8C7D0"
LINE_HEIGHT = 15  # points
WIDE = 24  # wider columns wrap their text


@dataclass(frozen=True)
class SheetColumn:
    """A heading and a width in characters; `left` sets numbers to the left, beside texts."""

    title: str
    width: float
    left: bool = False


@dataclass(frozen=True)
class NumberCell:
    """A number and how many decimals it is shown with; the whole number stays in the cell."""

    value: float | None
    decimals: int


@dataclass(frozen=True)
class Noted:
    """A text with a note that opens when one points at it."""

    text: str
    note: str


class WorkbookWriter:
    """One workbook; each sheet has a title, a frozen head, a filter and a print area."""

    def __init__(self, title: str, line: str, page: str) -> None:
        """`title` is the document's, `line` is under each title, `page` is the word for page."""
        from openpyxl import Workbook

        self._book = Workbook()
        self._book.remove(self._book.worksheets[0])
        self._book.properties.title = title
        self._book.properties.creator = "World Observatory of Metropolitan Areas"
        self._title, self._line, self._page = title, line, page

    @staticmethod
    def number(value: float | None, unit: str) -> NumberCell:
        """A figure, shown with the decimals that its unit is read with; a year without groups."""
        if is_calendar_year(value, unit):
            return NumberCell(value, YEAR)
        return NumberCell(value, decimals(value, unit))

    @staticmethod
    def noted(text: str, note: str) -> Noted:
        """A text with its note; without one where it is empty."""
        return Noted(text, note)

    def sheet(
        self,
        title: str,
        columns: Sequence[SheetColumn],
        rows: Sequence[Sequence[Any]],
        *,
        intro: Sequence[str] = (),
        facts: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Add a sheet: title, introduction, facts as pairs, then the table."""
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
        from openpyxl.utils import get_column_letter

        ws = self._book.create_sheet(title[:31])
        for n, column in enumerate(columns, 1):
            ws.column_dimensions[get_column_letter(n)].width = column.width
        if not columns:
            ws.column_dimensions["A"].width = 90
        wrap, across = Alignment(wrap_text=True, vertical="top"), max(1, min(len(columns), 5))
        ws["A1"], ws["A2"] = (intro[0] if intro else title), self._line
        ws["A1"].font = Font(name=FACE, bold=True, size=16, color=INK)
        ws["A2"].font = Font(name=FACE, color="5A6B75")
        at, width = 2, sum(c.width for c in columns[:across]) or 90
        for text in intro[1:]:
            at += 1
            ws.cell(at, 1, text).alignment = wrap
            ws.merge_cells(start_row=at, end_row=at, start_column=1, end_column=across)
            ws.row_dimensions[at].height = 15 * (1 + len(text) // int(width * 1.05))
        for name, value in facts:
            at += 1
            ws.cell(at, 1, name).font = Font(name=FACE, bold=True)
            ws.cell(at, 2, value)
        if columns:
            head = at = at + 2
            for n, column in enumerate(columns, 1):
                cell = ws.cell(head, n, column.title)
                cell.font = Font(name=FACE, bold=True, color="FFFFFF")
                cell.fill = PatternFill("solid", fgColor=INK)
                number = rows and not column.left and _is_number(rows[0][n - 1])
                right = {"horizontal": "right", "indent": 1} if number else {}
                cell.alignment = Alignment(wrap_text=True, vertical="center", **right)
            # Bold letters are wider, and a column may be narrower than its title.
            wrapped = max(len(textwrap.wrap(c.title, int(0.85 * c.width))) for c in columns)
            if wrapped > 1:
                ws.row_dimensions[head].height = LINE_HEIGHT * wrapped
            thin = Border(bottom=Side(style="hair", color=LINE))
            alignments = [
                Alignment(
                    wrap_text=c.width >= WIDE, vertical="top", horizontal="left" if c.left else None
                )
                for c in columns
            ]
            for row in rows:
                at += 1
                _row(ws, at, row, thin, alignments)
                # Not every spreadsheet makes a row as high as its wrapped text by itself.
                if (lines := _lines(row, columns)) > 1:
                    ws.row_dimensions[at].height = LINE_HEIGHT * lines
            ws.freeze_panes = ws.cell(head + 1, 3 if len(columns) > 3 else 1)
            if rows and columns[-1].title:
                ws.auto_filter.ref = f"A{head}:{get_column_letter(len(columns))}{at}"
            ws.print_title_rows = f"{head}:{head}"
        ws.print_area = f"A1:{get_column_letter(max(1, across if not rows else len(columns)))}{at}"
        self._print(ws)

    def save(self, path: Path) -> None:
        """Write the file whole; the same release gives the same sheets."""
        import io

        from warehouse import store

        sink = io.BytesIO()
        self._book.save(sink)
        store.write_atomic(path, sink.getvalue())

    def _print(self, ws: Worksheet) -> None:
        """A page as wide as the table, on A4 across, with title and page number."""
        from openpyxl.worksheet.properties import PageSetupProperties

        ws.page_setup.orientation = "landscape"
        ws.page_setup.paperSize = "9"
        ws.page_setup.fitToWidth, ws.page_setup.fitToHeight = 1, 0
        ws.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        ws.sheet_view.showGridLines = False
        ws.oddFooter.left.text = self._title.replace("&", "&&")[:200]
        ws.oddFooter.right.text = f"{self._page} &P / &N"


def _lines(row: Sequence[Any], columns: Sequence[SheetColumn]) -> int:
    """How many lines the longest wrapped text of a row takes."""
    texts = [
        (g.text if isinstance(g, Noted) else g, c.width) for g, c in zip(row, columns, strict=True)
    ]
    wrapped = [
        len(textwrap.wrap(t, int(width)))
        for t, width in texts
        if isinstance(t, str) and width >= WIDE and len(t) > width
    ]
    return max(wrapped, default=1)


def _is_number(given: Any) -> bool:
    return isinstance(given, (int, float, NumberCell))


def _row(ws: Worksheet, at: int, row: Sequence[Any], border, alignments) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment

    for n, (given, alignment) in enumerate(zip(row, alignments, strict=True), 1):
        value, cell = given, ws.cell(at, n)
        if isinstance(given, NumberCell):
            value = given.value
            cell.number_format = FORMATS[min(given.decimals, 2)]
        elif isinstance(given, Noted):
            value = given.text
            if given.note:
                note = Comment(given.note, "World Observatory of Metropolitan Areas")
                note.width, note.height = 380, 40 + 18 * (len(given.note) // 55 + 1)
                cell.comment = note
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # a text that begins with = is never a formula
        cell.border = border
        number = isinstance(value, (int, float)) and alignment.horizontal is None
        cell.alignment = (
            Alignment(horizontal="right", vertical="top", indent=1) if number else alignment
        )
