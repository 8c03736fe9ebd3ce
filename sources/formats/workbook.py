"""Excel workbooks (.xls, .xlsx) as columns of text.

calamine gives the cells; here they become text once per column: a whole number without a decimal
point (`724`, never `724.0`), a date in ISO 8601, an empty or an error cell as `""`.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from sources.errors import Invalid, Refused
from sources.formats.archive import DAMAGE, content
from sources.formats.text import MAX_BYTES, excerpt, load, sniff

Rows = list[list[Any]]

_DEPTH = 60  # a header stands within the first rows, below titles and notes
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_EXACT = 2.0**53
_FREE = 0xFFFFFFFF
_FEW_CELLS = 1_000_000
_BEFORE = tuple(b" \t\r\n\"'")  # what may stand before an attribute; some parsers need no blank
_PROBE = """
import io, sys, python_calamine
book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
for name in book.sheet_names:
    book.get_sheet_by_name(name).to_python()
"""


@dataclass(frozen=True)
class Book:
    """An open workbook; `path` names it in sentences."""

    path: Path
    sheets: tuple[str, ...]
    _book: CalamineWorkbook

    def rows(self, sheet: str) -> Rows:
        """All cells of a sheet, row by row, every row equally long; blank rows stay.

        Raises `Invalid` where the sheet's own part of the file is damaged.
        """
        try:
            return self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        except BaseException as error:
            _refuse(error, self.path)


@dataclass(frozen=True)
class Sheet:
    """A table found in a workbook: its header's names and as many columns of text.

    `first_row` is the number that Excel shows beside the first record.
    """

    path: Path
    name: str
    names: list[str]
    columns: list[pa.Array]
    first_row: int

    def __len__(self) -> int:
        """Number of records."""
        return len(self.columns[0]) if self.columns else 0


def open_book(path: Path, raw: bytes | None = None) -> Book:
    """Open a workbook, whole and readable; `raw` are its bytes where they are at hand.

    Raises `Invalid` for a file that is no workbook, is cut short or damaged, is protected by a
    password or has no sheet.
    """
    path = Path(path)
    raw = load(path) if raw is None else raw
    kind = sniff(raw)
    if kind not in ("zip", "ole"):
        raise Invalid(
            f"{path.name} is no Excel workbook (its content is {kind}): download the .xlsx again."
        )
    if kind == "ole" and _ENCRYPTED in raw:
        _locked(path)
    (_prove_zip if kind == "zip" else _prove_ole)(raw, path)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    except BaseException as error:
        _refuse(error, path)
    if not book.sheet_names:
        raise Invalid(f"{path.name} is a workbook without any sheet: download it again.")
    return Book(path, tuple(book.sheet_names), book)


def find(book: Book, is_header: Callable[[list[str]], bool]) -> Sheet | None:
    """The first table whose header satisfies `is_header`, looked for in every sheet; or None.

    Header names come squeezed (`squeeze`). Rows without any cell are no records; columns without
    a name and without a cell, as left by a padded used range, are left out.
    Raises `Invalid` for a header that names a column twice, a column without a name that holds
    cells, or a header without records.
    """
    for sheet in book.sheets:
        rows = book.rows(sheet)
        for at, row in enumerate(rows[:_DEPTH]):
            names = [squeeze(spell(cell)) for cell in row]
            if is_header(names):
                return _table(book, sheet, rows, at, names)
    return None


def _table(book: Book, sheet: str, rows: Rows, at: int, names: list[str]) -> Sheet:
    where = f"{book.path.name}, sheet '{sheet}'"
    twice = next((n for n in names if n and names.count(n) > 1), None)
    if twice:
        raise Invalid(f"{where}: the header names the column '{twice}' twice: remove one of them.")
    body = [row for row in rows[at + 1 :] if row.count("") < len(row)]
    if not body:
        raise Invalid(
            f"{where} has a header and no records: the selection is empty or the download broke "
            "off, fetch it again with a wider selection."
        )
    kept, columns = [], []
    for place, (name, cells) in enumerate(zip(names, zip(*body, strict=True), strict=True)):
        if name:
            kept.append(name)
            columns.append(texts(cells))
        elif cells.count("") < len(cells):
            raise Invalid(
                f"{where}: column {letter(place)} holds cells and has no name in row {at + 1}: "
                "check that the header was not changed after the download."
            )
    return Sheet(book.path, sheet, kept, columns, at + 2)


def texts(cells: Sequence[Any]) -> pa.Array:
    """Cells of one column as a string array without nulls; numbers as `spell` writes them."""
    kinds = set(map(type, cells))
    if kinds <= {str}:
        return pa.array(cells, pa.string())
    if kinds == {float}:
        return _numbers(pa.array(cells, pa.float64()))
    number = pa.array([c if type(c) is float else None for c in cells], pa.float64())
    other = [None if type(c) is float else c if type(c) is str else spell(c) for c in cells]
    return pc.coalesce(_numbers(number), pa.array(other, pa.string()))


def spell(cell: Any) -> str:
    """One cell as text."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        return _numbers(pa.array([float(cell)]))[0].as_py()
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, (dt.date, dt.time)) else str(cell)


def squeeze(text: str) -> str:
    """Text with every run of blanks (also no-break spaces and line ends) as one space."""
    return " ".join(text.split())


