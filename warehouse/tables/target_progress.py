"""Table `target_progress`."""

from __future__ import annotations

from warehouse.tables.columns.series import KEY_OF_SERIES
from warehouse.tables.statement import NUMBER, SERIES, TEXT, WHOLE, Column, Table

TABLE = Table(
    "target_progress",
    "How far each metropolis is from a numeric target and whether its pace since 2015 suffices.",
    (
        *SERIES,
        Column("period", TEXT, "Period of the newest figure.", False),
        Column("value", NUMBER, "The newest figure.", False, "unit"),
        Column("target", NUMBER, "The target, as the indicator states it.", False, "unit"),
        Column("target_year", WHOLE, "Year by which it is to be reached.", False),
        Column("distance", NUMBER, "The target less the newest figure.", False, "unit"),
        Column("base_period", TEXT, "First period from 2015 on, at least 3 years earlier."),
        Column("base_value", NUMBER, "The figure of that period.", True, "unit"),
        Column("annual_change", NUMBER, "Change per year since.", True, "unit per year"),
        Column(
            "annual_change_required",
            NUMBER,
            "Change per year that the target asked for from that period on.",
            True,
            "unit per year",
        ),
        Column("ratio", NUMBER, "The first over the second."),
        Column(
            "progress",
            TEXT,
            "target_achieved; substantial_progress (ratio 0.95 or more), moderate_progress (0.6), limited_progress (0), deterioration; not_available.",
            False,
        ),
    ),
    KEY_OF_SERIES,
    order=("indicator_id", "metro_id"),
    group="comparisons",
    inputs=("observation", "series_break", "not_comparable"),
    made_by="warehouse.methods.target_progress",
)
