"""Table `governance_profile`."""

from __future__ import annotations

from warehouse.tables.columns.governance import (
    LAW,
    LEVIES_TAXES,
    MISSING_FACTS,
    MODEL,
    MUNICIPALITIES,
    ORGANS,
    POWERS,
    RULE,
    STATUS,
    YEAR_CREATED,
)
from warehouse.tables.statement import METRO_ID, NUMBER, TEXT, WHOLE, Column, Table

TABLE = Table(
    "governance_profile",
    "Who governs each metropolis today, with which powers, since when: one row per metropolis of which something is known.",
    (
        METRO_ID,
        MODEL,
        Column("reason", TEXT, "Why the model, in words.", False),
        RULE,
        MISSING_FACTS,
        Column("body_id", TEXT, "The body that decides the model; empty where there is none."),
        Column("body", TEXT, "Its name."),
        Column("bodies", WHOLE, "Bodies known that exist today.", False),
        Column("governing_bodies", WHOLE, "Of them, those of which a model is decided.", False),
        Column(
            "governed_by",
            TEXT,
            "All of them with their models, the one that says the model of the metropolis first.",
        ),
        YEAR_CREATED,
        *LAW,
        *MUNICIPALITIES,
        LEVIES_TAXES,
        *ORGANS,
        *POWERS,
        Column(
            "fragmentation",
            NUMBER,
            "Local units per 100,000 inhabitants of the functional urban area, where nesting is known.",
        ),
        Column("fragmentation_period", TEXT, "Year of that figure."),
        Column("sources", WHOLE, "Texts that desk research on it rests on.", False),
        STATUS,
    ),
    ("metro_id",),
    kind="dictionary",
    group="governance",
    inputs=("governance_body", "gov_territory", "gov_fact", "latest", "source"),
    made_by="warehouse.surveys.governance.typology",
)
