"""The neutral form: every cell of an export is one answer, with its place and what it is.

Nothing is interpreted beyond what the tool itself says: which response, which entry of which repeat,
which question and option, and which of the kinds of "no answer" an empty cell is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# empty: skipped; not_asked: the form did not ask; not_chosen: asked, and this option was not chosen.
KINDS = ("answered", "empty", "not_asked", "chosen", "not_chosen")
ANSWERED, EMPTY, NOT_ASKED, CHOSEN, NOT_CHOSEN = range(5)
_INVISIBLE = "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
_REPEAT = re.compile(r"^(.+)\[(\d+)\]$")


@dataclass(frozen=True)
class Header:
    """What a column's name says: groups, entry of a repeat, question, option of a multiple choice."""

    text: str
    question: str
    groups: str = ""
    entry: str = ""
    option: str = ""


@dataclass(frozen=True)
class Export:
    """One export in the neutral form.

    `answers`, one row a cell: response (0-based), entry (`body[2]`, empty at the top), header,
    groups, question (leaf name or label), option, value (the cell as text), kind, sheet, row (as the
    spreadsheet shows it), column (letters, or a JSON key). `responses`, one row each: response,
    submission (the tool's number of it), uuid, root (the first of its edits), replaces (the one before
    it), version, submitted, state. `language` and `survey` where our own template says them;
    `left_out` and `comments` name the cells with a formula, which was not read, and with a comment.
    """

    tool: str
    name: str
    answers: pa.Table
    responses: pa.Table
    language: str = ""
    survey: str = ""
    left_out: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of responses."""
        return len(self.responses)


@dataclass
class Cells:
    """Collects blocks of cells, one column of a sheet at a time, without a Python step a row."""

    _words: dict[str, int] = field(default_factory=dict)
    _fixed: dict[str, list[np.ndarray]] = field(default_factory=dict)
    _values: list[pa.Array] = field(default_factory=list)

    def add(
        self,
        header: Header,
        values: pa.Array,
        kinds: np.ndarray,
        responses: np.ndarray,
        sheet: str,
        rows: np.ndarray,
        column: str,
        entries: Sequence[str] | np.ndarray | None = None,
    ) -> None:
        """One column: `values` text, `kinds` places in KINDS; `entries` differ from row to row."""
        size = len(values)
        if not size:
            return
        same = {
            "header": header.text,
            "groups": header.groups,
            "question": header.question,
            "option": header.option,
            "sheet": sheet,
            "column": column,
        }
        for name, text in same.items():
            self._put(name, np.full(size, self._word(text), np.int32))
        if entries is None:
            self._put("entry", np.full(size, self._word(header.entry), np.int32))
        else:
            self._put("entry", self.words(entries))
        self._put("kind", np.asarray(kinds, np.int8))
        self._put("response", np.asarray(responses, np.int32))
        self._put("row", np.asarray(rows, np.int32))
        self._values.append(without_marks(values))

    def words(self, texts: Sequence[str] | np.ndarray) -> np.ndarray:
        """Codes of texts; given codes stay."""
        if isinstance(texts, np.ndarray):
            return texts
        return np.fromiter((self._word(t) for t in texts), np.int32, len(texts))

    def table(self) -> pa.Table:
        """All cells, as `Export.answers`."""
        words = pa.array(list(self._words), pa.string())

        def coded(name: str) -> pa.DictionaryArray:
            # Small codes: a large export has millions of cells.
            kind = np.int16 if len(words) < 1 << 15 else np.int32
            codes = pa.array(self._whole(name, np.int32).astype(kind))
            return pa.DictionaryArray.from_arrays(codes, words)

        kinds = pa.array(KINDS, pa.string())
        values = pa.chunked_array(self._values, pa.string())
        return pa.table(
            {
                "response": pa.array(self._whole("response", np.int32)),
                **{n: coded(n) for n in ("entry", "header", "groups", "question", "option")},
                "value": values,
                "kind": pa.DictionaryArray.from_arrays(
                    pa.array(self._whole("kind", np.int8)), kinds
                ),
                "sheet": coded("sheet"),
                "row": pa.array(self._whole("row", np.int32)),
                "column": coded("column"),
            }
        )

    def _word(self, text: str) -> int:
        return self._words.setdefault(text, len(self._words))

    def _put(self, name: str, block: np.ndarray) -> None:
        self._fixed.setdefault(name, []).append(block)

    def _whole(self, name: str, kind: type) -> np.ndarray:
        blocks = self._fixed.pop(name, [])
        return np.concatenate(blocks) if blocks else np.zeros(0, kind)


def without_marks(values: pa.Array) -> pa.Array:
    """Texts without invisible characters: marks of direction, soft hyphens, blanks of no width.

    Joiners stay, because they change the letters of some scripts.
    """
    seen = pc.match_substring_regex(values, _INVISIBLE)
    if not pc.any(seen).as_py():
        return values
    return pc.if_else(seen, pc.replace_substring_regex(values, _INVISIBLE, ""), values)


def split(header: str, path: str, option: str = "") -> Header:
    """A slash path such as `group/kids[1]/name`, with the option that was cut off before."""
    groups, entries = [], []
    *before, leaf = path.split("/")
    for part in before:
        found = _REPEAT.match(part)
        if found:
            entries.append(part)
        groups.append(found[1] if found else part)
    return Header(header, leaf, "/".join(groups), "/".join(entries), option)


def kinds_of(values: pa.Array, not_asked: str | None = None) -> np.ndarray:
    """ANSWERED or EMPTY, and NOT_ASKED where the cell is the tool's word for it."""
    empty = pc.equal(pc.utf8_trim_whitespace(values), "").to_numpy(zero_copy_only=False)
    kinds = np.where(empty, EMPTY, ANSWERED).astype(np.int8)
    if not_asked is not None:
        kinds[pc.equal(values, not_asked).to_numpy(zero_copy_only=False)] = NOT_ASKED
    return kinds


def kinds_of_option(
    values: pa.Array, chosen: Iterable[str], not_chosen: Iterable[str], not_asked: str | None = None
) -> np.ndarray:
    """As `kinds_of`, for the column of one option."""
    kinds = kinds_of(values, not_asked)
    for words, kind in ((chosen, CHOSEN), (not_chosen, NOT_CHOSEN)):
        hit = pc.is_in(values, pa.array(list(words), pa.string()))
        kinds[hit.to_numpy(zero_copy_only=False)] = kind
    return kinds


def responses(size: int, **known: pa.Array | None) -> pa.Table:
    """The table of responses; what a tool does not say is empty text."""
    empty = pa.array([""] * size, pa.string())
    names = ("submission", "uuid", "root", "replaces", "version", "submitted", "state")
    return pa.table(
        {
            "response": pa.array(np.arange(size, dtype=np.int32)),
            **{n: empty if known.get(n) is None else known[n] for n in names},
        }
    )
