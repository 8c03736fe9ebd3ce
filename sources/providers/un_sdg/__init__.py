"""United Nations Statistics Division, Global SDG Indicators Database.

Reads the API's JSON, DataCSV and DataExcel downloads, and the SDMX-CSV of data.un.org.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from sources.errors import Invalid
from sources.formats import delimited, envelope, unsd_json, unsd_table
from sources.formats.text import decode, excerpt, is_wide, load, sniff
from sources.formats.workbook import Book, find, headings, naming, open_book
from sources.providers.un_sdg.ask import HOSTS, request
from sources.providers.un_sdg.download import download, signal
from sources.records import figures, keys, multipliers, records
from sources.records.records import About

__all__ = ["HOSTS", "PROVIDER", "download", "read", "request", "signal"]

PROVIDER = "un_sdg"
_SDMX_STATUS = ("OBS_STATUS", "NATURE")


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """Source records of any file of the database, recognised from its content.

    Raises only `SourceError`.
    """
    path = Path(path)
    raw = load(path)
    kind = sniff(raw)
    if kind in ("zip", "ole"):
        return _workbook(open_book(path, raw), dataset)
    if kind == "json":
        columns, book, form = unsd_json.read(decode(raw, path), path)
        return unsd_table.to_records(columns, About(PROVIDER, form, dataset), path, book)
    # DataCSV pads its answer with zero bytes up to a power of two; UTF-16 may end in one.
    raw = decode(raw if is_wide(raw) else raw.rstrip(b"\0"), path)
    if kind == "xml":
        envelope.refuse_xml(raw, path)
    if kind != "text":
        raise Invalid(
            f"{path.name} is {kind}, which the SDG database does not serve: give its CSV."
        )
    return _csv(raw, path, dataset)


def _workbook(book: Book, dataset: str | None) -> pa.Table:
    sheet = find(book, unsd_table.is_header)
    if sheet is None:
        figures.require(headings(book, 2), unsd_table.REQUIRED, book.path.name)
        raise Invalid(f"{book.path.name} holds no table of the SDG database: download it again.")
    about = About(PROVIDER, "UN SDG DataExcel", dataset, parts=sheet.parts)
    with naming(sheet):
        return unsd_table.to_records(
            sheet.by_name, about, book.path, _descriptions(book), typed=sheet.typed_by_name
        )


def _descriptions(book: Book) -> dict[str, dict[str, str]]:
    """The sheet CodeDescriptions, where there is one: labels of codes per dimension."""
    made: dict[str, dict[str, str]] = {}
    if "CodeDescriptions" in book.sheets:
        for row in book.rows("CodeDescriptions")[1:]:
            made.setdefault(str(row[0]).strip(), {})[str(row[1]).strip()] = str(row[2]).strip()
    return made


def _csv(raw: bytes, path: Path, dataset: str | None) -> pa.Table:
    sign = delimited.separator(raw)
    header = delimited.names(raw, sign)
    if header[:1] == ["DATAFLOW"] and "SERIES" in header:
        return _sdmx(raw, header, path, dataset)
    if not unsd_table.is_header(header):
        envelope.refuse_sentence(raw, path)
    figures.require([unsd_table.name(h) for h in header], unsd_table.REQUIRED, path.name)
    delimited.prove_names(header, path)
    value = next(h for h in header if unsd_table.name(h) == "Value")
    columns = delimited.columns(raw, header, path, figures=(value,), delimiter=sign)
    about = About(PROVIDER, "UN SDG DataCSV", dataset)
    return unsd_table.to_records(columns, about, path, delimiter=sign)


def _sdmx(raw: bytes, header: list[str], path: Path, dataset: str | None) -> pa.Table:
    """SDMX-CSV of data.un.org: dimensions are between DATAFLOW and TIME_PERIOD."""
    figures.require(header, ("TIME_PERIOD", "OBS_VALUE"), path.name)
    delimited.prove_names(header, path)
    sign = delimited.separator(raw)
    columns = delimited.columns(raw, header, path, figures=("OBS_VALUE",), delimiter=sign)
    text = columns.pop("OBS_VALUE")
    dimensions = {n: columns[n] for n in header[1 : header.index("TIME_PERIOD")]}
    period = keys.periods(columns.pop("TIME_PERIOD"), path)
    keys.prove_unique(dimensions | {"TIME_PERIOD": period}, path)
    figure = figures.read(
        text, path, missing=unsd_table.MISSING, comma_is_decimal=delimited.comma_is_decimal(sign)
    )
    value, columns = multipliers.one_each_series(figure.value, dimensions, columns, path)
    n = len(text)
    status, nature = (columns.get(name, figures.blank(n)) for name in _SDMX_STATUS)
    flags = keys.combine(
        nature, status, lambda a, b: "NA" if a == "_X" else a if b in ("", "A") else f"{a}|{b}"
    )
    flags = keys.combine(
        flags, figure.mark, lambda a, b: a if a == "NA" or not b else f"{a}|{b}".lstrip("|")
    )
    about = About(
        PROVIDER, "SDMX-CSV 1.0", dataset or excerpt(keys.entries(columns["DATAFLOW"])[0])
    )
    return records.make(
        about,
        dimensions=dimensions,
        period=period,
        value=value,
        value_text=text,
        flags=flags,
        attributes={n: c for n, c in columns.items() if n not in dimensions},
    )
