"""`observatory library`: laws, plans, reports and cases of metropolitan governance, to find, add and cite."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.commands.listing import Whole

FILE = click.Path(path_type=Path, dir_okay=False)
LANG = click.option(
    "--lang",
    type=click.Choice(["ca", "es", "fr", "en"]),
    default="en",
    show_default=True,
    help="Language of the sentences; English where one is not translated yet.",
)
KIND = click.Choice(["law", "reform", "plan", "programme", "project", "network", "report", "case"])
MOST = 20


@click.group(cls=Whole)
def library() -> None:
    """The library of metropolitan governance: find, add and cite laws, plans, reports and cases."""


@library.command()
@click.argument("words", nargs=-1)
@click.option("--kind", type=KIND, default=None, help="Only items of this kind.")
@click.option("--metro", default="", help="Only items on this metropolis, such as es-barcelona.")
@click.option("--body", default="", help="Only items on this body, such as es-barcelona-amb.")
@click.option("--theme", default="", help="Only items of this theme, such as mobility.")
@click.option(
    "--code", default="", help="SDG target (11.3) or paragraph of the New Urban Agenda (90)."
)
@LANG
@click.option(
    "--all", "whole", is_flag=True, help=f"All that are found, not the first {MOST} only."
)
def find(
    words: tuple[str, ...],
    kind: str | None,
    metro: str,
    body: str,
    theme: str,
    code: str,
    lang: str,
    whole: bool,
) -> None:
    """Find items that contain all WORDS, newest first."""
    from catalog import bibliography
    from warehouse.registry.lookup import known_metros

    library = bibliography.load()
    if metro and metro not in known_metros():
        raise click.ClickException(
            f"The registry has no metropolis '{metro}'; see its identifier with `observatory match`."
        )
    found = bibliography.find(
        library, words, kind=kind or "", metro=metro, body=body, theme=theme, code=code
    )
    if not found:
        click.echo("Nothing was found; try fewer words, or leave out an option.")
        return
    for item in found if whole else found[:MOST]:
        click.echo(f"{item.id}  {item.date or 'no date'}  {item.kind}")
        title = item.title if item.title == item.title_en else f"{item.title} ({item.title_en})"
        click.echo(f"    {title}")
        click.echo(f"    {library.what(item, lang)}. {item.publisher}.")
        click.echo(f"    {item.address}")
    left = 0 if whole else len(found) - MOST
    more = f", {left} more with --all" if left > 0 else ""
    click.echo(
        f"{len(found)} {'item' if len(found) == 1 else 'items'}{more}. Cite one: observatory library cite {found[0].id}"
    )


@library.command()
@click.argument("ids", nargs=-1)
@click.option("--as", "form", type=click.Choice(["bibtex", "csl", "ris"]), default="bibtex")
@click.option("--all", "whole", is_flag=True, help="The whole library.")
@LANG
@click.option("-o", "--output", type=FILE, help="The file to write; else it is shown.")
def cite(ids: tuple[str, ...], form: str, whole: bool, lang: str, output: Path | None) -> None:
    """Cite the items IDS as BibTeX, CSL-JSON or RIS."""
    from catalog import bibliography
    from warehouse.library.cite import FORMATS

    library = bibliography.load()
    known = {i.id: i for i in library.items}
    if bool(ids) == whole:
        raise click.UsageError("Name the items to cite, or say --all for the whole library.")
    for name in ids:
        if name not in known:
            raise click.ClickException(
                f"The library has no item '{name}'; look for it with `observatory library find`."
            )
    cited = list(known.values()) if whole else [known[i] for i in ids]
    text = FORMATS[form](cited, lambda item: library.what(item, lang))
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(f"{output}: {len(cited)} {'item' if len(cited) == 1 else 'items'}.")


@library.command()
@click.option("-o", "--output", type=FILE, required=True, help="The workbook to write.")
def form(output: Path) -> None:
    """Write an empty form for new items as a workbook, a row an item, with what each column takes."""
    from warehouse.library import rows

    rows.write_form(output)
    click.echo(f"{output}: fill in a row an item, then `observatory library add {output}`.")


@library.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--check", is_flag=True, help="Only say whether the rows are right; write nothing.")
def add(file: Path, check: bool) -> None:
    """Add the items of FILE (a filled form, or CSV with the same columns) to the library.

    Nothing is added unless every row is right.
    """
    from catalog import bibliography
    from warehouse.library import rows

    read = rows.read(file)
    added = bibliography.add(read, write=not check)
    for item in added:
        click.echo(f"{item.id}: {item.title}")
    done = "would be added" if check else f"added to catalog/{bibliography.ADDED}"
    click.echo(f"{len(added)} {'item' if len(added) == 1 else 'items'} {done}.")
    untranslated = [
        i.id
        for i, row in zip(added, read.values(), strict=True)
        if not all(c in row for c in bibliography.TRANSLATED)
    ]
    if untranslated:
        click.echo(
            f"The sentence of {', '.join(untranslated)} is shown in English where it is not given in "
            f"{', '.join(bibliography.TRANSLATED)}; add it to catalog/{bibliography.SENTENCES}."
        )
