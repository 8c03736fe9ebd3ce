"""European Commission, Joint Research Centre: GHS Urban Centre Database R2019A, as CSV.

Reads the database's own table of attributes and extracts of it. Only columns that are GHSL's are
read; what carriers added (geometry, edited names, centres of other services) is left out. B15 is
the built-up area in km2, P15 the population, both of 2015.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from sources import delimited, envelope, figures, keys, records
from sources.errors import Invalid
from sources.keys import encode, rename
from sources.records import About
from sources.request import Request
from sources.text import decode, load, sniff
from sources.workbook import squeeze

PROVIDER = "ghsl"
HOSTS: tuple[str, ...] = ("jeodpp.jrc.ec.europa.eu",)
_FOLDER = (
    "https://jeodpp.jrc.ec.europa.eu/ftp/jrc-opendata/GHSL/GHS_STAT_UCDB2015MT_GLOBE_R2019A/V1-2/"
)
_ZIP = "GHS_STAT_UCDB2015MT_GLOBE_R2019A_V1_2.zip"
_ID = "ID_HDC_G0"
_FIGURES = {"B15": "2015", "P15": "2015"}
_NAMES = ("UC_NM_MN_ORIGINAL", "UC_NM_MN")  # an extract may carry edited names under the latter
_ATTRIBUTES = ("GCPNT_LON", "GCPNT_LAT", "CTR_MN_NM", "CTR_MN_ISO")


def request(dataset: str, options: dict[str, str | list[str]]) -> Request:
    """The whole database as a zip archive. Raises `Invalid` for an unknown dataset or an option."""
    if dataset != "ucdb_r2019a" or options:
        raise Invalid(f"ghsl/{dataset}: ask for ucdb_r2019a, without options.")
    return Request(_FOLDER + _ZIP, _ZIP)


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """One source record per urban centre and figure that is filled, row by row.

    Raises only `SourceError`.
    """
    path = Path(path)
    raw = load(path)
    kind = sniff(raw)
    if kind == "zip":
        raw = _unpacked(raw, path)
        kind = sniff(raw)
    raw = decode(raw, path)
    if kind == "xml":
        envelope.refuse_xml(raw, path)
    if kind != "text":
        raise Invalid(
            f"{path.name} is {kind}, not the CSV of the Urban Centre Database: give that."
        )
    return _table(raw, path, dataset)


def _table(raw: bytes, path: Path, dataset: str | None) -> pa.Table:
    delimiter = ";" if delimited.first_line(raw).count(b";") > 3 else ","
    header = delimited.names(raw, delimiter)
    if _ID not in header:
        envelope.refuse_sentence(raw, path)
    figures.require(header, (_ID, *_FIGURES), path.name)
    read_here = {_ID, *_FIGURES, *_ATTRIBUTES, *_NAMES}
    delimited.prove_names([n for n in header if n in read_here], path)
    columns = delimited.columns(raw, header, path, tuple(_FIGURES), delimiter)
    long = figures.melt({n: columns[n] for n in _FIGURES})
    figure = figures.read(long.text, path)
    ids = rename(columns[_ID], _whole)
    keys.prove_unique({_ID: ids}, path)
    if "" in keys.used(ids):
        raise Invalid(f"{path.name} has a row without {_ID}: download it again.")
    name = next((n for n in _NAMES if n in header), None)
    return records.make(
        About(PROVIDER, "GHS-UCDB CSV", dataset or "ucdb_r2019a"),
        dimensions={_ID: long.spread(ids), "variable": long.variable},
        period=long.of(_FIGURES),
        value=figure.value,
        value_text=encode(long.text),
        flags=figure.mark,
        attributes={
            n: rename(long.spread(columns[n]), squeeze) for n in _ATTRIBUTES if n in header
        },
        labels={_ID: rename(long.spread(columns[name]), squeeze)} if name else None,
    )


def _whole(code: str) -> str:
    """An id without the decimal point that spreadsheets add: `1.0` is `1`."""
    code = code.strip()
    return code[:-2] if code.endswith(".0") and code[:-2].isdigit() else code


def _unpacked(raw: bytes, path: Path) -> bytes:
    """The database's CSV out of its zip archive."""
    import io
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            tables = [n for n in archive.namelist() if n.lower().endswith(".csv")]
            if len(tables) != 1:
                raise Invalid(
                    f"{path.name} holds {len(tables)} CSV files, expected 1: unpack it and give "
                    "the table of attributes."
                )
            return archive.read(tables[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise Invalid(f"{path.name} breaks off or is damaged ({error}): fetch it again.") from None
