"""Anyone's table of indicators, read strictly: a CSV file, a workbook, or a folder of CSV files.

A cell of a workbook that is a number is that number; a text is read by the convention that the
spec states. What is no number, or contradicts the convention, is a sentence with file, column and
line, never a guess and never a silent gap. Lines that are no units (titles, notes, aggregates that
the spec leaves out) are told in `Sheets.told`.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import fnmatch
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.index_spec import IndexSpec, IndicatorUse, PublishedTable, TablePlace, Years
from sources.formats import text, workbook
from warehouse.errors import WarehouseError
from warehouse.indices.steps.engine import Data

UP = {"higher", "ascending", "up", "1", "1.0", "+1"}
DOWN = {"lower", "descending", "down", "-1", "-1.0"}
_COMMA = re.compile(r"[-+]?\d{1,3}(\.\d{3})*,\d+|[-+]?\d+,\d+")
_GROUPED = re.compile(r"[-+]?\d{1,3}([,.])\d{3}(\1\d{3})*")
_TIED = re.compile(r"=?\s*(\d+)\s*=?")  # a rank that several share, as in "12="
_DEEP = 60  # a header is within the first lines, below titles and notes


class Percent(float):
    """A number of a workbook that is formatted as a percentage: `45%` is shown and 0.45 held."""


@dataclass(frozen=True)
class SheetRead:
    """One table: `columns` are as long as `lines`, which are the numbers of its lines in the file."""

    name: str
    header: list[str]
    columns: list[list[Any]]
    lines: list[int]
    key: str = ""
    """The column of units, as this table names it."""
    tell: Callable[[str], None] = lambda words: None
    """Keeps a sentence on how a column was read."""

    def texts(self, column: str) -> list[str]:
        """A column as text; `WarehouseError` where it is not there, or there twice, or a formula."""
        found = [_text(c) for c in self._cells(column)]
        if workbook.NO_RESULT in found:
            raise WarehouseError(self._without_result(column, found.index(workbook.NO_RESULT)))
        return found

    def numbers(self, column: str, spec: IndexSpec, use: IndicatorUse | None = None) -> np.ndarray:
        """A column as numbers, NaN where the spec says that the cell means no value.

        `use` gives the numbers that texts of categories count as.
        """
        cells = self._percentages(column)
        if all(type(c) is float for c in cells):
            return np.array(cells, dtype=np.float64)
        if use is not None and use.scores:
            return self._categories(column, cells, spec, use)
        texts = pa.array([None if type(c) is float else _text(c) for c in cells], pa.string())
        texts = pc.if_else(pc.is_in(texts, pa.array(spec.missing, pa.string())), None, texts)
        texts = pc.replace_substring_regex(texts, r"^\x{2212}(\d)", r"-\1")  # the sign of printers
        wrong = pc.and_(texts.is_valid(), pc.invert(pc.match_substring_regex(texts, _form(spec))))
        if pc.any(wrong).as_py():
            place = int(np.flatnonzero(wrong.fill_null(False).to_numpy(zero_copy_only=False))[0])
            raise WarehouseError(self._bad(column, place, texts[place].as_py(), spec))
        if spec.thousands:
            texts = pc.replace_substring_regex(texts, _apart(spec.thousands), "")
        plain = pc.replace_substring(texts, spec.decimal, ".").cast(pa.float64())
        found = plain.to_numpy(zero_copy_only=False).copy()
        for place, cell in enumerate(cells):
            if type(cell) is float:
                found[place] = cell
        if np.isinf(found).any():  # 1e400 is larger than any number that is counted with
            place = int(np.flatnonzero(np.isinf(found))[0])
            raise WarehouseError(self._bad(column, place, str(cells[place]), spec))
        return found

    def ranks(self, column: str, spec: IndexSpec) -> np.ndarray:
        """A column of ranks as numbers; a rank that several share may be written `12=` or `=12`."""
        cells = self._cells(column)
        plain = [m[1] if type(c) is str and (m := _TIED.fullmatch(c.strip())) else c for c in cells]
        header = self.header.index(workbook.squeeze(column))
        columns = [plain if n == header else c for n, c in enumerate(self.columns)]
        return replace(self, columns=columns).numbers(column, spec)

    def _percentages(self, column: str) -> list[Any]:
        """The cells of a column; `WarehouseError` where some numbers are percentages and others not."""
        cells = self._cells(column)
        marked = [n for n, c in enumerate(cells) if type(c) is Percent and c]
        if not marked:
            return [float(c) if type(c) is Percent else c for c in cells]
        first = marked[0]
        shown = f"{100 * cells[first]:.12g}%"
        plain = next((n for n, c in enumerate(cells) if type(c) is float and c), None)
        if plain is not None:
            raise WarehouseError(
                f"{self.name}, column '{column}', line {self.lines[first]}: the cell shows {shown} and "
                f"holds {float(cells[first]):.12g}, but that of line {self.lines[plain]} is the plain "
                f"number {cells[plain]:.12g}; give all cells of the column one format."
            )
        self.tell(
            f"{self.name}, column '{column}': its cells are formatted as percentages; the {shown} of "
            f"line {self.lines[first]} was read as {float(cells[first]):.12g}."
        )
        return [float(c) if type(c) is Percent else c for c in cells]

    def _without_result(self, column: str, place: int) -> str:
        return (
            f"{self.name}, column '{column}', line {self.lines[place]}: the cell has a formula without "
            "a stored result; open the file in a spreadsheet program and save it once."
        )

    def _cells(self, column: str) -> list[Any]:
        column = workbook.squeeze(column)
        count = self.header.count(column)
        if count > 1:
            raise WarehouseError(
                f"{self.name}: there are {count} columns '{column}'; rename all but one."
            )
        if not count:
            near = _near(column, self.header)
            raise WarehouseError(
                f"{self.name}: there is no column '{column}'; "
                + (
                    f"did you mean '{near}'? Correct the spec."
                    if near
                    else f"correct the spec. The columns are: {', '.join(self.header[:30])}."
                )
            )
        return self.columns[self.header.index(column)]

    def _categories(self, column: str, cells: list[Any], spec: IndexSpec, use: IndicatorUse):
        found = np.full(len(cells), np.nan)
        for place, cell in enumerate(map(_text, cells)):
            if cell in use.scores:
                found[place] = use.scores[cell]
            elif cell not in spec.missing:
                raise WarehouseError(
                    f"{self.name}, column '{column}', line {self.lines[place]}: '{cell}' has no "
                    f"number under 'scores' of indicator '{use.id}'; add it there."
                )
        return found

    def _bad(self, column: str, place: int, cell: str, spec: IndexSpec) -> str:
        if cell == workbook.NO_RESULT:
            return self._without_result(column, place)
        where = f"{self.name}, column '{column}', line {self.lines[place]}"
        shown = cell if len(cell) <= 40 else cell[:37] + "..."
        if found := _GROUPED.fullmatch(cell):
            sign = found[1]
            if sign != spec.decimal:
                return (
                    f"{where}: '{shown}' does not fit decimal: '{spec.decimal}'. If '{sign}' "
                    f"separates thousands, say thousands: '{sign}' in the spec; if it separates "
                    f"decimals, say decimal: '{sign}'."
                )
        if spec.decimal == "." and _COMMA.fullmatch(cell):
            return f"{where}: '{cell}' has a decimal comma; say decimal: ',' in the spec."
        if spec.decimal == "," and re.fullmatch(r"[-+]?\d*\.\d+", cell):
            return (
                f"{where}: '{shown}' has a decimal point, but the spec says decimal: ','; correct "
                "the cell, or the spec."
            )
        return (
            f"{where}: '{shown}' is no number; correct it, or list it under 'missing' in the spec "
            "if it means that there is no value."
        )


class Sheets:
    """The tables of one CSV file, workbook or folder of CSV files, read when asked for.

    `told` are sentences on the lines that were read as no units.
    """

    def __init__(self, path: Path, encoding: str = "utf-8") -> None:
        """Raises `WarehouseError` where there is nothing to read at `path`."""
        self.path, self.encoding = path, encoding
        self.told: list[str] = []
        self._grids: dict[tuple[str, str], tuple[str, list[list[Any]]]] = {}
        self._read: dict[str, SheetRead] = {}
        self._years: dict[str, dict[int, list[int]]] = {}
        self._book: workbook.Book | None = None
        if path.is_dir():
            self.names = sorted(p.stem for p in path.glob("*.csv"))
            if not self.names:
                raise WarehouseError(f"{path}: the folder has no CSV file; name another.")
        elif not path.exists():
            raise WarehouseError(f"{path}: there is no such file; check the path.")
        elif text.sniff(text.load(path)) in ("zip", "ole"):
            self._book = workbook.open_book(path)
            self.names = list(self._book.sheets)
        else:
            self.names = [path.stem]

    def sheet(
        self, table: TablePlace | str = "", spec: IndexSpec | None = None, key: str = ""
    ) -> SheetRead:
        """A table by its place or its sheet's name; without a name the only one, or the first.

        `key` is a column that its header has; by default that of the spec's units. Of a panel the
        rows of the spec's year, where it states a single one.
        """
        table = TablePlace(sheet=table) if isinstance(table, str) else table
        key = key or table.key or (spec.units.key if spec else "")
        years = spec.years if spec else None
        mark = repr((table, key, years and years.column))
        if mark not in self._read:
            self._read[mark] = self._load(table, spec, workbook.squeeze(key))
        sheet = self._read[mark]
        if not years or len(years.only) != 1 or years.column not in sheet.header:
            return sheet
        if mark not in self._years:
            self._years[mark] = {}
            for row, year in enumerate(_years(sheet, years.column)):
                self._years[mark].setdefault(year, []).append(row)
        return _rows(sheet, self._years[mark].get(years.only[0], []))

    def _load(self, table: TablePlace, spec: IndexSpec | None, key: str) -> SheetRead:
        title, rows = self._grid(self._named(table.sheet), key)
        at = _header(title, rows, table, key)
        header, start = at
        body = self._body(title, rows, header, start, table, key)
        columns = [list(c) for c in zip(*body[1], strict=True)]
        sheet = SheetRead(title, header, columns, body[0], key, self._tell)
        sheet = self._filtered(sheet, table)
        if spec is None:
            return sheet
        if isinstance(table, PublishedTable) and table.long is not None:
            sheet = _wide(sheet, table, spec)
        return sheet

    def _named(self, name: str) -> str:
        name = name or self.names[0]
        if name not in self.names and not self.path.is_dir() and self._book is None:
            return self.names[0]  # one CSV file stands for whatever sheet the spec names
        if name not in self.names:
            near = difflib.get_close_matches(name, self.names, 1)
            raise WarehouseError(
                f"{self.path.name}: there is no sheet '{name}'; "
                + (f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(self.names)}.")
            )
        return name

    def _grid(self, name: str, key: str) -> tuple[str, list[list[Any]]]:
        mark = (name, "" if self._book else key)
        if mark not in self._grids:
            if self._book is not None:
                rows = [[_plain(c) for c in row] for row in self._book.rows(name)]
                for row, column in self._book.percentages(name):
                    if row < len(rows) and column < len(rows[row]):
                        cell = rows[row][column]
                        rows[row][column] = Percent(cell) if type(cell) is float else cell
                self._grids[mark] = (f"{self.path.name}, sheet {name}", rows)
            else:
                file = self.path / f"{name}.csv" if self.path.is_dir() else self.path
                self._grids[mark] = (file.name, _csv(file, self.encoding, key))
        return self._grids[mark]

    def _body(self, title, rows, header, start, table: TablePlace, key: str):
        """(lines, rows) below the header; notes are told, rows of other lengths refused."""
        width, place = len(header), header.index(key) if key in header else None
        notes = _notes(rows, start, place)
        lines: list[int] = []
        body: list[list[Any]] = []
        short: list[int] = []
        for line, row in enumerate(rows[start:], start=start + 1):
            if table.last is not None and line > table.last:
                self._tell(f"{title}: the lines after {table.last} were not read, as stated.")
                break
            full = [n for n, c in enumerate(row) if not _empty(c)]
            if not full:
                continue
            if line in notes or (
                width > 1 and len(full) == 1 and (len(row) == 1 or place not in (None, *full))
            ):
                if full[0] == place and line not in notes:
                    short.append(line)
                self._tell(f"{title}, line {line}: read as a note: '{_text(row[full[0]])[:80]}'.")
                continue
            if full[-1] >= width or len(row) < width or short:
                bad, cells = (short[0], 1) if short else (line, max(full[-1] + 1, len(row)))
                raise WarehouseError(
                    f"{title}, line {bad}: it has {cells} cells and the header {width}; put a "
                    "cell that holds the separator in double quotes"
                    + (
                        f", or, if it and those below are notes, say last: {lines[-1]} of this table "
                        "in the spec."
                        if lines
                        else "."
                    )
                )
            lines.append(line)
            body.append(row[:width])
        if not body:
            raise WarehouseError(f"{title}: there is no row below the header; fill the table.")
        return lines, body

    def _filtered(self, sheet: SheetRead, table: TablePlace) -> SheetRead:
        keep = np.ones(len(sheet.lines), dtype=bool)
        for wanted, stated in ((True, table.keep), (False, table.leave_out)):
            for column, patterns in stated.items():
                texts = sheet.texts(column)
                for pattern in patterns:
                    hit = np.array([fnmatch.fnmatchcase(t, pattern) for t in texts])
                    if not hit.any():
                        near = difflib.get_close_matches(pattern, set(texts), 1)
                        raise WarehouseError(
                            f"{sheet.name}, column '{column}': no row has '{pattern}', which the "
                            "spec filters by; "
                            + (f"did you mean '{near[0]}'?" if near else "correct the spec.")
                        )
                hits = np.array([any(fnmatch.fnmatchcase(t, p) for p in patterns) for t in texts])
                keep &= hits if wanted else ~hits
        if not keep.all():
            gone = [
                _text(c) for c, k in zip(_column(sheet, sheet.key, 0), keep, strict=True) if not k
            ]
            shown = ", ".join(dict.fromkeys(gone[:8])) + (", ..." if len(gone) > 8 else "")
            self._tell(
                f"{sheet.name}: {len(gone)} row{'s' * (len(gone) > 1)} left out as stated ({shown})."
            )
            return _rows(sheet, np.flatnonzero(keep).tolist())
        return sheet

    def _tell(self, words: str) -> None:
        if words not in self.told:
            self.told.append(words)


def years(spec: IndexSpec, sheets: Sheets) -> list[int]:
    """The years of the index, in order; empty where the spec states none.

    Raises `WarehouseError` where a year that is stated is not in the panel, or a cell is no year.
    """
    if spec.years is None:
        return []
    stated = spec.years.stated()
    if not spec.years.column:
        return stated
    every = Years(column=spec.years.column)
    sheet = sheets.sheet(spec.data, spec.model_copy(update={"years": every}))
    there = sorted(set(_years(sheet, spec.years.column)))
    if gone := sorted(set(stated) - set(there)):
        raise WarehouseError(
            f"{sheet.name}, column '{spec.years.column}': there is no row of {gone[0]}; the years "
            f"are {there[0]} to {there[-1]}. Correct 'years' in the spec."
        )
    return stated or there


def data(spec: IndexSpec, sheets: Sheets) -> Data:
    """What the index is made from; each mistake in the table is a `WarehouseError`."""
    sheet = sheets.sheet(spec.data, spec)
    units = keys(spec, sheet)
    raw = np.column_stack([sheet.numbers(column(spec.data, i), spec, i) for i in spec.indicators])
    names = sheet.texts(spec.units.name) if spec.units.name else units
    below = sheets.sheet(spec.denominators, spec) if spec.denominators else sheet
    order = rows_of(spec, below, units)
    denominators = {}
    for name in sorted({i.denominator for i in spec.indicators if i.denominator}):
        stands = (spec.denominators or PublishedTable()).columns.get(name, name)
        denominators[name] = below.numbers(stands, spec)[order]
    by = {h.by for h in [spec.impute, *spec.robustness.impute] if h.by}
    by |= {g.fill.by for g in spec.groups if g.fill and g.fill.by}
    groups = {name: sheet.texts(name) for name in sorted(by)}
    return Data(units, names, raw, denominators, groups, _errors(spec, sheet, raw))


def keys(spec: IndexSpec, sheet: SheetRead) -> list[str]:
    """The codes of a sheet's units; `WarehouseError` where one is missing or appears twice."""
    name = sheet.key or spec.units.key
    units = sheet.texts(name)
    seen: dict[str, int] = {}
    for place, unit in enumerate(units):
        if not unit:
            raise WarehouseError(
                f"{sheet.name}, line {sheet.lines[place]}: column '{name}' is empty; "
                "name the unit or delete the row, or say under 'data' which lines are no units "
                "(skip, last, leave_out)."
            )
        if unit in seen:
            raise WarehouseError(
                f"{sheet.name}: unit '{unit}' is on lines {sheet.lines[seen[unit]]} and "
                f"{sheet.lines[place]}; keep one"
                + (", or say 'years' in the spec if each has its year." if not spec.years else ".")
            )
        seen[unit] = place
    return units


