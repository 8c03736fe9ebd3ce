"""Table `gov_plan`."""

from __future__ import annotations

from warehouse.tables.columns.governance import KEPT, SINCE
from warehouse.tables.statement import METRO_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_plan",
    "Instruments of planning and participation of each metropolis.",
    (
        METRO_ID,
        Column("kind", TEXT, "plan or participation.", False),
        Column("instrument", TEXT, "The instrument.", False),
        Column("exists", TEXT, "yes, no, dk or na."),
        Column("year_approved", WHOLE, "Year of approval."),
        Column("binding", TEXT, "Whether it binds: yes, no, dk or na."),
        *SINCE,
    ),
    ("metro_id", "kind", "instrument", *KEPT),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
