"""The published tables: thin assets around the warehouse's methods."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import dagster as dg
import pyarrow as pa

from assets.judged import check_specs, publish
from assets.versions import ROOT, code_version
from assets.workspace import Workspace
from catalog import Catalog
from catalog.models.model import Dataset
from warehouse import tables
from warehouse.home import Home
from warehouse.tables import Table

# What the accounting needs to know of a record that an indicator claims.
CLAIMED = (
    *("fate", "reason", "detail", "indicator_id", "source_id", "dataset", "series_key", "period"),
    *("snapshot_id", "record_no", "value_text", "flags", "recorded_to"),
)
# What the series of a metropolis are made by, besides the method that asks of them.
SERIES = ("warehouse/sql/series.sql", "warehouse/methods/breaks.py")
CLOSED_LISTS = ("metro", "unit", "scale", "status", "indicator", "index_definition")


def table(
    catalog: Catalog,
    statement: Table,
    deps: Iterable[Sequence[str]],
    make: Callable[[Home], pa.Table],
    *,
    code: Iterable[str],
    group: str = "tables",
    facts: str = "",
) -> dg.AssetsDefinition:
    """The asset of one published table: `make(home)` answers the candidate, judged like all."""
    key = dg.AssetKey([statement.name])
    lists = [d for d in CLOSED_LISTS if any(c.among.startswith(f"{d}.") for c in statement.columns)]
    lists = [d for d in lists if d != statement.name]

    @dg.asset(
        key=key,
        deps=list(dict.fromkeys(dg.AssetKey(d) for d in [*deps, *([name] for name in lists)])),
        group_name=group,
        description=statement.meaning,
        kinds={"parquet"},
        owners=["team:observatory"],
        check_specs=check_specs(key),
        code_version=code_version([*code, "assets/tables.py"], repr(statement), facts),
    )
    def _table(workspace: Workspace) -> dg.MaterializeResult:
        from expectations import rules
        from warehouse import store

        home = workspace.folder
        candidate = make(home)
        return publish(
            key,
            statement,
            candidate,
            home.table(statement.name),
            rules.for_table(statement, workspace.catalog),
            dictionaries={d: store.read(home.table(d)) for d in lists},
            public=lambda shown: public(shown, workspace.catalog),
        )

    return _table


def figures(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """All tables of figures."""
    indicators = [["indicator", i] for i in catalog.indicators]

    def method(name: str) -> list[str]:
        sql = f"warehouse/sql/{name}.sql"
        files = [f"warehouse/methods/{name}.py", "warehouse/query.py"]
        return [*files, sql] if (ROOT / sql).exists() else files

    pairs = catalog.bound_datasets()
    histories = [["history", *p] for p in pairs]
    made = [
        table(
            catalog,
            tables.OBSERVATION,
            indicators,
            _of_fate("observation", tables.OBSERVATION),
            code=(),
        ),
        table(catalog, tables.PART, indicators, _of_fate("part", tables.PART), code=()),
        table(catalog, tables.CONTEXT, indicators, _of_fate("context", tables.CONTEXT), code=()),
        table(catalog, tables.NOT_COMPUTABLE, indicators, _not_computable, code=()),
        table(
            catalog,
            tables.QUARANTINE,
            [*indicators, *histories],
            _quarantine,
            code=[*method("account"), *method("where")],
        ),
        table(
            catalog,
            tables.ACCOUNTING,
            [*indicators, *histories, ["quarantine"]],
            _accounting,
            code=[*method("account"), *method("where")],
        ),
        table(catalog, tables.LATEST, [["observation"]], _latest, code=method("latest")),
        table(
            catalog,
            tables.RANKING,
            [["observation"], ["indicator"], ["not_comparable"]],
            _ranking,
            code=method("ranking"),
        ),
        table(
            catalog,
            tables.TREND,
            [["observation"], ["series_break"], ["not_comparable"]],
            _trend,
            code=[*method("trend"), *SERIES],
        ),
        table(
            catalog,
            tables.CHANGE,
            [["observation"], ["series_break"], ["not_comparable"]],
            _change,
            code=[*method("change"), *SERIES],
        ),
        table(
            catalog,
            tables.TARGET_PROGRESS,
            [["observation"], ["series_break"], ["not_comparable"]],
            _target_progress,
            code=[*method("target_progress"), *SERIES],
            facts=repr([(i.id, i.target) for i in catalog.indicators.values() if i.target]),
        ),
        table(
            catalog,
            tables.PEER,
            [["latest"], ["trend"], ["governance_profile"]],
            _peers,
            code=method("peers"),
            facts=repr(catalog.peers),
        ),
        table(
            catalog,
            tables.COVERAGE,
            [["observation"], ["metro"]],
            _coverage,
            code=method("coverage"),
        ),
    ]
    made.append(
        table(
            catalog,
            tables.REVISION,
            histories,
            _revision,
            code=[*method("revision"), "warehouse/methods/history.py"],
        )
    )
    for theme, statement in comparisons(catalog).items():
        made.append(
            table(
                catalog,
                statement,
                [["latest"], ["metro"], ["indicator"]],
                _comparison(theme, statement),
                code=method("comparison"),
                group="comparison",
            )
        )
    return made


def comparisons(catalog: Catalog) -> dict[str, Table]:
    """Theme to the statement of its wide table, for themes that have indicators with metros."""
    found = {}
    for theme in catalog.themes:
        columns = tuple(
            (i.id, i.title.en, i.unit)
            for i in catalog.indicators.values()
            if i.theme == theme and i.kind != "context"
        )
        if columns:
            found[theme] = tables.comparison(theme, columns)
    return found


def _indicator_files(
    home: Home, columns: Iterable[str], where: str, *, rejected: bool = False
) -> pa.Table:
    """Rows of all indicators' current files; with `rejected`, of the candidate that was rejected
    where there is one."""
    import catalog
    from warehouse import query
    from warehouse.errors import WarehouseError

    files = [
        home.rejected(i) if rejected and home.rejected(i).exists() else home.indicator(i)
        for i in catalog.load().indicators
    ]
    paths = [str(p) for p in files if p.exists()]
    if not paths:
        raise WarehouseError("No indicator was ever made, so there are no figures; build them.")
    con = query.memory(serial=True)
    con.execute("set variable paths = $paths", {"paths": paths})
    listed = ", ".join(f'"{c}"' for c in columns)
    return con.sql(
        f"select {listed} from read_parquet(getvariable('paths')) where {where}"
    ).to_arrow_table()


def _of_fate(fate: str, statement: Table) -> Callable[[Home], pa.Table]:
    return lambda home: _indicator_files(home, statement.names, f"fate = '{fate}'")


def _not_computable(home: Home) -> pa.Table:
    names = [*tables.NOT_COMPUTABLE.names[:-1], "detail"]
    found = _indicator_files(home, names, "fate = 'not_computable'")
    return found.rename_columns(list(tables.NOT_COMPUTABLE.names))


def _bound(home: Home) -> Iterator[tuple[str, str, Dataset, Path]]:
    """(provider, dataset, statement, history file) of every bound dataset that has a history."""
    import catalog

    known = catalog.load()
    for provider, dataset in known.bound_datasets():
        path = home.history(provider, dataset)
        if path.exists():
            yield provider, dataset, known.dataset(provider, dataset), path


def _claims(home: Home) -> pa.Table:
    """What indicators claim of the standing records; a rejected candidate counts as what it is."""
    return _indicator_files(home, CLAIMED, "recorded_to is null", rejected=True)


def _quarantine(home: Home) -> pa.Table:
    from warehouse import store
    from warehouse.methods.account import quarantined

    claims = _claims(home)
    found = [quarantined(p, d, stated, store.read(f), claims) for p, d, stated, f in _bound(home)]
    found += [out for out, _ in _computed(home, claims)]
    return pa.concat_tables([store.empty(tables.QUARANTINE), *found], promote_options="permissive")


def _accounting(home: Home) -> pa.Table:
    from warehouse import store
    from warehouse.methods.account import account

    claims, quarantine = _claims(home), store.read(home.table("quarantine"))
    found = [
        account(p, d, stated, store.read(f), int(store.metadata(f)["records"]), claims, quarantine)
        for p, d, stated, f in _bound(home)
    ]
    found += [row for _, row in _computed(home, claims)]
    return pa.concat_tables([store.empty(tables.ACCOUNTING), *found], promote_options="permissive")


def _computed(home: Home, claims: pa.Table) -> Iterator[tuple[pa.Table, pa.Table]]:
    """What is in quarantine of each derived indicator, and its account."""
    import catalog
    from warehouse import store
    from warehouse.methods.account import computed

    for indicator in catalog.load().indicators.values():
        if indicator.derived:
            lead = home.indicator(next(iter(indicator.derived.inputs.values())).indicator)
            rows = store.read(lead) if lead.exists() else store.empty(tables.HARMONISED)
            yield computed(indicator, rows, claims)


def _revision(home: Home) -> pa.Table:
    from warehouse import store
    from warehouse.methods.history import editions
    from warehouse.methods.revision import revisions

    found = [store.empty(tables.REVISION)]
    for provider, dataset, _, path in _bound(home):
        history = store.read(path)
        held = editions(store.metadata(path), history)
        if len(held) > 1:
            of = {"source_id": provider, "dataset": dataset}
            rows = revisions(history, held)
            for name, value in of.items():
                rows = rows.append_column(name, pa.repeat(pa.scalar(value), len(rows)))
            found.append(rows)
    return pa.concat_tables(found, promote_options="permissive")


def _latest(home: Home) -> pa.Table:
    from warehouse.methods.latest import latest

    return latest(home.table("observation"))


def _ranking(home: Home) -> pa.Table:
    from warehouse import store
    from warehouse.methods.ranking import ranking

    return ranking(
        store.read(home.table("observation"), dictionary=tables.OBSERVATION),
        store.read(home.table("indicator")),
        store.read(home.table("not_comparable")),
    )


def _unbroken(home: Home) -> pa.Table:
    """The observations, with every break marked that is known: no trend or change runs across it,
    nor along a national figure given to every city."""
    from warehouse import store
    from warehouse.methods.breaks import marked

    return marked(
        store.read(home.table("observation"), dictionary=tables.OBSERVATION),
        store.read(home.table("series_break")),
        store.read(home.table("not_comparable")),
    )


def _trend(home: Home) -> pa.Table:
    import catalog
    from warehouse.methods.trend import trend

    interpolated = {
        (i.id, b.dataset)
        for i in catalog.load().indicators.values()
        for b in i.bindings
        if b.interpolated
    }
    return trend(_unbroken(home), interpolated)


def _change(home: Home) -> pa.Table:
    from warehouse.methods.change import change

    return change(_unbroken(home))


def _target_progress(home: Home) -> pa.Table:
    import catalog
    from warehouse.methods.target_progress import target_progress

    stated = [
        {
            "indicator_id": i.id,
            "unit": i.unit,
            "target": i.target.value,
            "target_year": i.target.year,
            "higher": i.direction == "higher",
        }
        for i in catalog.load().indicators.values()
        if i.target
    ]
    shape = pa.schema(
        [
            *(("indicator_id", pa.string()), ("unit", pa.string()), ("target", pa.float64())),
            *(("target_year", pa.int64()), ("higher", pa.bool_())),
        ]
    )
    return target_progress(_unbroken(home), pa.Table.from_pylist(stated, shape))


def _peers(home: Home) -> pa.Table:
    import catalog
    from warehouse import store
    from warehouse.methods.peers import peers

    given = (store.read(home.table(n)) for n in ("latest", "trend", "governance_profile"))
    return peers(*given, catalog.load().peers)


def _coverage(home: Home) -> pa.Table:
    from warehouse.methods.coverage import coverage

    return coverage(home.table("observation"), home.table("metro"))


def _comparison(theme: str, statement: Table) -> Callable[[Home], pa.Table]:
    def make(home: Home) -> pa.Table:
        from warehouse import store
        from warehouse.methods.comparison import comparison

        return comparison(
            store.read(home.table("latest")),
            store.read(home.table("metro")),
            store.read(home.table("indicator")),
            statement,
        )

    return make


def public(table: pa.Table, catalog: Catalog) -> pa.Table:
    """What of a table may be shown in the UI: nothing of a dataset that may not be redistributed.

    In a wide table, whose cells name no dataset, the columns of an indicator go that rests on one.
    """
    import pyarrow.compute as pc

    from expectations.rule import closed_datasets

    closed = closed_datasets(catalog)
    if not {"source_id", "dataset"} <= set(table.column_names):
        resting = {
            i.id
            for i in catalog.indicators.values()
            if {f"observatory/{i.id}", *(f"{b.provider}/{b.dataset}" for b in i.bindings)}
            & set(closed)
        }
        return table.drop_columns([c for c in table.column_names if c.split("__")[0] in resting])
    of = pc.binary_join_element_wise(
        table["source_id"].cast(pa.string()), table["dataset"].cast(pa.string()), "/"
    )
    return table.filter(pc.invert(pc.is_in(of, pa.array(closed, pa.string()))))
