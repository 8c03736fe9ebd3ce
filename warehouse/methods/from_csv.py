"""Dictionaries that are a CSV of the catalog, typed by their statements."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import csv

from catalog.contents import Catalog
from warehouse import query
from warehouse.inputs import Inputs
from warehouse.tables import Table


def make(given: Inputs) -> pa.Table:
    """The rows of the CSV of that name; an empty cell is null where the statement allows it."""
    statement = given.statement
    texts = csv.read_csv(
        given.catalog.csv(statement.name),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(statement.names, pa.string()),
            strings_can_be_null=False,
        ),
    )
    typed = ", ".join(
        (f"nullif(\"{c.name}\", '')" if c.null else f'"{c.name}"') + f'::{c.type} as "{c.name}"'
        for c in statement.columns
    )
    con = query.memory(serial=True)
    con.register("texts", texts)
    return con.sql(f"select {typed} from texts").to_arrow_table()


def facts(catalog: Catalog, statement: Table) -> object:
    """The content of the CSV."""
    return catalog.version(str(catalog.csv(statement.name).relative_to(catalog.folder)))
