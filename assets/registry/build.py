"""Build the registry's CSV files from the lists of all systems, the same bytes every time."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from assets.registry import boundaries, cities, countries, europe, naming, read
from assets.registry.assemble import Metro, Registry
from assets.registry.gazetteer import Gazetteer, natural_earth
from assets.registry.rules import aliases, decisions
from assets.registry.unit import RegistryError, Unit
from warehouse import tables
from warehouse.methods.match import Place, slug

METROS = Path(__file__).parents[2] / "catalog" / "metros"
NAME_COLUMNS = tables.METRO_NAME.names
# Kinds of government whose own territory is wider than the metropolis.
WIDER = ("state", "province", "governorate")


def build(sources: Path, out: Path = METROS, rules: Path = METROS) -> list[str]:
    """Write metro, metro_name, spatial_unit, crosswalk and member_org CSVs into `out`.

    `sources` is the folder of the systems' own lists; `rules` holds `review.csv` (decisions,
    replayed) and `alias.csv`. Returns what was done, a sentence each. Raises `RegistryError`.
    """
    said: list[str] = []
    say = said.append
    registry = Registry(Gazetteer(), decisions(rules / "review.csv"), aliases(rules / "alias.csv"))
    units = assemble(registry, sources, say)
    _unused(registry, units)
    seen = read.members(sources)
    homes = _members_home(registry, seen)
    places = natural_earth(sources)
    naming.link_natural_earth(registry, places)
    naming.name_and_identify(registry, places)
    units += countries.units(europe.country_rows(sources))

    out.mkdir(parents=True, exist_ok=True)
    members = _members(registry, seen, homes)
    homes_of_members = {m["metro_id"] for m in members}
    for table, found in (
        (tables.METRO, _metros(registry, homes_of_members)),
        (tables.SPATIAL_UNIT, map(_unit, units)),
        (tables.CROSSWALK, _crosswalk(registry)),
        (tables.MEMBER_ORG, members),
        (tables.BOUNDARY_VERSION, _boundaries(sources, units)),
    ):
        say(f"{table.name}.csv: {_write(out, table, found)} rows")
    say(f"metro_name.csv: {_names(out / 'metro_name.csv', registry)} rows")
    for unit, link in registry.undecided:
        say(f"undecided, add a row to review.csv: {unit.key} {unit.name}: {link.why}")
    return said


def assemble(registry: Registry, sources: Path, say: Callable[[str], None]) -> list[Unit]:
    """Bring every system onto the registry in its order; returns all units."""
    done: list[Unit] = []

    def join(title: str, units: list[Unit], founds: bool, near: bool = False) -> None:
        metros, joined = len(registry.metros), len(registry.joined)
        registry.add(units, founds, near)
        done.extend(units)
        say(
            f"{title}: {len(units)} units, {len(registry.joined) - joined} joined, "
            f"{len(registry.metros) - metros} new metropolises"
        )

    agglomerations = read.wup(sources)
    for unit in agglomerations:
        registry.found(unit)
    done.extend(agglomerations)
    say(f"World Urbanization Prospects 2018: {len(agglomerations)} metropolises")
    join("EU functional urban areas 2019", europe.fuas(sources), True)
    regions = europe.metro_regions(sources)
    done.extend(u for u in regions if u.scale == "region")
    for vintage in ("NUTS2021", "NUTS2010"):
        chosen = [u for u in regions if u.scale != "region" and u.vintage == vintage]
        join(f"Eurostat metro regions {vintage}", chosen, True)
    join("OECD functional urban areas 2012", read.oecd_2012(sources)[0], True)
    join("OECD functional urban areas 2024", read.oecd_2024(sources), True)
    join("GHSL urban centres", read.ghsl(sources), True, near=True)
    join("Eurostat cities", europe.cities(sources), True)
    _founded_by_members(registry, sources)
    habitat, unsd = cities.unhabitat(sources), cities.unsd(sources)
    registry.learn_admins([*habitat, *unsd])
    join("UN-Habitat cities", habitat, False)
    join("SDG database cities", unsd, False)
    join("SDG 11.2.1 cities", cities.sp_trn_publ(sources), False)
    join("Perception survey cities", cities.urb_percep(sources), False)
    return done


def _founded_by_members(registry: Registry, sources: Path) -> None:
    """A member government whose city no list of agglomerations holds has a metropolis too."""
    for r in read.members(sources):
        place = _member_place(registry, r)
        if registry.index.match(place).target is None:
            unit = Unit(
                "member", slug(r["member"]), "", "city", r["anchor_city"], r["iso2"],
                latitude=place.latitude, longitude=place.longitude, population=place.population,
            )  # fmt: skip
            registry.found(unit)


def _member_place(registry: Registry, r: dict[str, str]) -> Place:
    place = Place(r["member"], r["iso2"], (r["anchor_city"],))
    at = registry.gazetteer.called(place)
    if at is None:
        return place
    return replace(
        place,
        latitude=at.latitude,
        longitude=at.longitude,
        population=at.population,
        aliases=(*at.names, *at.aliases, f"gn{at.key}"),
    )


def _members_home(registry: Registry, seen: list[dict[str, str]]) -> dict[str, str]:
    """Member name -> metropolis key, by its agglomeration's code, else by its anchor city."""
    homes = {}
    for r in seen:
        code = r["wup2018_city_code"].split(".")[0]
        key = f"un_wup2018:2018:{code}"
        if key not in registry.metros:
            link = registry.index.match(_member_place(registry, r))
            if link.target is None:
                raise RegistryError(
                    f"metropolis_members_candidates.csv: no metropolis for {r['member']}; correct "
                    "its anchor_city."
                )
            key = link.target
        homes[r["member"]] = key
    return homes


