"""The newest current, measured figure of every metropolis, indicator, delineation and variant."""

from __future__ import annotations

import pyarrow as pa

from warehouse import query, store, tables
from warehouse.inputs import Inputs


def latest(observation: query.Rows) -> pa.Table:
    """Table `latest` from rows of table `observation`.

    Standing (`recorded_to` null), with a value, never a projection (obs_status F), never a country
    or region. Where several datasets speak of the same unit and variant, one wins: upstream before
    carrier before computed, then the newer period, then the name of the dataset. So a figure that
    a third party derived never hides what the provider itself publishes, even an older one.
    """
    return store.conform(
        query.run(query.text("latest"), {"observation": observation}), tables.of("latest")
    )


def make(given: Inputs) -> pa.Table:
    """Table `latest`."""
    return latest(given.path("observation"))
