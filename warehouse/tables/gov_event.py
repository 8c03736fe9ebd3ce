"""Table `gov_event`."""

from __future__ import annotations

from warehouse.tables.columns.governance import WAVE
from warehouse.tables.statement import METRO_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_event",
    "History of metropolitan bodies: creation, abolition, reforms, predecessors and successors, each from a text.",
    (
        Column("body_id", TEXT, "The body; empty for an event of the metropolis.", False),
        METRO_ID,
        Column("event", TEXT, "created, abolished, reform, predecessor or successor.", False),
        Column(
            "date", TEXT, "Day, month or year (2017, 2017-02, 2017-02-10); empty where unknown."
        ),
        Column("year", WHOLE, "Year; empty where unknown."),
        Column("what", TEXT, "What happened, or the name of the other body.", False),
        Column("other_body_id", TEXT, "The other body, where it has an identifier."),
        Column("note", TEXT, "What else the source says of it."),
        Column("source_id", TEXT, "The text, a row of gov_source.", False),
        WAVE,
    ),
    ("body_id", "metro_id", "event", "what"),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
