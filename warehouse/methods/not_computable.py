"""What could not be computed: of the formulas of indicators, and of the territories of bodies."""

from __future__ import annotations

import pyarrow as pa

from warehouse.inputs import Inputs
from warehouse.methods import claimed
from warehouse.registry import authority


def make(given: Inputs) -> pa.Table:
    """Table `not_computable`, from what indicators claim and from `authority_territory`."""
    of_formulas = claimed.make(given)
    of_territories = authority.not_computable(given["authority_territory"])
    both = pa.concat_tables([of_formulas, of_territories.cast(of_formulas.schema)])
    return both.sort_by([(k, "ascending") for k in given.statement.sort])
