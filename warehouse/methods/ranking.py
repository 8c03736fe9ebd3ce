"""Metropolises in order, only among figures that may be compared."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from warehouse import query, store, tables
from warehouse.errors import WarehouseError
from warehouse.inputs import Inputs


def ranking(
    observation: pa.Table, indicator: pa.Table, not_comparable: pa.Table | None = None
) -> pa.Table:
    """Table `ranking` from table `observation` and the `direction` in table `indicator`.

    A group shares indicator, scale, system, vintage, sex, age, unit, period and dataset. Rank 1 is
    the smallest value where lower is better, else the largest; ties share the smaller rank.
    `percentile` is the share of the other units that this one beats or ties, null for a unit alone.
    Figures in `not_comparable` (table `not_comparable`) are left out before the rest is ranked.
    Raises `WarehouseError` where a figure's indicator is not in the dictionary.
    """
    found = pc.unique(observation.column("indicator_id")).to_pylist()
    if unknown := sorted(set(found) - set(indicator.column("indicator_id").to_pylist())):
        raise WarehouseError(
            f"Table ranking: indicator {', '.join(unknown)} is not in table indicator, so which "
            "direction is better is unknown; add its file to catalog/indicators."
        )
    given = {"observation": observation, "indicator": indicator}
    given["not_comparable"] = (
        store.empty(tables.of("not_comparable")) if not_comparable is None else not_comparable
    )
    ranked = query.run(query.text("ranking"), given)
    return store.conform(ranked, tables.of("ranking"))


def make(given: Inputs) -> pa.Table:
    """Table `ranking`."""
    stated, left_out = given["indicator"], given["not_comparable"]
    return query.joined(
        ranking(part, stated, left_out) for part in given.by_indicator("observation")
    )
