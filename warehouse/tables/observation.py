"""Table `observation`."""

from __future__ import annotations

from warehouse.tables.columns.figure import FIGURE, FIGURE_KEY, STANDING_FIRST
from warehouse.tables.statement import METRO_ID, Table

TABLE = Table(
    "observation",
    "Every figure about a metropolis, with its scale, unit, flags, source and validity; revisions included.",
    (METRO_ID, *FIGURE),
    FIGURE_KEY,
    order=(*STANDING_FIRST, "indicator_id", "metro_id"),
    group="figures",
    inputs=("indicator/*",),
    made_by="warehouse.methods.claimed",
    rows="critical",
)
