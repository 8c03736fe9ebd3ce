"""Anyone's table of indicators, read strictly: a CSV file, a workbook, or a folder of CSV files.

Cells are text until a column is asked for as numbers; what is no number is a sentence with file,
column and line, never a guess and never a silent gap.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalog.models.index_spec import IndexSpec, IndicatorUse, Table
from sources.formats import text, workbook
from warehouse.errors import WarehouseError
from warehouse.indices.steps.engine import Data

_COMMA = re.compile(r"[-+]?\d{1,3}(\.\d{3})*,\d+|[-+]?\d+,\d+")
UP = {"higher", "ascending", "up", "1", "1.0", "+1"}
DOWN = {"lower", "descending", "down", "-1", "-1.0"}


@dataclass(frozen=True)
class Sheet:
    """One table of text: rows are as long as the header; `first` is the line of the first row."""

    name: str
    header: list[str]
    rows: list[list[str]]
    first: int = 2

    def texts(self, column: str) -> list[str]:
        """A column as it stands; `WarehouseError` where it is not there, or there twice."""
        count = self.header.count(column)
        if count != 1:
            near = difflib.get_close_matches(column, self.header, 1)
            raise WarehouseError(
                f"{self.name}: there {'is no' if not count else f'are {count}'} column "
                f"'{column}'"
                + (
                    f"; did you mean '{near[0]}'? Correct the spec."
                    if near
                    else f"; correct the spec. The columns are: {', '.join(self.header[:30])}."
                )
                if count == 0
                else f"{self.name}: there are {count} columns '{column}'; rename all but one."
            )
        at = self.header.index(column)
        return [row[at].strip() for row in self.rows]

    def numbers(self, column: str, spec: IndexSpec) -> np.ndarray:
        """A column as numbers, NaN where the spec says that the cell means no value."""
        cells = self.texts(column)
        found = np.full(len(cells), np.nan)
        for place, cell in enumerate(cells):
            if cell in spec.missing:
                continue
            plain = cell
            if spec.decimal == ",":
                plain = cell.replace(".", "").replace(",", ".")
            try:
                found[place] = float(plain)
            except ValueError:
                found[place] = np.nan
            if not np.isfinite(found[place]) or "_" in cell:
                raise WarehouseError(self._bad(column, place, cell, spec))
        return found

    def _bad(self, column: str, place: int, cell: str, spec: IndexSpec) -> str:
        where = f"{self.name}, column '{column}', line {self.first + place}"
        if spec.decimal == "." and _COMMA.fullmatch(cell):
            return f"{where}: '{cell}' has a decimal comma; say decimal: ',' in the spec."
        shown = cell if len(cell) <= 40 else cell[:37] + "..."
        return (
            f"{where}: '{shown}' is no number; correct it, or list it under 'missing' in the spec "
            "if it means that there is no value."
        )


class Sheets:
    """The tables of one CSV file, workbook or folder of CSV files, read when asked for."""

    def __init__(self, path: Path) -> None:
        """Raises `WarehouseError` where there is nothing to read at `path`."""
        self.path = path
        self._read: dict[str, Sheet] = {}
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

    def sheet(self, name: str = "") -> Sheet:
        """A table by name; without a name the only one, or the first of a workbook."""
        name = name or self.names[0]
        if name not in self.names and not self.path.is_dir() and self._book is None:
            name = self.names[0]  # one CSV file stands for whatever sheet the spec names
        if name not in self.names:
            near = difflib.get_close_matches(name, self.names, 1)
            raise WarehouseError(
                f"{self.path.name}: there is no sheet '{name}'; "
                + (f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(self.names)}.")
            )
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def _load(self, name: str) -> Sheet:
        if self._book is not None:
            rows = [[workbook.spell(c) for c in row] for row in self._book.rows(name)]
            title = f"{self.path.name}, sheet {name}"
        else:
            file = self.path / f"{name}.csv" if self.path.is_dir() else self.path
            content = text.decode(text.load(file), file).decode("utf-8")
            top = content.splitlines()[0] if content else ""
            cut = max(",;\t|", key=top.count)
            rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=cut))
            title = file.name
        first = next((n for n, r in enumerate(rows) if any(c.strip() for c in r)), None)
        if first is None or len(rows) < first + 2:
            raise WarehouseError(f"{title}: there is no row below the header; fill the table.")
        header = [c.strip() for c in rows[first]]
        body = []
        for line, row in enumerate(rows[first + 1 :], start=first + 2):
            if not any(c.strip() for c in row):
                continue
            if len(row) != len(header):
                raise WarehouseError(
                    f"{title}, line {line}: it has {len(row)} cells and the header {len(header)}; "
                    "put a cell that holds the separator in double quotes."
                )
            body.append(row)
        return Sheet(title, header, body, first + 2)


def data(spec: IndexSpec, sheets: Sheets) -> Data:
    """What the index is made from; each mistake in the table is a `WarehouseError`."""
    sheet = sheets.sheet(spec.data.sheet)
    units = keys(spec, sheet)
    raw = np.column_stack([sheet.numbers(column(spec.data, i), spec) for i in spec.indicators])
    names = sheet.texts(spec.units.name) if spec.units.name else units
    below = sheets.sheet(spec.denominators.sheet) if spec.denominators else sheet
    order = rows_of(spec, below, units)
    denominators = {}
    for name in sorted({i.denominator for i in spec.indicators if i.denominator}):
        stands = (spec.denominators or Table()).columns.get(name, name)
        denominators[name] = below.numbers(stands, spec)[order]
    by = {h.by for h in [spec.impute, *spec.robustness.impute] if h.by}
    groups = {name: sheet.texts(name) for name in sorted(by)}
    return Data(units, names, raw, denominators, groups, _errors(spec, sheet, raw))


def keys(spec: IndexSpec, sheet: Sheet) -> list[str]:
    """The codes of a sheet's units; `WarehouseError` where one is missing or stands twice."""
    units = sheet.texts(spec.units.key)
    seen: dict[str, int] = {}
    for place, unit in enumerate(units):
        if not unit:
            raise WarehouseError(
                f"{sheet.name}, line {sheet.first + place}: column '{spec.units.key}' is empty; "
                "name the unit or delete the row."
            )
        if unit in seen:
            raise WarehouseError(
                f"{sheet.name}: unit '{unit}' stands on lines {sheet.first + seen[unit]} and "
                f"{sheet.first + place}; keep one."
            )
        seen[unit] = place
    return units


