"""UN-Habitat, Urban Indicators Database: workbooks of cities, one table each.

The names of sheets and columns change with every release, so columns are recognised by what their
names mean; what is neither known nor text is a measure. There is one record for each filled cell
of a measure. `variable` is the measure's lasting id; `header` is the column's name as served.
Averages of world regions stand among the cities without a city code: `level` tells them apart.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Invalid, SourceError
from sources.formats import delimited, envelope, unsd_table
from sources.formats.text import decode, load, sniff
from sources.formats.workbook import Book, Sheet, find, headings, naming, open_book, squeeze
from sources.records import figures, keys, records
from sources.records.keys import encode, rename
from sources.records.records import About
from sources.transport.request import Request

if TYPE_CHECKING:
    from sources.transport.http import Client

PROVIDER = "un_habitat"
# The second host is the storage that the first sends on to.
HOSTS: tuple[str, ...] = (
    "guo-un-habitat.maps.arcgis.com",
    "ago-item-storage.s3.us-east-1.amazonaws.com",
)
_ABOUT = "https://guo-un-habitat.maps.arcgis.com/sharing/rest/content/items/{}"
_ITEM = _ABOUT + "/data"
_ITEMS = {
    "open_space": "fbb02b19d417497093418484448e3465",
    "green_areas": "cc37148f95304783a6ccfad8a9124a9d",
    "public_transport": "62b0629736c44068bcf4ce2cbce03f8f",
    "land_consumption": "8df37ec6315449b185a8b080dee544ff",
}
CITY, COUNTRY = "City Code", "Country or Territory Name"
# What a column's name begins with, in letters and digits alone, and the name that it gets here.
_KNOWN = (
    ("citycode", CITY),
    ("cityname", "City Name"),
    ("countryorterritorycode", "Country or Territory Code"),
    ("countryorterritoryname", COUNTRY),
    ("countrycode", "Country or Territory Code"),
    ("countryname", COUNTRY),
    ("sdgregion", "SDG Region"),
    ("sdgsubregion", "SDG Sub-Region"),
    ("sdggoal", "SDG Goal"),
    ("sdgtarget", "SDG Target"),
    ("sdgindicator", "SDG Indicator"),
    ("dataunit", "Data Units"),
    ("datareferencefiscalyear", "Data Reference Year"),
    ("datareferencefinancialyear", "Data Reference Year"),
    ("fiscalyear", "Data Reference Year"),
    ("financialyear", "Data Reference Year"),
    ("datareferenceyear", "Data Reference Year"),
    ("referenceyear", "Data Reference Year"),
    ("datasource", "Data Source"),
    ("footnote", "FootNote"),
    ("latitude", "Latitude"),
    ("longitude", "Longitude"),
)
# Measures whose id must not change when a release words its columns anew: all words must be there.
_MEASURES = (
    (("access", "open", "space"), "open_space_access"),
    (("share", "open", "space"), "open_space_share"),
    (("green", "area", "capita"), "green_area_per_capita"),
    (("share", "green", "area"), "green_area_share"),
)
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
_UNIT = re.compile(r"\(([^()]*)\)[^()]*$")
_PAIRS = re.compile(r"(?i)fiscal|financial|school")  # a column of years that are pairs
_LIKE_A_FIGURE = (
    r"^[<>≤≥~]?\s*[+\-\x{2212}]?[.,]?\d[\d.,\x{a0}\x{202f} '’]*([eE][+-]?\d+)?\s*[*†‡§%]*$"
)
MISSING = (*figures.MISSING, "N", "n.d.", "Null")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)


def request(dataset: str, options: dict[str, str | list[str]]) -> Request:
    """The workbook of a dataset; there are no options. Raises `Invalid` for an unknown dataset."""
    if dataset not in _ITEMS or options:
        raise Invalid(f"un_habitat/{dataset}: ask for one of {', '.join(_ITEMS)}, without options.")
    return Request(_ITEM.format(_ITEMS[dataset]), f"{dataset}.xlsx")


def signal(dataset: str, options: object, client: Client) -> str | None:
    """When the item was last modified, as its description says (milliseconds since 1970)."""
    asked = Request(_ABOUT.format(_ITEMS.get(dataset, "")), "item.json", (("f", "json"),))
    try:
        said = re.search(rb'"modified"\s*:\s*(\d+)', client.text(asked, hosts=HOSTS))
    except SourceError:
        return None
    return f"modified {said[1].decode()}" if said else None


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """One source record per filled cell of a measure, from a workbook or its CSV.

    Tables in the layout of the UN SDG database are read as that. Raises only `SourceError`.
    """
    path = Path(path)
    raw = load(path)
    kind = sniff(raw)
    published = None
    if kind in ("zip", "ole"):
        book = open_book(path, raw)
        sheet, form, sign = _workbook(book), "UN-Habitat workbook", ","
        published = _published(book)
    else:
        sheet, sign = _csv(decode(raw, path), kind, path)
        form = "UN-Habitat CSV"
    about = About(PROVIDER, form, dataset, published_at=published, parts=sheet.parts)
    with naming(sheet):
        if unsd_table.is_header(sheet.names):
            return unsd_table.to_records(
                sheet.by_name, about, path, typed=sheet.typed_by_name, delimiter=sign
            )
        return _records(sheet, about, path, sign)


def _is_header(names: list[str]) -> bool:
    known = {_known(n) for n in names}
    return {CITY, COUNTRY} <= known or unsd_table.is_header(names)


def _workbook(book: Book) -> Sheet:
    sheet = find(book, _is_header)
    if sheet is None:
        found = [_known(n) or n for n in headings(book, 3)]
        figures.require(found, (CITY, COUNTRY), book.path.name)
        raise Invalid(f"{book.path.name} holds no table of cities: download it again.")
    return sheet


def _csv(raw: bytes, kind: str, path: Path) -> tuple[Sheet, str]:
    """The table of a text as that of a sheet, and what separates its columns."""
    if kind == "json":
        import json

        with contextlib.suppress(ValueError, RecursionError):
            envelope.refuse_json(json.loads(raw), path)
    if kind == "xml":
        envelope.refuse_xml(raw, path)
    if kind != "text":
        raise Invalid(f"{path.name} is {kind}, not a workbook of UN-Habitat: download the .xlsx.")
    sign = delimited.separator(raw)
    header = [squeeze(n) for n in delimited.names(raw, sign)]
    if not _is_header(header):
        envelope.refuse_sentence(raw, path)
        figures.require([_known(n) or n for n in header], (CITY, COUNTRY), path.name)
    delimited.prove_names(header, path)
    columns = delimited.columns(raw, header, path, tuple(header), sign)
    written = [np.zeros(len(c), bool) for c in columns.values()]
    return Sheet(path, "", list(columns), list(columns.values()), 2, written), sign


def _known(header: str) -> str | None:
    folded = "".join(c for c in header.lower() if c.isalnum())
    return next((name for start, name in _KNOWN if folded.startswith(start)), None)


def _records(sheet: Sheet, about: About, path: Path, sign: str) -> pa.Table:
    known: dict[str, pa.Array] = {}
    measures: dict[str, pa.Array] = {}
    others: dict[str, pa.Array] = {}
    pairs = False
    for header, column in sheet.by_name.items():
        name = _known(header)
        if name and name not in known:
            known[name] = column
            pairs |= name == "Data Reference Year" and bool(_PAIRS.search(header))
        elif _is_measure(header, column):
            measures[header] = column
        else:
            others[header] = column
    if not measures:
        raise Invalid(
            f"{path.name} has no column of figures beside {', '.join(known)}: download it again."
        )
    long = figures.melt(measures, sheet.typed_by_name)
    if not len(long.text):
        raise Invalid(f"{path.name} holds no figure in any of its cells: download it again.")
    figure = figures.read(
        long.text,
        path,
        missing=MISSING,
        typed=long.typed,
        comma_is_decimal=delimited.comma_is_decimal(sign),
    )
    known = {n: rename(long.spread(c), squeeze) for n, c in known.items()}
    dimensions = {
        CITY: known.pop(CITY),
        COUNTRY: known.pop(COUNTRY),
        "variable": long.of({h: _variable(h) for h in measures}),
    }
    _prove_aggregates(dimensions, known.get("City Name"), path)
    period = _period(long, list(measures), known.get("Data Reference Year"), path, pairs)
    keys.prove_unique(dimensions | {"period": period}, path)
    attributes = {n: c for n, c in known.items() if n != "City Name"}
    attributes |= {
        "level": rename(dimensions[CITY], lambda code: "city" if code else "aggregate"),
        "header": long.variable,
        "unit": long.of({h: (_UNIT.findall(h) or [""])[0] for h in measures}),
    }
    attributes |= {n: rename(long.spread(c), squeeze) for n, c in others.items()}
    return records.make(
        about,
        dimensions=dimensions,
        period=period,
        value=figure.value,
        value_text=encode(long.text),
        flags=figure.mark,
        attributes=attributes,
        labels={CITY: known["City Name"]} if "City Name" in known else None,
    )


def _prove_aggregates(
    dimensions: dict[str, pa.DictionaryArray], city: pa.DictionaryArray | None, path: Path
) -> None:
    """Refuse a row without a city's code that is no average of a region: one with a city's name, or
    without a country or region."""
    named = keys.combine(
        dimensions[CITY],
        dimensions[COUNTRY] if city is None else city,
        lambda code, name: code or ("" if name and city is not None else "average"),
    )
    keys.prove_filled({CITY: named}, path)
    place = keys.combine(dimensions[CITY], dimensions[COUNTRY], lambda code, area: code or area)
    keys.prove_filled({f"{CITY} or {COUNTRY}": place}, path)


def _is_measure(header: str, column: pa.Array) -> bool:
    """Whether a column is of figures: by its heading, or because most of its cells are.

    A heading that ends in a unit in parentheses is a measure's, so that one odd cell below it is
    refused with its place and not taken for a remark.
    """
    cells = pc.utf8_trim_whitespace(column)
    cells = cells.filter(pc.not_equal(cells, ""))
    if _variable(header) in dict(_MEASURES).values():
        return True
    if not len(cells):
        return False
    share = pc.mean(pc.match_substring_regex(cells, _LIKE_A_FIGURE).cast(pa.int8())).as_py()
    return share > (0 if _UNIT.search(header) else 0.5)


def _variable(header: str) -> str:
    """A measure's id: a known one, else the header in small letters without year and unit."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"\([^()]*\)|\[[^\]]*\]", " ", header.lower()))
    for wanted, name in _MEASURES:
        if all(any(word.startswith(w) for word in words) for w in wanted):
            return name
    return "_".join(w for w in words if not _YEAR.fullmatch(w)) or "value"


