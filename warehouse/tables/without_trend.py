"""Table `without_trend`."""

from __future__ import annotations

from warehouse.tables.statement import (
    INDICATOR_ID,
    METRO_ID,
    SCALE,
    SYSTEM,
    TEXT,
    WHOLE,
    Column,
    Must,
    Table,
)
from warehouse.tables.trend import LEAST_POINTS

TABLE = Table(
    "without_trend",
    "Metropolises and indicators that have figures and no row in trend, or none in change, with the reason: the first that holds.",
    (
        INDICATOR_ID,
        METRO_ID,
        SCALE,
        SYSTEM,
        Column("series", WHOLE, "Number of series: by unit, sex, age, dataset.", False),
        Column(
            "points", WHOLE, "Years with a measured annual figure in the longest of them.", False
        ),
        Column(
            "no_trend",
            TEXT,
            f"Why there is no trend: not_measured (projections only), not_annual, too_short (fewer than {LEAST_POINTS} points), shared_value (a national or regional figure given to the place), short_since_break (fewer than {LEAST_POINTS} points since the last break); null where there is one.",
        ),
        Column(
            "no_change",
            TEXT,
            "Why there is no change: not_measured, not_annual, too_short (one point), shared_value, no_pair (no figure exactly 1, 5 or 10 years before the newest one, since the last break); null where there is one.",
        ),
    ),
    ("indicator_id", "metro_id", "scale", "system"),
    group="comparisons",
    inputs=("observation", "trend", "change", "not_comparable", "series_break"),
    made_by="warehouse.methods.without_trend",
    rules=(
        Must(
            "says_why",
            "ranges",
            "Each row says why a trend or a change is missing, by a known reason that agrees with the points.",
            "coalesce(no_trend, no_change) is null "
            "or no_trend not in ('not_measured', 'not_annual', 'too_short', 'shared_value', 'short_since_break') "
            "or no_change not in ('not_measured', 'not_annual', 'too_short', 'shared_value', 'no_pair') "
            f"or (no_trend = 'too_short' and points not between 1 and {LEAST_POINTS - 1}) "
            "or (no_change = 'too_short' and points <> 1)",
            show=("points", "no_trend", "no_change"),
        ),
    ),
)
