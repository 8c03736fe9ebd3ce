"""`observatory export`: the current release in the forms that other tools read."""

from __future__ import annotations

from pathlib import Path

import click

from warehouse.home import Home


@click.command()
@click.argument("form", metavar="FORMAT", required=False)
@click.argument("folder", metavar="DIR", required=False, type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help="Every format, each into DIR/<format>.")
@click.option("--release", "name", default="current", show_default=True, help="Which release.")
def export(form: str | None, folder: Path | None, every: bool, name: str) -> None:
    """Write a release as FORMAT, or --all, into DIR/<format>.

    DIR is publications/<release>/exports of the home unless it is given. Without FORMAT the formats
    are listed. The release itself is only read.
    """
    from warehouse.publications import exports
    from warehouse.publications.model import Release

    if every:
        if folder is not None:
            raise click.UsageError("--all takes no FORMAT: write `observatory export --all DIR`.")
        form, folder = None, Path(form) if form else None
    elif form is None:
        for known in exports.names():
            click.echo(f"{known:16}{exports.load(known).TITLE}")
        return
    home = Home.from_environment()
    release = Release(folder_of(home, name))
    target = folder or home.publications / release.name / "exports"
    for made in exports.write(release, target, [form] if form else None):
        click.echo(str(made))


def folder_of(home: Home, name: str) -> Path:
    """The folder of a release, by its name or as a path."""
    from warehouse import release

    given = Path(name)
    return given if (given / "release.json").is_file() else release.named(home, name)
