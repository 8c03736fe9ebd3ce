"""SQL over Arrow tables: each method keeps its SQL in `sql/<name>.sql` and runs it here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

FOLDER = Path(__file__).parent / "sql"


def text(name: str) -> str:
    """The SQL of `sql/<name>.sql`."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def run(sql: str, tables: Mapping[str, pa.Table]) -> pa.Table:
    """The result of one SELECT over the named Arrow tables, in a private in-memory database.

    Rows come in no order unless the SQL says one. The SQL must not sum doubles: parallel sums
    differ in the last digits from run to run.
    """
    with duckdb.connect() as con:
        for name, table in tables.items():
            con.register(name, table)
        return con.sql(sql).to_arrow_table()
