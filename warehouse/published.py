"""The one file that people open, `observatory.duckdb`: made from Parquet, then opened and checked.

Storage version v1.0.0, so that clients since DuckDB 1.1 and DuckDB in the browser open it. Every
name is a table (views fail in 1.1 when the file is attached under another name); the only macros
are `observation_as_of`, `ols_trend`, `comparable` and `comparable_over_time`. No primary keys: the check proves keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalog.models.comparability import load as rules
from warehouse import licence, query
from warehouse.errors import WarehouseError
from warehouse.methods import comparability
from warehouse.tables import Column, Table

FILE = "observatory.duckdb"
# Codes that few values share and queries group by: an ENUM is grouped three times as fast as text.
CODES = (
    *("unit_id", "system", "vintage", "sex", "age", "freq", "conf_status", "provenance"),
    *("source_id", "dataset"),
)
AS_OF = (
    "Figures as they stood at a moment (UTC; a date means its first instant): "
    "FROM observation_as_of(TIMESTAMP '2026-01-01'). Connect to the file or USE it first."
)

OLS = (
    "Least-squares slope per year (in the unit) and share of variance explained of every series of "
    "annual, measured, standing figures between two years: FROM ols_trend(2014, 2023). Breaks are "
    "not looked at: table trend does, and is the better answer where there may be some."
)


def write(file: Path, parquet: Path, statements: Mapping[str, Table]) -> None:
    """Make the database from `parquet/<name>.parquet`, one table per statement, order kept.

    Raises `WarehouseError` where a value is not in the closed list it is stated to be of, and
    `duckdb.Error` where the file cannot be written.
    """
    import duckdb

    with duckdb.connect() as con:
        con.execute(f"ATTACH {_text(file)} AS release (STORAGE_VERSION 'v1.0.0')")
        con.execute("USE release")
        con.execute("BEGIN")
        lists = _closed_lists(con, parquet, statements)
        for statement in statements.values():
            _table(con, parquet, statement, lists)
        if "observation" in statements:
            con.execute(query.text("observation_as_of"))
            con.execute(f"COMMENT ON MACRO TABLE observation_as_of IS {_text(AS_OF)}")
            con.execute(query.text("ols_trend"))
            con.execute(f"COMMENT ON MACRO TABLE ols_trend IS {_text(OLS)}")
        if "comparability_class" in statements:
            for name, sql, says in comparability.macros(rules()):
                con.execute(sql)
                con.execute(f"COMMENT ON MACRO TABLE {name} IS {_text(says)}")
        con.execute("COMMIT")
        con.execute("CHECKPOINT release")  # nothing stays in a log beside the file
        con.execute("USE memory")
        con.execute("DETACH release")


def check(file: Path, parquet: Path, statements: Mapping[str, Table]) -> dict[str, int]:
    """Rows by table of the finished file.

    Raises `WarehouseError`, one sentence a fault, where a table, comment or row is missing, a key
    repeats, the accounting does not balance, or a figure may not be redistributed.
    """
    import duckdb
    import pyarrow.parquet as pq

    with duckdb.connect(str(file), read_only=True) as con:
        faults = _uncommented(con, statements)
        counts = {}
        for name, statement in statements.items():
            ((counts[name],),) = con.sql(f"select count(*) from {name}").fetchall()
            rows = pq.read_metadata(parquet / f"{name}.parquet").num_rows
            if counts[name] != rows:
                faults.append(
                    f"Table {name} has {counts[name]} rows in {FILE} but {rows} in Parquet; "
                    "publish again."
                )
            key = ", ".join(f'"{k}"' for k in statement.key)
            ((repeated,),) = con.sql(
                f"select count(*) from (select 1 from {name} group by {key} having count(*) > 1)"
            ).fetchall()
            if repeated:
                faults.append(
                    f"Table {name}: {repeated} keys ({', '.join(statement.key)}) stand more than "
                    "once; mend the step that makes it."
                )
        if "accounting" in statements:
            unbalanced = con.sql(
                "select source_id || '/' || dataset from accounting where not balanced order by all"
            ).fetchall()
            faults += [
                f"The records of {d} do not add up: observations, context, quarantined and "
                "excluded are not all records read; see table accounting."
                for (d,) in unbalanced
            ]
        faults += licence.leaks(con, statements)
    if faults:
        raise WarehouseError(" ".join(faults))
    return counts


def comment(statement: Table, column: Column) -> str:
    """What the file says about a column: meaning, unit, closed list, key."""
    parts = [column.meaning]
    if column.unit:
        unit = "the row's column unit" if column.unit == "unit" else column.unit
        parts.append(f"In: {unit}.")
    if column.among and column.among != f"{statement.name}.{column.name}":
        parts.append(f"One of {column.among}.")
    if column.name in statement.key:
        parts.append("Part of the key.")
    return " ".join(parts)


def _table(con, parquet: Path, statement: Table, lists: Mapping[str, str]) -> None:
    import duckdb

    columns = ", ".join(
        f'"{c.name}" {_type(statement, c, lists)}{"" if c.null else " NOT NULL"}'
        for c in statement.columns
    )
    con.execute(f"CREATE TABLE {statement.name} ({columns})")
    listed = ", ".join(f'"{n}"' for n in statement.names)
    path = _text(parquet / f"{statement.name}.parquet")
    try:
        con.execute(f"INSERT INTO {statement.name} SELECT {listed} FROM read_parquet({path})")
    except duckdb.ConversionException as error:
        reason = str(error).splitlines()[0]
        raise WarehouseError(
            f"Table {statement.name}: a value is not in the closed list "
            f"that warehouse/tables names ({reason}); add it to the dictionary or mend the "
            "figure."
        ) from None
    con.execute(f"COMMENT ON TABLE {statement.name} IS {_text(statement.meaning)}")
    for c in statement.columns:
        says = _text(comment(statement, c))
        con.execute(f'COMMENT ON COLUMN {statement.name}."{c.name}" IS {says}')


def _closed_lists(con, parquet: Path, statements: Mapping[str, Table]) -> dict[str, str]:
    """`table.column`, or a code's name, to the ENUM type of its values; an empty one has none."""
    lists = {}
    for among in sorted({c.among for t in statements.values() for c in t.columns if c.among}):
        table, column = among.split(".")
        if table not in statements:
            continue
        path = _text(parquet / f"{table}.parquet")
        values = f'SELECT DISTINCT "{column}" FROM read_parquet({path}) ORDER BY 1'
        if _holds_any(con, values):
            lists[among] = among.replace(".", "_")
            con.execute(f"CREATE TYPE {lists[among]} AS ENUM ({values})")
    for code in CODES:
        files = [
            _text(parquet / f"{t.name}.parquet")
            for t in statements.values()
            if t.kind == "figures" and any(c.name == code and not c.among for c in t.columns)
        ]
        # Distinct within each file first: most hold millions of rows of a few codes.
        each = " UNION ".join(f'SELECT DISTINCT "{code}" FROM read_parquet({f})' for f in files)
        values = f'SELECT * FROM ({each}) WHERE "{code}" IS NOT NULL ORDER BY 1'
        if files and _holds_any(con, values):
            lists[code] = f"{code}_code"
            con.execute(f"CREATE TYPE {lists[code]} AS ENUM ({values})")
    return lists


