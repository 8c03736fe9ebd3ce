"""United Nations Population Division, World Urbanization Prospects: urban agglomerations by year.

Reads the workbooks of agglomerations (files 12 and 22 of the 2018 revision, and their like), the
original .xls as well as .xlsx. Figures are thousands of inhabitants, as served.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

from sources import figures, keys, records
from sources.errors import Invalid
from sources.keys import encode, rename
from sources.records import About
from sources.request import Request
from sources.workbook import Book, find, open_book, squeeze

PROVIDER = "wup"
HOSTS: tuple[str, ...] = ("population.un.org",)
_FILES = {
    "wup2018_f12": "WUP2018-F12-Cities_Over_300K.xls",
    "wup2018_f22": "WUP2018-F22-Cities_Over_300K_Annual.xls",
}
_REQUIRED = ("City Code", "Country Code")
_LABELS = {
    "City Code": ("Urban Agglomeration",),
    "Country Code": ("Country or area", "Country or Area", "Region, subregion, country or area"),
}
_ATTRIBUTES = ("Index", "Note", "Latitude", "Longitude")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SYMBOL = re.compile(r"WUP/Rev\.(\d{4})/\d+/F(\d+)")
_NOTE = re.compile(r"\(([^)]+)\)\s*(.+)", re.DOTALL)


def request(dataset: str, options: dict[str, str | list[str]]) -> Request:
    """The workbook of a dataset; there are no options. Raises `Invalid` for an unknown dataset."""
    if dataset not in _FILES or options:
        raise Invalid(f"wup/{dataset}: ask for one of {', '.join(_FILES)}, without options.")
    name = _FILES[dataset]
    return Request(f"https://population.un.org/wup/Download/Files/{name}", name)


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """One source record per agglomeration and year that has a figure, from a workbook.

    Raises only `SourceError`.
    """
    path = Path(path)
    book = open_book(path)
    sheet = find(book, lambda names: "City Code" in names)
    if sheet is None:
        found = find(book, lambda names: len([n for n in names if n]) > 2)
        figures.require(found.names if found else [], _REQUIRED, path.name)
        raise Invalid(f"{path.name} holds no table of agglomerations: download it again.")
    figures.require(sheet.names, _REQUIRED, path.name)
    columns = dict(zip(sheet.names, sheet.columns, strict=True))
    years = {n: columns[n] for n in sheet.names if _YEAR.fullmatch(n)}
    if not years:
        raise Invalid(f"{path.name} has no column named by a year: download it again.")
    long = figures.melt(years)
    figure = figures.read(long.text, path)
    dimensions = {n: rename(long.spread(columns[n]), squeeze) for n in _REQUIRED}
    keys.prove_unique(dimensions | {"period": long.variable}, path)
    labels = {
        dimension: rename(long.spread(columns[name]), squeeze)
        for dimension, names in _LABELS.items()
        for name in names
        if name in columns
    }
    attributes = {n: long.spread(columns[n]) for n in _ATTRIBUTES if n in columns}
    if "Note" in attributes:
        notes = _notes(book)
        attributes["Note text"] = rename(attributes["Note"], lambda n: notes.get(n, ""))
    return records.make(
        About(PROVIDER, "WUP workbook", dataset or _dataset(book, sheet.name)),
        dimensions=dimensions,
        period=long.variable,
        value=figure.value,
        value_text=encode(long.text),
        flags=figure.mark,
        attributes=attributes,
        labels=labels,
    )


def _dataset(book: Book, sheet: str) -> str | None:
    """The dataset after the symbol above the table, such as POP/DB/WUP/Rev.2018/1/F12."""
    for row in book.rows(sheet)[:30]:
        for cell in row:
            symbol = _SYMBOL.search(cell) if isinstance(cell, str) else None
            if symbol:
                return f"wup{symbol.group(1)}_f{symbol.group(2)}"
    return None


def _notes(book: Book) -> dict[str, str]:
    """The notes by number, from the sheet NOTES where there is one."""
    sheet = next((s for s in book.sheets if s.upper() == "NOTES"), None)
    found = {}
    for row in book.rows(sheet) if sheet else []:
        note = _NOTE.fullmatch(row[0].strip()) if isinstance(row[0], str) else None
        if note:
            found[note.group(1)] = squeeze(note.group(2))
    return found
