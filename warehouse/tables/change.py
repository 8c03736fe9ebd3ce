"""Table `change`."""

from __future__ import annotations

from warehouse.tables.columns.series import KEY_OF_SERIES
from warehouse.tables.statement import NUMBER, SERIES, TEXT, WHOLE, Column, Table

TABLE = Table(
    "change",
    "Change over 1, 5 and 10 years within one series, never across a break; nothing interpolated.",
    (
        *SERIES,
        Column("years", WHOLE, "Years between the two figures: 1, 5 or 10.", False),
        Column("first_period", TEXT, "Period of the earlier figure.", False),
        Column("last_period", TEXT, "Period of the newest figure.", False),
        Column("first_value", NUMBER, "The earlier figure.", False, "unit"),
        Column("last_value", NUMBER, "The newest figure.", False, "unit"),
        Column("change", NUMBER, "The newest less the earlier.", False, "unit"),
        Column(
            "change_percent", NUMBER, "Change in percent of the earlier figure's size; null at 0."
        ),
        Column(
            "annual_percent",
            NUMBER,
            "Compound rate of change; null unless both figures are positive.",
            True,
            "percent per year",
        ),
    ),
    (*KEY_OF_SERIES, "years"),
    order=("indicator_id", "metro_id"),
    group="comparisons",
    inputs=("observation", "series_break", "not_comparable"),
    made_by="warehouse.methods.change",
)
