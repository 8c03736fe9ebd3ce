"""United Nations Statistics Division, Global SDG Indicators Database.

Reads the API's JSON, DataCSV and DataExcel downloads, and the SDMX-CSV of data.un.org.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from sources.errors import Invalid
from sources.formats import delimited, envelope, unsd_json, unsd_table
from sources.formats.text import decode, excerpt, load, sniff
from sources.formats.workbook import Book, find, open_book
from sources.providers.un_sdg.ask import HOSTS, request
from sources.providers.un_sdg.download import download, signal
from sources.records import figures, keys, records
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
    # DataCSV pads its answer with zero bytes up to a power of two.
    raw = decode(raw.rstrip(b"\0"), path)
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
        sheet = find(book, lambda names: len([n for n in names if n]) > 1)
        found = sheet.names if sheet else []
        figures.require(found, unsd_table.REQUIRED, book.path.name)
        raise Invalid(f"{book.path.name} holds no table of the SDG database: download it again.")
    about = About(PROVIDER, "UN SDG DataExcel", dataset)
    columns = dict(zip(sheet.names, sheet.columns, strict=True))
    return unsd_table.to_records(columns, about, book.path, _descriptions(book))


def _descriptions(book: Book) -> dict[str, dict[str, str]]:
    """The sheet CodeDescriptions, where there is one: labels of codes per dimension."""
    made: dict[str, dict[str, str]] = {}
    if "CodeDescriptions" in book.sheets:
        for row in book.rows("CodeDescriptions")[1:]:
            made.setdefault(str(row[0]).strip(), {})[str(row[1]).strip()] = str(row[2]).strip()
    return made


def _csv(raw: bytes, path: Path, dataset: str | None) -> pa.Table:
    header = delimited.names(raw)
    if header[:1] == ["DATAFLOW"] and "SERIES" in header:
        return _sdmx(raw, delimited.names(raw), path, dataset)
    if not unsd_table.is_header(header):
        envelope.refuse_sentence(raw, path)
    figures.require([unsd_table.name(h) for h in header], unsd_table.REQUIRED, path.name)
    delimited.prove_names(header, path)
    value = next(h for h in header if unsd_table.name(h) == "Value")
    columns = delimited.columns(raw, header, path, figures=(value,))
    return unsd_table.to_records(columns, About(PROVIDER, "UN SDG DataCSV", dataset), path)


def _sdmx(raw: bytes, header: list[str], path: Path, dataset: str | None) -> pa.Table:
    """SDMX-CSV of data.un.org: dimensions stand between DATAFLOW and TIME_PERIOD."""
    figures.require(header, ("TIME_PERIOD", "OBS_VALUE"), path.name)
    delimited.prove_names(header, path)
    columns = delimited.columns(raw, header, path, figures=("OBS_VALUE",))
    text = columns.pop("OBS_VALUE")
    dimensions = {n: columns[n] for n in header[1 : header.index("TIME_PERIOD")]}
    period = keys.periods(columns.pop("TIME_PERIOD"), path)
    keys.prove_unique(dimensions | {"TIME_PERIOD": period}, path)
    figure = figures.read(text, path)
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
        value=figure.value,
        value_text=text,
        flags=flags,
        attributes={n: c for n, c in columns.items() if n not in dimensions},
    )
