"""How much a figure changed over 1, 5 and 10 years, within one series and never across a break."""

from __future__ import annotations

import pyarrow as pa

from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.methods.breaks import unbroken


def change(observation: query.Rows) -> pa.Table:
    """Table `change` from rows of table `observation`: current, annual, measured figures.

    The newest figure since the last break against the one exactly 1, 5 or 10 years earlier, where
    there is one; nothing is interpolated. `change` is in the unit, `change_percent` in percent of
    the earlier figure's size (null where that is 0), `annual_percent` the compound rate per year
    (null unless both figures are positive).
    """
    sql = query.text("series") + query.text("change")
    return store.conform(query.run(sql, {"observation": observation}), tables.of("change"))


def make(given: Inputs) -> pa.Table:
    """Table `change`."""
    return query.joined(change(part) for part in unbroken(given))
