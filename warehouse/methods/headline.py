"""One figure per metropolis and indicator, by the order that the catalog states."""

from __future__ import annotations

import pyarrow as pa

from catalog.loader import Catalog
from catalog.models.headline import Headline, load
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.tables import Table


def headline(
    latest: query.Rows, indicator: query.Rows, source: query.Rows, order: Headline
) -> pa.Table:
    """Table `headline` from rows of tables `latest`, `indicator` and `source`.

    Figures in another unit than the indicator's own, and those that may not be redistributed, are
    not considered: what a page shows must not depend on a figure that the release does not hold.
    """
    places = {
        "scale_order": [p.id for p in order.scales],
        "system_order": [p.id for p in order.systems],
        "years_behind": order.years_behind,
    }
    with query.memory() as con:
        for name, table in (("latest", latest), ("indicator", indicator), ("source", source)):
            query.show(con, name, table)
        for name, value in places.items():
            con.execute(f"set variable {name} = $value", {"value": value})
        made = con.sql(query.text("headline")).to_arrow_table()
    return store.conform(made, tables.of("headline"))


def make(given: Inputs) -> pa.Table:
    """Table `headline`."""
    return headline(given.path("latest"), given.path("indicator"), given.path("source"), load())


def facts(catalog: Catalog, statement: Table) -> str:
    """The order that the catalog states."""
    return load().model_dump_json()