def _period(
    long: figures.Long,
    headers: list[str],
    year: pa.DictionaryArray | None,
    path: Path,
    pairs: bool,
) -> pa.DictionaryArray:
    """The year in the header; where it names none, the year in its own column."""
    named = long.of({h: (_YEAR.findall(h) or [""])[0] for h in headers})
    blank = figures.blank(len(named))
    period = keys.combine(named, year if year is not None else blank, lambda a, b: a or b)
    if "" in keys.used(period):
        raise Invalid(
            f"{path.name}: a figure has no year, neither in the name of its column nor in "
            "'Data Reference Year': add it or download the file again."
        )
    used = set(keys.used(period))
    return rename(period, lambda w: keys.year(w, path, pairs=pairs) if w in used else "")


def _published(book: Book) -> str | None:
    """First day of the month after `Last Update:`, stated on a sheet of some workbooks."""
    for sheet in book.sheets:
        if sheet.lower() != "metadata":
            continue
        for row in book.rows(sheet):
            cells = [squeeze(c) for c in row if isinstance(c, str) and c.strip()]
            if len(cells) > 1 and cells[0].lower().startswith("last update"):
                month, _, year = cells[1].lower().partition(" ")
                if month in _MONTHS and _YEAR.fullmatch(year):
                    return f"{year}-{_MONTHS.index(month) + 1:02d}-01"
    return None
