"""Table `not_comparable`."""

from __future__ import annotations

from warehouse.tables.columns.series import COMPARED_UNIT, KEY_OF_COMPARED
from warehouse.tables.statement import (
    DATASET,
    NUMBER,
    SERIES_KEY,
    SOURCE_ID,
    TEXT,
    Column,
    Table,
)

TABLE = Table(
    "not_comparable",
    "Figures left out of rankings and indices because they may not be compared with the others of their group, with the reasons; out of trends and changes too where the reason is national_copied or regional_value. An indicator that is not compared between places at all is named in table indicator instead.",
    (
        *COMPARED_UNIT,
        Column("value", NUMBER, "The figure left out.", False, "unit"),
        Column("reasons", TEXT, "Codes of comparability_rule, joined by '; '.", False),
        SOURCE_ID,
        DATASET,
        SERIES_KEY,
    ),
    (*KEY_OF_COMPARED, "source_id", "dataset", "unit_id", "series_key"),
    group="comparability",
    inputs=("observation", "comparability_class"),
    made_by="warehouse.methods.comparability",
)
