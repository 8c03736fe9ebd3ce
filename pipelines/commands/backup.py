"""`observatory backup` and `observatory restore`."""

from __future__ import annotations

from pathlib import Path

import click

from warehouse.home import Home


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def backup(folder: Path) -> None:
    """Copy what cannot be made again into a new folder in FOLDER, and verify the copy.

    That is: the history, the snapshots, the survey with its protected store, the releases, the status
    and, apart, Dagster's event log. It may run while a build does. The survey part holds personal data:
    keep it as you keep the home.
    """
    from pipelines import backup as backing_up

    made = backing_up.backup(Home.from_environment(), folder, _say)
    click.echo(f"{made} is whole; `observatory restore {made}` rebuilds a lost home from it.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--events/--no-events", default=True, help="Dagster's event log too (default), or not."
)
def restore(folder: Path, events: bool) -> None:
    """Rebuild an empty home from the backup in FOLDER; it is verified before anything is written.

    Whoever was forgotten (`observatory survey forget`) since the backup is in it again: forget them anew.
    """
    from pipelines import backup as backing_up

    home = Home.from_environment()
    backing_up.restore(home, folder, events=events, say=_say)
    click.echo(f"{home.root} is restored; `observatory build` makes the tables anew.")
