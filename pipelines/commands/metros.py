"""`observatory metros`: find a metropolis by any of its names, and show what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assets.registry.known import Metro

TRANSLATIONS = {"name_ca": "Catalan", "name_es": "Spanish", "name_fr": "French"}


@click.group()
def metros() -> None:
    """Find metropolises and show what the registry knows of them."""


@metros.command()
@click.argument("name")
def find(name: str) -> None:
    """Find metropolises by NAME, in any language and script; "Hyderabad, PK" asks in a country."""
    from assets.registry import country_names, known
    from pipelines.commands.query import _show
    from warehouse.methods.match import variants
    from warehouse.methods.names import Names

    listed = known.metros()
    names = Names((m.place for m in listed.values()), (m.parts for m in listed.values() if m.parts))
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
        if hit.part and metro.parts:
            shared = [n for n in metro.parts.names if hit.shared in dict(variants(n))]
            bears = f"{(shared or metro.parts.names)[0]} (a part)"
        rows.append([metro_id, metro.row["name"], metro.row["country"], bears, _size(metro)])
    _show(["metro_id", "name", "country", "matched name", "largest known population"], rows)
    if len(rows) > 1:
        click.echo(f"{len(rows)} metropolises bear that name.", err=True)


@metros.command()
@click.argument("metro_id")
def show(metro_id: str) -> None:
    """Show a metropolis: units by scale with population, area and codes, members, what is not known."""
    from assets.registry import known
    from pipelines.commands.query import _show

    listed = known.metros()
    if metro_id not in listed:
        from warehouse.methods.names import Names

        near = Names(m.place for m in listed.values()).near(metro_id.partition("-")[2] or metro_id)
        said = f"near it: {', '.join(near)}; " if near else ""
        raise click.ClickException(
            f"There is no metropolis '{metro_id}'; {said}`observatory metros find` finds one by name."
        )
    metro = listed[metro_id]
    row = metro.row
    said = [row[c] for c in ("name_ca", "name_es", "name_fr", "name_local") if row[c]]
    also = ", ".join(dict.fromkeys(n for n in said if n != row["name"]))
    point = f"{row['latitude']}, {row['longitude']}" if row["latitude"] else "no point known"
    click.echo(f"{row['name']}{f' ({also})' if also else ''}, {row['country']}: {metro_id}")
    click.echo(f"{row['subregion']}; {point}\n")
    columns = ["scale", "system", "vintage", "code", "relation", "population", "year", "km2"]
    _show(columns, [_unit(u) for u in _ordered(metro)])
    if metro.members:
        click.echo("\nGovernments seen to be members of Metropolis:")
        for m in metro.members:
            click.echo(f"  {m['name']} ({m['kind']}), {m['relation'] or 'territory not known'}")
    click.echo("\nNot known:")
    for sentence in _unknown(metro, known.systems(row["iso3"])):
        click.echo(f"  {sentence}")


def _size(metro: Metro) -> str:
    unit = metro.largest
    if unit is None:
        return "not known"
    year = f" {unit['population_year']}" if unit["population_year"] else ""
    return f"{float(unit['population']):,.0f} ({unit['scale']}, {unit['system']}{year})"


def _ordered(metro: Metro) -> list[dict[str, str]]:
    order = {scale: n for n, scale in enumerate(_scales())}
    return sorted(
        metro.units,
        key=lambda u: (order[u["scale"]], u["system"], u["vintage"], u["code"]),
    )


def _unit(u: dict[str, str]) -> list[str]:
    people = f"{float(u['population']):,.0f}" if u["population"] else ""
    area = f"{float(u['area_km2']):,.0f}" if u["area_km2"] else ""
    identity = [u[c] for c in ("scale", "system", "vintage", "code", "relation")]
    return [*identity, people, u["population_year"], area]


def _unknown(metro: Metro, systems: list[str]) -> list[str]:
    """What the registry does not hold of a metropolis, a sentence each."""
    said = []
    scales = [s for s in _scales() if s not in {u["scale"] for u in metro.units}]
    if scales:
        said.append(f"no unit at the scale {', '.join(scales)}")
    absent = [s for s in systems if s not in {u["system"] for u in metro.units}]
    if absent:
        said.append(f"no unit of {', '.join(absent)}, which has others in {metro.row['country']}")
    for what, column in (("population", "population"), ("area", "area_km2")):
        without = [u["unit_id"] for u in metro.units if not u[column]]
        if len(without) == len(metro.units):
            said.append(f"no {what} of any unit")
        elif without:
            listed = list(dict.fromkeys(without))
            more = f" and {len(listed) - 3} other units" if len(listed) > 3 else ""
            said.append(f"no {what} of {', '.join(listed[:3])}{more}")
    names = [title for column, title in TRANSLATIONS.items() if not metro.row[column]]
    if names:
        said.append(f"no {' or '.join(names)} name")
    if not metro.row["name_local"]:
        said.append("no name in the local script")
    if not metro.members:
        said.append("no government seen to be a member of Metropolis")
    elif any(not m["relation"] for m in metro.members):
        said.append("not every member's own territory")
    return said


def _scales() -> list[str]:
    """The metropolitan scales, small to large."""
    import csv

    from catalog.loader import FOLDER

    with (FOLDER / "scales.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["metropolitan"] == "true"]
    return [r["scale"] for r in sorted(rows, key=lambda r: int(r["size_order"]))]
