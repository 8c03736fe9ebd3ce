"""World Health Organization, Ambient Air Quality Database: annual means of cities, as workbooks.

Reads both issues of 2016 and the editions of 2018 and later. Until 2018 values may be converted from
the other size of particles, and the header may be of two rows, pollutants above their columns. One record per filled cell of PM2.5, PM10 and NO2, in micrograms per m3.
The database repeats a city's year under several of its own versions, often with other figures:
all are kept and numbered by the dimension `entry`, in reading order.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Invalid
from sources.formats.workbook import (
    Book,
    Rows,
    headings,
    joined,
    naming,
    open_book,
    spell,
    squeeze,
    tables,
)
from sources.records import figures, keys, records
from sources.records.keys import build, encode, indices, rename
from sources.records.records import About
from sources.transport.request import Request

PROVIDER = "who"
HOSTS: tuple[str, ...] = ("cdn.who.int", "www.who.int")
_FILES = {
    "aap_2022": (
        "https://cdn.who.int/media/docs/default-source/air-pollution-documents/"
        "air-quality-and-health/who_aap_2021_v9_11august2022.xlsx"
    ),
    "aap_2016": (
        "https://www.who.int/phe/health_topics/outdoorair/databases/"
        "WHO_AAP_database_May2016_v3web.xlsx"
    ),
}
_VARIABLES = {"pm25": "PM2.5", "pm10": "PM10", "no2": "NO2"}
_UNIT = r"(?:.?gm3)?"
_VALUE = re.compile(rf"(pm25|pm10|no2)(?:annual)?(mean|concentration)?{_UNIT}")
_OWN = re.compile(
    r"(pm25|pm10|no2)(year|note|stations|temporalcoverage|tempcov|notesonconverted|noteonconverted"
    r"|numberandtypeofmonitoringstations)(?:pm25|pm10|no2)?"
)
_OWN_NAMES = {
    "temporalcoverage": "temporal_coverage",
    "tempcov": "temporal_coverage",
    "noteonconverted": "note",
    "notesonconverted": "note",
    "numberandtypeofmonitoringstations": "stations",
}
# `(12)-converted value` of the edition of 2018; the note beside it says `Converted`.
_CONVERTED = r"^\(?(?P<number>[\d.,]+)\)?\s*-?\s*converted(?: value)?$"
_OTHER = {"PM2.5": "converted from PM10", "PM10": "converted from PM2.5"}
_YEARS = ("measurementyear", "year")
_CITIES = ("cityorlocality", "citytown", "city")
MISSING = (*figures.MISSING, "NR", "ND", "None")
_YEAR = re.compile(r"\d{4}(\.\d+)?")
# What a column is called below its pollutant.
_PARTS = ("annualmean", "annualmeangm3", "annualmeanugm3", "annualmeanμgm3", "annualmeanµgm3")


def request(dataset: str, options: dict[str, str | list[str]]) -> Request:
    """The workbook of an edition; there are no options. Raises `Invalid` for an unknown one."""
    if dataset not in _FILES or options:
        raise Invalid(f"who/{dataset}: ask for one of {', '.join(_FILES)}, without options.")
    url = _FILES[dataset]
    return Request(url, url.rsplit("/", 1)[1])


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """One source record per filled cell of a pollutant, from a workbook of any edition.

    `flags` is what the edition says of the value where it is not simply measured, such as
    `converted from PM10`. Raises only `SourceError`.
    """
    path = Path(path)
    book = open_book(path)
    found = tables(book, _is_header, _names)
    if not found:
        figures.require([_fold(n) for n in headings(book, 5)], ("iso3",), path.name)
        raise Invalid(f"{path.name} holds no table of cities: download it again.")
    sheet = joined(found)
    columns = sheet.by_name
    folded = {_fold(n): n for n in columns}
    city = next((folded[c] for c in _CITIES if c in folded), None)
    if city is None:
        figures.require(sheet.names, ("City or Locality",), path.name)
    heads = {_VARIABLES[m.group(1)]: n for f, n in folded.items() if (m := _VALUE.fullmatch(f))}
    if not heads:
        figures.require(sheet.names, ("PM2.5",), path.name)
    numbers = sheet.typed_by_name
    long = figures.melt(
        {v: _figures(columns[n]) for v, n in heads.items()},
        {v: numbers[n] for v, n in heads.items()},
    )
    about = About(
        PROVIDER, "WHO workbook", dataset, published_at=_published(book), parts=sheet.parts
    )
    with naming(sheet):
        return _records(columns, folded, str(city), long, about=about, path=path)


def _is_header(names: list[str]) -> bool:
    folded = {_fold(name) for name in names}
    return "iso3" in folded and bool(folded & {*_CITIES, "year", "measurementyear", *_VARIABLES})


def _names(rows: Rows, at: int) -> list[str]:
    """The names of a header; of one in two rows, those that need it with the pollutant above.

    The pollutant is above the first of its columns, which may be merged or not.
    """
    names = [squeeze(spell(cell)) for cell in rows[at]]
    above = next((row for row in rows[at - 1 :: -1][:3] if _pollutants(row)), None) if at else None
    if above is None:
        return names
    made, group = [], ""
    for name, head in zip(names, above, strict=True):
        group = squeeze(spell(head)) or group
        pollutant = _pollutant(group)
        shared = names.count(name) > 1 or _fold(name) in _PARTS
        if pollutant and name and (shared or _fold(pollutant) in _fold(name)):
            belongs = _belongs(_fold(pollutant) + _fold(name))
            made.append(f"{pollutant} {name}" if belongs else name)
        else:
            made.append(name)
    return made


def _pollutants(row: list[Any]) -> list[str]:
    return [p for cell in row if (p := _pollutant(squeeze(spell(cell))))]


def _pollutant(words: str) -> str:
    """The pollutant that a heading above columns begins with, as `variable` names it; or `""`."""
    return next((v for f, v in _VARIABLES.items() if _fold(words).startswith(f)), "")


def _belongs(folded: str) -> bool:
    return bool(_VALUE.fullmatch(folded) or _OWN.fullmatch(folded))


def _records(
    columns: dict[str, pa.Array],
    folded: dict[str, str],
    city: str,
    long: figures.Long,
    *,
    about: About,
    path: Path,
) -> pa.Table:
    own: dict[str, dict[str, pa.Array]] = {}
    used = {city, folded["iso3"]}
    for f, n in folded.items():
        match = _OWN.fullmatch(re.sub(r"\W|_", "", f))
        if match:
            kind = _OWN_NAMES.get(match.group(2), match.group(2))
            own.setdefault(kind, {})[_VARIABLES[match.group(1)]] = columns[n]
        if match or _VALUE.fullmatch(f):
            used.add(n)
    attributes = {n: rename(encode(long.choose(c)), squeeze) for n, c in own.items()}
    served = attributes.pop("year", None)
    if served is None:
        year = next((folded[y] for y in _YEARS if y in folded), None)
        if year is None:
            figures.require(list(columns), ("Measurement Year",), path.name)
        used.add(str(year))
        served = long.spread(columns[str(year)])
    period = rename(served, lambda word: _period(word, path) if word in keys.used(served) else word)
    attributes |= {n: rename(long.spread(c), squeeze) for n, c in columns.items() if n not in used}
    place = {n: rename(long.spread(columns[n]), squeeze) for n in (folded["iso3"], city)}
    number = attributes.pop(folded.get("idwhocity", ""), None)
    identity = ({folded["idwhocity"]: number} if number is not None else {}) | place
    keys.prove_filled(place, path)
    identity |= {"variable": long.variable}
    converted = pc.match_substring_regex(pc.utf8_lower(long.text), _CONVERTED)
    figure = figures.read(_without_words(long.text), path, missing=MISSING, typed=long.typed)
    keys.prove_unique(
        identity | {"period": period} | attributes | {"value": encode(long.text)}, path
    )
    flags = figure.mark
    note = attributes.get("note", figures.blank(len(long.text)))
    words = encode(pc.if_else(converted, "converted", note.cast(pa.string())))
    for said in (
        keys.combine(long.variable, words, _note),
        attributes.get(folded.get("status", ""), figures.blank(len(long.text))),
    ):
        flags = keys.combine(flags, said, lambda a, b: f"{a}; {b}" if a and b else a or b)
    return records.make(
        about,
        dimensions=identity | {"entry": _entry(identity | {"period": period})},
        period=period,
        value=figure.value,
        value_text=encode(long.text),
        flags=flags,
        attributes=attributes | {"year": served},
    )


def _without_words(text: pa.Array) -> pa.Array:
    """`(12)-converted value` as `12`; that it is converted is said by the flag."""
    parts = pc.extract_regex(pc.utf8_lower(text), _CONVERTED)
    return pc.coalesce(pc.struct_field(parts, "number"), text)


def _note(variable: str, said: str) -> str:
    """The note on a value, in one wording for all editions: empty where it was measured."""
    low = said.casefold()
    if low in ("", "na") or low.startswith("measured"):
        return ""
    return _OTHER.get(variable, said) if low.startswith("converted") else said


def _figures(column: pa.Array) -> pa.Array:
    """A column of figures in which `NA`, the blank of the program that wrote it, is empty."""
    return pc.if_else(pc.equal(column, "NA"), "", column)


def _entry(identity: dict[str, pa.DictionaryArray]) -> pa.DictionaryArray:
    """1 for the first record of a key, 2 for the next one, and so on, in reading order."""
    key = np.zeros(len(next(iter(identity.values()))), np.int64)
    for column in identity.values():
        _, key = np.unique(
            key * (len(column.dictionary) + 1) + indices(column), return_inverse=True
        )
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    start = np.maximum.accumulate(
        np.where(np.r_[True, ordered[1:] != ordered[:-1]], np.arange(len(key)), 0)
    )
    rank = np.empty(len(key), np.int64)
    rank[order] = np.arange(len(key)) - start
    return build(rank, [str(i + 1) for i in range(int(rank.max()) + 1)])


def _period(word: str, path: Path) -> str:
    """A year; a mean over stations of two years, such as 2011.5, as the range 2011-01-01/P2Y."""
    if not _YEAR.fullmatch(word):
        return keys.year(word, path)
    year = float(word)
    first = int(year)
    return str(first) if year == first else f"{first}-01-01/P2Y"


def _fold(header: str) -> str:
    return "".join(c for c in header.lower() if c.isalnum())


def _published(book: Book) -> str | None:
    """The date beside the version on the first sheet, such as v9 and 2022-07-21."""
    import datetime as dt

    for row in book.rows(book.sheets[0])[:12]:
        if row and re.fullmatch(r"v\d+[\d.]*", str(row[0]).strip().lower()):
            return next((c.isoformat()[:10] for c in row if isinstance(c, dt.date)), None)
    return None
