"""`observatory query`: SQL on the current release, which nothing here can change."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from pipelines.commands import files
from warehouse.home import Home

DESCRIBED = ("column", "type", "null", "meaning")
_DESCRIBE = re.compile(r'(?:describe|desc)\s+(?:table\s+)?"?(\w+)"?\s*;?', re.IGNORECASE)


@click.command()
@click.argument("sql", required=False)
@click.option(
    "-f",
    "--file",
    "source",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True),
    help="Read the SQL from a file, or from standard input (-).",
)
@click.option(
    "--format", "form", type=click.Choice(files.FORMATS), help="Write all rows in this format."
)
@click.option("--csv", "as_csv", is_flag=True, help="The same as --format csv.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all rows to a file: .csv, .tsv, .json, .parquet or .xlsx.",
)
@click.option(
    "--as-of",
    type=click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")),
    help="See observation, country_context, latest and coverage as they were published then (UTC).",
)
@click.option("--describe", "table", help="Show the columns of a table, their types and meaning.")
@click.option("--rows", default=200, show_default=True, help="Rows to show at most; 0 for all.")
def query(
    sql: str | None,
    source: Path | None,
    form: str | None,
    as_csv: bool,
    output: Path | None,
    as_of: datetime | None,
    table: str | None,
    rows: int,
) -> None:
    """Run SQL on the current release and show every column of the answer.

    Several statements, separated by semicolons, give several answers. Where no SQL is given it is
    read from standard input. `describe TABLE`, or --describe TABLE, shows what its columns mean.
    """
    home = Home.from_environment()
    if output is not None:
        files.format_of(output)
    if table is not None and (sql is not None or source is not None):
        raise click.UsageError("Give SQL or --describe TABLE, not both.")
    found = run_all(home, _asked(sql, source) if table is None else f'describe "{table}"', as_of)
    if output is not None:
        files.write(output, found)
        told = ", ".join(f"{len(r):,}" for _, r in found)
        click.echo(f"{told} rows -> {output}", err=True)
        return
    form = "csv" if as_csv else form
    if form is not None:
        if len(found) != 1 and form not in ("json", "xlsx"):
            raise click.ClickException(
                f"There are {len(found)} answers and {form} holds one: use --format json, or one query."
            )
        files.print_bytes(files.content(form, found))
        return
    for n, (columns, answer) in enumerate(found):
        if n:
            click.echo()
        shown = answer if rows <= 0 else answer[:rows]
        if tuple(columns) == DESCRIBED:
            _show_described(shown)
            continue
        _show(columns, [[_text(v) for v in row] for row in shown])
        if len(shown) < len(answer):
            click.echo(
                f"{len(shown)} of {len(answer)} rows are shown; --rows 0 or --csv gives all.",
                err=True,
            )


def _asked(sql: str | None, source: Path | None) -> str:
    """The SQL, from where it is given."""
    if sql is not None and source is not None:
        raise click.UsageError("Give the SQL itself or -f FILE, not both.")
    if sql == "-" or (source is not None and str(source) == "-"):
        return sys.stdin.read()
    if source is not None:
        return source.read_text(encoding="utf-8-sig")
    if sql is None:
        if sys.stdin.isatty():
            raise click.UsageError(
                "Give the SQL in quotes, as -f FILE, or on standard input; such as "
                'observatory query "from metro limit 5"'
            )
        return sys.stdin.read()
    return sql


def run(
    home: Home, sql: str, as_of: datetime | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of the last statement's answer; errors as of `run_all`."""
    return run_all(home, sql, as_of)[-1]


def run_all(
    home: Home, sql: str, as_of: datetime | None = None
) -> list[tuple[list[str], list[tuple[Any, ...]]]]:
    """Column names and rows of each statement; a wrong query is a `ClickException` with one sentence."""
    import duckdb

    from warehouse.query import turn_back

    file = home.releases / "current" / "observatory.duckdb"
    if not file.exists():
        raise click.ClickException(
            f"There is no release in {home.address} yet: run `observatory build`."
        )
    closed: dict[str, Any] = {"enable_external_access": "false"}
    answers = []
    try:
        with duckdb.connect(str(file), read_only=True, config=closed) as con:
            if as_of is not None:
                turn_back(con, as_of)
            for statement in con.extract_statements(sql):
                asked = _DESCRIBE.fullmatch(statement.query.strip())
                found = _described(con, asked[1]) if asked else con.sql(statement.query)
                answers.append(
                    (["result"], []) if found is None else (list(found.columns), found.fetchall())
                )
    except duckdb.Error as error:
        raise click.ClickException(_sentence(str(error))) from None
    if not answers:
        raise click.ClickException("There is no SQL to run: it is empty.")
    return answers


def _described(con: Any, table: str) -> Any:
    """The columns of a table with what they mean; `duckdb.Error` where there is no such table."""
    con.sql(f'from "{table}" limit 0')
    return con.sql(
        "select column_name, split_part(data_type, '(', 1), if(is_nullable, 'yes', ''), comment "
        "|| if(data_type like 'ENUM(%', ' Codes: ' || replace(data_type[6:-2], '''', '') || '.', '') "
        "from duckdb_columns() where not internal and database_name = current_database() "
        "and lower(table_name) = lower($table) order by column_index",
        params={"table": table},
    ).project(", ".join(f'#{n} as "{c}"' for n, c in enumerate(DESCRIBED, 1)))


def _sentence(message: str) -> str:
    """DuckDB's message on one line, without the picture of where in the query it is."""
    kept = re.split(r"\n\s*\n?LINE \d+:", message)[0]
    if "read-only" in kept:
        return "A release never changes: only queries that read can run here."
    if "disabled by configuration" in kept or "disabled through configuration" in kept:
        return "Queries here see the current release alone; use --csv to write a file."
    return " ".join(kept.split())


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _show_described(rows: list[tuple[Any, ...]]) -> None:
    """One line a column, with its meaning in the width that is left."""
    from rich.console import Console
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False)
    for name in DESCRIBED:
        table.add_column(name, no_wrap=name != "meaning", overflow="fold")
    for row in rows:
        table.add_row(*(_text(cell).replace("[", "\\[") for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=100_000)
    console.print(table)


def _show(columns: list[str], rows: list[list[str]]) -> None:
    """A table where it fits the terminal, else one block a row: no column is ever left out."""
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(*columns, show_edge=False, pad_edge=False)
    for column in table.columns:
        column.no_wrap, column.overflow = True, "ignore"
    for row in rows:
        table.add_row(*(cell.replace("[", "\\[") for cell in row))
    terminal = Console(highlight=False)
    wide = Console(highlight=False, width=100_000)
    needed = Measurement.get(wide, wide.options, table).maximum
    if not terminal.is_terminal or needed <= terminal.width:
        printing = terminal if needed <= terminal.width else wide
        printing.print(table, crop=False, soft_wrap=False)
        return
    width = max(len(c) for c in columns)
    for n, row in enumerate(rows, 1):
        click.echo(f"-- row {n}")
        for name, cell in zip(columns, row, strict=True):
            click.echo(f"{name.rjust(width)}  {cell}")