def rows_of(spec: IndexSpec, sheet: SheetRead, units: list[str]) -> list[int]:
    """For each unit its row in another sheet; `WarehouseError` where it has none."""
    place = {u: n for n, u in enumerate(keys(spec, sheet))}
    if absent := [u for u in units if u not in place]:
        raise WarehouseError(
            f"{sheet.name}: unit '{absent[0]}' is missing"
            + (f" and {len(absent) - 1} more" if len(absent) > 1 else "")
            + "; add the row."
        )
    return [place[u] for u in units]


def column(table: PublishedTable, use: IndicatorUse | str) -> str:
    """The column of an indicator or group in a table."""
    if isinstance(use, str):
        return table.columns.get(use, table.prefix + use)
    return table.columns.get(use.id) or use.column or table.prefix + use.id


def goalposts(spec: IndexSpec, sheets: Sheets) -> dict[str, tuple[float, float, str]]:
    """Id in the sheet of goalposts: worst, best, and the direction it states (or "")."""
    bounds = spec.normalise.bounds
    if bounds is None:
        return {}
    sheet = sheets.sheet(bounds, spec, bounds.id)
    worst, best = sheet.numbers(bounds.worst, spec), sheet.numbers(bounds.best, spec)
    said = sheet.texts(bounds.direction) if bounds.direction else [""] * len(worst)
    found = {}
    for place, name in enumerate(sheet.texts(bounds.id)):
        word = said[place].lower()
        if bounds.direction and word not in UP | DOWN:
            raise WarehouseError(
                f"{sheet.name}, column '{bounds.direction}', line {sheet.lines[place]}: "
                f"'{said[place]}' is no direction; use ascending or descending."
            )
        way = "" if not bounds.direction else "higher" if word in UP else "lower"
        found[name] = (float(worst[place]), float(best[place]), way)
    return found


