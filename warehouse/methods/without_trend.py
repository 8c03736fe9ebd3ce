"""Which metropolises and indicators have figures and no trend, or no change, and why."""

from __future__ import annotations

import pyarrow as pa

from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.tables.trend import LEAST_POINTS


def without_trend(**rows: query.Rows) -> pa.Table:
    """Table `without_trend` from rows of `observation`, `trend`, `change`, `not_comparable` and
    `series_break`.

    One row per metropolis, indicator, scale and system whose series have no trend or no change; the
    first reason that holds, in the order in which the table states them.
    """
    found = query.run(query.text("without_trend").format(least=LEAST_POINTS), rows)
    return store.conform(found, tables.of("without_trend"))


def make(given: Inputs) -> pa.Table:
    """Table `without_trend`."""
    return without_trend(
        observation=given.path("observation"),
        trend=given["trend"],
        change=given["change"],
        not_comparable=given["not_comparable"],
        series_break=given["series_break"],
    )
