"""Excel workbooks (.xls, .xlsx) as columns of text.

calamine gives the cells; here they become text once per column: a whole number without a decimal
point (`724`, never `724.0`), a date in ISO 8601, an empty or an error cell as `""`.
"""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from sources.errors import Invalid, Refused
from sources.formats.archive import DAMAGE, content
from sources.formats.delimited import is_tags
from sources.formats.text import MAX_BYTES, excerpt, load, sniff

Rows = list[list[Any]]

_DEPTH = 60  # a header is within the first rows, below titles and notes
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_EXACT = 2.0**53
_FREE = 0xFFFFFFFF
_FEW_CELLS = 1_000_000
_CELL = re.compile(
    rb"<(?:\w+:)?c\b(?P<head>[^>]*?\br=[\"'](?P<place>[A-Za-z]+\d+)[\"'][^>]*)(?<!/)>(?P<inside>.*?)</(?:\w+:)?c>",
    re.DOTALL,
)
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_RESULT = re.compile(rb"<(?:\w+:)?(?:v|t)(?: [^>]*)?>[^<]")
_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_SAID = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>([^<]*)<")
_KIND = re.compile(rb"\bt=[\"'](\w+)[\"']")
_STYLE = re.compile(rb"\bs=[\"'](\d+)[\"']")
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b[^>]*>")
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_XF = re.compile(rb"<(?:\w+:)?xf\b[^>]*>")
_PERCENT_FORMATS = (b"9", b"10")  # built-in number formats 0% and 0.00% (ECMA-376, part 1, 18.8.30)
_NOT_AVAILABLE = b"#N/A"  # the error by which a spreadsheet says that a figure is missing
_ATTRIBUTE = re.compile(rb"(?:\w+:)?(\w+)=\"([^\"]*)\"")
_BEFORE = tuple(b" \t\r\n\"'")  # what may be before an attribute; some parsers need no blank
# What keeps a cell from saying its figure: one of these, or an error as a spreadsheet writes it.
NO_RESULT, _PERCENT = "=(a formula without a stored result)", "percent"
_WHY = {
    NO_RESULT: "holds a formula without a stored result: open the file in a spreadsheet program, save "
    "it once and give it again",
    _PERCENT: "is formatted as a percentage, so that it holds a hundredth of what it shows: format the "
    "column as numbers, with 45 for 45%, and give the file again",
}
_HOLDS_ERROR = (
    "holds the error {}: mend its formula, or leave the cell empty where there is no figure"
)
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
    _doubtful: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def rows(self, sheet: str, across: bool = False) -> Rows:
        """All cells of a sheet, row by row, every row equally long; blank rows stay.

        A cell merged over several rows is in each of them, as a reader of the sheet sees it;
        with `across` also one that is merged over several columns. A cell with an error holds its text,
        such as `#DIV/0!`; `#N/A` says that nothing is known and is empty. A formula without a stored
        result says so. Raises `Invalid` where the sheet's own part of the file is damaged.
        """
        try:
            found = self._book.get_sheet_by_name(sheet)
            rows = found.to_python(skip_empty_area=False)
            merged = found.merged_cell_ranges or []
        except BaseException as error:
            _refuse(error, self.path)
        for cell, what in self._doubtful.get(sheet, {}).items():
            row, column = place_of(cell)
            if what != _PERCENT and row < len(rows) and column < len(rows[row]):
                rows[row][column] = what
        for (top, left), (bottom, right) in merged:
            last = right if across else left
            for row in rows[top : bottom + 1]:
                for place in range(left, min(last, len(row) - 1) + 1):
                    if row[place] == "":
                        row[place] = rows[top][left]
        return rows

    def percentages(self, sheet: str) -> set[tuple[int, int]]:
        """(row, column), 0-based, of the cells that show `45%` and hold 0.45."""
        doubtful = self._doubtful.get(sheet, {})
        return {place_of(cell) for cell, what in doubtful.items() if what == _PERCENT}

    def prove_cells(self, sheet: str, rows: range | None = None, percent: bool = False) -> None:
        """Raise `Invalid` for a cell in these rows (1-based; None: all) that does not say its figure.

        That is a formula without a stored result, or an error such as `#DIV/0!`; with `percent` also a
        cell that shows `45%` and holds 0.45.
        """
        for cell, what in self._doubtful.get(sheet, {}).items():
            if (percent or what != _PERCENT) and (rows is None or place_of(cell)[0] + 1 in rows):
                why = _WHY.get(what, _HOLDS_ERROR.format(what))
                raise Invalid(f"{self.path.name}, sheet '{sheet}': cell {cell} {why}.")


