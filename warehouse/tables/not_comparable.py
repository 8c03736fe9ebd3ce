"""Table `not_comparable`."""

from __future__ import annotations

from warehouse.tables.statement import (
    AGE,
    DATASET,
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
    Column,
    Table,
)

TABLE = Table(
    "not_comparable",
    "Figures left out of rankings and indices because they may not be compared with the others of their group, with the reasons; out of trends and changes too where the reason is national_copied or regional_value. An indicator that is not compared between places at all is named in table indicator instead.",
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
    group="comparability",
    inputs=("observation", "comparability_class"),
    made_by="warehouse.methods.comparability",
)
