"""European Commission, Joint Research Centre: GHS Urban Centre Database R2019A and R2024A, as CSV.

Reads the database's own table of attributes and extracts of it. Only columns that are GHSL's are
read; what carriers added (geometry, edited names, centres of other services) is left out. R2019A:
B15 is the built-up area in km2, P15 the population, both of 2015. R2024A (theme of general
characteristics; columns as named by public code that reads it, no file of it was read yet):
GC_POP_TOT is the population, GC_UCA_KM2 the area in km2, the year is in the column's name.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

from sources.errors import Invalid
from sources.formats import archive, delimited, envelope
from sources.formats.text import decode, load, sniff
from sources.formats.workbook import squeeze
from sources.records import figures, keys, records
from sources.records.keys import encode, rename
from sources.records.records import About
from sources.transport.request import Request

PROVIDER = "ghsl"
HOSTS: tuple[str, ...] = ("jeodpp.jrc.ec.europa.eu",)
_FTP = "https://jeodpp.jrc.ec.europa.eu/ftp/jrc-opendata/GHSL"
_THEME = "GHS_UCDB_THEME_GENERAL_CHARACTERISTICS_GLOBE_R2024A"
_ZIPS = {
    "ucdb_r2019a": (
        f"{_FTP}/GHS_STAT_UCDB2015MT_GLOBE_R2019A/V1-2/GHS_STAT_UCDB2015MT_GLOBE_R2019A_V1_2.zip"
    ),
    "ucdb_r2024a": (
        f"{_FTP}/GHS_UCDB_GLOBE_R2024A/GHS_UCDB_THEME_GLOBE_R2024A/{_THEME}/V1-2/{_THEME}_V1_2.zip"
    ),
}
_ID, _ID_2024 = "ID_HDC_G0", "ID_UC_G0"
# The encoding of each edition, where it is not UTF-8: that of R2019A is code page 850 of DOS.
_ENCODINGS = {_ID: "cp850", _ID_2024: None}
_FIGURES = {"B15": "2015", "P15": "2015"}
_FIGURES_2024 = re.compile(r"(GC_POP_TOT|GC_UCA_KM2)_((?:19|20)\d\d)")
_NAMES = (
    "UC_NM_MN_ORIGINAL",
    "UC_NM_MN",
    "GC_UCN_MAI_2025",
)  # an extract may carry edited names under the latter
_ATTRIBUTES = ("GCPNT_LON", "GCPNT_LAT", "CTR_MN_NM", "CTR_MN_ISO", "GC_CNT_GAD_2025")


def request(dataset: str, options: dict[str, str | list[str]]) -> Request:
    """The database as a zip archive. Raises `Invalid` for an unknown dataset or an option."""
    if dataset not in _ZIPS or options:
        raise Invalid(f"ghsl/{dataset}: ask for one of {', '.join(_ZIPS)}, without options.")
    return Request(_ZIPS[dataset], _ZIPS[dataset].rsplit("/", 1)[1])


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """One source record per urban centre and figure that is filled, row by row.

    Raises only `SourceError`.
    """
    path = Path(path)
    raw = load(path)
    kind = sniff(raw)
    if kind == "zip":
        raw = archive.only(raw, path, ".csv")
        kind = sniff(raw)
    raw = decode(raw, path, _ENCODINGS[_ID_2024 if _ID_2024.encode() in raw[:65536] else _ID])
    if kind == "xml":
        envelope.refuse_xml(raw, path)
    if kind != "text":
        raise Invalid(
            f"{path.name} is {kind}, not the CSV of the Urban Centre Database: give that."
        )
    return _table(raw, path, dataset)


def _table(raw: bytes, path: Path, dataset: str | None) -> pa.Table:
    delimiter = delimited.separator(raw)
    header = delimited.names(raw, delimiter)
    new = _ID_2024 in header
    key = _ID_2024 if new else _ID
    if key not in header:
        envelope.refuse_sentence(raw, path)
    # Column to the variable and the year that it holds.
    found = {n: m.groups() for n in header if new and (m := _FIGURES_2024.fullmatch(n))}
    held = found if new else {n: (n, year) for n, year in _FIGURES.items()}
    figures.require(header, (key, *(held or ("GC_POP_TOT_2025",))), path.name)
    read_here = {key, *held, *_ATTRIBUTES, *_NAMES}
    delimited.prove_names([n for n in header if n in read_here], path)
    columns = delimited.columns(raw, header, path, tuple(held), delimiter)
    long = figures.melt({n: columns[n] for n in held})
    figure = figures.read(long.text, path, comma_is_decimal=delimited.comma_is_decimal(delimiter))
    ids = rename(columns[key], _whole)
    keys.prove_unique({key: ids}, path)
    if "" in keys.used(ids):
        raise Invalid(f"{path.name} has a row without {key}: download it again.")
    name = next((n for n in _NAMES if n in header), None)
    return records.make(
        About(PROVIDER, "GHS-UCDB CSV", dataset or ("ucdb_r2024a" if new else "ucdb_r2019a")),
        dimensions={
            key: long.spread(ids),
            "variable": long.of({n: v for n, (v, _) in held.items()}),
        },
        period=long.of({n: year for n, (_, year) in held.items()}),
        value=figure.value,
        value_text=encode(long.text),
        flags=figure.mark,
        attributes={
            n: rename(long.spread(columns[n]), squeeze) for n in _ATTRIBUTES if n in header
        },
        labels={key: rename(long.spread(columns[name]), squeeze)} if name else None,
    )


def _whole(code: str) -> str:
    """An id without the decimal point that spreadsheets add: `1.0` is `1`."""
    code = code.strip()
    return code[:-2] if code.endswith(".0") and code[:-2].isdigit() else code
