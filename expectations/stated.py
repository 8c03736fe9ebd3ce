"""Rules that speak of one named table; what its statement alone cannot say."""

from __future__ import annotations

from expectations.rule import Kind, Rule, Severity, listed, missing_says_why, no_national_figure
from warehouse import tables
from warehouse.tables import Table

# Tables that must have rows, and how bad it is when one has none.
NOT_EMPTY: dict[str, Severity] = {
    "observation": "critical",
    "latest": "critical",
    "coverage": "critical",
    "accounting": "critical",
    "indicator": "critical",
    "metro": "critical",
    "metro_name": "critical",
    "spatial_unit": "critical",
    "crosswalk": "critical",
    "unit": "critical",
    "scale": "critical",
    "status": "critical",
    "source": "critical",
    "snapshot": "critical",
    "part": "warning",
    "country_context": "warning",
    "ranking": "warning",
    "trend": "warning",
    "framework": "warning",
    "member_org": "warning",
}
# Tables of the figures themselves; every other one is made from these.
SERVED = (tables.OBSERVATION.name, tables.PART.name, tables.CONTEXT.name)
GROUP = ("indicator_id", "scale", "system", "vintage", "sex", "age", "unit", "period", "dataset")

# table -> (name, kind, severity, sentence, predicate of a bad row, columns shown beside the key)
_ROWS: dict[str, tuple[tuple[str, Kind, Severity, str, str, tuple[str, ...]], ...]] = {
    "latest": (
        (
            "no_projection",
            "structure",
            "critical",
            "No projection (obs_status F) is the latest figure; else mend the step that chooses it.",
            "obs_status = 'F'",
            ("period", "value", "obs_status"),
        ),
        (
            "stands_with_value",
            "structure",
            "critical",
            "Each latest figure stands and has a value; else mend the step that chooses it.",
            "recorded_to is not null or value is null",
            ("period", "value", "recorded_to"),
        ),
    ),
    "ranking": (
        (
            "rank_within_group",
            "ranges",
            "critical",
            "A rank lies between 1 and the number of units ranked together, a percentile between 0 "
            "and 100; else mend the ranking.",
            'rank < 1 or rank > "of" or percentile < 0 or percentile > 100',
            ("rank", "of", "percentile"),
        ),
        (
            "no_projection",
            "structure",
            "critical",
            "No projection (obs_status F) is ranked; else mend the ranking.",
            "obs_status = 'F'",
            ("value", "obs_status"),
        ),
    ),
    "trend": (
        (
            "enough_points",
            "ranges",
            "critical",
            "A trend rests on at least 5 measured points and runs forward in time; else mend the "
            "step that makes trends.",
            "points < 5 or last_period <= first_period",
            ("points", "first_period", "last_period"),
        ),
        (
            "p_value_is_probability",
            "ranges",
            "critical",
            "A p-value lies between 0 and 1, and only an interpolated series (method none) has none.",
            "p_value < 0 or p_value > 1 or (p_value is null) <> (method = 'none')",
            ("p_value", "method"),
        ),
        (
            "direction_follows_p",
            "ranges",
            "critical",
            "A direction is claimed only at p < 0.05 and agrees with the slope.",
            "direction not in ('rising', 'falling', 'unclear') or (direction in ('rising', 'falling') "
            "and p_value >= 0.05) or (direction = 'rising' and slope < 0) "
            "or (direction = 'falling' and slope > 0)",
            ("direction", "slope", "p_value"),
        ),
    ),
    "accounting": (
        (
            "balanced",
            "coverage",
            "critical",
            "No record is lost: records = observations + parts + context + quarantined + excluded "
            "+ not_computable; else a "
            "step between reading and harmonising drops or doubles records.",
            "not balanced or records <> observations + parts + context + quarantined + excluded + "
            "not_computable",
            ("records", "observations", "parts", "context", "quarantined", "excluded", "balanced"),
        ),
    ),
    "coverage": (
        (
            "counts_agree",
            "ranges",
            "critical",
            "Projections are part of the figures, metropolises are no more than figures; else mend "
            "the count.",
            "projections > figures or metros > figures or countries > metros",
            ("figures", "projections", "metros", "countries"),
        ),
    ),
    "crosswalk": (
        (
            "relation_known",
            "structure",
            "critical",
            "A link is exact, close, broad, narrow or part_of, with a score from 0 to 1; else "
            "correct catalog/metros/crosswalk.csv.",
            "relation not in ('exact', 'close', 'broad', 'narrow', 'part_of') or score < 0 or score > 1",
            ("metro_id", "relation", "score"),
        ),
    ),
    "metro": (
        (
            "point_on_earth",
            "ranges",
            "critical",
            "Latitude lies within 90 and longitude within 180 degrees; else correct "
            "catalog/metros/metro.csv.",
            "abs(latitude) > 90 or abs(longitude) > 180",
            ("latitude", "longitude"),
        ),
    ),
    "spatial_unit": (
        (
            "point_on_earth",
            "ranges",
            "critical",
            "Latitude lies within 90 and longitude within 180 degrees, population and area are not "
            "negative; else correct catalog/metros/spatial_unit.csv.",
            "abs(latitude) > 90 or abs(longitude) > 180 or population < 0 or area_km2 < 0",
            ("latitude", "longitude", "population", "area_km2"),
        ),
    ),
    "indicator": (
        (
            "range_ordered",
            "ranges",
            "critical",
            "The smallest plausible value is below the largest; else correct 'range' in the "
            "indicator's file.",
            "range_min >= range_max",
            ("range_min", "range_max"),
        ),
    ),
}


