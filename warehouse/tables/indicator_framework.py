"""Table `indicator_framework`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, Column, Table

TABLE = Table(
    "indicator_framework",
    "Which numbers of which framework an indicator answers to; one row for each.",
    (
        Column("indicator_id", TEXT, "Indicator.", False, among="indicator.indicator_id"),
        Column("framework", TEXT, "The framework, as in `framework`.", False),
        Column("code", TEXT, "Number in the framework, as in `framework`.", False),
    ),
    ("indicator_id", "framework", "code"),
    kind="dictionary",
    group="dictionaries",
    made_by="warehouse.methods.frameworks",
    rows="warning",
)
