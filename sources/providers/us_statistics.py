"""Federal statistical agencies of the United States: figures of metropolitan statistical areas.

Census Bureau (estimates of population and components of change; tables of data.census.gov), Bureau of
Economic Analysis (regional price parities, gross domestic product), Federal Housing Finance Agency
(house price index) and Environmental Protection Agency (index of air quality), as CSV or a zip of it.
Areas are core based statistical areas (CBSA), five digits; which list of them a file follows is stated
in the catalog.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sources.errors import Invalid, Refused
from sources.formats import archive, delimited, envelope
from sources.formats.text import decode, excerpt, load, sniff
from sources.records import figures, keys, records
from sources.records.keys import encode, rename
from sources.records.records import About
from sources.transport.request import Request

PROVIDER = "us_statistics"
HOSTS: tuple[str, ...] = ()
# Bureau of Economic Analysis: not disclosed, not available, less than half the unit shown.
_MARKS = ("(D)", "(NA)", "(NM)", "(L)", "-", "N", "X", "**")


@dataclass(frozen=True)
class _Layout:
    """One kind of file: `mark` is the column that tells it; `dimensions` as in the file, `figures` which
    columns hold figures, by variable and, where their name has one, year; `period` from columns."""

    name: str
    mark: str
    dimensions: dict[str, str]
    figures: re.Pattern[str]
    period: tuple[str, ...] = ()
    label: str = ""
    year: str = ""


_LAYOUTS = (
    _Layout(
        "population estimates CSV",
        "STCOU",
        {"CBSA": "CBSA", "MDIV": "MDIV", "STCOU": "STCOU", "LSAD": "LSAD"},
        re.compile(r"([A-Z]+(?:BASE|POP)?)(20\d\d)(?:POP)?"),
        label="NAME",
    ),
    _Layout(
        "regional accounts CSV",
        "GeoFIPS",
        {"GeoFIPS": "CBSA", "TableName": "TableName", "LineCode": "LineCode", "Unit": "unit"},
        re.compile(r"()(\d{4})"),
        label="GeoName",
    ),
    _Layout(
        "house price index CSV",
        "index_nsa",
        {"cbsa": "CBSA"},
        re.compile(r"(index_\w+)()"),
        ("yr", "qtr"),
        "metro_name",
    ),
    _Layout(
        "air quality index CSV",
        "CBSA Code",
        {"CBSA Code": "CBSA"},
        re.compile(r"((?!CBSA|Year).+)()"),
        ("Year",),
        "CBSA",
    ),
    _Layout(
        "American Community Survey table CSV",
        "GEO_ID",
        {"GEO_ID": "CBSA"},
        re.compile(r"(B\d{5}_\d{3}[EM])()"),
        label="NAME",
        year="2024",
    ),
)


def request(dataset: str, options: dict[str, str | list[str]]) -> Request:
    """Raise `Refused`: no address of these files was seen to answer, an owner adds newer ones."""
    raise Refused(
        f"us_statistics/{dataset} has no live address yet: take the file from the agency and add it "
        "with 'observatory snapshots add'."
    )


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """One source record for every figure that is filled, row by row; raises only `SourceError`.

    The five-digit code of the area is the dimension `CBSA`; a dimension `variable` names the figure
    where the columns do.
    """
    path = Path(path)
    raw = load(path)
    kind = sniff(raw)
    if kind == "zip":
        raw = archive.only(raw, path, ".csv")
        kind = sniff(raw)
    if kind != "text":
        raise Invalid(f"{path.name} is {kind}, not CSV: give the agency's file.")
    raw = decode(raw, path, "cp1252")
    sign = delimited.separator(raw)
    header = delimited.names(raw, sign)
    layout = next((x for x in _LAYOUTS if x.mark in header), None)
    if layout is None:
        envelope.refuse_sentence(raw, path)
        raise Invalid(
            f"{path.name} has none of the headers that are read here (it has "
            f"{excerpt(', '.join(header), 200)}): give a file of population estimates, regional accounts, "
            "house prices, air quality, or a table of the American Community Survey."
        )
    return _table(_rows(raw, layout, sign), header, layout, path, dataset, sign)


def _rows(raw: bytes, layout: _Layout, sign: str) -> bytes:
    """Without the second header of the survey and the notes below the accounts; the housing agency ends
    its file without an end of line."""
    if layout.mark == "index_nsa":
        return raw if raw.endswith(b"\n") else raw + b"\n"
    if layout.mark == "GEO_ID":
        first, _, rest = raw.partition(b"\n")
        return first + b"\n" + rest.partition(b"\n")[2]
    if layout.mark == "GeoFIPS":
        head, *lines = raw.splitlines()
        area = re.compile(rb'\s*"?\s*"?\d{5}"?\s*"?' + re.escape(sign.encode()))
        kept = [line for line in lines if area.match(line)]
        return b"\n".join([head, *kept]) + b"\n"
    return raw


def _table(
    raw: bytes, header: list[str], layout: _Layout, path: Path, dataset: str | None, sign: str
) -> pa.Table:
    held = {n: m.groups() for n in header if (m := layout.figures.fullmatch(n))}
    held = {n: g for n, g in held.items() if n not in (*layout.dimensions, *layout.period)}
    figures.require(header, (*layout.dimensions, *layout.period), path.name)
    if not held:
        raise Invalid(f"{path.name} has no column of figures: download it again.")
    delimited.prove_names(header, path)
    columns = delimited.columns(raw, header, path, tuple(held), sign)
    long = figures.melt({n: columns[n] for n in held})
    figure = figures.read(
        long.text,
        path,
        missing=_MARKS,
        comma_is_decimal=delimited.comma_is_decimal(sign),
    )
    dimensions = {
        name: rename(long.spread(columns[column]), _bare)
        for column, name in layout.dimensions.items()
    }
    if any(variable for variable, _ in held.values()):
        dimensions["variable"] = long.of({n: variable for n, (variable, _) in held.items()})
    period = _period(long, columns, held, layout)
    keys.prove_unique(dimensions | {"period": period}, path)
    areas = keys.used(dimensions["CBSA"])
    if wrong := [a for a in areas if not re.fullmatch(r"\d{5}", a)]:
        raise Invalid(
            f"{path.name}: '{excerpt(wrong[0])}' is no five-digit code of an area: download it again."
        )
    name = layout.label
    return records.make(
        About(PROVIDER, layout.name, dataset),
        dimensions=dimensions,
        period=period,
        value=figure.value,
        value_text=encode(long.text),
        flags=figure.mark,
        labels={"CBSA": rename(long.spread(columns[name]), _bare)} if name in columns else None,
    )


def _period(
    long: figures.Long,
    columns: dict[str, pa.Array],
    held: dict[str, tuple[str, ...]],
    layout: _Layout,
) -> pa.Array:
    if not layout.period:
        return long.of({n: year or layout.year for n, (_, year) in held.items()})
    year, *quarter = (long.spread(columns[n]) for n in layout.period)
    return keys.combine(year, quarter[0], lambda y, q: f"{y}-Q{q}") if quarter else year


def _bare(text: str) -> str:
    """Without the quotation marks and spaces of the accounts, and the prefix of the survey's codes."""
    text = text.strip(' "')
    return text[-5:] if re.fullmatch(r"310M\d{3}US\d{5}", text) else text
