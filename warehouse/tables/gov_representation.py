"""Table `gov_representation`."""

from __future__ import annotations

from warehouse.tables.columns.governance import BODY_ID, KEPT, SINCE, WEAK
from warehouse.tables.statement import METRO_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_representation",
    "Organs of each body: how they are chosen, seats, seats of women.",
    (
        BODY_ID,
        METRO_ID,
        Column("organ", TEXT, "head or assembly.", False),
        Column("selection", TEXT, "direct, indirect, appointed, ex_officio or none."),
        Column("seats", WHOLE, "Seats; 1 for the head."),
        Column("women_seats", WHOLE, "Seats of women."),
        Column("civil_society_seats", WHOLE, "Seats for civil society."),
        WEAK,
        *SINCE,
    ),
    ("body_id", "organ", *KEPT),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
