"""The dictionaries: tables that say what the figures mean, from the catalog and the sidecars."""

import dagster as dg
import pyarrow as pa

from assets.tables import table
from catalog import Catalog
from warehouse import tables
from warehouse.home import Home
from warehouse.tables import Table

LANGUAGES = ("ca", "es", "fr", "en")
SERVED = ("observation", "part", "country_context")  # tables of what sources served
CODE = ("assets/dictionaries.py", "warehouse/methods/frameworks.py")
REGISTRY = (
    tables.METRO,
    tables.METRO_NAME,
    tables.SPATIAL_UNIT,
    tables.CROSSWALK,
    tables.MEMBER_ORG,
    tables.BOUNDARY_VERSION,
    tables.UNIT_RELATION,
    tables.LOCAL_UNIT,
    tables.METRO_REDIRECT,
    tables.METRO_CHANGE,
    tables.CROSSWALK_QUALITY,
    tables.CROSSWALK_COVERAGE,
)


def dictionaries(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """All dictionary tables."""
    made = [
        _table(
            catalog,
            statement,
            _from_csv(statement),
            catalog.version(str(catalog.csv(statement.name).relative_to(catalog.folder))),
        )
        for statement in (*REGISTRY, tables.UNIT_TABLE, tables.SCALE_TABLE, tables.STATUS)
    ]
    pairs = catalog.bound_datasets()
    computed = {
        i.id: (i.title.en, sorted(_datasets_of(catalog, i.id)))
        for i in catalog.indicators.values()
        if i.derived
    }
    stated = repr((catalog.providers, pairs, computed))
    raws = [["raw", *pair] for pair in pairs]
    made += [
        _table(
            catalog,
            tables.INDICATOR,
            _indicator,
            repr(catalog.indicators),
            [["indicator", i] for i in catalog.indicators],
        ),
        _table(catalog, tables.FRAMEWORK, _framework, repr(catalog.frameworks)),
        _table(
            catalog,
            tables.SERIES_FRAMEWORK,
            _series_framework(pairs),
            repr(pairs),
            [["history", *pair] for pair in pairs],
        ),
        _table(catalog, tables.SOURCE, _source, stated),
        _table(catalog, tables.SNAPSHOT, _snapshot, "", [*raws, *([t] for t in SERVED)]),
    ]
    return made


def _table(catalog, statement, make, facts: str, deps=()):
    group = "registry" if statement in REGISTRY else "dictionaries"
    return table(catalog, statement, deps, make, code=CODE, group=group, facts=facts)


def _from_csv(statement: Table):
    """The rows of a catalog CSV, typed by the statement; an empty cell is null where allowed."""

    def make(home: Home) -> pa.Table:
        from pyarrow import csv

        import catalog
        from warehouse import query

        texts = csv.read_csv(
            catalog.load().csv(statement.name),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(statement.names, pa.string()),
                strings_can_be_null=False,
            ),
        )
        typed = ", ".join(
            (f"nullif(\"{c.name}\", '')" if c.null else f'"{c.name}"') + f'::{c.type} as "{c.name}"'
            for c in statement.columns
        )
        con = query.memory(serial=True)
        con.register("texts", texts)
        return con.sql(f"select {typed} from texts").to_arrow_table()

    return make


def _indicator(home: Home) -> pa.Table:
    import catalog

    counted = _counted(home)
    rows = [
        {
            "indicator_id": i.id,
            "theme": i.theme,
            **{f"title_{x}": getattr(i.title, x) for x in LANGUAGES},
            **{f"definition_{x}": getattr(i.definition, x) for x in LANGUAGES},
            "unit": i.unit,
            "direction": i.direction,
            "kind": i.kind,
            "formula": i.derived.formula if i.derived else None,
            "sdg": ", ".join(i.references.sdg) or None,
            "nua": ", ".join(i.references.nua) or None,
            "range_min": i.range.min,
            "range_max": i.range.max,
            "caveats": " ".join(i.caveats) or None,
            **_available(counted.get(i.id, {})),
        }
        for i in catalog.load().indicators.values()
    ]
    return _rows(tables.INDICATOR, rows)


