"""The table of the UN's SDG database, in which layout ever it was served, as source records.

Seventeen columns are known and described here; every further one is a dimension, because each
download has those of its own selection. A record's key is series, area, period and dimensions.
Goal, target and indicator are none of it: the database repeats one observation under each
indicator that its series serves, and here it appears once, with all of them named.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from sources.errors import Invalid
from sources.formats import delimited
from sources.formats.workbook import squeeze
from sources.records import figures, keys, records
from sources.records.keys import combine, encode, entries, indices, rename

REQUIRED = ("SeriesCode", "GeoAreaCode", "TimePeriod", "Value")
_KEY = ("SeriesCode", "GeoAreaCode")
_REPEATED = ("Goal", "Target", "Indicator")
_LABELS = {"SeriesDescription": "SeriesCode", "GeoAreaName": "GeoAreaCode"}
_ATTRIBUTES = (
    *_REPEATED,
    "Time_Detail",
    "TimeCoverage",
    "UpperBound",
    "LowerBound",
    "BasePeriod",
    "Source",
    "GeoInfoUrl",
    "FootNote",
    "Nature",
    "Observation Status",
)
# Marks for a missing figure that the database, its carriers and its years served.
MISSING = (*figures.MISSING, "N", "NV", "Null", "None")
Codebook = Mapping[str, Mapping[str, str]]


def name(header: str) -> str:
    """A column's name without brackets and stray blanks: `[Reporting Type] ` is Reporting Type."""
    return squeeze(header).removeprefix("[").removesuffix("]").strip()


def is_header(names: list[str]) -> bool:
    """Whether these names are the header of such a table."""
    return {"SeriesCode", "GeoAreaCode"} <= {name(n) for n in names}


def to_records(
    columns: Mapping[str, pa.Array],
    about: records.About,
    path: Path,
    codebook: Codebook | None = None,
    *,
    typed: Mapping[str, np.ndarray] | None = None,
    delimiter: str = ",",
) -> pa.Table:
    """Source records from columns of text (plain or dictionary arrays, without nulls).

    `codebook` gives labels of codes per dimension, `typed` the rows in which a column of a workbook
    holds numbers, `delimiter` what separates the columns of a text. `flags` is the code of Nature, with
    `|` and the observation status where that is not `A`, or the mark that is in place of the
    number. Raises `Invalid` for a missing column, no period, no number, or a key that appears twice.
    """
    found = [name(n) for n in columns]
    figures.require(found, REQUIRED, path.name)
    if len(set(found)) < len(found):
        twice = next(n for n in found if found.count(n) > 1)
        raise Invalid(f"{path.name}: the header names the column '{twice}' twice: remove one.")
    served = dict(zip(found, columns.values(), strict=True))
    text = served.pop("Value")
    coded = {n: _codes(c) for n, c in served.items() if n}
    keys.prove_filled({n: coded[n] for n in _KEY}, path)
    period = rename(coded.pop("TimePeriod"), lambda word: keys.year(word, path))
    cells = {name(n): rows for n, rows in (typed or {}).items()}
    figure = figures.read(
        _decoded(text),
        path,
        missing=MISSING,
        typed=cells.get("Value"),
        comma_is_decimal=delimited.comma_is_decimal(delimiter),
    )
    flags = _flags(coded, figure)
    keep = _explained(text, flags)
    first, repeated = _first(coded, period, text, keep, path)
    rows = pa.array(first)
    taken = {n: c.take(rows) for n, c in coded.items()}
    for n, words in repeated.items():
        taken[n] = encode(pa.array(words))
    labels = {of: taken.pop(n) for n, of in _LABELS.items() if n in taken}
    dimensions = {
        n: c for n, c in taken.items() if n in _KEY or (n not in _ATTRIBUTES and n not in labels)
    }
    for dimension, book in (codebook or {}).items():
        if dimension in dimensions and dimension not in labels and any(book.values()):
            labels[dimension] = rename(dimensions[dimension], lambda c, b=book: b.get(c, ""))
    return records.make(
        about,
        dimensions=dimensions,
        period=period.take(rows),
        value=figure.value.take(rows),
        value_text=text.take(rows),
        flags=flags.take(rows),
        attributes={n: taken[n] for n in _ATTRIBUTES if n in taken},
        labels=labels,
    )


