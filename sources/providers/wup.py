"""United Nations Population Division, World Urbanization Prospects: urban agglomerations by year.

2018 revision: the workbooks of agglomerations (files 12 and 22, and their like), the original .xls
as well as .xlsx. Figures are thousands of inhabitants, as served.

2025 revision: cities by the Degree of Urbanisation (1 km cells of at least 1,500 inhabitants per
km2, 50,000 in all), other units under other ids, as a workbook in a zip archive of the European
Commission's Joint Research Centre (GHS-WUP-MTUC R2025A, sheet UC_STATS): inhabitants, area and
built-up area in km2, one row per city and year. Columns as named by public code that reads them;
no file of this revision was read yet.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Invalid, excerpt
from sources.formats import archive
from sources.formats.text import load, sniff
from sources.formats.workbook import Book, Sheet, find, headings, naming, open_book, squeeze
from sources.records import figures, keys, records
from sources.records.keys import encode, rename
from sources.records.records import About
from sources.transport.request import Request

PROVIDER = "wup"
HOSTS: tuple[str, ...] = ("population.un.org", "jeodpp.jrc.ec.europa.eu")
_FILES = {
    "wup2018_f12": (
        "https://population.un.org/wup/Download/Files/WUP2018-F12-Cities_Over_300K.xls"
    ),
    "wup2018_f22": (
        "https://population.un.org/wup/Download/Files/WUP2018-F22-Cities_Over_300K_Annual.xls"
    ),
    "wup2025_cities": (
        "https://jeodpp.jrc.ec.europa.eu/ftp/jrc-opendata/GHSL/GHS_WUP_MTUC_GLOBE_R2025A/V1-1/"
        "GHS_WUP_MTUC_GLOBE_R2025A_V1_1_statistics.zip"
    ),
}
_ID_2025, _FIGURES_2025 = "ID_UC_G0", ("POP", "AREA_km2", "BU_km2")
_NAMES_2025 = ("UCname", "UC_NM_MN")
_ATTRIBUTES_2025 = ("UNLocName", "Ctr_M49", "Lat", "Lon", "CapitalFlag", "Plausibility")
NOT_YET = "not yet a city"
_REQUIRED = ("City Code", "Country Code")
_LABELS = {
    "City Code": ("Urban Agglomeration",),
    "Country Code": ("Country or area", "Country or Area", "Region, subregion, country or area"),
}
_ATTRIBUTES = ("Index", "Note", "Latitude", "Longitude")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LIKE_A_YEAR = re.compile(r"(?:19|20)\d\d(?!\d)")
_SYMBOL = re.compile(r"WUP/Rev\.(\d{4})/\d+/F(\d+)")
_NOTE = re.compile(r"\(([^)]+)\)\s*(.+)", re.DOTALL)


def request(dataset: str, options: dict[str, str | list[str]]) -> Request:
    """The workbook of a dataset; there are no options. Raises `Invalid` for an unknown dataset."""
    if dataset not in _FILES or options:
        raise Invalid(f"wup/{dataset}: ask for one of {', '.join(_FILES)}, without options.")
    return Request(_FILES[dataset], _FILES[dataset].rsplit("/", 1)[1])


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """One source record per agglomeration and year that has a figure, from a workbook.

    Of the 2025 revision one per city, year and variable; a population of 0 says that the place is
    `not yet a city` in that year, and has no value. Raises only `SourceError`.
    """
    path = Path(path)
    raw = load(path)
    if sniff(raw) == "zip" and any(n.lower().endswith(".xlsx") for n in archive.names(raw, path)):
        raw = archive.only(raw, path, ".xlsx")
    book = open_book(path, raw)
    cities = find(book, lambda names: {_ID_2025, "Year"} <= set(names))
    if cities is not None:
        with naming(cities):
            return _cities(cities, path, dataset)
    sheet = find(book, lambda names: "City Code" in names)
    if sheet is None:
        figures.require(headings(book, 3), _REQUIRED, path.name)
        raise Invalid(f"{book.path.name} holds no table of agglomerations: download it again.")
    figures.require(sheet.names, _REQUIRED, path.name)
    with naming(sheet):
        return _agglomerations(book, sheet, path, dataset)


def _agglomerations(book: Book, sheet: Sheet, path: Path, dataset: str | None) -> pa.Table:
    """Records of the tables of agglomerations of the 2018 revision, one column a year."""
    columns = sheet.by_name
    years = {n: columns[n] for n in sheet.names if _YEAR.fullmatch(n)}
    if not years:
        raise Invalid(f"{path.name} has no column named by a year: download it again.")
    odd = next((n for n in sheet.names if n not in years and _LIKE_A_YEAR.match(n)), None)
    if odd is not None:
        raise Invalid(
            f"{path.name}: the column '{excerpt(odd)}' is named by a year and more: name it by the year "
            "alone, or remove it."
        )
    long = figures.melt(years, sheet.typed_by_name)
    figure = figures.read(long.text, path, typed=long.typed)
    dimensions = {n: rename(long.spread(columns[n]), squeeze) for n in _REQUIRED}
    keys.prove_filled(dimensions, path)
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
        About(
            PROVIDER, "WUP workbook", dataset or _dataset(book, sheet.parts[0]), parts=sheet.parts
        ),
        dimensions=dimensions,
        period=long.variable,
        value=figure.value,
        value_text=encode(long.text),
        flags=figure.mark,
        attributes=attributes,
        labels=labels,
    )


def _cities(sheet: Sheet, path: Path, dataset: str | None) -> pa.Table:
    """Records of the sheet UC_STATS of the 2025 revision."""
    figures.require(sheet.names, (_ID_2025, "Year", *_FIGURES_2025), path.name)
    columns = sheet.by_name
    long = figures.melt({n: columns[n] for n in _FIGURES_2025}, sheet.typed_by_name)
    figure = figures.read(long.text, path, typed=long.typed)
    period = keys.periods(long.spread(columns["Year"]), path)
    ids = long.spread(columns[_ID_2025])
    dimensions = {_ID_2025: ids, "variable": long.variable}
    keys.prove_filled({_ID_2025: ids}, path)
    keys.prove_unique(dimensions | {"period": period}, path)
    population = pc.equal(long.variable.cast(pa.string()), _FIGURES_2025[0])
    none = pc.and_(population, pc.fill_null(pc.equal(figure.value, 0), False))
    flags = pc.if_else(none, NOT_YET, figure.mark.cast(pa.string()))
    name = next((n for n in _NAMES_2025 if n in columns), None)
    return records.make(
        About(PROVIDER, "WUP 2025 workbook", dataset or "wup2025_cities", parts=sheet.parts),
        dimensions=dimensions,
        period=period,
        value=pc.if_else(none, pa.scalar(None, pa.float64()), figure.value),
        value_text=encode(long.text),
        flags=encode(flags),
        attributes={
            n: rename(long.spread(columns[n]), squeeze) for n in _ATTRIBUTES_2025 if n in columns
        },
        labels={_ID_2025: rename(long.spread(columns[name]), squeeze)} if name else None,
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
