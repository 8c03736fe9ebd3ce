"""How far a metropolis is from a target, and whether its years so far were fast enough."""

from __future__ import annotations

import pyarrow as pa

from catalog.contents import Catalog
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.methods.breaks import unbroken
from warehouse.tables import Table


def target_progress(observation: query.Rows, targets: pa.Table) -> pa.Table:
    """Table `target_progress` from rows of table `observation`.

    targets: indicator_id, unit, target (in that unit), target_year, higher (whether more is
    better). The newest figure of each series against the first one from 2015 on, at least 3 years
    apart, neither across a break. `ratio` is the annual change so far over the annual change that
    the target asked for from then on. Classes and thresholds (0.95, 0.6, 0) are those by which
    Eurostat's SDG monitoring report and Statistics Canada judge progress; they compare rates of
    growth, here differences are compared, since a target of 0 has no rate of growth.
    """
    sql = query.text("series") + query.text("target_progress")
    found = query.run(sql, {"observation": observation, "target": targets})
    return store.conform(found, tables.of("target_progress"))


def make(given: Inputs) -> pa.Table:
    """Table `target_progress`."""
    stated = [
        {
            "indicator_id": i.id,
            "unit": i.unit,
            "target": i.target.value,
            "target_year": i.target.year,
            "higher": i.direction == "higher",
        }
        for i in given.catalog.indicators.values()
        if i.target
    ]
    shape = pa.schema(
        [
            *(("indicator_id", pa.string()), ("unit", pa.string()), ("target", pa.float64())),
            *(("target_year", pa.int64()), ("higher", pa.bool_())),
        ]
    )
    targets = pa.Table.from_pylist(stated, shape)
    only = {str(row["indicator_id"]) for row in stated}
    return query.joined(target_progress(part, targets) for part in unbroken(given, only))


def facts(catalog: Catalog, statement: Table) -> object:
    """The targets that the catalog states."""
    return [(i.id, i.unit, i.direction, i.target) for i in catalog.indicators.values() if i.target]