def named(table: Table) -> list[Rule]:
    """The rules of this table that its statement alone does not give."""
    rules = [
        Rule(name, kind, table.name, "row", severity, sentence, sql, show=(*table.key, *shown))
        for name, kind, severity, sentence, sql, shown in _ROWS.get(table.name, ())
    ]
    figures = set(table.names) >= {"scale", "metro_id", "unit_id"}
    if figures:
        rules.append(_national(table))
    if table.name in (*SERVED, tables.LATEST.name):
        rules.append(missing_says_why(table.name))
        rules.append(_bounds(table))
    if table.name == "ranking":
        rules.append(_one_group())
    if table.name in SERVED:
        rules.append(_one_standing(table))
    return rules


def _national(table: Table) -> Rule:
    return no_national_figure(table.name)


def _bounds(table: Table) -> Rule:
    return Rule(
        "bounds_in_order",
        "ranges",
        table.name,
        "row",
        "critical",
        "The value lies within the source's own interval; else the row should be in quarantine.",
        "lower > upper or value < lower or value > upper",
        column="value",
        show=(*table.key, "lower", "value", "upper"),
    )


def _one_standing(table: Table) -> Rule:
    key = [k for k in tables.FIGURE_KEY if k != "recorded_from"]
    return Rule(
        "one_standing_figure",
        "keys",
        table.name,
        "table",
        "critical",
        "One figure stands for each unit, variant, period and series; else an old value was not "
        "closed when its successor came.",
        f"select {listed(key)}, count(*) as times from candidate where recorded_to is null "
        "group by all having count(*) > 1",
        column="series_key",
    )


def _one_group() -> Rule:
    return Rule(
        "never_mixes",
        "keys",
        "ranking",
        "table",
        "critical",
        "Units are ranked only with units of the same indicator, scale, system, delineation, "
        "variant, period and dataset: each group has as many rows as it says were ranked together, "
        "and its best rank is 1; else the ranking mixes what may not be compared.",
        f'select {listed(GROUP)}, count(*) as rows, min("of") as least, max("of") as most, '
        'min(rank) as best from candidate group by all having min("of") <> count(*) '
        'or max("of") <> count(*) or min(rank) <> 1',
        column="rank",
    )