def with_goalposts(spec: IndexSpec, posts: dict[str, tuple[float, float, str]]) -> IndexSpec:
    """The spec with each indicator's goalposts and direction from their sheet.

    Raises `WarehouseError` where an indicator is not there, or its goalposts are missing or equal.
    """
    if spec.normalise.bounds is None:
        return spec
    uses = []
    for use in spec.indicators:
        name = use.bounds_id or use.id
        if name not in posts:
            near = difflib.get_close_matches(name, posts, 1)
            raise WarehouseError(
                f"Sheet {spec.normalise.bounds.sheet} has no goalposts of '{name}'; "
                + (f"it has '{near[0]}': is that it? Then " if near else "")
                + f"say bounds_id of indicator '{use.id}' in the spec."
            )
        worst, best, way = posts[name]
        if not abs(best - worst) > 0:
            raise WarehouseError(
                f"Sheet {spec.normalise.bounds.sheet}: the goalposts of '{name}' are missing or "
                "equal; correct them there."
            )
        way = way or ("higher" if best > worst else "lower")
        uses.append(use.model_copy(update={"worst": worst, "best": best, "direction": way}))
    return spec.model_copy(update={"indicators": uses})


def _csv(file: Path, encoding: str, key: str) -> list[list[Any]]:
    raw = text.load(file)
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
        try:
            content = text.decode(raw, file).decode("utf-8")
        except text.Invalid as error:
            if "not UTF-8" not in str(error):
                raise
            raise WarehouseError(
                f"{error} If it is in another encoding, say so in the spec, such as "
                "encoding: cp1252."
            ) from None
    else:
        content = _decoded(raw, file.name, encoding)
    top = content.splitlines()[:_DEEP] or [""]
    named = [
        c
        for c in ",;\t|"
        if any(key in map(_name, next(csv.reader([r], delimiter=c), [])) for r in top)
    ]
    first = next((r for r in top if r.strip()), "")
    cut = max(named if key and named else ",;\t|", key=first.count)
    return list(csv.reader(io.StringIO(content, newline=""), delimiter=cut))