def _members(
    registry: Registry, seen: list[dict[str, str]], homes: dict[str, str]
) -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for r in seen:
        metro = registry.metros[homes[r["member"]]]
        wider = r["kind"] in WIDER
        inside = r["kind"] == "city" and r["iso2"] != "CN"
        made.append(
            {
                "member_id": f"{r['iso2'].lower()}-{slug(r['member'])}",
                "name": r["member"],
                "kind": r["kind"],
                "metro_id": metro.metro_id,
                "iso3": countries.countries()[r["iso2"]].iso3,
                "relation": "broad" if wider else "narrow" if inside else "",
                "evidence": r["evidence"],
            }
        )
    return made


def _unused(registry: Registry, units: Iterable[Unit]) -> None:
    """A decision or alias about a unit that no list holds is a mistake, and said."""
    known = {(u.system, u.code, u.vintage) for u in units}
    for name, keys in (("review.csv", registry.decisions), ("alias.csv", registry.aliases)):
        for key in sorted(set(keys) - known):
            raise RegistryError(
                f"catalog/metros/{name}: {':'.join(key)} stands in no list; correct the row or "
                "remove it."
            )


def _metros(registry: Registry, members: set[object]) -> list[dict[str, object]]:
    return [
        {
            "metro_id": m.metro_id,
            "name": m.name,
            "name_ca": "",
            "name_es": _language(m, "es"),
            "name_fr": _language(m, "fr"),
            "name_local": naming.local(m),
            "iso2": m.founder.iso2,
            "iso3": countries.countries()[m.founder.iso2].iso3,
            "country": naming.country_name(m.founder.iso2),
            "region": countries.countries()[m.founder.iso2].region,
            "subregion": countries.countries()[m.founder.iso2].subregion,
            "latitude": m.place.latitude,
            "longitude": m.place.longitude,
            "metropolis_member": m.metro_id in members,
        }
        for m in registry.metros.values()
    ]


def _language(m: Metro, lang: str) -> str:
    return m.natural_earth.names.get(lang, "") if m.natural_earth else ""


def _unit(u: Unit) -> dict[str, object]:
    return {
        "unit_id": f"{u.system}:{u.code}",
        "iso3": countries.countries()[u.iso2].iso3 if u.iso2 else "",
    } | {
        name: getattr(u, name)
        for name in tables.SPATIAL_UNIT.names
        if name not in ("unit_id", "iso3")
    }


def _crosswalk(registry: Registry) -> list[dict[str, object]]:
    return [
        {
            "metro_id": registry.metros[j.metro].metro_id,
            "system": j.unit.system,
            "code": j.unit.code,
            "vintage": j.unit.vintage,
            "relation": j.relation,
            "method": j.method,
            "score": j.score,
            "evidence": j.evidence,
            "decided_by": j.decided_by,
        }
        for j in registry.joined
        if j.unit.system != "member"
    ]


def _boundaries(sources: Path, units: list[Unit]) -> list[dict[str, object]]:
    dated = boundaries.metro_regions(sources)
    every = [*dated, *boundaries.listed(units, dated)]
    return [{name: getattr(v, name) for name in tables.BOUNDARY_VERSION.names} for v in every]


def _names(path: Path, registry: Registry) -> int:
    """Every name of every metropolis that a system or Natural Earth gives, with its source."""
    found: set[tuple[str, str, str, str, str]] = set()
    for m in registry.metros.values():
        found.add((m.metro_id, m.name, "en", "primary", "registry"))
        if m.natural_earth is not None:
            for lang, name in m.natural_earth.names.items():
                found.add((m.metro_id, name, lang, "translation", "Natural Earth"))
    for j in registry.joined:
        if j.relation != "part_of" and j.unit.system != "member":
            metro_id = registry.metros[j.metro].metro_id
            found.update((metro_id, n, "", "label", j.unit.system) for n in j.unit.names)
    _csv(path, NAME_COLUMNS, sorted(found))
    return len(found)


def _write(out: Path, table: tables.Table, rows: Iterable[dict[str, object]]) -> int:
    """Write one dictionary in the columns and the order of its statement."""
    texts = [tuple(_text(r[c]) for c in table.names) for r in rows]
    at = [table.names.index(k) for k in table.sort]
    texts.sort(key=lambda r: tuple(r[i] for i in at))
    _csv(out / f"{table.name}.csv", table.names, texts)
    return len(texts)


def _csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    part.replace(path)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)
