"""Table `part`."""

from __future__ import annotations

from warehouse.tables.columns.figure import FIGURE, FIGURE_KEY, STANDING_FIRST
from warehouse.tables.statement import TEXT, Column, Table

TABLE = Table(
    "part",
    "Figures of territories that are only a part of a metropolis, such as a suburb or one of several cities in it (crosswalk relation part_of); never the figure of the metropolis, so no other table of figures is made from them.",
    (
        Column(
            "metro_id",
            TEXT,
            "The metropolis that the territory is a part of.",
            False,
            among="metro.metro_id",
        ),
        *FIGURE,
    ),
    FIGURE_KEY,
    order=(*STANDING_FIRST, "indicator_id", "metro_id"),
    group="figures",
    inputs=("indicator/*",),
    made_by="warehouse.methods.claimed",
    rows="warning",
)
