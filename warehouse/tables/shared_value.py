"""Table `shared_value`."""

from __future__ import annotations

from warehouse.tables.columns.series import MEASURED, SAID_BY
from warehouse.tables.statement import (
    NUMBER,
    PERIOD,
    SERIES,
    SERIES_KEY,
    TEXT,
    WHOLE,
    Column,
    Table,
)

TABLE = Table(
    "shared_value",
    "Figures that are not of their place alone: the same for the cities of a country, or for the metropolises of a region, beyond what chance and rounding give; and what is computed from them.",
    (
        *SERIES,
        SERIES_KEY,
        PERIOD,
        Column("value", NUMBER, "The figure.", False, "unit"),
        Column("kind", TEXT, "national or regional.", False),
        Column(
            "units", WHOLE, "Places of the country with the same figure, in the whole file.", False
        ),
        Column(
            "of", WHOLE, "Places of the country in the file and period; null for a region.", True
        ),
        Column(
            "chance",
            NUMBER,
            "national: bound of the probability that so many agree by chance; regional: number of such pairs that rounding would give in the country.",
            False,
        ),
        Column(
            "through",
            TEXT,
            "Indicator whose shared figure this one is computed from; null where the figure itself is shared.",
        ),
    ),
    (*MEASURED, *SAID_BY, "period"),
    order=("indicator_id", "metro_id"),
    group="comparability",
    inputs=("indicator/*",),
    made_by="warehouse.methods.shared_value",
)
