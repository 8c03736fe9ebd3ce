"""Table `trend`."""

from __future__ import annotations

from warehouse.tables.columns.series import KEY_OF_SERIES
from warehouse.tables.statement import NUMBER, SERIES, TEXT, WHOLE, Column, Must, Table

LEAST_POINTS = 5  # measured points that a trend rests on

TABLE = Table(
    "trend",
    f"Theil-Sen slope and Mann-Kendall test per series since its last break, at least {LEAST_POINTS} measured points.",
    (
        *SERIES,
        Column("first_period", TEXT, "First period used.", False),
        Column("last_period", TEXT, "Last period used.", False),
        Column("points", WHOLE, "Number of figures used.", False),
        Column("slope", NUMBER, "Theil-Sen slope per year.", False, "unit per year"),
        Column(
            "slope_lower",
            NUMBER,
            "Lower end of the 95 % interval of the slope; null for interpolated series.",
            True,
            "unit per year",
        ),
        Column(
            "slope_upper",
            NUMBER,
            "Upper end of the 95 % interval of the slope; null for interpolated series.",
            True,
            "unit per year",
        ),
        Column(
            "slope_percent",
            NUMBER,
            "Slope as percent of the median value, per year.",
            True,
            "percent per year",
        ),
        Column("kendall_s", WHOLE, "Mann-Kendall S.", False),
        Column(
            "p_value",
            NUMBER,
            "Two-sided p of Mann-Kendall: exact below 10 points without ties, else normal with tie correction; null for interpolated series.",
        ),
        Column(
            "autocorrelation",
            NUMBER,
            "Likeness of neighbouring years once the slope is taken out (lag 1, 0 if negative); null below 10 points.",
        ),
        Column(
            "p_corrected",
            NUMBER,
            "p with the variance of S widened by the autocorrelation: the formula of Yue and Wang (2004), stricter in that the bias of short series is taken out and a negative autocorrelation counts as none; null below 10 points.",
        ),
        Column("method", TEXT, "exact, normal, or none for interpolated series.", False),
        Column(
            "direction",
            TEXT,
            "rising, falling or unclear at 0.05 by p_value; null without p.",
        ),
        Column(
            "direction_corrected",
            TEXT,
            "The same by p_corrected: whether the direction stands when a year is like the year before; null below 10 points.",
        ),
    ),
    KEY_OF_SERIES,
    order=("indicator_id", "metro_id"),
    group="comparisons",
    inputs=("observation", "series_break", "not_comparable"),
    made_by="warehouse.methods.trend",
    rows="warning",
    rules=(
        Must(
            "enough_points",
            "ranges",
            f"A trend rests on at least {LEAST_POINTS} measured points and runs forward in time; else mend the step that makes trends.",
            f"points < {LEAST_POINTS} or last_period <= first_period",
            show=("points", "first_period", "last_period"),
        ),
        Must(
            "p_value_is_probability",
            "ranges",
            "A p-value lies between 0 and 1, and only an interpolated series (method none) has none.",
            "p_value < 0 or p_value > 1 or (p_value is null) <> (method = 'none')",
            show=("p_value", "method"),
        ),
        Must(
            "direction_follows_p",
            "ranges",
            "A direction is claimed only at p < 0.05 and agrees with the slope.",
            "direction not in ('rising', 'falling', 'unclear') or (direction in ('rising', 'falling') and p_value >= 0.05) or (direction = 'rising' and slope < 0) or (direction = 'falling' and slope > 0)",
            show=("direction", "slope", "p_value"),
        ),
    ),
)
