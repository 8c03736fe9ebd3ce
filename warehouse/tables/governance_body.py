"""Table `governance_body`."""

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
    "governance_body",
    "Every metropolitan body by the newest facts on it: its model and why, territory, organs, powers; former ones too.",
    (
        Column("body_id", TEXT, "The metropolitan body.", False),
        METRO_ID,
        Column("name", TEXT, "Its name.", False),
        Column(
            "same_as",
            TEXT,
            "The entry of the very same body at another metropolis, under which it counts once.",
        ),
        Column(
            "standing",
            TEXT,
            "main (it says the model of the metropolis), also (another one with a model), undecided (no rule holds) or former (abolished).",
            False,
        ),
        MODEL,
        Column(
            "reason", TEXT, "Why the model; where none is decided, which facts are missing.", False
        ),
        RULE,
        MISSING_FACTS,
        YEAR_CREATED,
        Column("year_abolished", WHOLE, "Year of abolition."),
        *LAW,
        Column("membership", TEXT, "compulsory, voluntary or mixed."),
        Column("n_members", WHOLE, "Number of members."),
        LEVIES_TAXES,
        *MUNICIPALITIES,
        Column("n_districts", WHOLE, "Districts of its territory, where they are counted instead."),
        Column("n_districts_year", WHOLE, "Year of that number."),
        Column("area_km2", NUMBER, "Area as a text states it.", True, "km2"),
        Column("area_km2_year", WHOLE, "Year of that area."),
        Column("population", WHOLE, "Population as a text states it.", True, "person"),
        Column("population_year", WHOLE, "Year of that population."),
        *ORGANS,
        *POWERS,
        Column("sources", WHOLE, "Texts behind the facts on it.", False),
        Column("facts", WHOLE, "Facts that count.", False),
        Column("weak_facts", WHOLE, "Of them, those that rest on an encyclopaedia alone.", False),
        STATUS,
    ),
    ("body_id",),
    kind="dictionary",
    group="governance",
    inputs=(
        "gov_body",
        "gov_representation",
        "gov_territory",
        "gov_competence",
        "gov_model",
        "gov_fact",
    ),
    made_by="warehouse.surveys.governance.typology",
)
