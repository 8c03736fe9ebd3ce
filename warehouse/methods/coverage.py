"""How much there is, per indicator, scale, system and source."""

from __future__ import annotations

import pyarrow as pa

from warehouse import query, store, tables
from warehouse.inputs import Inputs


def coverage(observation: query.Rows, metro: query.Rows) -> pa.Table:
    """Table `coverage` from current rows of table `observation`; countries from table `metro`."""
    counted = query.run(query.text("coverage"), {"observation": observation, "metro": metro})
    return store.conform(counted, tables.of("coverage"))


def make(given: Inputs) -> pa.Table:
    """Table `coverage`."""
    return coverage(given.path("observation"), given.path("metro"))
