"""What names a series, an index."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, Column

KEY_OF_SERIES = ("indicator_id", "system", "vintage", "unit_id", "sex", "age", "unit", "dataset")
INDEX_ID = Column("index_id", TEXT, "Composite index.", False, among="index_definition.index_id")
