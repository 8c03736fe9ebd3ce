"""Every published table, stated once: name, meaning, key; each column's type, unit and meaning.

Parquet schemas, comments in the DuckDB file, the dictionary page, Dagster's column metadata and
the expectations are derived from here. Types are DuckDB's. One module per subject; a table is
published once it stands in `FIGURES` or `DICTIONARIES` below.
"""

from __future__ import annotations

from warehouse.tables.comparative import COVERAGE, LATEST, RANKING, TREND, comparison
from warehouse.tables.dictionaries import (
    FRAMEWORK,
    INDICATOR,
    SCALE_TABLE,
    SNAPSHOT,
    SOURCE,
    STATUS,
    UNIT_TABLE,
)
from warehouse.tables.figures import (
    ACCOUNTING,
    CONTEXT,
    FIGURE,
    FIGURE_KEY,
    HARMONISED,
    NOT_COMPUTABLE,
    OBSERVATION,
    QUARANTINE,
    history,
)
from warehouse.tables.registry import (
    BOUNDARY_VERSION,
    CROSSWALK,
    MEMBER_ORG,
    METRO,
    METRO_NAME,
    SPATIAL_UNIT,
)
from warehouse.tables.revision import REVISION
from warehouse.tables.statement import DAY, FLAG, MOMENT, NUMBER, TEXT, WHOLE, Column, Table

FIGURES = (
    OBSERVATION,
    CONTEXT,
    LATEST,
    RANKING,
    TREND,
    COVERAGE,
    REVISION,
    QUARANTINE,
    NOT_COMPUTABLE,
    ACCOUNTING,
)
DICTIONARIES = (
    INDICATOR,
    METRO,
    METRO_NAME,
    SPATIAL_UNIT,
    CROSSWALK,
    MEMBER_ORG,
    BOUNDARY_VERSION,
    UNIT_TABLE,
    SCALE_TABLE,
    STATUS,
    FRAMEWORK,
    SOURCE,
    SNAPSHOT,
)

__all__ = [
    "ACCOUNTING",
    "BOUNDARY_VERSION",
    "CONTEXT",
    "COVERAGE",
    "CROSSWALK",
    "DAY",
    "DICTIONARIES",
    "FIGURE",
    "FIGURES",
    "FIGURE_KEY",
    "FLAG",
    "FRAMEWORK",
    "HARMONISED",
    "INDICATOR",
    "LATEST",
    "MEMBER_ORG",
    "METRO",
    "METRO_NAME",
    "MOMENT",
    "NOT_COMPUTABLE",
    "NUMBER",
    "OBSERVATION",
    "QUARANTINE",
    "RANKING",
    "REVISION",
    "SCALE_TABLE",
    "SNAPSHOT",
    "SOURCE",
    "SPATIAL_UNIT",
    "STATUS",
    "TEXT",
    "TREND",
    "UNIT_TABLE",
    "WHOLE",
    "Column",
    "Table",
    "comparison",
    "history",
]
