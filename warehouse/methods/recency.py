"""How old the newest figure of each metropolis is, and what would fill the holes."""

from __future__ import annotations

import pyarrow as pa

from catalog.loader import Catalog
from catalog.models import headline
from catalog.models.hole import Holes, load
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.tables import Table


def recency(latest: query.Rows, metro: query.Rows, indicator: query.Rows, holes: Holes) -> pa.Table:
    """Table `recency` from tables `latest`, `metro` and `indicator`.

    Of several figures of a metropolis the newest is shown, of those of one day the one of the scale
    that comes first in catalog/headline.yaml.
    """
    listed = [
        (n, i, country, h.reason.en, h.would_fill)
        for n, h in enumerate(holes.holes)
        for i in h.indicators
        for country in (h.iso3 or [""])
    ]
    names = ("place", "indicator_id", "iso3", "reason", "would_fill")
    columns = list(zip(*listed, strict=True)) or [()] * len(names)
    types = (pa.int64(), *[pa.string()] * 4)
    hole = pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})
    given = {"latest": latest, "metro": metro, "indicator": indicator, "hole": hole}
    with query.memory() as con:
        for name, table in given.items():
            query.show(con, name, table)
        con.execute("set variable fresh_from = $year", {"year": holes.fresh_from})
        scales = [p.id for p in headline.load().scales]
        con.execute("set variable scale_order = $scales", {"scales": scales})
        made = con.sql(query.text("recency")).to_arrow_table()
    return store.conform(made, tables.of("recency"))


def make(given: Inputs) -> pa.Table:
    """Table `recency`."""
    return recency(given.path("latest"), given.path("metro"), given.path("indicator"), load())


def facts(catalog: Catalog, statement: Table) -> str:
    """The holes, and the order of scales, that the catalog states."""
    return load().model_dump_json() + headline.load().model_dump_json(include={"scales"})
