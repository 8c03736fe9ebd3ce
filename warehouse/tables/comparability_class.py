"""Table `comparability_class`."""

from __future__ import annotations

from warehouse.tables.columns.series import MEASURED, SAID_BY
from warehouse.tables.statement import (
    AGE,
    DATASET,
    DAY,
    FLAG,
    INDICATOR_ID,
    METRO_ID,
    SCALE,
    SERIES_KEY,
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

TABLE = Table(
    "comparability_class",
    "What decides whether a figure may be compared: one row per series and run of years in which nothing of it changes.",
    (
        INDICATOR_ID,
        METRO_ID,
        UNIT_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        Column(
            "boundary",
            WHOLE,
            "Version of the unit's delineation, see boundary_version; 0 unknown.",
            False,
        ),
        SEX,
        AGE,
        UNIT,
        Column(
            "definition", TEXT, "Version of the definition; empty where there is one only.", False
        ),
        Column(
            "concept",
            TEXT,
            "What is measured where sources differ; empty where they do not.",
            False,
        ),
        Column("basis", TEXT, "measured or estimated.", False),
        Column("doubt", TEXT, "Statuses D or U of the source; empty for none.", False),
        Column(
            "copied",
            FLAG,
            "Whether most cities of the country have the same figure; see shared_value.",
            False,
        ),
        Column(
            "regional",
            FLAG,
            "Whether it is the figure of a region that several metropolises share, or computed from one; see shared_value.",
            False,
        ),
        Column(
            "between_places",
            FLAG,
            "Whether the indicator may be compared between places; see indicator.",
            False,
        ),
        Column("segment", WHOLE, "Number of breaks in the series before it.", False),
        Column("breaks_year", WHOLE, "Year of the next break of the series; null for none."),
        Column("break_kind", TEXT, "Who says so, as `origin` of `series_break`; null for none."),
        Column("first_start", DAY, "First day of the first period of the run.", False),
        Column("last_start", DAY, "First day of the last period of the run.", False),
        Column("figures", WHOLE, "Standing, measured figures in the run.", False),
        SOURCE_ID,
        DATASET,
        SERIES_KEY,
    ),
    (*MEASURED, *SAID_BY, "first_start"),
    order=("indicator_id", "metro_id"),
    group="comparability",
    inputs=("observation", "shared_value", "boundary_version", "series_break"),
    made_by="warehouse.methods.comparability",
)