def _counted(home: Home) -> dict[str, dict]:
    """Indicator to what stands of it: figures, metropolises, provenance, figures of countries."""
    import catalog
    from warehouse import query

    files = [home.indicator(i) for i in catalog.load().indicators]
    paths = [str(p) for p in files if p.exists()]
    if not paths:
        return {}
    con = query.memory(serial=True)
    con.execute("set variable paths = $paths", {"paths": paths})
    found = con.sql(
        """
        select indicator_id, count(*) filter (fate = 'observation') as figures,
            count(distinct metro_id) filter (fate = 'observation') as metropolises,
            string_agg(distinct provenance, ', ' order by provenance desc)
                filter (fate = 'observation') as provenance,
            count(*) filter (fate = 'context') as context,
            count(*) filter (fate = 'not_computable') as lacking
        from read_parquet(getvariable('paths'))
        where fate = 'not_computable' or fate in ('observation', 'context')
            and recorded_to is null and value is not null and obs_status <> 'F'
        group by indicator_id
        """
    )
    return {row["indicator_id"]: row for row in found.to_arrow_table().to_pylist()}


def _available(count: dict) -> dict:
    figures, metropolises = count.get("figures", 0), count.get("metropolises", 0)
    if figures:
        words = f"{figures:,} figures of {metropolises:,} metropolises."
    elif count.get("context"):
        words = f"Context only: {count['context']:,} figures of countries and regions."
    elif count.get("lacking"):
        words = f"Not computable yet: {count['lacking']:,} figures lack a part of the formula."
    else:
        words = "Nothing yet: no snapshot of its sources holds it; `observatory refresh` asks them."
    return {
        "figures": figures,
        "metropolises": metropolises,
        "provenance": count.get("provenance"),
        "availability": words,
    }


def _framework(home: Home) -> pa.Table:
    import catalog

    rows = [
        {"framework": name, **{k: str(v) for k, v in row.items()}}
        for name, listed in catalog.load().frameworks.items()
        for row in listed
    ]
    return _rows(tables.FRAMEWORK, rows)


def _series_framework(pairs: list[tuple[str, str]]):
    def make(home: Home) -> pa.Table:
        from warehouse.methods.frameworks import series_framework

        files = {pair: home.history(*pair) for pair in pairs}
        return series_framework({pair: file for pair, file in files.items() if file.exists()})

    return make


def _source(home: Home) -> pa.Table:
    """Every bound dataset, and every derived indicator with the licence of what it is made of."""
    import catalog

    known = catalog.load()
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
        parts = sorted(_datasets_of(known, i.id))
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
    return _rows(tables.SOURCE, rows)


def _datasets_of(known: Catalog, indicator_id: str) -> set[tuple[str, str]]:
    """The datasets that an indicator rests on, through any depth of formulas."""
    i = known.indicators[indicator_id]
    if i.derived is None:
        return {(b.provider, b.dataset) for b in i.bindings}
    return set().union(*(_datasets_of(known, p.indicator) for p in i.derived.inputs.values()))


def _snapshot(home: Home) -> pa.Table:
    """The sidecars of every snapshot that a standing or former figure was read from."""
    from sources.store.snapshots import Store
    from warehouse import query

    con = query.memory(serial=True)
    used = {
        row[0]
        for name in SERVED
        for row in con.sql(
            "select distinct snapshot_id from read_parquet($path)",
            params={"path": str(home.table(name))},
        ).fetchall()
    }
    rows = [
        {
            "snapshot_id": s.snapshot_id,
            "source_id": s.provider,
            "dataset": s.dataset,
            "url": s.url,
            "upstream_vintage": s.upstream_vintage or None,
            "published_at": s.published_at,
            "retrieved_at": s.retrieved_at,
            "origin": s.origin,
            "rewritten": s.rewritten or "",
            "bytes": s.size,
            "media_type": s.media_type,
            "licence": s.licence,
            "attribution": s.attribution,
        }
        for s in Store(home.snapshots, home.copies).all()
        if s.snapshot_id in used
    ]
    return _rows(tables.SNAPSHOT, rows)


def _rows(statement: Table, rows: list[dict]) -> pa.Table:
    from warehouse import store

    return pa.Table.from_pylist(rows, schema=store.schema(statement))
