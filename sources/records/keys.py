"""Columns of codes: dictionary arrays, and the proof that no key appears twice.

All columns here are Arrow dictionary arrays with int32 indices and no nulls; work is done once per
distinct entry, never once per row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from sources.errors import Invalid, excerpt

# Dialects of one period: 2015M07, 2015M07D03, 2015Q3, 2015W5, 2015-A1, 2015-M07, 2015-D183.
_PARTS = re.compile(
    r"(?P<year>\d{4})-?(?:M(?P<month>\d{2})(?:D(?P<day>\d{2}))?"
    r"|(?P<part>[QSTW]\d{1,2})|D(?P<ordinal>\d{3})|A1?)",
    re.ASCII,
)
_PERIOD = re.compile(
    r"\d{4}(-(\d{2}(-\d{2}(T[\d:.]+Z?)?)?|Q[1-4]|S[12]|T[1-3]|W\d{2}))?|\d{4}[-/]\d{4}"
    r"|\d{4}-\d{2}-\d{2}/P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?",  # time range: start and duration
    re.ASCII,
)
_EARLIEST, _LATEST = 1000, 2199  # years: 0001 and 9999 stand for something else
_YEARS = re.compile(r"(\d{4})_(\d{4})")
_FIRST_DAY = re.compile(r"(\d{4})-01-01( 00:00:00)?")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00(:00(\.0+)?)?Z?(/P.*)?")
_PAIR = re.compile(r"(\d{4})\s*[-/\u2013]\s*(\d{2})")
_WHOLE_YEAR = re.compile(r"\[?(\d{4})(?:\.0+)?\]?")


def indices(column: pa.DictionaryArray) -> np.ndarray:
    """The int32 positions of each row in the column's dictionary."""
    return column.indices.to_numpy(zero_copy_only=False)


def entries(column: pa.DictionaryArray) -> list[str]:
    """The distinct entries in dictionary order."""
    return column.dictionary.to_pylist()


def used(column: pa.DictionaryArray) -> list[str]:
    """The entries that at least one row has; selections leave unused ones behind."""
    words = entries(column)
    if len(words) == 1 and len(column):
        return words
    seen = np.zeros(len(words), bool)
    seen[indices(column)] = True
    return [words[i] for i in np.flatnonzero(seen)]


def build(positions: np.ndarray, words: list[str]) -> pa.DictionaryArray:
    """A dictionary array; equal words are merged so that one code has one entry."""
    order = dict.fromkeys(words)
    if len(order) < len(words):
        place = {word: i for i, word in enumerate(order)}
        positions = np.array([place[w] for w in words], np.int32)[positions]
    return pa.DictionaryArray.from_arrays(
        pa.array(positions.astype(np.int32, copy=False)), pa.array(list(order), pa.string())
    )


def rename(column: pa.DictionaryArray, change: Callable[[str], str]) -> pa.DictionaryArray:
    """The column with `change` applied to every distinct entry."""
    before = entries(column)
    after = [change(word) for word in before]
    return column if after == before else build(indices(column), after)


def combine(
    first: pa.DictionaryArray, second: pa.DictionaryArray, how: Callable[[str, str], str]
) -> pa.DictionaryArray:
    """Two columns made one, `how` being called once per pair of entries that could meet."""
    left, right = entries(first), entries(second)
    positions = indices(first).astype(np.int64) * len(right) + indices(second)
    return build(positions, [how(a, b) for a in left for b in right])


def constant(word: str, n: int) -> pa.DictionaryArray:
    """A column of one word."""
    return build(np.zeros(n, np.int32), [word])


def encode(column: pa.Array) -> pa.DictionaryArray:
    """A string array as a dictionary array, nulls as `""`."""
    return column.fill_null("").dictionary_encode()


def periods(column: pa.DictionaryArray, path: Path) -> pa.DictionaryArray:
    """Periods in one spelling: `2023M01` as `2023-01`, `2023Q1` as `2023-Q1`.

    Raises `Invalid` for an entry that is no period.
    """
    return rename(column, lambda word: period(word, path))


def period(word: str, path: Path) -> str:
    """One period in our spelling, proved by its value; raises `Invalid` where it is none.

    Dialects: ISO 8601, SDMX 2.1 (section 6: observational time periods and time ranges), and
    Eurostat's old one (`2015M07D03`, `2006_2008`).
    """
    word = word.strip()
    parts = _PARTS.fullmatch(word)
    midnight = _MIDNIGHT.fullmatch(word)
    if parts:
        word = _dashed(parts)
    elif midnight:
        word = midnight.group(1) + (midnight.group(4) or "")
    elif years := _YEARS.fullmatch(word):
        word = f"{years.group(1)}-{years.group(2)}"
    if not word:
        raise Invalid(
            f"{path.name}: a record has no period: fill it in, or leave out rows that are no records, "
            "such as notes below the table."
        )
    if not _PERIOD.fullmatch(word) or not _is_real(word):
        raise Invalid(
            f"{path.name}: '{excerpt(word)}' is no period (expected such as 2023, 2023-01, 2023-Q1): "
            "check that the file was not changed after the download."
        )
    return word


