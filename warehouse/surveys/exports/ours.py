"""Our own fillable workbook: names in the hidden first column, one column of answers for each body."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from sources.errors import Invalid
from sources.formats import workbook
from sources.formats.workbook import letter
from warehouse.surveys.exports.neutral import Cells, Export, Header, kinds_of, responses

META = "observatory"
LISTS = "lists"
_NAME = re.compile(r"[a-z][a-z0-9_]*(/[a-z0-9_]+)?")  # of a question, with its option
FIRST_ANSWER = 3  # 0-based column of the first answer: name, question, help, answers


def is_template(book: workbook.Book) -> bool:
    """Whether the workbook is a template of ours."""
    return META in book.sheets


def read(book: workbook.Book) -> Export:
    """The one response of a filled template; raises `Invalid` where its hidden parts were lost."""
    said = {workbook.spell(r[0]): workbook.spell(r[1]) for r in book.rows(META) if len(r) > 1}
    repeats = {s.removeprefix("sheet:"): v for s, v in said.items() if s.startswith("sheet:")}
    if not said.get("survey") or not repeats:
        raise Invalid(
            f"{book.path.name}: the template's hidden sheet '{META}' was changed: copy the answers "
            "into a fresh template (observatory survey template)."
        )
    cells = Cells()
    for sheet, repeat in repeats.items():
        if sheet not in book.sheets:
            raise Invalid(
                f"{book.path.name}: the sheet '{sheet}' was removed or renamed: copy the answers into "
                "a fresh template (observatory survey template)."
            )
        rows = book.rows(sheet, across=True)  # one answer for several bodies
        named = [n for n, r in enumerate(rows) if n and r and workbook.spell(r[0])]
        if sum(bool(_NAME.fullmatch(workbook.spell(rows[n][0]))) for n in named) * 2 <= len(named):
            raise Invalid(
                f"{book.path.name}: the hidden first column of the sheet '{sheet}' was removed: copy the "
                "answers into a fresh template (observatory survey template)."
            )
        width = max((len(r) for r in rows), default=0)
        for place in range(FIRST_ANSWER, width):
            values = [workbook.spell(rows[n][place]).strip() for n in named]
            if place > FIRST_ANSWER and not any(values):
                continue
            if repeat and not any(values):
                continue
            number = place - FIRST_ANSWER + 1
            _column(
                cells, sheet, rows, named, values, place, f"{repeat}[{number}]" if repeat else ""
            )
    table = cells.table()
    return Export(
        "template",
        book.path.name,
        table,
        responses(1, version=pa.array([said.get("version", "")], pa.string())),
        language=said.get("language", ""),
        survey=said["survey"],
    )


def _column(cells: Cells, sheet, rows, named, values, place: int, entry: str) -> None:
    for n, value in zip(named, values, strict=True):
        question, _, option = workbook.spell(rows[n][0]).partition("/")
        text = pa.array([value], pa.string())
        cells.add(
            Header(workbook.spell(rows[n][0]), question, entry=entry, option=option),
            text,
            kinds_of(text),
            np.zeros(1, np.int32),
            sheet,
            np.array([n + 1]),
            letter(place),
        )
