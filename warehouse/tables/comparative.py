"""Tables that compare: latest, ranking, trend, coverage, and the wide table of each theme."""

from __future__ import annotations

from warehouse.tables.figures import FIGURE
from warehouse.tables.statement import (
    AGE,
    DATASET,
    INDICATOR_ID,
    ISO3,
    METRO_ID,
    NUMBER,
    PERIOD,
    SCALE,
    SEX,
    SOURCE_ID,
    SYSTEM,
    TEXT,
    UNIT,
    VINTAGE,
    WHOLE,
    Column,
    Table,
)

LATEST = Table(
    "latest",
    "The newest standing, measured figure per metropolis, indicator, scale and system; no projections, and totals only: sex and age groups stand in observation.",
    (METRO_ID, *FIGURE),
    ("metro_id", "indicator_id", "system", "vintage", "unit_id", "unit"),
)

RANKING = Table(
    "ranking",
    "Metropolises ordered within one indicator, scale, system, delineation, variant and period.",
    (
        INDICATOR_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        SEX,
        AGE,
        UNIT,
        PERIOD,
        METRO_ID,
        Column("unit_id", TEXT, "Territorial unit that the figure describes.", False),
        Column("value", NUMBER, "The figure ranked.", False, "unit"),
        Column(
            "rank",
            WHOLE,
            "Competition rank (ties share the smaller), 1 is best, or largest where no direction is better.",
            False,
        ),
        Column("of", WHOLE, "Number of units ranked together.", False),
        Column(
            "percentile",
            NUMBER,
            "Share of the other units that this one beats or ties, 0 to 100; null for a unit alone.",
            True,
            "percent",
        ),
        Column("obs_status", TEXT, "SDMX CL_OBS_STATUS code.", False, among="status.obs_status"),
        Column("provenance", TEXT, "upstream, carrier or computed.", False),
        SOURCE_ID,
        DATASET,
    ),
    (
        "indicator_id",
        "scale",
        "system",
        "vintage",
        "sex",
        "age",
        "unit",
        "period",
        "dataset",
        "unit_id",
    ),
)

TREND = Table(
    "trend",
    "Theil-Sen slope and Mann-Kendall test per series since its last break, at least 5 measured points.",
    (
        METRO_ID,
        Column("unit_id", TEXT, "Territorial unit that the series describes.", False),
        INDICATOR_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        SEX,
        AGE,
        UNIT,
        SOURCE_ID,
        DATASET,
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
            "p with the variance of S widened by the autocorrelation (Yue and Wang 2004); null below 10 points.",
        ),
        Column("method", TEXT, "exact, normal, or none for interpolated series.", False),
        Column(
            "direction",
            TEXT,
            "rising, falling or unclear at 0.05, by p_corrected where there is one, else by p_value; null without p.",
        ),
    ),
    ("indicator_id", "system", "vintage", "unit_id", "sex", "age", "unit", "dataset"),
    order=("indicator_id", "metro_id"),
)

COVERAGE = Table(
    "coverage",
    "How much there is: units, metros, periods and figures per indicator, scale, system and source.",
    (
        INDICATOR_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        SOURCE_ID,
        DATASET,
        Column("provenance", TEXT, "upstream, carrier or computed.", False),
        Column("figures", WHOLE, "Standing observations with a value.", False),
        Column("projections", WHOLE, "Of these, projections (obs_status F).", False),
        Column("missing", WHOLE, "Standing observations with a status instead of a value.", False),
        Column("metros", WHOLE, "Metropolises with at least one figure.", False),
        Column("countries", WHOLE, "Countries of these metropolises.", False),
        Column("first_period", TEXT, "Earliest period."),
        Column("last_period", TEXT, "Latest period that is not a projection."),
    ),
    ("indicator_id", "scale", "system", "vintage", "source_id", "dataset", "provenance"),
)


def comparison(theme: str, indicators: tuple[tuple[str, str, str], ...]) -> Table:
    """The wide table of one theme: a row per metropolis and scale, a column per indicator.

    `indicators` are (indicator_id, title, unit) in catalog order; each figure brings its year as
    `<indicator_id>__period` and its status as `<indicator_id>__status`.
    """
    columns: list[Column] = [
        METRO_ID,
        Column("metro_name", TEXT, "Name of the metropolis in English.", False),
        ISO3,
        SCALE,
        SYSTEM,
        VINTAGE,
        Column("unit_id", TEXT, "Territorial unit that the row describes.", False),
    ]
    for indicator_id, title, unit in indicators:
        columns += [
            Column(indicator_id, NUMBER, f"{title}: newest measured figure, total.", True, unit),
            Column(f"{indicator_id}__period", TEXT, f"Period of {indicator_id}."),
            Column(f"{indicator_id}__status", TEXT, f"SDMX CL_OBS_STATUS code of {indicator_id}."),
        ]
    return Table(
        f"comparison_{theme}",
        f"Wide comparison of the theme {theme}: newest figures side by side, one scale and delineation per row.",
        tuple(columns),
        ("metro_id", "system", "vintage", "unit_id"),
    )
