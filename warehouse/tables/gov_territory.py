"""Table `gov_territory`."""

from __future__ import annotations

from warehouse.tables.columns.governance import KEPT, SINCE, WEAK
from warehouse.tables.statement import METRO_ID, NUMBER, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_territory",
    "The territory of each metropolitan body, and of the metropolis as a city or a text describes it, since when.",
    (
        METRO_ID,
        Column(
            "body_id",
            TEXT,
            "The body whose territory it is; empty for the metropolis as a whole.",
            False,
        ),
        Column("perimeter", TEXT, "Territory that the figures describe.", among="scale.scale"),
        Column("n_municipalities", WHOLE, "Number of municipalities."),
        Column("n_districts", WHOLE, "Number of districts, where they are counted instead."),
        Column("area_km2", NUMBER, "Area.", True, "km2"),
        Column("population", WHOLE, "Population.", True, "person"),
        Column(
            "delimitation", TEXT, "What delimits it: law, agreement, statistical, province, other."
        ),
        Column(
            "matches_fua",
            TEXT,
            "Whether it coincides with the functional urban area: yes, no, dk, na.",
        ),
        Column(
            "n_bodies",
            WHOLE,
            "Number of metropolitan bodies; 0 where it is said that there is none.",
        ),
        WEAK,
        *SINCE,
    ),
    ("metro_id", "body_id", *KEPT),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
