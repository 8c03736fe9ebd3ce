"""`observatory read`: any file of a provider to one Parquet file of source records."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("provider")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dataset", help="The provider's code of the dataset, where the file holds several.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The Parquet file to write.",
)
def read(provider: str, file: Path, dataset: str | None, output: Path) -> None:
    """Read FILE as PROVIDER serves it, whatever its format, into one Parquet file.

    PROVIDER is a module of `sources/providers`, such as eurostat; a wrong one is told which there are. One row
    per record, in the provider's own codes. Of a workbook the sheets that were read are named. On bad
    input nothing is written.
    """
    if not output.parent.is_dir():
        raise click.ClickException(f"{output.parent} is not a folder: make it, or give another.")
    from pipelines.patches import leave_pandas_out
    from sources.read import read as read_file
    from sources.records import records

    leave_pandas_out()
    table = read_file(provider, file, dataset)
    records.write(table, output)
    found = records.about(table)
    click.echo(f"{len(table)} records of {found.format} -> {output}", err=True)
    if found.parts:
        sheets = ", ".join(f"'{name}'" for name in found.parts)
        click.echo(
            f"Sheets read: {sheets}. Any other has another header and was left out.", err=True
        )
