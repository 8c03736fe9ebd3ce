"""Table `gov_conflict`."""

from __future__ import annotations

from warehouse.tables.columns.governance import RESPONSE, WAVE
from warehouse.tables.statement import FLAG, METRO_ID, TEXT, Column, Table

TABLE = Table(
    "gov_conflict",
    "Answers of several respondents of one wave that differ; all are kept, one is chosen.",
    (
        METRO_ID,
        WAVE,
        Column("body_id", TEXT, "The body, for a question on one; else empty.", False),
        Column("question", TEXT, "Name of the question.", False),
        RESPONSE,
        Column("value_norm", TEXT, "The answer of that response."),
        Column("chosen", FLAG, "Whether it is the one that the tables hold.", False),
        Column("rule", TEXT, "latest_validated, or the decision of a person.", False),
        Column("reason", TEXT, "Why, in words."),
    ),
    ("metro_id", "wave", "body_id", "question", "response_id"),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