@dataclass(frozen=True)
class Sheet:
    """A table found in a workbook: its header's names and as many columns of text.

    `first_row` is the number that Excel shows beside the first record; `typed` says per column in
    which rows the cell is a number and not text; `parts` are the sheets that it was read from.
    """

    path: Path
    name: str
    names: list[str]
    columns: list[pa.Array]
    first_row: int
    typed: list[np.ndarray] = field(default_factory=list)
    parts: tuple[str, ...] = ()

    @property
    def by_name(self) -> dict[str, pa.Array]:
        """Name to column."""
        return dict(zip(self.names, self.columns, strict=True))

    @property
    def typed_by_name(self) -> dict[str, np.ndarray]:
        """Name to the rows whose cell is a number."""
        return dict(zip(self.names, self.typed, strict=True))

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
    doubtful = _prove_zip(raw, path) if kind == "zip" else _prove_ole(raw, path)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    except BaseException as error:
        _refuse(error, path)
    if not book.sheet_names:
        raise Invalid(f"{path.name} is a workbook without any sheet: download it again.")
    return Book(path, tuple(book.sheet_names), book, doubtful or {})


def find(book: Book, is_header: Callable[[list[str]], bool]) -> Sheet | None:
    """The table whose header satisfies `is_header`, from every sheet that has it; or None.

    The sheets' rows stand one below the other, in the order of the sheets; a column that a sheet
    has not is empty there. Raises what `tables` raises.
    """
    found = tables(book, is_header)
    return joined(found) if found else None


def headings(book: Book, at_least: int) -> list[str]:
    """The first row of any sheet that has so many names: what a sentence may say was found."""
    for sheet in book.sheets:
        for row in book.rows(sheet)[:_DEPTH]:
            names = [squeeze(spell(cell)) for cell in row]
            if len([name for name in names if name]) >= at_least:
                return names
    return []


@contextmanager
def naming(sheet: Sheet) -> Generator[None]:
    """Let a refusal of several sheets that were read together name them."""
    try:
        yield
    except Invalid as error:
        if len(sheet.parts) < 2:
            raise
        raise Invalid(f"{error} (Read together: the sheets '{sheet.name}'.)") from None


def tables(
    book: Book,
    is_header: Callable[[list[str]], bool],
    name_columns: Callable[[Rows, int], list[str]] | None = None,
) -> list[Sheet]:
    """The tables whose header satisfies `is_header`, at most one a sheet.

    Header names come squeezed (`squeeze`); `name_columns` makes them of a sheet's rows and the
    header's place where one row is not all of it. Rows without any cell and rows of HXL tags are no
    records; columns without a name and without a cell, as left by a padded used range, are left out.
    Raises `Invalid` for a header that names a column twice, a column without a name that holds
    cells, a formula without a stored result, an error or a percentage in a cell, or a header without
    records in all sheets.
    """
    found, empty = [], None
    for sheet in book.sheets:
        rows = book.rows(sheet)
        for at, row in enumerate(rows[:_DEPTH]):
            names = [squeeze(spell(cell)) for cell in row]
            if is_header(names):
                names = name_columns(rows, at) if name_columns else names
                book.prove_cells(sheet, range(at + 1, len(rows) + 1), percent=True)
                table = _table(book, sheet, rows, at, names)
                if len(table):
                    found.append(table)
                else:
                    empty = empty or table
                break
    if empty is not None and not found:
        raise Invalid(
            f"{book.path.name}, sheet '{empty.name}' has a header and no records: the selection is "
            "empty or the download broke off, fetch it again with a wider selection."
        )
    return found