def rows_of(spec: IndexSpec, sheet: Sheet, units: list[str]) -> list[int]:
    """For each unit its row in another sheet; `WarehouseError` where it has none."""
    place = {u: n for n, u in enumerate(keys(spec, sheet))}
    if absent := [u for u in units if u not in place]:
        raise WarehouseError(
            f"{sheet.name}: unit '{absent[0]}' is missing"
            + (f" and {len(absent) - 1} more" if len(absent) > 1 else "")
            + "; add the row."
        )
    return [place[u] for u in units]


def column(table: Table, use: IndicatorUse | str) -> str:
    """The column of an indicator or group in a table."""
    if isinstance(use, str):
        return table.columns.get(use, table.prefix + use)
    return table.columns.get(use.id) or use.column or table.prefix + use.id


def goalposts(spec: IndexSpec, sheets: Sheets) -> dict[str, tuple[float, float, str]]:
    """Id in the sheet of goalposts: worst, best, and the direction it states (or "")."""
    bounds = spec.normalise.bounds
    if bounds is None:
        return {}
    sheet = sheets.sheet(bounds.sheet)
    worst, best = sheet.numbers(bounds.worst, spec), sheet.numbers(bounds.best, spec)
    said = sheet.texts(bounds.direction) if bounds.direction else [""] * len(worst)
    found = {}
    for place, name in enumerate(sheet.texts(bounds.id)):
        word = said[place].lower()
        if bounds.direction and word not in UP | DOWN:
            raise WarehouseError(
                f"{sheet.name}, column '{bounds.direction}', line {sheet.first + place}: "
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


def _errors(spec: IndexSpec, sheet: Sheet, raw: np.ndarray) -> np.ndarray | None:
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
