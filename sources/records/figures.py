"""Figures in columns of text: what is a number, what is a mark, and wide tables made long."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Invalid, excerpt
from sources.records import spelling
from sources.records.keys import build, constant, entries, indices

_BOUND = r"^[<>≤≥~]\s*\d"
_MARKED = r"^(?P<number>.*\d\.?)\s*(?P<mark>[*†‡§]+)$"
MISSING = (
    *("NaN", "NA", "N/A", "n.a.", "<NA>", "#N/A", "n.d.", "n/d", "s/d", "not available", "no data"),
    *("..", "...", "…", "-", "--", "\u2212", "–", "—"),
)


@dataclass(frozen=True)
class Figures:
    """A column of figures: doubles (null where the text is none), and what the text says instead.

    `mark` is `""` for a number and for an empty cell, `<` for a bound such as `<0.1` (its sign),
    else the mark as served (`NaN`, `…`).
    """

    value: pa.Array
    mark: pa.DictionaryArray


def read(
    text: pa.Array,
    path: Path,
    what: str = "record",
    *,
    missing: tuple[str, ...] = MISSING,
    typed: np.ndarray | None = None,
    comma_is_decimal: bool = False,
) -> Figures:
    """Figures of a string array, in whichever way people write numbers (`sources.records.spelling`).

    `missing`: the provider's marks for a missing figure, in capital or small letters. `typed`: the
    rows whose cell is a number in its workbook, not text; they are no evidence for a convention.
    A footnote sign behind a number (`12.5*`) is its mark. Raises `Invalid` naming the place of a
    text that is neither a number, a bound nor a known mark for a missing one.
    """
    text = pc.utf8_trim_whitespace(text)
    distinct = text.dictionary_encode() if not pa.types.is_dictionary(text.type) else text
    words, position = distinct.dictionary, indices(distinct)
    marks = [""] * len(words)
    if pc.any(pc.match_substring_regex(words, r"\d\.?\s*[*†‡§]+$")).as_py():
        parts = pc.extract_regex(words, _MARKED)
        marks = pc.fill_null(pc.struct_field(parts, "mark"), "").to_pylist()
        words = pc.coalesce(pc.struct_field(parts, "number"), words)
    plain, number = _spelled(words, position, typed, path, comma_is_decimal)
    known = {word.casefold(): word for word in missing}
    for i in np.flatnonzero(~number.to_numpy(zero_copy_only=False)):
        word = distinct.dictionary[int(i)].as_py()
        if not word:
            continue
        if pc.match_substring_regex(pa.scalar(word), _BOUND).as_py():
            marks[i] = word[0]
        elif word.casefold() in known:
            marks[i] = known[word.casefold()]
        else:
            at = int(np.flatnonzero(position == i)[0]) + 1
            raise Invalid(
                f"{path.name}: {what} {at} has the value '{excerpt(word)}', which is neither a "
                "number nor a known mark for a missing one: check that the file was not "
                "changed after the download."
            )
    return Figures(plain, build(position, marks))


def _spelled(
    words: pa.Array, position: np.ndarray, typed: np.ndarray | None, path: Path, comma: bool
) -> tuple[pa.Array, pa.Array]:
    """The value of each row, and which words are numbers."""
    written = np.ones(len(position), bool) if typed is None else ~typed
    said = np.zeros(len(words), bool)
    said[position[written]] = True
    at = np.flatnonzero(said)
    spelled = spelling.plain(words.take(pa.array(at)), path, comma)
    own = pc.replace_with_mask(words, pa.array(said), spelled)
    value, number = _values(own)
    if typed is None or not typed.any():
        return value.take(pa.array(position)), number
    cells, cell_number = _values(words)
    by_row = pc.if_else(
        pa.array(typed), cells.take(pa.array(position)), value.take(pa.array(position))
    )
    return by_row, pc.if_else(pa.array(said), number, cell_number)


def _values(words: pa.Array) -> tuple[pa.Array, pa.Array]:
    good = pc.match_substring_regex(words, spelling.NUMBER)
    value = pc.if_else(good, words, pa.scalar(None, pa.string())).cast(pa.float64())
    good = pc.fill_null(pc.is_finite(value), False)
    return pc.if_else(good, value, pa.scalar(None, pa.float64())), good


@dataclass(frozen=True)
class Long:
    """A wide table made long: per record its row (0-based) and its column's name and text.

    `typed` is true where the cell is a number in its workbook and not text.
    """

    row: np.ndarray
    variable: pa.DictionaryArray
    text: pa.Array
    typed: np.ndarray | None = None

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


def melt(columns: dict[str, pa.Array], typed: dict[str, np.ndarray] | None = None) -> Long:
    """One record for every cell that is not empty, row by row, in the order of `columns`.

    `typed` says per column in which rows a workbook holds a number.
    """
    names = list(columns)
    stack = [pc.utf8_trim_whitespace(c) for c in columns.values()]
    filled = np.column_stack(
        [pc.not_equal(c, "").to_numpy(zero_copy_only=False).astype(bool) for c in stack]
    )
    row, place = np.nonzero(filled)
    n = len(filled)
    together = pa.concat_arrays([pa.array(c) if isinstance(c, list) else c for c in stack])
    text = together.take(pa.array(place.astype(np.int64) * n + row))
    numbers = None
    if typed is not None:
        numbers = np.column_stack([typed[name] for name in names])[row, place]
    return Long(row, build(place.astype(np.int32), names), text, numbers)


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
