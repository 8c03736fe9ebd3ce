"""`observatory status` and `observatory version`."""

from __future__ import annotations

import click

from warehouse.home import Home


@click.command()
def status() -> None:
    """Say how the observatory is; the exit code is 0 healthy, 1 stale, 2 failed."""
    from pipelines import status as state

    found = state.health(Home.from_environment())
    for sentence in found.sentences:
        click.echo(sentence)
    raise click.exceptions.Exit(found.code)


@click.command()
def version() -> None:
    """Say which software and which release of the data this is."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        software = installed("world-observatory")
    except PackageNotFoundError:
        software = "(not installed)"
    current = Home.from_environment().releases / "current"
    data = current.resolve().name if current.exists() else "none yet"
    click.echo(f"observatory {software}, release {data}")
