"""Table `index_cell`."""

from __future__ import annotations

from warehouse.tables.columns.series import INDEX_ID
from warehouse.tables.statement import (
    DATASET,
    INDICATOR_ID,
    METRO_ID,
    NUMBER,
    PERIOD,
    SOURCE_ID,
    UNIT,
    UNIT_ID,
    Column,
    Table,
)

TABLE = Table(
    "index_cell",
    "Every figure that goes into a composite index, as it came, after treatment and normalised.",
    (
        INDEX_ID,
        METRO_ID,
        UNIT_ID,
        INDICATOR_ID,
        PERIOD,
        Column("value", NUMBER, "The figure.", False, "unit"),
        UNIT,
        Column("treated", NUMBER, "After outliers were treated.", False, "unit"),
        Column("normalised", NUMBER, "On the scale of the index; more is better.", False, "points"),
        SOURCE_ID,
        DATASET,
    ),
    ("index_id", "unit_id", "indicator_id"),
    group="indices",
    inputs=("latest", "not_comparable"),
    made_by="warehouse.indices.tables",
)
