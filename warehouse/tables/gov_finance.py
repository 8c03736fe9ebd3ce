"""Table `gov_finance`."""

from __future__ import annotations

from warehouse.tables.columns.governance import BODY_ID, KEPT, SINCE
from warehouse.tables.statement import METRO_ID, NUMBER, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_finance",
    "Money of each body by fiscal year: expenditure, investment, debt, revenue by source.",
    (
        BODY_ID,
        METRO_ID,
        Column("fiscal_year", WHOLE, "Fiscal year; empty where it was not said."),
        Column("item", TEXT, "expenditure, investment, debt, or revenue_<source>.", False),
        Column("amount", NUMBER, "The amount, in the unit of the row.", False, "unit"),
        Column("unit", TEXT, "million (of the currency) or percent (of the revenue).", False),
        Column("currency", TEXT, "ISO 4217 code, for amounts of money."),
        Column("price_basis", TEXT, "current: as executed in that year.", False),
        *SINCE,
    ),
    ("body_id", "fiscal_year", "item", *KEPT),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
