"""How much there is, per indicator, scale, system and source."""

from __future__ import annotations

import pyarrow as pa

from warehouse import query, store, tables


def coverage(observation: query.Rows, metro: query.Rows) -> pa.Table:
    """`tables.COVERAGE` from standing rows of `tables.OBSERVATION`; countries from `tables.METRO`."""
    counted = query.run(query.text("coverage"), {"observation": observation, "metro": metro})
    return store.conform(counted, tables.COVERAGE)
