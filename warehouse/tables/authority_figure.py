"""Table `authority_figure`."""

from __future__ import annotations

from warehouse.tables.statement import (
    DATASET,
    INDICATOR_ID,
    METRO_ID,
    NUMBER,
    PERIOD,
    SCALE,
    SERIES_KEY,
    SOURCE_ID,
    SYSTEM,
    TEXT,
    UNIT,
    UNIT_ID,
    VINTAGE,
    Column,
    Must,
    Table,
)

TABLE = Table(
    "authority_figure",
    "The newest figures of the territories that metropolitan bodies govern: sums of local units, and figures of statistical units that are exactly such a territory. The unit names the figure in latest and observation, where it keeps the scale of its source.",
    (
        Column("body_id", TEXT, "The metropolitan body, a row of governance_body.", False),
        METRO_ID,
        INDICATOR_ID,
        PERIOD,
        Column("value", NUMBER, "The figure.", False, "unit"),
        UNIT,
        Column("obs_status", TEXT, "SDMX CL_OBS_STATUS code.", False, among="status.obs_status"),
        Column(
            "way", TEXT, "sum (of local units), or same (a statistical unit is exactly it).", False
        ),
        UNIT_ID,
        SYSTEM,
        VINTAGE,
        SCALE,
        SOURCE_ID,
        DATASET,
        SERIES_KEY,
        Column("evidence", TEXT, "What shows that the unit is the territory of the body.", False),
        Column(
            "evidence_source",
            TEXT,
            "Where that can be read; empty for sums, see authority_territory.",
        ),
        Column(
            "check_area_km2", NUMBER, "Area of the territory that a text publishes.", True, "km2"
        ),
    ),
    ("body_id", "indicator_id", "unit_id", "vintage", "unit"),
    group="governance",
    inputs=("latest", "authority_territory"),
    made_by="warehouse.registry.same_unit",
    rules=(
        Must(
            "same_area",
            "ranges",
            "The area of a unit that is exactly a territory is the published one, to 1 %; else correct catalog/territories/same_unit.csv.",
            "indicator_id = 'area' and abs(value / check_area_km2 - 1) > 0.01",
            show=("value", "check_area_km2"),
        ),
    ),
)