def _decoded(raw: bytes, name: str, encoding: str) -> str:
    if not raw.isascii():
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            raise WarehouseError(
                f"{name} is in UTF-8, but the spec says encoding: {encoding}; correct the spec."
            )
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise WarehouseError(
            f"{name}, line {line}: byte 0x{raw[error.start]:02x} is none of {encoding}; correct "
            "'encoding' in the spec."
        ) from None


def _header(
    title: str, rows: list[list[Any]], table: TablePlace, key: str
) -> tuple[list[str], int]:
    """(names of the columns, number of lines before the first unit)."""
    if table.header is None:
        filled = [n for n, r in enumerate(rows) if any(not _empty(c) for c in r)]
        if not filled:
            raise WarehouseError(f"{title}: there is no row below the header; fill the table.")
        top = [n for n in filled if n < _DEEP]
        named = [n for n in top if key in map(_name, rows[n])]
        # A title may be the same word as the key; names are several.
        named = [n for n in named if sum(not _empty(c) for c in rows[n]) > 1] or named
        if key and not named:
            widest = max(top, key=lambda n: sum(not _empty(c) for c in rows[n]))
            names = [name for c in rows[widest] if (name := _name(c))]
            near = _near(key, names)
            raise WarehouseError(
                f"{title}: there is no column '{key}'; "
                + (
                    f"did you mean '{near}' of line {widest + 1}? Correct the spec."
                    if near
                    else f"correct the spec. Line {widest + 1} has: {', '.join(names[:30])}."
                )
            )
        at = [named[0] if key and named else filled[0]]
    else:
        at = [n - 1 for n in ([table.header] if isinstance(table.header, int) else table.header)]
        if not at or min(at) < 0 or max(at) >= len(rows):
            raise WarehouseError(
                f"{title}: the spec says header: {table.header}, but there are {len(rows)} lines."
            )
    names = [_name(c) for c in rows[at[0]]]
    for n in at[1:]:  # a name above several columns is in the first of them
        above = ""
        joined = []
        for place, cell in enumerate(rows[n]):
            above = names[place] or above if place < len(names) else above
            joined.append(" ".join(x for x in (above, _name(cell)) if x))
        names = joined
    while names and not names[-1]:
        names.pop()
    return names, at[-1] + 1 + table.skip