def letter(place: int) -> str:
    """Excel's letters of a column, from its 0-based place."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def _numbers(column: pa.Array) -> pa.Array:
    """Doubles as the shortest text that reads back as the same number; nulls stay."""
    values = column.to_numpy(zero_copy_only=False)
    whole = (np.floor(values) == values) & (np.abs(values) < _EXACT)
    if whole.all():
        return column.cast(pa.int64()).cast(pa.string())
    safe = pc.if_else(pa.array(whole), column, 0.0)
    return pc.if_else(
        pa.array(whole), safe.cast(pa.int64()).cast(pa.string()), column.cast(pa.string())
    )


def _prove_zip(raw: bytes, path: Path) -> None:
    """Check the sums of all parts: calamine itself reads a damaged part without a word."""
    damaged = None
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
            names = [part.filename for part in parts]
            if sum(part.file_size for part in parts) > MAX_BYTES // 4:
                raise Refused(
                    f"{path.name} unpacks to more than 1 GB: ask for a smaller selection."
                )
            for part in parts:
                damaged = part.filename
                unpacked = content(archive, part, path)
                if "worksheets/" in damaged:
                    _prove_size(unpacked, path)
            damaged = None
    except zipfile.BadZipFile as error:
        if damaged is None:
            raise _broken_zip(error, raw, path) from None
    except DAMAGE as error:
        raise _broken_zip(error, raw, path) from None
    if damaged:
        raise Invalid(f"{path.name} is damaged in its part '{damaged}': download it again.")
    if not any(name.startswith("xl/") for name in names):
        raise Invalid(
            f"{path.name} is a zip archive and no workbook (it holds '{excerpt(names[0])}'): "
            "unpack it and give the file inside."
            if names
            else f"{path.name} is an empty zip archive: download it again."
        )


def _broken_zip(error: Exception, raw: bytes, path: Path) -> Invalid:
    return Invalid(
        f"{path.name} breaks off or is damaged ({excerpt(str(error))}; {len(raw)} bytes): "
        "download it again."
    )


def _prove_size(sheet: bytes, path: Path) -> None:
    """Refuse a sheet whose cells lie too far apart: calamine makes room for all between them.

    It ends the process where there is no such room.
    """
    cells, rows, columns = reach(sheet)
    most = max(_FEW_CELLS, 50 * cells)
    if rows * columns > most:
        raise Refused(
            f"{path.name} has cells so far apart that the sheet would hold more than "
            f"{most:,}: delete what stands far outside the table, or download it again."
        )


def reach(sheet: bytes) -> tuple[int, int, int]:
    """(cells that say their place, last row, last column) of a sheet's part: `r="AB12"`."""
    b = np.frombuffer(sheet + b"\0" * 16, np.uint8)
    at = np.flatnonzero(b[1:-15] == ord("=")) + 2
    at = at[(b[at - 2] == ord("r")) & ((b[at] == ord('"')) | (b[at] == ord("'")))] + 1
    at = at[np.isin(b[at - 4], _BEFORE)]
    if not len(at):
        return 0, 0, 0
    row, column = np.zeros(len(at), np.int64), np.zeros(len(at), np.int64)
    on = np.ones(len(at), bool)
    for step in range(12):
        c = b[at + step].astype(np.int64)
        c[(c >= 97) & (c <= 122)] -= 32  # it takes small letters, too
        digit, letter = on & (c >= 48) & (c <= 57), on & (c >= 65) & (c <= 90)
        row[digit] = row[digit] * 10 + c[digit] - 48
        column[letter] = column[letter] * 26 + c[letter] - 64
        on = digit | letter
        if not on.any():
            break
    return len(at), max(int(row.max()), 1), max(int(column.max()), 1)


def _prove_ole(raw: bytes, path: Path) -> None:
    """Check that every sector in use lies inside the file ([MS-CFB], 2.2 and 2.3)."""
    shift = struct.unpack_from("<H", raw, 30)[0] if len(raw) >= 512 else 0
    size = 1 << shift if shift in (9, 12) else 0
    last = -1
    for place, sector in enumerate(struct.unpack_from("<109I", raw, 76) if size else ()):
        if sector >= _FREE - 5:
            break
        start = (sector + 1) * size
        table = np.frombuffer(
            raw[start : start + size], "<u4", -1 if len(raw) >= start + size else 0
        )
        in_use = np.flatnonzero(table != _FREE)
        last = max(last, sector, place * (size // 4) + int(in_use[-1]) if len(in_use) else -1)
    if last < 0 or len(raw) < (last + 2) * size:
        raise Invalid(
            f"{path.name} is an .xls workbook that breaks off after {len(raw)} bytes: "
            "download it again."
        )
    _probe(raw, path)


def _probe(raw: bytes, path: Path) -> None:
    """Read an .xls once in a process of its own: on damaged ones the parser may end its process."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _PROBE],
            check=False,
            input=raw,
            capture_output=True,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode:
        raise Invalid(f"{path.name} is a damaged .xls workbook: download it again.")


def _locked(path: Path) -> NoReturn:
    raise Invalid(
        f"{path.name} is protected by a password: save it without one, or download it again."
    )


def _refuse(error: BaseException, path: Path) -> NoReturn:
    if isinstance(error, PasswordError):
        _locked(path)
    # A panic of the parser derives from BaseException and has no class to import.
    if isinstance(error, (CalamineError, ValueError, OSError)) or "Panic" in type(error).__name__:
        raise Invalid(
            f"{path.name} is no readable workbook ({excerpt(str(error), 80)}): it breaks off or is "
            "damaged, download it again."
        ) from None
    raise error
