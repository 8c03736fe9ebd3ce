"""Table `gov_fact`."""

from __future__ import annotations

from warehouse.tables.columns.governance import CONFIDENCE, WAVE
from warehouse.tables.statement import FLAG, METRO_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_fact",
    "Every fact of desk research, of all waves: what one text that was opened says of one body. No city confirmed it.",
    (
        Column("body_id", TEXT, "The body; empty for a fact of the metropolis.", False),
        METRO_ID,
        Column("field", TEXT, "What it speaks of, such as n_municipalities or competence.", False),
        Column("value", TEXT, "What is said.", False),
        Column("role", TEXT, "Role in a field of competence, where the source states it."),
        Column("valid_from", WHOLE, "Year from which it is taken to hold.", False),
        Column(
            "dated",
            FLAG,
            "Whether the source dates it; if not, it is taken to hold since the body was created.",
            False,
        ),
        Column("note", TEXT, "What else the source says of it."),
        Column("source_id", TEXT, "The text, a row of gov_source.", False),
        Column(
            "tier", TEXT, "Kind of its text: law, official, scholarly, press, encyclopaedia.", False
        ),
        CONFIDENCE,
        Column(
            "weak",
            FLAG,
            "Whether this value rests on an encyclopaedia alone in all waves; it then decides no model.",
            False,
        ),
        Column("withdrawn_in", TEXT, "The later wave that withdrew it; empty while it counts."),
        Column("withdrawn_reason", TEXT, "Why it was withdrawn."),
        Column("status", TEXT, "What it is worth: not confirmed by the city.", False),
        WAVE,
    ),
    ("body_id", "metro_id", "field", "value", "valid_from", "wave"),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
