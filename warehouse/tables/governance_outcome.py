"""Table `governance_outcome`."""

from __future__ import annotations

from warehouse.tables.statement import (
    INDICATOR_ID,
    NUMBER,
    SCALE,
    SYSTEM,
    TEXT,
    UNIT,
    VINTAGE,
    WHOLE,
    Column,
    Table,
)

TABLE = Table(
    "governance_outcome",
    "Figures of metropolises by model of governance and by field of competence, each at one scale and delineation. It lines up; it does not say that one brings about the other.",
    (
        Column(
            "grouping",
            TEXT,
            "model, or competence (the body has a known role in the field).",
            False,
        ),
        Column("of", TEXT, "The model or field.", False),
        INDICATOR_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        UNIT,
        Column("metropolises", WHOLE, "Metropolises with a figure behind the row.", False),
        Column("median", NUMBER, "Median; empty below 5 metropolises.", True, "unit"),
        Column("quartile_1", NUMBER, "First quartile; empty below 5 metropolises.", True, "unit"),
        Column("quartile_3", NUMBER, "Third quartile; empty below 5 metropolises.", True, "unit"),
        Column("first_period", TEXT, "Earliest period among the figures.", False),
        Column("last_period", TEXT, "Latest period among the figures.", False),
        Column("note", TEXT, "Why there is no figure, where there is none."),
    ),
    ("grouping", "of", "indicator_id", "scale", "system", "vintage", "unit"),
    kind="dictionary",
    group="governance",
    inputs=("governance_profile", "latest", "source"),
    made_by="warehouse.surveys.governance.typology",
)
