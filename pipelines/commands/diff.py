"""`observatory diff`: what changed between two releases."""

from __future__ import annotations

from pathlib import Path

import click

from warehouse.home import Home


@click.command()
@click.argument("before", default="previous")
@click.argument("after", default="current")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A .csv or .parquet."
)
@click.option("--json", "as_json", is_flag=True, help="The summary for scripts.")
def diff(before: str, after: str, output: Path | None, as_json: bool) -> None:
    """Say what changed from release BEFORE to release AFTER, and why, largest moves first.

    Releases are given by name (2026.11.23.1), as previous or current (the default), as candidate (the
    one that waits for a person), or as folders.
    With -o every figure that differs is written to a table.
    """
    from warehouse import changes, release
    from warehouse.errors import WarehouseError

    home = Home.from_environment()
    if before == "previous" and after == "current" and len(release.list_releases(home)) == 1:
        raise WarehouseError(
            "This is the first release: there is none before it; compare once there is a second."
        )
    folders = [Path(n) if Path(n).is_dir() else release.named(home, n) for n in (before, after)]
    found = changes.between(*folders)
    if as_json:
        from pipelines.commands.files import print_json

        print_json(found.summary)
        return
    if output is not None:
        changes.save(found.table, output)
        click.echo(f"{found.table.num_rows:,} figures that differ are in {output}.")
        return
    click.echo(found.words)
