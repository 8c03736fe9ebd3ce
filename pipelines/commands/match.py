"""`observatory match`: anyone's list of places, matched with the registry."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import click

DELIMITERS = ",;\t|"
ADDED = ("metro_id", "relation", "score", "decision", "candidates", "why")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name-col", help="Column of the names (default: name).")
@click.option("--country-col", help="Column of the countries (default: country, where it is).")
@click.option("--state-col", help="Column of states or provinces (default: state, where it is).")
@click.option("--lat-col", help="Column of latitudes in degrees.")
@click.option("--lon-col", help="Column of longitudes in degrees.")
@click.option("--population-col", help="Column of populations in persons.")
@click.option("--period-col", help="Column of years or periods, where the list is a panel.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The file to write: .csv, .tsv, .json, .parquet or .xlsx, as its name ends.",
)
def match(
    file: Path,
    name_col: str | None,
    country_col: str | None,
    state_col: str | None,
    lat_col: str | None,
    lon_col: str | None,
    population_col: str | None,
    period_col: str | None,
    output: Path,
) -> None:
    """Match the places of FILE (CSV) with the registry of metropolises.

    Every row stays, with its own columns as they are and, after them, metro_id (where accepted),
    relation, score (how likely the best candidate is right, 0 to 1, by name, distance and population
    alone), decision (accept, review, reject), candidates and why. Countries may be ISO codes, M49
    numbers or names in Catalan, Spanish, French, English or a language of the country; states and
    provinces ISO 3166-2 codes or names. A name that the list has twice in a country waits for a person:
    give each place once, or, where every row is a place in a year, name the column of years with
    --period-col. Then a name may stand once in each period.
    """
    if bool(lat_col) != bool(lon_col):
        raise click.UsageError("Give --lat-col and --lon-col together.")
    from pipelines.commands import files

    form = files.format_of(output)
    if not output.parent.is_dir():
        raise click.ClickException(f"{output.parent} is not a folder: make it, or give another.")
    if output.exists() and file.exists() and output.samefile(file):
        raise click.ClickException(f"{output} is the list itself: give -o another file.")
    header, rows, delimiter = _read(file, name_col or "name")
    chosen = [
        _column(header, file, name_col or "name", "--name-col"),
        _column(header, file, country_col or "country", "--country-col", bool(country_col)),
        *(
            _column(header, file, column, option) if column else None
            for column, option in (
                (lat_col, "--lat-col"),
                (lon_col, "--lon-col"),
                (population_col, "--population-col"),
            )
        ),
        _column(header, file, state_col or "state", "--state-col", bool(state_col)),
    ]
    taken = [c for c in ADDED if c in header]
    if taken:
        raise click.ClickException(
            f"{file.name} has a column '{taken[0]}' already, which this command adds: rename it."
        )
    from warehouse.registry import matcher
    from warehouse.registry.matching.list_row import Row
    from warehouse.registry.matching.match_list import match_rows, tally

    asked = [Row(*("" if n is None else row[n] for n in chosen)) for row in rows]
    period = _column(header, file, period_col, "--period-col") if period_col else None
    periods = None if period is None else [row[period].strip() for row in rows]
    answers = match_rows(asked, matcher.world(), periods)
    added = [
        [
            a.metro_id,
            a.relation,
            f"{a.score:.3f}" if form in ("csv", "tsv") else a.score,
            a.decision,
            "; ".join(f"{metro_id} {value:.3f}" for metro_id, value in a.candidates),
            a.why,
        ]
        for a in answers
    ]
    table = ([*header, *ADDED], [[*row, *more] for row, more in zip(rows, added, strict=True)])
    files.write(output, [table], delimiter if form == "csv" else "")
    count = ", ".join(f"{n} {decision}" for decision, n in tally(answers).items())
    click.echo(f"{len(rows)} rows ({count}) -> {output}", err=True)
    twice = sum("the same name is in row" in a.why for a in answers)
    if twice and period is None:
        click.echo(
            f"{twice} rows have a name that stands in the list twice. Where the list is a panel, "
            "--period-col names its column of years.",
            err=True,
        )
    if chosen[1] is None:
        click.echo("There is no column 'country': --country-col names another.", err=True)


def _read(file: Path, name: str) -> tuple[list[str], list[list[str]], str]:
    """Header, rows and delimiter of a CSV file, every cell as text; one sentence on a bad one."""
    from sources.formats import text

    raw = text.load(file)
    kind = text.sniff(raw)
    if kind in ("zip", "ole", "parquet", "pdf", "xml"):
        raise click.ClickException(f"{file.name} is not a CSV file: save the list as CSV (UTF-8).")
    csv.field_size_limit(sys.maxsize)
    lines = text.decode(raw, file).decode("utf-8")
    first = lines.splitlines()[0] if lines else ""
    delimiter = max(DELIMITERS, key=lambda d: (_holds(first, d, name), first.count(d)))
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        header = next(reader)
        for row in reader:
            if row and len(row) != len(header):
                raise click.ClickException(
                    f"{file.name}, line {reader.line_num}: it has {len(row)} cells and the header "
                    f"{len(header)}; put a cell that holds '{delimiter}' in double quotes."
                )
            # A blank line is a row too, so that none is ever lost.
            rows.append(row or [""] * len(header))
    except csv.Error as error:
        raise click.ClickException(
            f"{file.name}, line {reader.line_num}: this is not valid CSV ({error}); check the "
            "double quotes there."
        ) from None
    return header, rows, delimiter


def _holds(first: str, delimiter: str, name: str) -> bool:
    """Whether the first line, cut at this delimiter, has the column of names."""
    cells = next(csv.reader([first], delimiter=delimiter), [])
    return name.strip() in (c.strip() for c in cells)


def _column(
    header: list[str], file: Path, name: str, option: str, needed: bool = True
) -> int | None:
    """The place of a column; a sentence where it is needed and not there, or there twice."""
    found = [n for n, title in enumerate(header) if title.strip() == name.strip()]
    if len(found) > 1:
        raise click.ClickException(f"{file.name} has {len(found)} columns '{name}': rename one.")
    if found:
        return found[0]
    if not needed:
        return None
    raise click.ClickException(
        f"{file.name} has no column '{name}'; {option} names one of: {', '.join(header)}."
    )