def _codes(column: pa.Array) -> pa.DictionaryArray:
    coded = column if pa.types.is_dictionary(column.type) else encode(column)
    return rename(coded, squeeze)


def _decoded(text: pa.Array) -> pa.Array:
    return text.cast(pa.string()) if pa.types.is_dictionary(text.type) else text


def _flags(coded: dict[str, pa.DictionaryArray], figure: figures.Figures) -> pa.DictionaryArray:
    """Nature; with the mark that stands for the number, unless `NA` says it already."""
    n = len(figure.value)
    nature = coded.get("Nature", figures.blank(n))
    status = coded.get("Observation Status", figures.blank(n))
    said = combine(nature, status, lambda a, b: a if b in ("", "A") else f"{a}|{b}")
    return combine(
        said, figure.mark, lambda a, b: a if a == "NA" or not b else f"{a}|{b}".lstrip("|")
    )


def _explained(text: pa.Array, flags: pa.DictionaryArray) -> np.ndarray:
    """Rows that are records: all but those with neither a value nor a word about it."""
    empty = np.array([not word.strip() for word in entries(_plain(text))], bool)
    silent = np.array([not word for word in entries(flags)], bool)
    return np.flatnonzero(~(empty[indices(_plain(text))] & silent[indices(flags)]))


def _plain(text: pa.Array) -> pa.DictionaryArray:
    return text if pa.types.is_dictionary(text.type) else encode(text)


def _first(
    coded: dict[str, pa.DictionaryArray],
    period: pa.DictionaryArray,
    text: pa.Array,
    keep: np.ndarray,
    path: Path,
) -> tuple[np.ndarray, dict[str, list[str]]]:
    """The rows that stand for each observation, and their goals, targets and indicators joined.

    The second part is empty where no observation is repeated. Raises `Invalid` where rows of one
    key differ in their figure or appear twice under the same indicator.
    """
    if not len(keep):
        raise Invalid(f"{path.name} holds no figure: fetch it again with a wider selection.")
    parts = {
        n: c for n, c in coded.items() if n in _KEY or (n not in _ATTRIBUTES and n not in _LABELS)
    } | {"TimePeriod": period}
    key = np.zeros(len(keep), np.int64)
    for column in parts.values():
        _, key = np.unique(
            key * (len(column.dictionary) + 1) + indices(column)[keep], return_inverse=True
        )
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    if len(first) == len(keep):
        return keep, {}
    again = np.setdiff1d(np.arange(len(keep)), first)
    value, sizes = indices(_plain(text))[keep], {}
    indicator = coded.get("Indicator", figures.blank(len(text)))
    under = indices(indicator)[keep]
    words: dict[str, dict[int, list[str]]] = {n: {} for n in _REPEATED if n in coded}
    for row in again.tolist():
        one = int(first[group[row]])
        seen = sizes.setdefault(one, {int(under[one])})
        if value[row] != value[one] or int(under[row]) in seen:
            names = ", ".join(f"{n}={entries(c)[indices(c)[keep[row]]]}" for n, c in parts.items())
            raise Invalid(
                f"{path.name}: records {keep[one] + 1} and {keep[row] + 1} have the same key ({names}): "
                "fetch it again, or tell the provider that the file contradicts itself."
            )
        seen.add(int(under[row]))
        for n, gathered in words.items():
            word = entries(coded[n])[indices(coded[n])[keep[row]]]
            start = [entries(coded[n])[indices(coded[n])[keep[one]]]]
            if word not in gathered.setdefault(one, start):
                gathered[one].append(word)
    order = np.sort(first)
    joined = {}
    for n, gathered in words.items():
        column = coded[n].take(pa.array(keep[order])).to_pylist()
        joined[n] = [
            ";".join(gathered[o]) if o in gathered else w
            for o, w in zip(order.tolist(), column, strict=True)
        ]
    return keep[order], joined
