"""Table `series_break`."""

from __future__ import annotations

from warehouse.tables.columns.series import MEASURED, SAID_BY
from warehouse.tables.statement import (
    AGE,
    DATASET,
    DAY,
    INDICATOR_ID,
    METRO_ID,
    NUMBER,
    PERIOD,
    SERIES_KEY,
    SEX,
    SOURCE_ID,
    SYSTEM,
    TEXT,
    UNIT,
    UNIT_ID,
    VINTAGE,
    Column,
    Table,
)

TABLE = Table(
    "series_break",
    "Where annual series break: the first figure after, who says so, and by how much.",
    (
        INDICATOR_ID,
        METRO_ID,
        UNIT_ID,
        SYSTEM,
        VINTAGE,
        SEX,
        AGE,
        UNIT,
        SOURCE_ID,
        DATASET,
        SERIES_KEY,
        PERIOD,
        Column("period_start", DAY, "First day of the period.", False),
        Column(
            "origin",
            TEXT,
            "source (a flag), boundary (a redrawn territory), population (a step that no year makes: another territory or way to count) or observatory.",
            False,
        ),
        Column(
            "evidence",
            TEXT,
            "flag, boundary, rule (of the indicator), step (the statistical rule) or population (the step of the unit's population in that year).",
            False,
        ),
        Column(
            "value_before", NUMBER, "Figure before, where the rule of steps found it.", True, "unit"
        ),
        Column("value_after", NUMBER, "First figure after.", True, "unit"),
        Column("score", NUMBER, "Robust standard deviations of the series' steps."),
    ),
    (*MEASURED, *SAID_BY, "period"),
    order=("indicator_id", "metro_id"),
    group="comparability",
    inputs=("observation", "boundary_version"),
    made_by="warehouse.methods.breaks",
)
