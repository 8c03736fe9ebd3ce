"""One table to a file of the format that its name ends in, or to standard output."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("csv", "tsv", "json", "parquet", "xlsx")
ROWS_OF_A_SHEET = 1_048_576
Answer = tuple[Sequence[str], Sequence[Sequence[Any]]]


def format_of(path: Path) -> str:
    """The format that a file's name asks for; a sentence where it is none of ours."""
    found = path.suffix.lower().removeprefix(".")
    if found not in FORMATS:
        listed = ", ".join(f".{f}" for f in FORMATS)
        raise click.ClickException(f"{path}: name a file that ends in one of {listed}.")
    return found


def write(path: Path, answers: Sequence[Answer], delimiter: str = "") -> None:
    """Write answers (columns and rows) to a file, whole or not at all.

    A workbook has a sheet for each answer, JSON a list; the other formats hold one answer alone.
    """
    form = format_of(path)
    if len(answers) != 1 and form not in ("xlsx", "json"):
        raise click.ClickException(
            f"There are {len(answers)} answers and a .{form} file holds one: name a .xlsx or .json file."
        )
    if not path.parent.is_dir():
        raise click.ClickException(f"{path.parent} is not a folder: make it, or give another.")
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content(form, answers, delimiter))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def content(form: str, answers: Sequence[Answer], delimiter: str = "") -> bytes:
    """The bytes of a file of that format."""
    if form == "json":
        listed = [as_records(*answer) for answer in answers]
        return (to_json(listed[0] if len(listed) == 1 else listed) + "\n").encode()
    if form == "xlsx":
        return _workbook(answers)
    columns, rows = answers[0]
    if form == "parquet":
        import pyarrow.parquet as pq

        sink = io.BytesIO()
        pq.write_table(_table(columns, rows), sink, compression="zstd")
        return sink.getvalue()
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=delimiter or {"tsv": "\t"}.get(form, ","), lineterminator="\n"
    )
    writer.writerow(columns)
    writer.writerows(["" if v is None else v for v in row] for row in rows)
    return text.getvalue().encode()


def as_records(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows as objects."""
    return [
        {c: None if isinstance(v, float) and not isfinite(v) else v for c, v in pairs}
        for pairs in (zip(columns, row, strict=True) for row in rows)
    ]


def to_json(value: Any) -> str:
    """JSON for scripts: what is not known is null, dates are ISO 8601, exact numbers are numbers."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain, allow_nan=False)


def print_json(value: Any) -> None:
    """JSON on standard output."""
    click.echo(to_json(value))


def print_bytes(found: bytes) -> None:
    """A file on standard output, as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(found)
    sys.stdout.buffer.flush()


def _plain(value: Any) -> Any:
    from datetime import date, datetime, time
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    import pyarrow as pa

    by_column = list(zip(*rows, strict=True)) if rows else [[] for _ in columns]
    return pa.table([pa.array(list(values)) for values in by_column], names=list(columns))


def _workbook(answers: Sequence[Answer]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    for n, (columns, rows) in enumerate(answers, 1):
        if len(rows) >= ROWS_OF_A_SHEET:
            raise click.ClickException(
                f"A sheet holds {ROWS_OF_A_SHEET - 1:,} rows and there are {len(rows):,}: write a "
                ".parquet or .csv file, or add a limit."
            )
        sheet: Any = book.create_sheet(f"Answer {n}" if len(answers) > 1 else "Answer")

        def cell(value: Any, sheet: Any = sheet) -> Any:
            if value is None or isinstance(value, bool | int | float):
                return value
            plain = value if isinstance(value, str) else _plain(value)
            if not isinstance(plain, str):
                return plain
            made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", plain))
            made.data_type = "s"  # text that begins with = is no formula
            return made

        sheet.append([cell(c) for c in columns])
        for row in rows:
            sheet.append([cell(v) for v in row])
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()