def _notes(rows: list[list[Any]], start: int, place: int | None) -> set[int]:
    """Lines below the table that have a text in the key column alone, as sources do.

    A blank line or a text longer than all keys tells them from a unit without any value.
    """
    if place is None:
        return set()
    last = len(rows) - 1  # of the table

    def alone(n: int) -> bool:
        return all(_empty(c) or at == place for at, c in enumerate(rows[n]))

    while last >= start and alone(last):
        last -= 1
    keys = [row[place] for row in rows[start : last + 1] if len(row) > place]
    longest = max((len(_text(k)) for k in keys), default=0)
    found: set[int] = set()
    for n in range(max(last, start) + 1, len(rows) if keys else 0):
        said = len(rows[n]) > place and _text(rows[n][place])
        if said and (found or all(map(_empty, rows[n - 1])) or len(said) > longest):
            found.add(n + 1)
    return found


def _near(name: str, names: Sequence[str]) -> str:
    """The name that is nearest to one that is not there, or ""."""
    alike = [n for n in names if n.casefold() == name.casefold()]
    return next(iter(alike or difflib.get_close_matches(name, names, 1)), "")


def _wide(sheet: SheetRead, table: PublishedTable, spec: IndexSpec) -> SheetRead:
    """A table of one value a row with a column for each indicator."""
    if table.long is None:
        raise AssertionError("the table is not long")
    by = [sheet.key, *([spec.years.column] if spec.years and spec.years.column else [])]
    whole = list(zip(*(sheet.texts(c) for c in by), strict=True))
    series, value = sheet.texts(table.long.id), sheet._cells(table.long.value)
    first: dict[tuple[str, ...], int] = {}
    cells: dict[tuple[tuple[str, ...], str], int] = {}
    for n, (unit, name) in enumerate(zip(whole, series, strict=True)):
        first.setdefault(unit, n)
        if (unit, name) in cells:
            raise WarehouseError(
                f"{sheet.name}: '{name}' of {' '.join(unit)} is on lines "
                f"{sheet.lines[cells[unit, name]]} and {sheet.lines[n]}; keep one."
            )
        cells[unit, name] = n
    others = [h for h in dict.fromkeys(sheet.header) if h not in (table.long.id, table.long.value)]
    columns = [[c[n] for n in first.values()] for c in (sheet._cells(h) for h in others if h)]
    names = list(dict.fromkeys(series))
    for name in names:
        columns.append([value[cells[u, name]] if (u, name) in cells else "" for u in first])
    lines = [sheet.lines[n] for n in first.values()]
    return replace(sheet, header=[*(h for h in others if h), *names], columns=columns, lines=lines)


