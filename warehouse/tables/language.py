"""Table `language`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, WHOLE, Column, Table

TABLE = Table(
    "language",
    "Languages of the texts of a release, and how far each is translated; English is used where a translation is missing.",
    (
        Column("language", TEXT, "ISO 639-1 code.", False),
        Column("name", TEXT, "Name of the language in that language.", False),
        Column("texts", WHOLE, "Texts of the catalog.", False),
        Column("translated", WHOLE, "Of these, how many are in this language.", False),
    ),
    ("language",),
    kind="dictionary",
    group="dictionaries",
    made_by="warehouse.methods.languages",
    rows="critical",
)
