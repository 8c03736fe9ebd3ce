"""How far a metropolis is from a target, and whether its years so far were fast enough."""

from __future__ import annotations

import pyarrow as pa

from warehouse import query, store, tables


def target_progress(observation: query.Rows, targets: pa.Table) -> pa.Table:
    """`tables.TARGET_PROGRESS` from rows of `tables.OBSERVATION`.

    targets: indicator_id, unit, target (in that unit), target_year, higher (whether more is
    better). The newest figure of each series against the first one from 2015 on, at least 3 years
    apart, neither across a break. `ratio` is the annual change so far over the annual change that
    the target asked for from then on. Classes and thresholds (0.95, 0.6, 0) are those by which
    Eurostat's SDG monitoring report and Statistics Canada judge progress; they compare rates of
    growth, here differences are compared, since a target of 0 has no rate of growth.
    """
    sql = query.text("series") + query.text("target_progress")
    found = query.run(sql, {"observation": observation, "target": targets})
    return store.conform(found, tables.TARGET_PROGRESS)
