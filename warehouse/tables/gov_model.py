"""Table `gov_model`."""

from __future__ import annotations

from warehouse.tables.columns.governance import MISSING_FACTS, MODEL
from warehouse.tables.statement import METRO_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_model",
    "Model of governance of each body by year, derived by stated rules: our reading, comparable with Ahrend, Gamper and Schumann (OECD 2014), said by no city.",
    (
        Column("body_id", TEXT, "The metropolitan body.", False),
        METRO_ID,
        Column("year_from", WHOLE, "First year of which the facts say so.", False),
        Column(
            "year_to",
            WHOLE,
            "Year from which they say otherwise, or of abolition; empty while it stands.",
        ),
        MODEL,
        Column("rule", TEXT, "Rule of catalog/surveys/typology.yaml that decided."),
        Column("reason", TEXT, "Why, in words.", False),
        MISSING_FACTS,
    ),
    ("body_id", "year_from"),
    kind="dictionary",
    group="governance",
    inputs=("gov_body", "gov_representation", "gov_territory"),
    made_by="warehouse.surveys.governance.typology",
)
