"""Table `index_sensitivity`."""

from __future__ import annotations

from warehouse.tables.columns.series import INDEX_ID
from warehouse.tables.statement import NUMBER, TEXT, Column, Table

TABLE = Table(
    "index_sensitivity",
    "Which choice moves the ranks of a composite index most: Sobol indices of all units' ranks together.",
    (
        INDEX_ID,
        Column("choice", TEXT, "impute, treat, normalise, aggregate or weights.", False),
        Column(
            "first_order",
            NUMBER,
            "Share of the variance of ranks due to it alone; an estimate, which may fall just below 0.",
            False,
        ),
        Column("total", NUMBER, "Share due to it with all others.", False),
    ),
    ("index_id", "choice"),
    kind="dictionary",
    group="indices",
    inputs=("latest", "not_comparable"),
    made_by="warehouse.indices.tables",
)
