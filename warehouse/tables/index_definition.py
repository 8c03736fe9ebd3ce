"""Table `index_definition`."""

from __future__ import annotations

from warehouse.tables.statement import (
    SCALE,
    SYSTEM,
    TEXT,
    VINTAGE,
    WHOLE,
    Column,
    Table,
    in_languages,
)

TABLE = Table(
    "index_definition",
    "Composite indices of the observatory: what each measures, of which units, made how, and what to beware of.",
    (
        Column("index_id", TEXT, "Composite index.", False),
        Column("theme", TEXT, "Theme of the observatory.", False),
        *in_languages("title", "Title"),
        Column("note", TEXT, "What a reader must know.", False),
        SCALE,
        SYSTEM,
        VINTAGE,
        Column("first_year", WHOLE, "First year of reference admitted.", False),
        Column("last_year", WHOLE, "Last year of reference admitted.", False),
        Column("indicators", WHOLE, "Number of indicators.", False),
        Column("units", WHOLE, "Number of units scored.", False),
        Column(
            "left_out", WHOLE, "Units with a figure but too few indicators to be scored.", False
        ),
        Column(
            "not_comparable",
            WHOLE,
            "Figures left out because they may not be compared with the others; they are in table not_comparable, with the reasons.",
            False,
        ),
        Column("method", TEXT, "Steps in words.", False),
        Column("choices", TEXT, "Choices over which the ranges of ranks were tried.", False),
    ),
    ("index_id",),
    kind="dictionary",
    group="indices",
    inputs=("latest", "not_comparable"),
    made_by="warehouse.indices.tables",
)
