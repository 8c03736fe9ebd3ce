"""`observatory query`: SQL on the current release, which nothing here can change."""

from __future__ import annotations

import csv
import re
import sys
from datetime import datetime
from typing import Any

import click

from warehouse.home import Home


@click.command()
@click.argument("sql")
@click.option("--csv", "as_csv", is_flag=True, help="Write all rows as CSV.")
@click.option(
    "--as-of",
    type=click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")),
    help="See observation, part, country_context, latest and coverage as they stood then (UTC).",
)
@click.option("--rows", default=200, show_default=True, help="Rows to show at most; 0 for all.")
def query(sql: str, as_csv: bool, as_of: datetime | None, rows: int) -> None:
    """Run SQL on the current release and show every column of the answer."""
    columns, found = run(Home.from_environment(), sql, as_of)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(["" if v is None else v for v in row] for row in found)
        return
    shown = found if rows <= 0 else found[:rows]
    _show(columns, [[_text(v) for v in row] for row in shown])
    if len(shown) < len(found):
        click.echo(
            f"{len(shown)} of {len(found)} rows are shown; --rows 0 or --csv gives all.", err=True
        )


def run(
    home: Home, sql: str, as_of: datetime | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows; a wrong query is a `ClickException` with one sentence."""
    import duckdb

    from warehouse.query import turn_back

    file = home.releases / "current" / "observatory.duckdb"
    if not file.exists():
        raise click.ClickException(
            f"There is no release in {home.root} yet: run `observatory build`."
        )
    closed: dict[str, Any] = {"enable_external_access": "false"}
    try:
        with duckdb.connect(str(file), read_only=True, config=closed) as con:
            if as_of is not None:
                turn_back(con, as_of)
            found = con.sql(sql)
            if found is None:
                return ["result"], []
            return list(found.columns), found.fetchall()
    except duckdb.Error as error:
        raise click.ClickException(_sentence(str(error))) from None


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
