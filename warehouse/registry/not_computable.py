"""What could not be computed: of the formulas of indicators, and of the territories of bodies."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.inputs import Inputs
from warehouse.methods import claimed
from warehouse.registry import authority


def make(given: Inputs) -> pa.Table:
    """Table `not_computable`, from what indicators claim and from `authority_territory`."""
    of_formulas = claimed.make(given)
    of_territories = authority.not_computable(given["authority_territory"])
    # A catalog of some indicators alone has nothing to say of the others.
    stated = pa.array(list(given.catalog.indicators), pa.string())
    of_territories = of_territories.filter(pc.is_in(of_territories["indicator_id"], stated))
    both = pa.concat_tables([of_formulas.cast(of_territories.schema), of_territories])
    return both.sort_by([(k, "ascending") for k in given.statement.sort])