def _years(sheet: SheetRead, column: str) -> list[int]:
    found = []
    for line, cell in zip(sheet.lines, sheet.texts(column), strict=True):
        if not re.fullmatch(r"\d{4}", cell):
            raise WarehouseError(
                f"{sheet.name}, column '{column}', line {line}: '{cell}' is no year; correct it, "
                "or name the column of years in 'years'."
            )
        found.append(int(cell))
    return found


def _rows(sheet: SheetRead, at: Sequence[int]) -> SheetRead:
    columns = [[c[n] for n in at] for c in sheet.columns]
    return replace(sheet, columns=columns, lines=[sheet.lines[n] for n in at])


def _column(sheet: SheetRead, name: str, otherwise: int) -> list[Any]:
    return sheet.columns[sheet.header.index(name) if name in sheet.header else otherwise]


def _apart(sign: str) -> str:
    """What separates thousands, as it is printed: blanks that do not break, a curved apostrophe."""
    return {" ": r"[ \x{00a0}\x{202f}]", "'": r"['\x{2019}]"}.get(sign, re.escape(sign))


def _form(spec: IndexSpec) -> str:
    mark = re.escape(spec.decimal)
    whole = r"\d+"
    if spec.thousands:
        whole = rf"(\d+|\d{{1,3}}({_apart(spec.thousands)}\d{{3}})+)"
    return rf"^[-+]?({whole}({mark}\d*)?|{mark}\d+)([eE][-+]?\d+)?$"


def _plain(cell: Any) -> Any:
    """A cell of a workbook: a number stays one."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return workbook.spell(cell)
    return float(cell)


def _text(cell: Any) -> str:
    return workbook.spell(cell).strip() if isinstance(cell, float) else cell.strip()


def _name(cell: Any) -> str:
    return workbook.squeeze(_text(cell))


def _empty(cell: Any) -> bool:
    return type(cell) is str and not cell.strip()


def _errors(spec: IndexSpec, sheet: SheetRead, raw: np.ndarray) -> np.ndarray | None:
    if all(i.error is None for i in spec.indicators):
        return None
    found = np.zeros_like(raw)
    for place, use in enumerate(spec.indicators):
        if isinstance(use.error, str):
            found[:, place] = sheet.numbers(use.error, spec)
        elif use.error is not None:
            found[:, place] = use.error
        if (np.nan_to_num(found[:, place]) < 0).any():
            raise WarehouseError(
                f"Indicator '{use.id}' has a standard error below 0; correct it in the data."
            )
    return np.nan_to_num(found)
