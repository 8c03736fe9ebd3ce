"""Table `index_rank_range`."""

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
    "index_rank_range",
    "Where each unit ranks in a composite index when its choices change: sensitivity, never confidence.",
    (
        INDEX_ID,
        METRO_ID,
        UNIT_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        Column("rank_low", WHOLE, "Best rank of the range; 1 is best.", False),
        Column("rank_median", WHOLE, "Middle of the ranks over all draws.", False),
        Column("rank_high", WHOLE, "Worst rank of the range.", False),
        Column("of", WHOLE, "Number of units ranked together.", False),
        Column(
            "third",
            TEXT,
            "The thirds of the list that the range touches: upper, middle, lower, upper or middle, middle or lower, anywhere.",
            False,
        ),
        Column("leave_one_out", WHOLE, "Furthest move when one indicator is left out.", False),
        Column("level", NUMBER, "Share of draws that the range holds.", False),
        Column("draws", WHOLE, "Number of draws.", False),
    ),
    ("index_id", "unit_id"),
    group="indices",
    inputs=("latest", "not_comparable"),
    made_by="warehouse.indices.tables",
)
