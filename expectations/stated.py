"""Rules that speak of one named table; what its statement alone cannot say."""

from __future__ import annotations

from expectations.rule import Rule, listed, missing_says_why, no_national_figure
from warehouse.tables import Table
from warehouse.tables.columns.figure import FIGURE, FIGURE_KEY


def named(table: Table) -> list[Rule]:
    """The rules of this table that its statement alone does not give."""
    rules = [
        Rule(
            m.name,
            m.kind,
            table.name,
            m.level,
            m.severity,
            m.sentence,
            m.sql,
            column=m.column,
            show=(*table.key, *m.show),
            needs=m.needs,
        )
        for m in table.rules
    ]
    figures = set(table.names) >= {"scale", "metro_id", "unit_id"}
    if figures:
        rules.append(_national(table))
    if {c.name for c in FIGURE} <= set(table.names):
        rules.append(missing_says_why(table.name))
        rules.append(_bounds(table))
    if table.key == FIGURE_KEY:
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
    key = [k for k in FIGURE_KEY if k != "recorded_from"]
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
