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
# Short lists of codes by which figures are grouped, kept as ENUM: less time than text, and a type that
# still fits a line. Identifiers are text: their list would be the type of every column (docs/adr/0019).
CODES = (
    *("scale", "system", "vintage", "sex", "age", "freq", "obs_status", "conf_status"),
    *("provenance", "source_id"),
)
MOST_CODES = 30
AS_OF = (
    "Figures as they stood at a moment (UTC; a date means its first instant): "
    "FROM observation_as_of(TIMESTAMP '2026-01-01'). Connect to the file or USE it first."
)

OLS = (
    "Least-squares slope per year (in the unit) and share of variance explained of every series of "
    "annual, measured, current figures between two years: FROM ols_trend(2014, 2023). Breaks are "
    "not looked at: table trend does, and is the better answer where there may be some."
)


def write(file: Path, parquet: Path, statements: Mapping[str, Table]) -> None:
    """Make the database from `parquet/<name>.parquet`, one table per statement, order kept.

    Raises `duckdb.Error` where the file cannot be written.
    """
    import duckdb

    with duckdb.connect() as con:
        con.execute(f"ATTACH {_text(file)} AS release (STORAGE_VERSION 'v1.0.0')")
        con.execute("USE release")
        con.execute("BEGIN")
        codes = _codes(con, parquet, statements)
        for statement in statements.values():
            _table(con, parquet, statement, codes)
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
    repeats, a value is not in the closed list it is stated to be of, the accounting does not
    balance, or a figure may not be redistributed.
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
        faults += _strangers(con, statements)
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


def _codes(con, parquet: Path, statements: Mapping[str, Table]) -> dict[str, str]:
    """Column name to the ENUM type of its codes, where figures have some and at most `MOST_CODES`."""
    types = {}
    for code in CODES:
        files = [
            _text(parquet / f"{t.name}.parquet")
            for t in statements.values()
            if t.kind == "figures" and code in t.names
        ]
        # Distinct within each file first: most hold millions of rows of a few codes.
        each = " UNION ".join(f'SELECT DISTINCT "{code}" FROM read_parquet({f})' for f in files)
        values = f'SELECT * FROM ({each}) WHERE "{code}" IS NOT NULL ORDER BY 1'
        if files and 0 < len(con.execute(values).fetchall()) <= MOST_CODES:
            types[code] = f"{code}_code"
            con.execute(f"CREATE TYPE {types[code]} AS ENUM ({values})")
    return types


def _table(con, parquet: Path, statement: Table, codes: Mapping[str, str]) -> None:
    listed = codes if statement.kind == "figures" else {}
    columns = ", ".join(
        f'"{c.name}" {listed.get(c.name, c.type)}{"" if c.null else " NOT NULL"}'
        for c in statement.columns
    )
    con.execute(f"CREATE TABLE {statement.name} ({columns})")
    names = ", ".join(f'"{n}"' for n in statement.names)
    path = _text(parquet / f"{statement.name}.parquet")
    con.execute(f"INSERT INTO {statement.name} SELECT {names} FROM read_parquet({path})")
    con.execute(f"COMMENT ON TABLE {statement.name} IS {_text(statement.meaning)}")
    for c in statement.columns:
        says = _text(comment(statement, c))
        con.execute(f'COMMENT ON COLUMN {statement.name}."{c.name}" IS {says}')


def _strangers(con, statements: Mapping[str, Table]) -> list[str]:
    """A sentence for each column that holds a value which its closed list does not."""
    faults = []
    for name, statement in statements.items():
        for c in statement.columns:
            table, _, its = c.among.partition(".")
            if table not in statements or (table, its) == (name, c.name):
                continue
            found = con.sql(
                f'select distinct "{c.name}" from {name} where "{c.name}" is not null '
                f'and "{c.name}" not in (select "{its}" from {table} where "{its}" is not null) '
                "order by all limit 4"
            ).fetchall()
            if found:
                values = ", ".join(f"'{v}'" for (v,) in found[:3]) + (", ..." if found[3:] else "")
                faults.append(
                    f"Table {name}, column {c.name}: {values} is not in the closed list {c.among}; "
                    "add it to the dictionary or mend the figure."
                )
    return faults


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