def joined(sheets: list[Sheet]) -> Sheet:
    """Several tables as one, named after all their sheets."""
    if len(sheets) == 1:
        return sheets[0]
    names = list(dict.fromkeys(name for sheet in sheets for name in sheet.names))
    columns, typed = [], []
    for name in names:
        parts, numbers = [], []
        for sheet in sheets:
            own = sheet.by_name.get(name)
            parts.append(pa.array([""] * len(sheet), pa.string()) if own is None else own)
            numbers.append(sheet.typed_by_name.get(name, np.zeros(len(sheet), bool)))
        columns.append(pa.concat_arrays(parts))
        typed.append(np.concatenate(numbers))
    title = "', '".join(sheet.name for sheet in sheets)
    parts = tuple(sheet.name for sheet in sheets)
    return Sheet(sheets[0].path, title, names, columns, sheets[0].first_row, typed, parts)


def _table(book: Book, sheet: str, rows: Rows, at: int, names: list[str]) -> Sheet:
    where = f"{book.path.name}, sheet '{sheet}'"
    twice = next((n for n in names if n and names.count(n) > 1), None)
    if twice:
        raise Invalid(f"{where}: the header names the column '{twice}' twice: remove one of them.")
    body = [row for row in rows[at + 1 :] if row.count("") < len(row)]
    if body and is_tags(body[0]):
        body = body[1:]
    kept, columns, typed = [], [], []
    for place, (name, cells) in enumerate(zip(names, zip(*body, strict=True), strict=False)):
        if name:
            kept.append(name)
            columns.append(texts(cells))
            typed.append(np.array([type(cell) is float for cell in cells], bool))
        elif cells.count("") < len(cells):
            raise Invalid(
                f"{where}: column {letter(place)} holds cells and has no name in row {at + 1}: "
                "check that the header was not changed after the download."
            )
    return Sheet(book.path, sheet, kept, columns, at + 2, typed, (sheet,))


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


def place_of(cell: str) -> tuple[int, int]:
    """(row, column) of a cell such as `AB12`, both 0-based."""
    column = 0
    for sign in cell.upper().rstrip("0123456789"):
        column = column * 26 + ord(sign) - 64
    return int(re.sub(r"\D", "", cell)) - 1, column - 1


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


def _prove_zip(raw: bytes, path: Path) -> dict[str, dict[str, str]]:
    """Check the sums of all parts: calamine itself reads a damaged part without a word.

    Gives per sheet the cells that do not say their figure, and why (`Book.prove_cells`).
    """
    damaged = None
    doubts: dict[str, dict[str, str]] = {}
    index: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
            # Some programs write backslashes, or other letters; every spreadsheet program reads them.
            names = [part.filename.replace("\\", "/").lower() for part in parts]
            if sum(part.file_size for part in parts) > MAX_BYTES // 4:
                raise Refused(
                    f"{path.name} unpacks to more than 1 GB: ask for a smaller selection."
                )
            # Styles before the sheets that name them; no sheet is kept once it was looked at.
            order = sorted(zip(parts, names, strict=True), key=lambda p: "worksheets/" in p[1])
            for part, name in order:
                damaged = part.filename
                unpacked = content(archive, part, path)
                if "worksheets/" in name:
                    _prove_size(unpacked, path)
                    styles = _percent_styles(index.get("xl/styles.xml", b""))
                    doubts[name] = _doubts(unpacked, styles)
                elif name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"):
                    index[name] = unpacked
            damaged = None
    except zipfile.BadZipFile as error:
        if damaged is None:
            raise _broken_zip(error, raw, path) from None
    except DAMAGE as error:
        raise _broken_zip(error, raw, path) from None
    if damaged:
        raise Invalid(f"{path.name} is damaged in its part '{damaged}': download it again.")
    if "content.xml" in names:
        raise Invalid(
            f"{path.name} is an OpenDocument spreadsheet: save it as an Excel workbook (.xlsx)."
        )
    if not any(name.startswith("xl/") for name in names):
        raise Invalid(
            f"{path.name} is a zip archive and no workbook (it holds '{excerpt(parts[0].filename)}'): "
            "unpack it and give the file inside."
            if names
            else f"{path.name} is an empty zip archive: download it again."
        )
    if not any(doubts.values()):
        return {}
    names_of = sheet_names(
        index.get("xl/workbook.xml", b""), index.get("xl/_rels/workbook.xml.rels", b"")
    )
    return {names_of[part]: cells for part, cells in doubts.items() if part in names_of}


