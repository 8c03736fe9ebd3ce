"""Table `governance_change`."""

from __future__ import annotations

from warehouse.tables.statement import METRO_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "governance_change",
    "What changed to what: a body that took another model, or a body in the place of another.",
    (
        METRO_ID,
        Column("year", WHOLE, "Year; empty where no text says it."),
        Column("change", TEXT, "model (of one body) or body (one in place of another).", False),
        Column("from_body_id", TEXT, "The body before; empty where it is known by its name alone."),
        Column("to_body_id", TEXT, "The body after; empty where it is known by its name alone."),
        Column("from_model", TEXT, "Model before; not_decided where no rule applied."),
        Column("to_model", TEXT, "Model after; not_decided where no rule applied."),
        Column("what", TEXT, "What changed, in words.", False),
        Column("source_id", TEXT, "The text, a row of gov_source, for a change of body."),
    ),
    ("metro_id", "year", "change", "from_body_id", "to_body_id", "what"),
    kind="dictionary",
    group="governance",
    inputs=("governance_body", "gov_model", "gov_event"),
    made_by="warehouse.surveys.governance.history",
)
