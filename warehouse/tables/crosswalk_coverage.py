"""Table `crosswalk_coverage`."""

from __future__ import annotations

from warehouse.tables.statement import NUMBER, SYSTEM, VINTAGE, WHOLE, Column, Table

TABLE = Table(
    "crosswalk_coverage",
    "How many units of each system and edition are on a metropolis, and what is odd about the links.",
    (
        SYSTEM,
        VINTAGE,
        Column("units", WHOLE, "Units that the system lists, countries and regions aside.", False),
        Column("matched", WHOLE, "Units on a metropolis.", False),
        Column("share", NUMBER, "matched / units.", False, "share"),
        Column("founders", WHOLE, "Units that founded their metropolis.", False),
        Column("part_of", WHOLE, "Units that are a part of their metropolis.", False),
        Column("reviewed", WHOLE, "Links that a reviewer decided.", False),
        Column("metros", WHOLE, "Metropolises with a unit of it.", False),
        Column(
            "one_to_one_violations",
            WHOLE,
            "Metropolises with two units of one scale of it that are not part_of.",
            False,
        ),
        Column(
            "populations_compared",
            WHOLE,
            "Main links of agglomerations, urban centres, functional urban areas and metro regions of which both populations are known.",
            False,
        ),
        Column(
            "population_outliers", WHOLE, "Of these, apart by more than a factor of 3.2.", False
        ),
    ),
    ("system", "vintage"),
    kind="dictionary",
    group="registry",
    made_by="warehouse.methods.from_csv",
)
