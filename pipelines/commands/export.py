"""`observatory export`: the current release in the forms that other tools read."""

from __future__ import annotations

from pathlib import Path

import click

from warehouse.home import Home


@click.command()
@click.argument("form", metavar="FORMAT", required=False)
@click.argument("folder", metavar="DIR", required=False, type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help="Every format, each into DIR/<format>.")
@click.option("--metro", help="With xlsx: the workbook of one metropolis, such as es-barcelona.")
@click.option("--theme", help="With xlsx: the workbook of one theme, such as economy.")
@click.option("--lang", default="en", show_default=True, help="With xlsx: ca, es, fr or en.")
@click.option("--release", "name", default="current", show_default=True, help="Which release.")
def export(
    form: str | None,
    folder: Path | None,
    every: bool,
    metro: str | None,
    theme: str | None,
    lang: str,
    name: str,
) -> None:
    """Write a release as FORMAT, or --all, into DIR/<format>.

    DIR is publications/<release>/exports of the home unless it is given. Without FORMAT the formats
    are listed. FORMAT xlsx writes workbooks for officers: of one --metro or --theme in one --lang,
    else of all members of Metropolis and all themes in four languages (minutes), into
    publications/<release>/workbooks. The release itself is only read; what was made so of a release
    that is no longer current is removed.
    """
    from warehouse.publications import exports, place
    from warehouse.publications.model import Release

    if every:
        if folder is not None:
            raise click.UsageError("--all takes no FORMAT: write `observatory export --all DIR`.")
        form, folder = None, Path(form) if form else None
    elif form is None:
        for known in exports.names():
            click.echo(f"{known:16}{exports.load(known).TITLE}")
        click.echo(f"{'metadata':16}Methodology and quality after SIMS, pages in four languages")
        click.echo(f"{'xlsx':16}Workbooks for officers, per metropolis and per theme")
        return
    home = Home.from_environment()
    release = Release(folder_of(home, name))
    if form == "xlsx":
        target = folder or home.publications / release.name / "workbooks"
        _workbooks(release, target, metro, theme, lang)
        place.only(home, target)
        return
    if form == "metadata":
        from warehouse.publications import metadata

        target = folder or home.publications / release.name / "metadata"
        click.echo(f"{metadata.write(release, target)} pages are in {target}.")
        place.only(home, target)
        return
    if metro or theme:
        raise click.UsageError("--metro and --theme are for FORMAT xlsx alone.")
    target = folder or home.publications / release.name / "exports"
    for made in exports.write(release, target, [form] if form else None):
        click.echo(str(made))
    place.only(home, target)


def _workbooks(release, folder: Path, metro: str | None, theme: str | None, lang: str) -> None:
    from warehouse.publications import workbooks

    if metro and theme:
        raise click.UsageError("Give one of --metro and --theme.")
    if not metro and not theme:
        click.echo(f"{workbooks.write(release, folder)} workbooks are in {folder}.")
        return
    path = folder / f"{metro or f'theme-{theme}'}.{lang}.xlsx"
    books = workbooks.Workbooks(release)
    if metro:
        books.metro(metro, lang, path)
    elif theme:
        books.theme(theme, lang, path)
    click.echo(str(path))


def folder_of(home: Home, name: str) -> Path:
    """The folder of a release, by its name or as a path."""
    from warehouse import release

    given = Path(name)
    return given if (given / "release.json").is_file() else release.named(home, name)
