"""`observatory metros`: find a metropolis by any of its names, and show what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipelines.commands.listing import Whole

if TYPE_CHECKING:
    from warehouse.registry.known import KnownMetro, Row


@click.group(cls=Whole)
def metros() -> None:
    """Find metropolises and show what the registry knows of them."""


@metros.command()
@click.argument("name")
def find(name: str) -> None:
    """Find metropolises by NAME, in any language and script; "Hyderabad, PK" asks in a country.

    The name may be that of a member government or of a metropolitan body, or its acronym.
    """
    from pipelines.commands.query import _show
    from warehouse.registry import country_names, known, matcher
    from warehouse.registry.matching.match import variants

    listed, names = known.metros(), matcher.world().names
    found = names.find(name)
    head, _, tail = name.rpartition(",")
    codes = country_names.codes(tail) if head else ()
    if codes:
        inside = [f for f in names.find(head) if listed[f[0]].row["iso2"] in codes]
        found = inside or found
    if not found:
        near = ", ".join(f"{listed[m].label} ({m})" for m in names.near(name))
        said = f"Near names: {near}." if near else "No name is near it either."
        raise click.ClickException(f"No metropolis is called '{name}'. {said}")
    rows = []
    for metro_id, hit in found:
        metro = listed[metro_id]
        bears = names.matched(metro_id, hit.shared, name)
        if hit.how == "body":
            bears = names.body(metro_id, hit.shared)
        elif hit.part and metro.parts:
            shared = [n for n in metro.parts.names if hit.shared in dict(variants(n))]
            bears = f"{(shared or metro.parts.names)[0]} (a part)"
        rows.append([metro_id, metro.row["name"], metro.row["country"], bears, _size(metro)])
    _show(["metro_id", "name", "country", "matched name", "largest known population"], rows)
    if len(rows) > 1:
        click.echo(f"{len(rows)} metropolises bear that name.", err=True)


@metros.command()
@click.argument("metro_id")
@click.option("--json", "as_json", is_flag=True, help="The same for scripts.")
def show(metro_id: str, as_json: bool) -> None:
    """Show a metropolis: units by scale with population, area, year and codes, relations, boundaries,
    members, and what is not known.
    """
    from pipelines.commands.metro_sheet import sheet
    from warehouse.registry import known

    listed = known.metros()
    if metro_id not in listed:
        from warehouse.registry.matching.names import Names

        near = Names(m.place for m in listed.values()).near(metro_id.partition("-")[2] or metro_id)
        said = f"near it: {', '.join(near)}; " if near else ""
        raise click.ClickException(
            f"There is no metropolis '{metro_id}'; {said}`observatory metros find` finds one by name."
        )
    if as_json:
        from pipelines.commands.files import print_json

        metro = listed[metro_id]
        rows = {"names": metro.names, "units": metro.units, "members": metro.members}
        print_json(_known(metro.row) | {n: [_known(r) for r in of] for n, of in rows.items()})
        return
    for line in sheet(listed[metro_id]):
        click.echo(line)


def _known(row: Row) -> dict[str, str | None]:
    """A row in which what is not known is null."""
    return {column: value or None for column, value in row.items()}


def _size(metro: KnownMetro) -> str:
    unit = metro.largest
    if unit is None:
        return "not known"
    year = f" {unit['population_year']}" if unit["population_year"] else ""
    return f"{float(unit['population']):,.0f} ({unit['scale']}, {unit['system']}{year})"
