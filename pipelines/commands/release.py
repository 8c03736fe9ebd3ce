"""`observatory rollback`: make an earlier release the current one."""

from __future__ import annotations

import click

from pipelines.commands.writing import writing
from warehouse.home import Home


@click.command()
@click.argument("version", required=False)
def rollback(version: str | None) -> None:
    """Make the release before the current one, or release VERSION, the current one."""
    from warehouse import release

    home = Home.from_environment()
    with writing(home, "observatory rollback"):
        folder = release.rollback(home, version)
    click.echo(f"Release {folder.name} is current.")
