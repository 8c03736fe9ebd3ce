"""Which indicators of two editions may be compared: their codebooks side by side, or one and its notes."""

from __future__ import annotations

import pyarrow as pa

from catalog.models.index_spec import Codebook, IndexSpec
from warehouse.errors import WarehouseError
from warehouse.indices import definitions
from warehouse.indices.definitions import GONE, NOT_KNOWN
from warehouse.indices.tables_in import Sheets

COLUMNS = ("indicator", "concept", "verdict", "changed", "to_decide", "decided", "note")


def compared(spec: IndexSpec, later: Sheets, earlier: Sheets | None = None) -> pa.Table:
    """One row an indicator in the order of the later codebook, those gone last; columns `COLUMNS`, text.

    `verdict` is on values of the two editions: yes, with care, no; `not known` where words alone do
    not tell, with the question in `to_decide`. What a person decided (`codebook.decisions`) stands
    in `decided`. Raises `WarehouseError` where the spec maps no codebook, a
    sheet or column is missing, an indicator appears twice, or nothing tells the earlier edition.
    """
    book = spec.codebook
    if book is None:
        raise WarehouseError(
            "The spec does not say where the definitions stand: add 'codebook' with their columns."
        )
    if earlier is None and not book.changes:
        raise WarehouseError(
            "Nothing tells the earlier edition: give its codebook as EARLIER, or name the column of "
            "notes as 'codebook.changes' in the spec."
        )
    rows = _rows(book, later)
    before = None if earlier is None else _rows(book, earlier)
    if idle := sorted(set(book.decisions) - set(rows)):
        raise WarehouseError(
            f"codebook.decisions names '{idle[0]}', which is no indicator of the later codebook; "
            "correct it."
        )
    found, matched = [], set()
    for indicator, row in rows.items():
        after, note = definitions.read(row, book), row.get(book.changes, "")
        asked = ""
        if before is None:
            changed, verdict = _by_note(after, note)
            asked = changed if verdict == NOT_KNOWN else ""
        else:
            known = _counterpart(book, indicator, row, before, rows)
            matched.add(known)
            if known:
                old = definitions.read(before[known], book)
                changed, verdict, asked = definitions.compare(old, after)
                if known != indicator:
                    changed = "; ".join(x for x in (f"was called {known}", changed) if x)
            else:
                changed, verdict = definitions.label(None, after)
        decided = book.decisions.get(indicator)
        if decided is not None:
            verdict, asked = decided.verdict, ""
        reason = "" if decided is None else decided.reason
        found.append((indicator, after.concept, verdict, changed, asked, reason, note))
    for indicator, row in (before or {}).items():
        if indicator not in matched:
            found.append((indicator, row[book.concept], "no", GONE, "", "", ""))
    columns = zip(*found, strict=True)
    return pa.table([pa.array(c, pa.string()) for c in columns], names=list(COLUMNS))


def _by_note(after: definitions.Definition, note: str) -> tuple[str, str]:
    try:
        return definitions.label(definitions.before(after, note), after)
    except ValueError as error:
        return str(error), NOT_KNOWN


def _counterpart(book: Codebook, indicator: str, row, before, later) -> str:
    """The indicator's id in the earlier edition: its own, or that of the one with its concept."""
    if indicator in before:
        return indicator
    wanted = definitions.meaning("concept", row[book.concept])
    same = [
        i
        for i, r in before.items()
        if i not in later and definitions.meaning("concept", r[book.concept]) == wanted
    ]
    return same[0] if len(same) == 1 else ""


def _rows(book: Codebook, sheets: Sheets) -> dict[str, dict[str, str]]:
    sheet = sheets.sheet(book, key=book.id)
    named = (
        *(book.id, book.concept, book.description, book.unit, book.level, book.year, book.source),
        *(book.place, book.changes),
    )
    columns = {n: sheet.texts(n) for n in dict.fromkeys(named) if n}
    found: dict[str, dict[str, str]] = {}
    for place, indicator in enumerate(columns[book.id]):
        if not indicator or indicator in found:
            what = f"'{indicator}' appears twice" if indicator else f"column '{book.id}' is empty"
            raise WarehouseError(
                f"{sheet.name}, line {sheet.lines[place]}: {what}; give each indicator one row."
            )
        found[indicator] = {n: texts[place] for n, texts in columns.items()}
    return found