def year(word: str, path: Path, *, pairs: bool = False) -> str:
    """A period from a column of years: `2015.0` is 2015, `2018/2019` both years.

    The first day of a year, by which a spreadsheet keeps a year that it shows as a date, is the year.
    A short pair such as `2010-11` is two years where the dataset says so (`pairs`); else it is
    refused, because it may be the month. Raises `Invalid`.
    """
    word = word.strip()
    whole = _WHOLE_YEAR.fullmatch(word)
    if whole:
        return period(whole.group(1), path)
    if day := _FIRST_DAY.fullmatch(word):
        return period(day.group(1), path)
    pair = _PAIR.fullmatch(word)
    if not pair:
        return period(word, path)
    first, short = int(pair.group(1)), int(pair.group(2))
    if short != (first + 1) % 100:
        return period(word, path)  # no pair of years that follow one another
    if not pairs:
        other = "a month" if short <= 12 else "one financial year"
        raise Invalid(
            f"{path.name}: '{excerpt(word)}' is ambiguous in a column of years (two years, or "
            f"{other}): write {first}/{first + 1} for both years, or the year alone."
        )
    return f"{first}/{first + 1}"


def _dashed(parts: re.Match[str]) -> str:
    """A dialect with dashes between its parts."""
    found = parts.groupdict()
    if found["month"]:
        return "-".join(found[n] for n in ("year", "month", "day") if found[n])
    if found["ordinal"]:
        first = dt.date(int(found["year"]) or 1, 1, 1)
        day = first + dt.timedelta(days=int(found["ordinal"]) - 1)
        # Where there is no such day, the period is refused as it was written.
        return day.isoformat() if day.year == int(found["year"]) else parts.group(0)
    rest = found["part"]
    if not rest:
        return found["year"]
    return f"{found['year']}-{'W' + rest[1:].zfill(2) if rest[0] == 'W' else rest}"


def _is_real(word: str) -> bool:
    """Whether a period of the right form exists: no month 13, no week 60, no 30 February, no hour 25."""
    if not _EARLIEST <= int(word[:4]) <= _LATEST or re.search(r"/P0+[YMWD]$", word):
        return False
    if re.fullmatch(r"\d{4}[-/]\d{4}", word):
        return int(word[:4]) <= int(word[5:])
    try:
        if re.match(r"\d{4}-\d{2}-\d{2}", word):
            dt.date.fromisoformat(word[:10])
            if word[10:11] == "T":
                dt.datetime.fromisoformat(word)
        elif re.fullmatch(r"\d{4}-\d{2}", word):
            dt.date(int(word[:4]), int(word[5:]), 1)
        elif word[4:6] == "-W":
            dt.date.fromisocalendar(int(word[:4]), int(word[6:]), 1)
        else:
            dt.date(int(word[:4]), 1, 1)
    except ValueError:
        return False
    return True


def prove_filled(columns: dict[str, pa.DictionaryArray], path: Path) -> None:
    """Raise `Invalid` naming the first record in which one of these codes is empty."""
    for name, column in columns.items():
        words = entries(column)
        if "" in words and len(at := np.flatnonzero(indices(column) == words.index(""))):
            raise Invalid(
                f"{path.name}: record {int(at[0]) + 1} has no {name}: fill it in (of merged cells only "
                "the first keeps its content in other formats), or leave the row out."
            )


def prove_unique(columns: dict[str, pa.DictionaryArray], path: Path) -> None:
    """Raise `Invalid` naming both records where the same key appears twice."""
    n = len(next(iter(columns.values()))) if columns else 0
    if n < 2:
        return
    key, size = np.zeros(n, np.int64), 1
    for column in columns.values():
        width = max(len(column.dictionary), 1)
        if size > (1 << 62) // width:
            _, key = np.unique(key, return_inverse=True)
            size = int(key.max()) + 1
        key, size = key * width + indices(column), size * width
    if size <= 8 * n + (1 << 20):
        seen = np.zeros(size, bool)
        seen[key] = True
        if np.count_nonzero(seen) == n:
            return
    else:
        ordered = np.sort(key)
        if not (ordered[1:] == ordered[:-1]).any():
            return
    order = np.argsort(key, kind="stable")
    at = int(np.flatnonzero(key[order][1:] == key[order][:-1])[0])
    first, second = sorted((int(order[at]), int(order[at + 1])))
    words = ", ".join(
        f"{excerpt(k)}={excerpt(entries(c)[indices(c)[first]])}" for k, c in columns.items()
    )
    raise Invalid(
        f"{path.name}: records {first + 1} and {second + 1} have the same key ({words}): "
        "fetch it again, or tell the provider that the file contradicts itself."
    )
