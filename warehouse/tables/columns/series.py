"""What names a series, a group of figures that are compared, an index."""

from __future__ import annotations

from warehouse.tables.statement import (
    AGE,
    INDICATOR_ID,
    METRO_ID,
    PERIOD,
    SCALE,
    SEX,
    SYSTEM,
    TEXT,
    UNIT,
    UNIT_ID,
    VINTAGE,
    Column,
)

# What is measured of which territory; then which source says so. Together they name one series.
MEASURED = ("indicator_id", "system", "vintage", "unit_id", "sex", "age", "unit")
SAID_BY = ("source_id", "dataset", "series_key")
KEY_OF_SERIES = (*MEASURED, "dataset")

# What figures of several units have in common where they are compared; then the unit of each.
COMPARED = (INDICATOR_ID, SCALE, SYSTEM, VINTAGE, SEX, AGE, UNIT, PERIOD)
KEY_OF_COMPARED = tuple(c.name for c in COMPARED)
COMPARED_UNIT = (*COMPARED, METRO_ID, UNIT_ID)

INDEX_ID = Column("index_id", TEXT, "Composite index.", False, among="index_definition.index_id")
