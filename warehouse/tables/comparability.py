"""What may be compared with what: breaks, what decides each verdict, the rules, the exclusions."""

from __future__ import annotations

from warehouse.tables.statement import (
    AGE,
    DATASET,
    DAY,
    FLAG,
    INDICATOR_ID,
    METRO_ID,
    NUMBER,
    PERIOD,
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

SERIES_BREAK = Table(
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
            "origin", TEXT, "source (a flag), boundary (a redrawn territory) or observatory.", False
        ),
        Column(
            "evidence",
            TEXT,
            "flag, boundary, rule (of the indicator) or step (the statistical rule).",
            False,
        ),
        Column(
            "value_before", NUMBER, "Figure before, where the rule of steps found it.", True, "unit"
        ),
        Column("value_after", NUMBER, "First figure after.", True, "unit"),
        Column("score", NUMBER, "Robust standard deviations of the series' steps."),
    ),
    (
        *("indicator_id", "system", "vintage", "unit_id", "sex", "age", "unit"),
        *("source_id", "dataset", "series_key", "period"),
    ),
    order=("indicator_id", "metro_id"),
)

COMPARABILITY_CLASS = Table(
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
        Column("copied", FLAG, "Whether it is the same in all cities of the country.", False),
        Column("segment", WHOLE, "Number of breaks in the series before it.", False),
        Column("breaks_year", WHOLE, "Year of the next break of the series; null for none."),
        Column("break_kind", TEXT, "Who says so: source, boundary or observatory; null for none."),
        Column("first_start", DAY, "First day of the first period of the run.", False),
        Column("last_start", DAY, "First day of the last period of the run.", False),
        Column("figures", WHOLE, "Standing, measured figures in the run.", False),
        SOURCE_ID,
        DATASET,
        SERIES_KEY,
    ),
    (
        *("indicator_id", "system", "vintage", "unit_id", "sex", "age", "unit"),
        *("source_id", "dataset", "series_key", "first_start"),
    ),
    order=("indicator_id", "metro_id"),
)

COMPARABILITY_RULE = Table(
    "comparability_rule",
    "The reasons why two figures may not be compared, or only with care.",
    (
        Column("code", TEXT, "Name of the reason.", False),
        Column("verdict", TEXT, "no, or with care.", False),
        Column("sentence_en", TEXT, "The reason in English.", False),
        Column("sentence_ca", TEXT, "The reason in Catalan.", False),
        Column("sentence_es", TEXT, "The reason in Spanish.", False),
        Column("sentence_fr", TEXT, "The reason in French.", False),
        Column("rule", TEXT, "When it applies: SQL over the two figures a and b.", False),
    ),
    ("code",),
    kind="dictionary",
)

NOT_COMPARABLE = Table(
    "not_comparable",
    "Figures left out of rankings and indices because they may not be compared with the others of their group, with the reasons; out of trends and changes too where the reason is national_copied.",
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
        Column("value", NUMBER, "The figure left out.", False, "unit"),
        Column("reasons", TEXT, "Codes of comparability_rule, joined by '; '.", False),
        SOURCE_ID,
        DATASET,
        SERIES_KEY,
    ),
    (
        *("indicator_id", "scale", "system", "vintage", "sex", "age", "unit", "period"),
        *("source_id", "dataset", "unit_id", "series_key"),
    ),
)
