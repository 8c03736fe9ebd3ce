"""Build the registry's CSV files from the lists of all systems, the same bytes every time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from warehouse import tables
from warehouse.registry import (
    authority,
    calibration,
    countries,
    europe,
    files,
    members,
    naming,
    quality,
    quality_page,
    read,
    relations,
    systems,
    truth,
)
from warehouse.registry import pins as pinned
from warehouse.registry.assemble import Registry
from warehouse.registry.gazetteer import Gazetteer
from warehouse.registry.rules import aliases, catalan, decisions, names_by_hand
from warehouse.registry.unit import RegistryError, Unit

METROS = Path(__file__).parents[2] / "catalog" / "metros"


def build(
    sources: Path,
    out: Path = METROS,
    rules: Path = METROS,
    page: Path | None = None,
    today: str = "",
) -> list[str]:
    """Write the registry's CSV files into `out`, and the page of its quality to `page`.

    `sources` is the folder of the systems' own lists; `rules` holds what people decided and what
    was pinned: `review.csv` (decisions, replayed), `alias.csv`, `catalan.csv`, `pin.csv`,
    `redirect.csv`, `change.csv` and `truth/`. `today` dates what is new. Returns what was done, a sentence each.
    Raises `RegistryError`, also where the crosswalk falls short of its promise.
    """
    said: list[str] = []
    today = today or date.today().isoformat()
    meant, decided = aliases(rules / "alias.csv"), decisions(rules / "review.csv")
    found, world = systems.lists(sources, meant), Gazetteer()
    before, _ = systems.put_together(Registry(world, {}, meant, blind=True), found, sources)
    registry = Registry(world, decided, meant)
    _, units = systems.put_together(registry, found, sources, said.append)
    _unused(registry, units)
    pins = pinned.read(rules)
    homes = members.homes(registry, found.members)
    said_names = names_by_hand(rules / "name.csv")
    in_catalan = catalan(rules / "catalan.csv")
    registry.names = {n.founder: n.name for n in said_names if n.kind == "primary"}
    for n in said_names:
        if n.kind == "wrong" and n.lang == "*":
            registry.metros[n.founder].natural_earth = None
    naming.name_and_identify(
        registry, found.places, {k: v[0] for k, v in pins.ids.items()}, pins.taken()
    )
    units += countries.units(europe.country_rows(sources))

    pairs = truth.read_all(rules / "truth")
    measured = quality.measure(
        pairs,
        quality.homes(before.joined),
        quality.homes(registry.joined),
        set(meant),
        {j.unit.system for j in registry.joined} - {"member"},
    )
    covered = quality.coverage(
        units, registry.joined, lambda k: registry.metros[k].place.population
    )
    blind = quality.homes(before.joined)
    tuned, held = (
        calibration.cases(pairs, before.links, blind, set(meant), role)
        for role in ("tune", "holdout")
    )
    worth = calibration.calibrated(
        tuned, held, calibration.rates(pairs, before.joined, blind, set(meant))
    )
    on = {
        (j.unit.system, j.unit.code, j.unit.vintage): (
            registry.metros[j.metro].metro_id,
            j.relation != "part_of",
        )
        for j in registry.joined
    }
    links = relations.build(units, found.locals, sources, on)
    links += relations.stated(rules / "relation.csv", units)

    out.mkdir(parents=True, exist_ok=True)
    calibration.write(out, worth)
    listed = members.rows(registry, found.members, homes, found.locals)
    homes_of_members = {m["metro_id"] for m in listed}
    ids = {k: m.metro_id for k, m in registry.metros.items()}
    files.table(out / "pin.csv", pinned.PIN, pinned.after_build(pins, ids, today))
    changed = pinned.changes(
        {r["metro_id"]: r["name"] for r in read.rows(rules / "metro.csv")}
        if (rules / "metro.csv").exists()
        else {},
        {m.metro_id: m.name for m in registry.metros.values()},
        pins,
        today,
    )
    before_now = [
        tuple(r[c] for c in pinned.CHANGE) for r in pinned.rows(rules / "change.csv", pinned.CHANGE)
    ]
    for table, rows in (
        (tables.of("metro"), files.metros(registry, homes_of_members, in_catalan)),
        (tables.of("spatial_unit"), files.units_of(registry, units)),
        (tables.of("crosswalk"), files.crosswalk(registry, worth)),
        (tables.of("member_org"), listed),
        (tables.of("boundary_version"), files.boundary_versions(sources, units, links)),
        (tables.of("unit_relation"), [r.row() for r in links]),
        (tables.of("metro_redirect"), list(pins.retired.values())),
        (
            tables.of("metro_change"),
            [dict(zip(pinned.CHANGE, r, strict=True)) for r in {*before_now, *changed}],
        ),
        (tables.of("crosswalk_quality"), measured),
        (tables.of("crosswalk_coverage"), covered),
    ):
        said.append(
            f"{files.FILES.get(table.name, table.name)}.csv: {files.write(out, table, rows)} rows"
        )
    if out == METROS:
        # Territories of bodies are sums over the local units that were just written.
        said += authority.write(out.parent)
    said.append(f"local_unit.csv.gz: {files.local_units(out, found.locals)} rows")
    said.append(
        f"metro_name.csv: {files.names(out / 'metro_name.csv', registry, said_names, in_catalan)} rows"
    )
    for unit, link in registry.undecided:
        said.append(f"undecided, add a row to review.csv: {unit.key} {unit.name}: {link.why}")
    if page is not None:
        said_there = quality_page.page(measured, covered, rules / "truth", worth)
        page.write_text(said_there, encoding="utf-8")
    short = quality.gate(measured, covered)
    if short:
        raise RegistryError(
            f"The crosswalk falls short of its promise: {'; '.join(short)}; look at the pairs "
            "(`observatory registry wrong DIR`) before it is published."
        )
    return said


def wrong(sources: Path, roles: Collection[str], rules: Path = METROS) -> list[list[str]]:
    """Pairs of these roles that the matcher alone gets wrong or leaves out, for people to look at."""
    meant = aliases(rules / "alias.csv")
    found = systems.lists(sources, meant)
    registry, units = systems.put_together(
        Registry(Gazetteer(), {}, meant, blind=True), found, sources
    )
    home = quality.homes(registry.joined)
    names = {(u.system, u.code, u.vintage): u.name for u in units}
    rows = []
    for p in truth.read_all(rules / "truth"):
        if p.role not in roles or {p.one, p.other} & set(meant):
            continue
        absent = [k for k in (p.one, p.other) if k not in home]
        if absent and p.role == "must_reject":
            continue
        fault = f"{':'.join(absent[0])} on none" if absent else "wrong"
        if absent or (home[p.one] == home[p.other]) == (p.role == "must_reject"):
            pair = (
                ":".join(p.one),
                names.get(p.one, ""),
                ":".join(p.other),
                names.get(p.other, ""),
            )
            rows.append([p.set, p.role, fault, *pair])
    return rows


def _unused(registry: Registry, units: list[Unit]) -> None:
    """A decision or alias about a unit that no list holds is a mistake, and said."""
    known = {(u.system, u.code, u.vintage) for u in units}
    for name, keys in (("review.csv", registry.decisions), ("alias.csv", registry.aliases)):
        for key in sorted(set(keys) - known):
            raise RegistryError(
                f"catalog/metros/{name}: {':'.join(key)} is in no list; correct the row or "
                "remove it."
            )
