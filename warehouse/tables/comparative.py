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
    SERIES,
    SEX,
    SOURCE_ID,
    SYSTEM,
    TEXT,
    UNIT,
    UNIT_ID,
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
        UNIT_ID,
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

KEY_OF_SERIES = ("indicator_id", "system", "vintage", "unit_id", "sex", "age", "unit", "dataset")

TREND = Table(
    "trend",
    "Theil-Sen slope and Mann-Kendall test per series since its last break, at least 5 measured points.",
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
            "p with the variance of S widened by the autocorrelation (Yue and Wang 2004); null below 10 points.",
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
)

CHANGE = Table(
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
)

TARGET_PROGRESS = Table(
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
)

PEER = Table(
    "peer",
    "The metropolises most alike by size, growth, density, income and governance, with what is alike and what is not.",
    (
        METRO_ID,
        Column("place", WHOLE, "1 is the most alike.", False),
        Column("peer_id", TEXT, "The metropolis that is alike.", False, among="metro.metro_id"),
        Column(
            "distance",
            NUMBER,
            "Distance per property known of the metropolis.",
            False,
            "standard deviations",
        ),
        Column(
            "similar_in",
            TEXT,
            "Properties at most 0.5 standard deviations apart; governance of the same model.",
            False,
        ),
        Column(
            "different_in",
            TEXT,
            "Properties at least 1.5 standard deviations apart; governance of another model.",
            False,
        ),
        Column("unknown_in", TEXT, "Properties that are not known of both.", False),
    ),
    ("metro_id", "place"),
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
        UNIT_ID,
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
