"""`observatory registry`: the registry of metropolises, built from what sources list."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def registry() -> None:
    """Build the registry of metropolises."""


@registry.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
def build(directory: Path) -> None:
    """Write catalog/metros/*.csv from the lists of places in DIRECTORY."""
    from assets.registry import build as building

    for sentence in building.build(directory):
        click.echo(sentence)
