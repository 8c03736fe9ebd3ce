"""Dictionaries of what figures were read from: sources with their licences, and snapshots."""

from __future__ import annotations

import pyarrow as pa

from catalog.contents import Catalog
from sources.store.snapshots import Store
from warehouse import query, store
from warehouse.inputs import Inputs
from warehouse.tables import Table

SERVED = ("observation", "part", "country_context")  # tables of what sources served


def make(given: Inputs) -> pa.Table:
    """Table `source` or `snapshot`."""
    rows = _source(given.catalog) if given.statement.name == "source" else _snapshot(given)
    return pa.Table.from_pylist(rows, schema=store.schema(given.statement))


def facts(catalog: Catalog, statement: Table) -> object:
    """What decides the table of sources; snapshots are found in the store."""
    if statement.name == "snapshot":
        return ""
    computed = {
        i.id: (i.title.en, sorted(datasets_of(catalog, i.id)))
        for i in catalog.indicators.values()
        if i.derived
    }
    return catalog.providers, catalog.bound_datasets(), computed


def _source(known: Catalog) -> list[dict]:
    """Every bound dataset, and every derived indicator with the licence of what it is made of."""
    rows = []
    for provider, code in known.bound_datasets():
        p, d = known.providers[provider], known.dataset(provider, code)
        rows.append(
            {
                "source_id": provider,
                "dataset": code,
                "provider_title": p.title,
                "title": d.title,
                "provenance": d.provenance,
                "derived_by": d.derived_by or None,
                "licence": d.licence,
                "licence_url": d.licence_url or None,
                "attribution": d.attribution,
                "redistributable": d.redistributable,
                "homepage": d.homepage or None,
            }
        )
    for i in known.indicators.values():
        if not i.derived:
            continue
        parts = sorted(datasets_of(known, i.id))
        of = [known.dataset(*pair) for pair in parts]
        rows.append(
            {
                "source_id": "observatory",
                "dataset": i.id,
                "provider_title": "World Observatory of Metropolitan Areas",
                "title": f"Computed: {i.title.en}",
                "provenance": "computed",
                "derived_by": None,
                "licence": "CC-BY-4.0" if all(d.redistributable for d in of) else "restricted",
                "licence_url": "https://creativecommons.org/licenses/by/4.0/",
                "attribution": "Computed by the World Observatory of Metropolitan Areas from: "
                + "; ".join(dict.fromkeys(str(d.attribution) for d in of)),
                "redistributable": all(d.redistributable for d in of),
                "homepage": None,
            }
        )
    return rows


def datasets_of(known: Catalog, indicator_id: str) -> set[tuple[str, str]]:
    """The datasets that an indicator rests on, through any depth of formulas."""
    i = known.indicators[indicator_id]
    if i.derived is None:
        return {(b.provider, b.dataset) for b in i.bindings}
    return set().union(*(datasets_of(known, p.indicator) for p in i.derived.inputs.values()))


def _snapshot(given: Inputs) -> list[dict]:
    """The sidecars of every snapshot that a standing or former figure was read from."""
    con = query.memory(serial=True)
    used = {
        row[0]
        for name in SERVED
        for row in con.sql(
            "select distinct snapshot_id from read_parquet($path)",
            params={"path": str(given.path(name))},
        ).fetchall()
    }
    return [
        {
            "snapshot_id": s.snapshot_id,
            "source_id": s.provider,
            "dataset": s.dataset,
            "url": s.url,
            "upstream_vintage": s.upstream_vintage or None,
            "published_at": s.published_at,
            "retrieved_at": s.retrieved_at,
            "origin": s.origin,
            "provenance": s.provenance,
            "derived_by": s.derived_by or None,
            "rewritten": s.rewritten or "",
            "bytes": s.size,
            "media_type": s.media_type,
            "licence": s.licence,
            "attribution": s.attribution,
        }
        for s in Store(given.home.snapshots, given.home.copies).all()
        if s.snapshot_id in used
    ]
