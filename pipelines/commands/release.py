"""`observatory rollback`: make an earlier release the current one."""

from __future__ import annotations

import click

from warehouse.home import Home


@click.command()
@click.argument("version", required=False)
def rollback(version: str | None) -> None:
    """Make the release before the current one, or release VERSION, the current one."""
    from pipelines import lock
    from warehouse import release

    home = Home.from_environment()

    def waiting(sentence: str) -> None:
        click.echo(sentence, err=True)

    with lock.held(home.lock, "observatory rollback", waiting):
        folder = release.rollback(home, version)
    click.echo(f"Release {folder.name} is current.")
