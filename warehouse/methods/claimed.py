"""The tables of figures, from what every indicator claims."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from warehouse import query
from warehouse.errors import WarehouseError
from warehouse.inputs import Inputs

FATES = {
    "observation": "observation",
    "part": "part",
    "country_context": "context",
    "not_computable": "not_computable",
}


def make(given: Inputs) -> pa.Table:
    """Table `observation`, `country_context` or `not_computable`: the rows of its fate."""
    names = given.statement.names
    fate = FATES[given.statement.name]
    # What cannot be computed says why in a sentence, which is kept as the detail of its fate.
    kept = ["detail" if (n, fate) == ("reason", "not_computable") else n for n in names]
    return claimed(given, kept, f"fate = '{fate}'").rename_columns(list(names))


def claimed(
    given: Inputs, columns: Iterable[str], where: str, *, rejected: bool = False
) -> pa.Table:
    """Rows of all indicators' files; raises `WarehouseError` where none was ever made."""
    paths = [str(p) for p in given.indicator_files(rejected=rejected)]
    if not paths:
        raise WarehouseError("No indicator was ever made, so there are no figures; build them.")
    con = query.memory(serial=True)
    con.execute("set variable paths = $paths", {"paths": paths})
    listed = ", ".join(f'"{c}"' for c in columns)
    return query.compact(
        con, f"select {listed} from read_parquet(getvariable('paths')) where {where}"
    )
