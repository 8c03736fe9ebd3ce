"""Table `recency`."""

from __future__ import annotations

from warehouse.tables.statement import (
    DATASET,
    FLAG,
    INDICATOR_ID,
    METRO_ID,
    NUMBER,
    TEXT,
    WHOLE,
    Column,
    Must,
    Table,
)

TABLE = Table(
    "recency",
    "How old the newest measured figure of each metropolis and indicator is; for members of Metropolis also what is missing, why, and which dataset would fill it.",
    (
        METRO_ID,
        INDICATOR_ID,
        Column("theme", TEXT, "Theme of the indicator.", False),
        Column(
            "member", FLAG, "Whether a government of the metropolis belongs to Metropolis.", False
        ),
        Column("state", TEXT, "recent, old, or none where there is no figure.", False),
        Column("year", WHOLE, "Year in which the newest period ends; null where there is none."),
        Column("value", NUMBER, "The newest figure; null where there is none.", True, "unit"),
        Column("unit", TEXT, "Unit of the value."),
        Column("scale", TEXT, "Kind of territory that the figure describes."),
        Column("system", TEXT, "Identifier system of the territorial unit."),
        Column("source_id", TEXT, "Provider of the figure; null where there is none."),
        Column("dataset", DATASET.type, "Dataset of the provider; null where there is none."),
        Column("scales", WHOLE, "Scales with a figure of it.", False),
        Column("reason", TEXT, "Why there is nothing newer, where that is known."),
        Column("would_fill", TEXT, "Which dataset would fill the hole, where that is known."),
    ),
    ("metro_id", "indicator_id"),
    group="comparisons",
    inputs=("latest", "metro", "indicator"),
    made_by="warehouse.methods.recency",
    rows="critical",
    rules=(
        Must(
            "state_says_what_there_is",
            "structure",
            "A recent or old figure has a year and a value, and where there is none both are empty; else mend the query.",
            "state not in ('recent', 'old', 'none') or (state = 'none') <> (value is null) or (year is null) <> (value is null)",
            show=("state", "year", "value"),
        ),
    ),
)
