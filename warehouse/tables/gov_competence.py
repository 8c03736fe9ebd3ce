"""Table `gov_competence`."""

from __future__ import annotations

from warehouse.tables.columns.governance import BODY_ID, KEPT, SINCE, WEAK
from warehouse.tables.statement import FLAG, METRO_ID, TEXT, Column, Table

TABLE = Table(
    "gov_competence",
    "Which body has which role in which field, and whether it may issue binding rules there.",
    (
        BODY_ID,
        METRO_ID,
        Column("field", TEXT, "Field of competence.", False),
        Column("role", TEXT, "exclusive, shared, coordination, advisory, funding or none."),
        Column(
            "regulates", FLAG, "Whether it may issue binding rules in the field, where it was said."
        ),
        WEAK,
        *SINCE,
    ),
    ("body_id", "field", *KEPT),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
