"""Every published table, stated once: name, meaning, key; each column's type, unit and meaning.

Parquet schemas, comments in the DuckDB file, the dictionary page, Dagster's column metadata and
the expectations are derived from here. Types are DuckDB's. One module per subject; a table is
published once it stands in `FIGURES` or `DICTIONARIES` below.
"""

from __future__ import annotations

from warehouse.tables.comparability import (
    COMPARABILITY_CLASS,
    COMPARABILITY_RULE,
    NOT_COMPARABLE,
    SERIES_BREAK,
)
from warehouse.tables.comparative import (
    CHANGE,
    COVERAGE,
    LATEST,
    PEER,
    RANKING,
    TARGET_PROGRESS,
    TREND,
    comparison,
)
from warehouse.tables.dictionaries import (
    FRAMEWORK,
    INDICATOR,
    SCALE_TABLE,
    SERIES_FRAMEWORK,
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
from warehouse.tables.index import (
    INDEX_CELL,
    INDEX_DEFINITION,
    INDEX_PART,
    INDEX_RANK_RANGE,
    INDEX_SCORE,
    INDEX_SENSITIVITY,
)
from warehouse.tables.governance import GOVERNANCE
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
    CHANGE,
    TARGET_PROGRESS,
    PEER,
    COVERAGE,
    SERIES_BREAK,
    COMPARABILITY_CLASS,
    NOT_COMPARABLE,
    REVISION,
    INDEX_SCORE,
    INDEX_RANK_RANGE,
    INDEX_CELL,
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
    COMPARABILITY_RULE,
    UNIT_TABLE,
    SCALE_TABLE,
    STATUS,
    FRAMEWORK,
    SERIES_FRAMEWORK,
    INDEX_DEFINITION,
    INDEX_PART,
    INDEX_SENSITIVITY,
    SOURCE,
    SNAPSHOT,
    *GOVERNANCE,
)

__all__ = [
    "ACCOUNTING",
    "BOUNDARY_VERSION",
    "CHANGE",
    "COMPARABILITY_CLASS",
    "COMPARABILITY_RULE",
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
    "GOVERNANCE",
    "HARMONISED",
    "INDEX_CELL",
    "INDEX_DEFINITION",
    "INDEX_PART",
    "INDEX_RANK_RANGE",
    "INDEX_SCORE",
    "INDEX_SENSITIVITY",
    "INDICATOR",
    "LATEST",
    "MEMBER_ORG",
    "METRO",
    "METRO_NAME",
    "MOMENT",
    "NOT_COMPARABLE",
    "NOT_COMPUTABLE",
    "NUMBER",
    "OBSERVATION",
    "PEER",
    "QUARANTINE",
    "RANKING",
    "REVISION",
    "SCALE_TABLE",
    "SERIES_BREAK",
    "SERIES_FRAMEWORK",
    "SNAPSHOT",
    "SOURCE",
    "SPATIAL_UNIT",
    "STATUS",
    "TARGET_PROGRESS",
    "TEXT",
    "TREND",
    "UNIT_TABLE",
    "WHOLE",
    "Column",
    "Table",
    "comparison",
    "history",
]
