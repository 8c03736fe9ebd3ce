"""Table `country_context`."""

from __future__ import annotations

from warehouse.tables.columns.figure import FIGURE, FIGURE_KEY, STANDING_FIRST
from warehouse.tables.statement import ISO3, Table

TABLE = Table(
    "country_context",
    "Country and regional figures that are beside a metropolis but never for it; join on iso3.",
    (ISO3, *FIGURE),
    FIGURE_KEY,
    order=(*STANDING_FIRST, "indicator_id", "iso3"),
    group="figures",
    inputs=("indicator/*",),
    made_by="warehouse.methods.claimed",
    rows="warning",
)
