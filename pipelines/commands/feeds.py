"""`observatory feeds`: what changed from release to release, for feed readers and webhooks."""

from __future__ import annotations

from pathlib import Path

import click

from warehouse.home import Home


@click.command()
@click.argument("folder", metavar="DIR", required=False, type=click.Path(path_type=Path))
@click.option("--tell", is_flag=True, help="Post what the current release changed to subscribers.")
def feeds(folder: Path | None, tell: bool) -> None:
    """Write Atom and JSON feeds of the releases that are kept, into DIR.

    DIR is publications/<release>/feeds of the home unless it is given. With --tell the subscribers
    in the file that OBSERVATORY_SUBSCRIBERS names are told by signed webhooks, each release once.
    """
    from warehouse import release
    from warehouse.publications import feeds as feeding
    from warehouse.publications import place

    home = Home.from_environment()
    now = release.named(home, "current")
    target = folder or home.publications / now.name / "feeds"
    number = feeding.write(place.kept(home), target)
    place.only(home, target)
    click.echo(f"{number} feeds are in {target}.")
    if not tell:
        return
    from pipelines import webhooks

    said = webhooks.tell_of_current(home)
    for sentence in said or ["Nobody is to be told: nothing new since the last time."]:
        click.echo(sentence)
