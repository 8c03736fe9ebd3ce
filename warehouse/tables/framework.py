"""Table `framework`."""

from __future__ import annotations

from catalog.languages import languages
from warehouse.tables.statement import TEXT, Column, Table

TABLE = Table(
    "framework",
    "Dictionary of the frameworks that indicators refer to (2030 Agenda, New Urban Agenda).",
    (
        Column("framework", TEXT, "sdg, nua, or the name of another framework's file.", False),
        Column("code", TEXT, "Number in the framework.", False),
        Column("title", TEXT, "Title in English.", False),
        *(
            Column(f"title_{x}", TEXT, "Title in that language; null where no text has it.")
            for x in languages()
            if x != "en"
        ),
        Column(
            "official",
            TEXT,
            "Languages in which the title is the framework's own wording, comma-separated; other titles are translations that are not official, or our words.",
        ),
        Column("note", TEXT, "What a reader must know of the wording."),
        Column("source", TEXT, "Where the number was read.", False),
    ),
    ("framework", "code"),
    kind="dictionary",
    group="dictionaries",
    made_by="warehouse.methods.frameworks",
    rows="warning",
)
