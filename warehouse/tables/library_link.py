"""Table `library_link`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, Column, Table

TABLE = Table(
    "library_link",
    "What each item of the library is tied to: metropolises, bodies, themes, SDG targets, paragraphs of the New Urban Agenda.",
    (
        Column("item_id", TEXT, "The item.", False, among="library_item.item_id"),
        Column("to", TEXT, "metro, body, theme, sdg (target) or nua (paragraph).", False),
        Column("target", TEXT, "Identifier or code of what it is tied to.", False),
        Column(
            "basis",
            TEXT,
            "stated (for the item itself) or theme (its theme answers to it: catalog/library/themes.csv).",
            False,
        ),
    ),
    ("item_id", "to", "target"),
    kind="dictionary",
    group="governance",
    made_by="warehouse.library.tables",
)