def _doubts(sheet: bytes, percent: frozenset[bytes]) -> dict[str, str]:
    """Cells of a sheet's part that do not say their figure, and why; an empty text says something.

    `percent`: the styles that show a number a hundred times larger, with a percent sign.
    """
    formulas = b"<f" in sheet or b":f" in sheet
    styled = any(b's="%b"' % style in sheet or b"s='%b'" % style in sheet for style in percent)
    if not formulas and not styled and b't="e"' not in sheet and b"t='e'" not in sheet:
        return {}
    found: dict[str, str] = {}
    for cell in _CELL.finditer(sheet):
        head, inside = cell["head"], cell["inside"]
        if _ERROR.search(head):
            said = _SAID.search(inside)
            error = said[1] if said else b"#VALUE!"
            if error != _NOT_AVAILABLE:
                found[cell["place"].decode()] = excerpt(error)
        elif not _RESULT.search(inside):
            if _FORMULA.search(inside) and b't="str"' not in head:
                found[cell["place"].decode()] = NO_RESULT
        elif styled and (style := _STYLE.search(head)) and style[1] in percent:
            kind = _KIND.search(head)
            if kind is None or kind[1] == b"n":
                found[cell["place"].decode()] = _PERCENT
    return found


def _percent_styles(styles: bytes) -> frozenset[bytes]:
    """The numbers of the cell styles whose number format has a percent sign outside quotations."""
    formats = set(_PERCENT_FORMATS)
    for one in _FORMAT.findall(styles):
        named = dict(_ATTRIBUTE.findall(one))
        code = html.unescape(named.get(b"formatCode", b"").decode("utf-8", "replace"))
        if "%" in re.sub(r'"[^"]*"|\\.', "", code):
            formats.add(named.get(b"numFmtId", b""))
    block = _STYLES.search(styles)
    each = _XF.findall(block[0]) if block else []
    return frozenset(
        str(i).encode()
        for i, xf in enumerate(each)
        if dict(_ATTRIBUTE.findall(xf)).get(b"numFmtId") in formats
    )


def sheet_names(book: bytes, relations: bytes) -> dict[str, str]:
    """The part of each sheet (`xl/worksheets/sheet1.xml`, small letters) to its name, from the
    workbook's own index and its relations."""
    parts = {}
    for one in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", relations):
        named = dict(_ATTRIBUTE.findall(one))
        target = named.get(b"Target", b"").decode("utf-8", "replace").replace("\\", "/").lower()
        target = target.lstrip("/")
        parts[named.get(b"Id")] = target if target.startswith("xl/") else f"xl/{target}"
    found = {}
    for one in re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", book):
        named = dict(_ATTRIBUTE.findall(one))
        part = parts.get(named.get(b"id"))
        if part:
            found[part] = html.unescape(named.get(b"name", b"").decode("utf-8", "replace"))
    return found


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
