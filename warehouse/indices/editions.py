"""Which indicators of two editions may be compared: their codebooks side by side, or one and its notes."""

from __future__ import annotations

import pyarrow as pa

from catalog.models.index_spec import Codebook, IndexSpec
from warehouse.errors import WarehouseError
from warehouse.indices import definitions
from warehouse.indices.definitions import GONE, NOT_KNOWN
from warehouse.indices.tables_in import Sheets

COLUMNS = ("indicator", "concept", "verdict", "changed", "note")


def compared(spec: IndexSpec, later: Sheets, earlier: Sheets | None = None) -> pa.Table:
    """One row an indicator in the order of the later codebook, those gone last; columns `COLUMNS`, text.

    `verdict` is on values of the two editions: yes, with care, no; `not known` where a note cannot
    be read, which `changed` then says. Raises `WarehouseError` where the spec maps no codebook, a
    sheet or column is missing, an indicator stands twice, or nothing tells the earlier edition.
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
    found = []
    before = None if earlier is None else _rows(book, earlier)
    for indicator, row in rows.items():
        after, note = definitions.read(row, book), row.get(book.changes, "")
        try:
            if before is None:
                was = definitions.before(after, note)
            else:
                old = before.get(indicator)
                was = None if old is None else definitions.read(old, book)
            changed, verdict = definitions.label(was, after)
        except ValueError as error:
            changed, verdict = str(error), NOT_KNOWN
        found.append((indicator, after.concept, verdict, changed, note))
    for indicator, row in (before or {}).items():
        if indicator not in rows:
            found.append((indicator, row[book.concept], "no", GONE, ""))
    columns = zip(*found, strict=True)
    return pa.table([pa.array(c, pa.string()) for c in columns], names=list(COLUMNS))


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
            what = f"'{indicator}' stands twice" if indicator else f"column '{book.id}' is empty"
            raise WarehouseError(
                f"{sheet.name}, line {sheet.lines[place]}: {what}; give each indicator one row."
            )
        found[indicator] = {n: texts[place] for n, texts in columns.items()}
    return found
