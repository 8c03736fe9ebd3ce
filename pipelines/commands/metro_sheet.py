"""One metropolis as text of at most 80 columns: units by scale, how they hang together, what is not known."""

from __future__ import annotations

import csv
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.registry.known import KnownMetro, Row

WIDTH = 80
TRANSLATIONS = {"name_ca": "Catalan", "name_es": "Spanish", "name_fr": "French"}
# How a relation reads from the unit it is said of, and from the other one where that is shown.
READS: dict[str, tuple[str, ...]] = {
    "part_of": ("part of", "contains"),
    "core_of": ("core of",),
    "approximated_by": ("approximated by",),
    "successor_of": ("successor of",),
    "merged_into": ("merged into",),
    "split_from": ("split from",),
}
SHOWN = 3


def sheet(metro: KnownMetro) -> Iterator[str]:
    """The lines of `observatory metros show`."""
    from warehouse.registry import known

    row = metro.row
    said = [row[c] for c in ("name_ca", "name_es", "name_fr", "name_local") if row[c]]
    also = ", ".join(dict.fromkeys(n for n in said if n != row["name"]))
    point = f"{row['latitude']}, {row['longitude']}" if row["latitude"] else "no point known"
    yield from _wrapped(f"{metro.row['metro_id']}: {row['name']}, {row['country']}")
    if also:
        yield from _wrapped(f"also {also}")
    yield from _wrapped(f"{row['subregion']}; {point}")
    units = _ordered(metro)
    yield ""
    yield "Units, the smallest scale first; - is not known"
    yield f"  {'relation':<9}{'population':>11} {'year':<4}{'km2':>8}  system, edition, code"
    scale = ""
    for u in units:
        if u["scale"] != scale:
            scale = u["scale"]
            yield f"{scale}"
        yield from _unit(u)
    if any(u["population"] and u["system"] in known.UNDRAWN for u in units):
        yield "* the list's own number; the list draws no territory"
    for title, lines in (
        ("How they hang together", _relations(units)),
        ("Redrawn boundaries: figures of two versions are of two territories", _redrawn(units)),
        ("Governments seen to be members of Metropolis", map(_member, metro.members)),
        ("Not known", _unknown(metro, known.systems(row["iso3"]))),
    ):
        listed = list(lines)
        if listed:
            yield ""
            yield title
        for line in listed:
            yield from _wrapped(line, "  ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
    )


def _unit(u: Row) -> Iterator[str]:
    from warehouse.registry.known import UNDRAWN

    people = f"{float(u['population']):,.0f}" if u["population"] else "-"
    area = f"{float(u['area_km2']):,.0f}" if u["area_km2"] else "-"
    mark = "*" if u["population"] and u["system"] in UNDRAWN else " "
    head = f"  {u['relation']:<9}{people:>11}{mark}{u['population_year'] or '-':<4}{area:>8}  "
    first, *rest = textwrap.wrap(f"{u['system']} {u['vintage']} {u['code']}", WIDTH - len(head))
    yield head + first
    for line in rest:
        yield " " * len(head) + line


def _relations(units: list[Row]) -> Iterator[str]:
    """Per unit and kind of relation the units it points at, the first few named.

    A unit that is only a part is named by what contains it; an edition by the one that follows it.
    """
    from warehouse.registry import known

    found = known.relations()
    for u in (u for u in units if u["relation"] != "part_of"):
        groups: dict[str, list[str]] = defaultdict(list)
        for r in found.get((u["unit_id"], u["vintage"]), ()):
            other = "other_" if r["side"] == "unit" else ""
            if r["side"] == "other" and r["relation"] != "part_of":
                continue  # the other unit says it
            said = READS[r["relation"]][r["side"] == "other"]
            groups[said].append(f"{r[f'{other}unit_id']} ({r[f'{other}vintage']})")
        for said, others in groups.items():
            more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
            yield f"{u['unit_id']} ({u['vintage']}) {said} {', '.join(others[:SHOWN])}{more}"


def _redrawn(units: list[Row]) -> Iterator[str]:
    from warehouse.registry import known

    found = known.boundaries()
    for u in units:
        versions = found.get((u["unit_id"], u["vintage"]), [])
        for v in versions if len(versions) > 1 else []:
            area = f"{float(v['area_km2']):,.0f} km2" if v["area_km2"] else "area not known"
            since = f"{v['valid_from'] or 'first'} to {v['valid_to'] or 'now'}"
            yield f"{u['unit_id']} version {v['version']}, {since}: {area}"
        for v in versions:
            if v["redraws"]:
                was = found[v["redraws"], v["earlier"]][-1]
                what = "population" if v["population"] and was["population"] else "area_km2"
                unit = " km2" if what == "area_km2" else " inhabitants"
                sizes = [
                    f"{float(x[what]):,.0f}{unit}" if x[what] else "not known" for x in (was, v)
                ]
                yield (
                    f"{u['unit_id']} ({v['vintage']}) version {v['version']} redraws {v['redraws']} "
                    f"({v['earlier']}): {sizes[0]}, then {sizes[1]}"
                )


def _member(m: Row) -> str:
    said = m["relation"]
    if m["municipalities"]:
        year = f" ({m['municipalities_year']})" if m["municipalities_year"] else ""
        count = f"{m['municipalities']} municipalit{'y' if m['municipalities'] == '1' else 'ies'}"
        said = f"territory of {count}{year}; {m['territory_source']}"
    elif not m["relation"]:
        said = "territory not known"
    return f"{m['name']} ({m['kind']}), {said}"


def _ordered(metro: KnownMetro) -> list[Row]:
    order = {scale: n for n, scale in enumerate(_scales())}
    return sorted(
        metro.units,
        key=lambda u: (order[u["scale"]], u["system"], u["vintage"], u["code"]),
    )


def _unknown(metro: KnownMetro, systems: list[str]) -> Iterator[str]:
    """What the registry does not hold of a metropolis, a sentence each."""
    scales = [s for s in _scales() if s not in {u["scale"] for u in metro.units}]
    if scales:
        yield f"no unit at the scale {', '.join(scales)}"
    absent = [s for s in systems if s not in {u["system"] for u in metro.units}]
    if absent:
        yield f"no unit of {', '.join(absent)}, which has others in {metro.row['country']}"
    for what, column in (("population", "population"), ("area", "area_km2")):
        without = sum(not u[column] for u in metro.units)
        if without == len(metro.units):
            yield f"no {what} of any unit"
        elif without:
            yield f"no {what} of {without} of {len(metro.units)} units"
    names = [title for column, title in TRANSLATIONS.items() if not metro.row[column]]
    if names:
        yield f"no {' or '.join(names)} name"
    if not metro.row["name_local"]:
        yield "no name in the local script"
    if not metro.members:
        yield "no government seen to be a member of Metropolis"
    elif any(not (m["relation"] or m["municipalities"]) for m in metro.members):
        yield "not every member's own territory"


def _scales() -> list[str]:
    """The metropolitan scales, small to large."""
    from catalog.contents import FOLDER

    with (FOLDER / "scales.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["metropolitan"] == "true"]
    return [r["scale"] for r in sorted(rows, key=lambda r: int(r["size_order"]))]