def _holds_any(con, query: str) -> bool:
    return bool(con.execute(f"SELECT EXISTS (FROM ({query}))").fetchone()[0])


def _type(statement: Table, column: Column, lists: Mapping[str, str]) -> str:
    own = f"{statement.name}.{column.name}"
    code = lists.get(column.name) if statement.kind == "figures" and not column.among else None
    return lists.get(column.among) or lists.get(own) or code or column.type


def _uncommented(con, statements: Mapping[str, Table]) -> list[str]:
    tables = dict(con.sql("select table_name, comment from duckdb_tables()").fetchall())
    columns = {
        (t, c): says
        for t, c, says in con.sql(
            "select table_name, column_name, comment from duckdb_columns() where not internal"
        ).fetchall()
    }
    bare = [
        *(t for t in statements if not tables.get(t)),
        *(f"{t}.{c}" for t, s in statements.items() for c in s.names if not columns.get((t, c))),
    ]
    views = [
        v for (v,) in con.sql("select view_name from duckdb_views() where not internal").fetchall()
    ]
    faults = []
    if bare:
        faults.append(f"{FILE}: {', '.join(bare)} is missing or has no comment; publish again.")
    if views:
        faults.append(f"{FILE}: {', '.join(views)} is a view; make it a table, for old clients.")
    return faults


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
