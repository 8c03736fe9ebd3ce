"""Table `index_score`."""

from __future__ import annotations

from warehouse.tables.columns.series import INDEX_ID
from warehouse.tables.statement import (
    METRO_ID,
    NUMBER,
    SCALE,
    SYSTEM,
    TEXT,
    UNIT_ID,
    VINTAGE,
    WHOLE,
    Column,
    Table,
)

TABLE = Table(
    "index_score",
    "Scores of each unit in a composite index and its groups; read them with index_rank_range.",
    (
        INDEX_ID,
        METRO_ID,
        UNIT_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        Column("part", TEXT, "The index itself, or one of its groups.", False),
        Column("score", NUMBER, "Score; more is better.", False, "points"),
        Column("indicators", WHOLE, "Indicators of the index with a figure.", False),
        Column("imputed", WHOLE, "Indicators whose figure was imputed.", False),
    ),
    ("index_id", "unit_id", "part"),
    group="indices",
    inputs=("latest", "not_comparable"),
    made_by="warehouse.indices.tables",
)
