"""Figures in columns of text: what is a number, what is a mark, and wide tables made long."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Invalid
from sources.formats.text import excerpt
from sources.records.keys import build, constant, entries, indices

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_BOUND = r"^[<>≤≥~]\s*\d"
MISSING = ("NaN", "nan", "NA", "N/A", "n/a", "na", "..", "...", "…", "-", "–", "—")


@dataclass(frozen=True)
class Figures:
    """A column of figures: doubles (null where the text is none), and what the text says instead.

    `mark` is `""` for a number and for an empty cell, `<` for a bound such as `<0.1` (its sign),
    else the mark as served (`NaN`, `…`).
    """

    value: pa.Array
    mark: pa.DictionaryArray


def read(text: pa.Array, path: Path, what: str = "record") -> Figures:
    """Figures of a string array; commas between thousands are read over.

    Raises `Invalid` naming the place of a text that is neither a number, a bound nor a known mark
    for a missing one.
    """
    text = pc.utf8_trim_whitespace(text)
    distinct = text.dictionary_encode() if not pa.types.is_dictionary(text.type) else text
    words = distinct.dictionary
    grouped = pc.match_substring_regex(words, _THOUSANDS)
    if pc.any(grouped).as_py():
        words = pc.if_else(grouped, pc.replace_substring(words, ",", ""), words)
    good = pc.match_substring_regex(words, _NUMBER)
    value = pc.if_else(good, words, pa.scalar(None, pa.string())).cast(pa.float64())
    good = pc.fill_null(pc.is_finite(value), False)
    value = pc.if_else(good, value, pa.scalar(None, pa.float64()))
    position = indices(distinct)
    marks = [""] * len(words)
    for i in np.flatnonzero(~good.to_numpy(zero_copy_only=False)):
        word = words[int(i)].as_py()
        if word and not pc.match_substring_regex(pa.scalar(word), _BOUND).as_py():
            if word not in MISSING:
                at = int(np.flatnonzero(position == i)[0]) + 1
                raise Invalid(
                    f"{path.name}: {what} {at} has the value '{excerpt(word)}', which is neither a "
                    "number nor a known mark for a missing one: check that the file was not "
                    "changed after the download."
                )
            marks[i] = word
        elif word:
            marks[i] = word[0]
    return Figures(value.take(distinct.indices), build(position, marks))


@dataclass(frozen=True)
class Long:
    """A wide table made long: per record its row (0-based) and its column's name and text."""

    row: np.ndarray
    variable: pa.DictionaryArray
    text: pa.Array

    def spread(self, column: pa.Array) -> pa.DictionaryArray:
        """A column of the wide table, repeated for each record of its row."""
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        return build(indices(coded)[self.row], entries(coded))

    def choose(self, columns: dict[str, pa.Array]) -> pa.Array:
        """For each record the text of its row in the column that belongs to its variable.

        A variable without such a column gives `""`.
        """
        names = entries(self.variable)
        n = max((len(c) for c in columns.values()), default=0)
        empty = pa.array([""] * n, pa.string())
        together = pa.concat_arrays([columns.get(v, empty) for v in names])
        place = indices(self.variable).astype(np.int64)
        return together.take(pa.array(place * n + self.row))

    def of(self, words: dict[str, str]) -> pa.DictionaryArray:
        """What `words` says of each record's variable."""
        return build(indices(self.variable), [words[v] for v in entries(self.variable)])


def melt(columns: dict[str, pa.Array]) -> Long:
    """One record for every cell that is not empty, row by row, in the order of `columns`."""
    names = list(columns)
    stack = [pc.utf8_trim_whitespace(c) for c in columns.values()]
    filled = np.column_stack(
        [pc.not_equal(c, "").to_numpy(zero_copy_only=False).astype(bool) for c in stack]
    )
    row, place = np.nonzero(filled)
    n = len(filled)
    together = pa.concat_arrays([pa.array(c) if isinstance(c, list) else c for c in stack])
    text = together.take(pa.array(place.astype(np.int64) * n + row))
    return Long(row, build(place.astype(np.int32), names), text)


def require(found: list[str], wanted: tuple[str, ...], where: str) -> None:
    """Raise `Invalid` naming the first wanted column that is missing, and those that are there."""
    missing = [name for name in wanted if name not in found]
    if missing:
        there = ", ".join(f"'{name}'" for name in found if name) or "none"
        raise Invalid(
            f"{where} has no column '{missing[0]}' (found: {excerpt(there, 400)}): "
            "give a file of this provider, or download it again."
        )


def blank(n: int) -> pa.DictionaryArray:
    """A column of empty texts."""
    return constant("", n)
