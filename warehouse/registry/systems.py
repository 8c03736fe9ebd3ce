"""The lists of all systems, read once, and brought onto the registry in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from warehouse.registry import cities, europe, europe_lists, members, naming, points, read, reasons
from warehouse.registry.assemble import Registry
from warehouse.registry.europe import LISTED
from warehouse.registry.gazetteer import NaturalEarth, natural_earth
from warehouse.registry.rules import Alias
from warehouse.registry.unit import Unit

# A city that no list of agglomerations holds founds a metropolis where none lies this near.
APART_KM, NEIGHBOUR_KM = 50.0, 15.0


@dataclass(frozen=True)
class Lists:
    """What the systems list, read once."""

    agglomerations: list[Unit]
    fuas: list[Unit]
    fuas_current: list[Unit]
    fuas_2010: list[Unit]
    regions: list[Unit]
    oecd_2012: list[Unit]
    oecd_2024: list[Unit]
    centres: list[Unit]
    cities: list[Unit]
    cities_2019: list[Unit]
    habitat: list[Unit]
    unsd: list[Unit]
    unsd_old: list[Unit]
    sp_trn_publ: list[Unit]
    urb_percep: list[Unit]
    cbsa_2018: list[Unit]
    cbsa_2023: list[Unit]
    centres_2024: list[Unit]
    carbon_monitor: list[Unit]
    prefectures: list[Unit]
    net_zero: list[Unit]
    members: list[dict[str, str]]
    places: list[NaturalEarth]
    locals: list[dict[str, Any]]


def lists(
    sources: Path, meant: Mapping[tuple[str, str, str], Alias] = MappingProxyType({})
) -> Lists:
    """Read every list of the folder; `RegistryError` where one is missing.

    meant: `alias.csv`, whose countries take the place of those that a list puts a unit in.
    """
    found = _lists(sources)
    return replace(
        found,
        **{
            field.name: [_at_home(u, meant) for u in units]
            for field in fields(found)
            if (units := getattr(found, field.name)) and isinstance(units[0], Unit)
        },
    )


def _at_home(unit: Unit, meant: Mapping[tuple[str, str, str], Alias]) -> Unit:
    alias = meant.get((unit.system, unit.code, unit.vintage))
    return replace(unit, iso2=alias.iso2) if alias and alias.iso2 else unit


def _lists(sources: Path) -> Lists:
    agglomerations = read.wup(sources)
    locals_ = europe_lists.local_units(sources)
    return Lists(
        agglomerations,
        europe.fuas(sources, europe_lists.fua_areas(locals_)),
        europe_lists.fuas_current(sources),
        europe_lists.fuas_2010(sources),
        europe.metro_regions(sources),
        read.oecd_2012(sources)[0],
        read.oecd_2024(sources),
        read.ghsl(sources),
        europe.cities(sources),
        europe_lists.cities_2019(locals_),
        cities.unhabitat(sources),
        cities.unsd(sources),
        cities.unsd_2017(sources),
        cities.sp_trn_publ(sources),
        cities.urb_percep(sources),
        read.cbsa(sources, "2018"),
        read.cbsa(sources, "2023"),
        read.ghsl_2024(sources),
        read.carbon_monitor(sources),
        read.cmcc(sources),
        read.net_zero(sources),
        read.members(sources),
        natural_earth(sources),
        locals_,
    )


def put_together(
    registry: Registry,
    found: Lists,
    sources: Path,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Registry, list[Unit]]:
    """Every system on the registry, and the gazetteers' points; the registry and all units."""
    units = assemble(registry, found, say)
    naming.link_natural_earth(registry, found.places)
    listed = {
        r["item"].rpartition("/")[2]
        for r in read.rows(sources / "registry" / "wikidata-cities-pop-area.csv")
    }
    units += points.join(registry, listed)
    return registry, units


def assemble(registry: Registry, found: Lists, say: Callable[[str], None]) -> list[Unit]:
    """Bring every system onto the registry in its order; returns all units."""
    done: list[Unit] = []

    def join(
        title: str, units: list[Unit], founds: bool | Callable[[Unit], bool], near: bool = False
    ) -> None:
        metros, joined = len(registry.metros), len(registry.joined)
        registry.add(units, founds, near)
        done.extend(units)
        say(
            f"{title}: {len(units)} units, {len(registry.joined) - joined} joined, "
            f"{len(registry.metros) - metros} new metropolises"
        )

    for unit in found.agglomerations:
        registry.found(unit)
    done.extend(found.agglomerations)
    say(f"World Urbanization Prospects 2018: {len(found.agglomerations)} metropolises")
    join("EU functional urban areas 2019", found.fuas, True)
    done.extend(u for u in found.regions if u.scale == "region")
    for vintage in ("NUTS2021", "NUTS2010"):
        chosen = [u for u in found.regions if u.scale != "region" and u.vintage == vintage]
        join(f"Eurostat metro regions {vintage}", chosen, True)
    join("OECD functional urban areas 2012", found.oecd_2012, True)
    join("OECD functional urban areas 2024", found.oecd_2024, True)
    join("GHSL urban centres", found.centres, lambda u: not u.doubt, near=True)

    def large(unit: Unit) -> bool:
        return registry.alone(unit, reasons.METROPOLIS, APART_KM)

    join("Eurostat cities", found.cities, lambda u: u.note != LISTED or large(u))
    # A code list gives names alone: two names of one place must not become two metropolises.
    join(
        "Eurostat functional urban areas of the code list",
        found.fuas_current,
        lambda u: registry.alone(u, 0, NEIGHBOUR_KM),
    )
    members.found(registry, found.members)
    registry.learn_admins([*found.habitat, *found.unsd])
    join("EU functional urban areas 2010", found.fuas_2010, False)
    join("EU cities and greater cities 2019", found.cities_2019, False)
    join("UN-Habitat cities", found.habitat, large)
    join("SDG database cities", found.unsd, large)
    join("SDG database cities, old codes", found.unsd_old, False)
    join("SDG 11.2.1 cities", found.sp_trn_publ, large)
    join("Perception survey cities", found.urb_percep, False)
    join("Metropolitan statistical areas 2018", found.cbsa_2018, False)
    join("Metropolitan statistical areas 2023", found.cbsa_2023, False)
    join("GHSL urban centres R2024A", found.centres_2024, False)
    join("Carbon Monitor Cities", found.carbon_monitor, False)
    join("Prefectures of Carbon Monitor Cities China", found.prefectures, False)
    join("Cities of Net Zero Tracker", found.net_zero, False)
    return done
