"""Table `framework`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, Column, Table

TABLE = Table(
    "framework",
    "Dictionary of the frameworks that indicators refer to (2030 Agenda, New Urban Agenda).",
    (
        Column("framework", TEXT, "sdg or nua.", False),
        Column("code", TEXT, "Number in the framework.", False),
        Column("title", TEXT, "Title in our words.", False),
        Column("source", TEXT, "Where the number was read.", False),
    ),
    ("framework", "code"),
    kind="dictionary",
    group="dictionaries",
    made_by="warehouse.methods.frameworks",
    rows="warning",
)
