"""Table `index_part`."""

from __future__ import annotations

from warehouse.tables.columns.series import INDEX_ID
from warehouse.tables.statement import NUMBER, TEXT, WHOLE, Column, Table

TABLE = Table(
    "index_part",
    "Indicators and groups of each composite index, with weights, treatment and how they hang together.",
    (
        INDEX_ID,
        Column("part", TEXT, "Indicator or group.", False),
        Column("kind", TEXT, "indicator or group.", False),
        Column("parent", TEXT, "Group, or the index, that it belongs to.", False),
        Column("weight", NUMBER, "Weight within its parent, summing to 1.", False),
        Column("direction", TEXT, "higher or lower values are better; null for groups."),
        Column("treatment", TEXT, "What was done to outliers; null for nothing."),
        Column("units", WHOLE, "Units scored that have a figure; null for groups."),
        Column("r_with_index", NUMBER, "Correlation with the index."),
        Column("cronbach_alpha", NUMBER, "Internal consistency of a group of indicators."),
        Column("redundant_with", TEXT, "Indicators of the same group with r above 0.92."),
    ),
    ("index_id", "part"),
    kind="dictionary",
    group="indices",
    inputs=("latest", "not_comparable"),
    made_by="warehouse.indices.tables",
)
