"""`observatory briefs`: short pages for elected officials and technical teams, from a release."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.commands.export import folder_of
from warehouse.home import Home


@click.command()
@click.argument("folder", metavar="DIR", required=False, type=click.Path(path_type=Path))
@click.option("--release", "name", default="current", show_default=True, help="Which release.")
def briefs(folder: Path | None, name: str) -> None:
    """Write the briefs in every language into DIR/<language>, with the figures of a release.

    DIR is publications/<release>/briefs of the home unless it is given.
    """
    from warehouse.publications import briefs as pages
    from warehouse.publications import place
    from warehouse.publications.model import Release

    home = Home.from_environment()
    release = Release(folder_of(home, name))
    target = folder or home.publications / release.name / "briefs"
    for path in pages.write(release, target):
        click.echo(str(path))
    place.only(home, target)
