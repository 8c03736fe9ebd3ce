"""The published tables: one asset each, made from the statements in `warehouse/tables`."""

from importlib import import_module

import dagster as dg
import pyarrow as pa

from assets.judged import SMALL, check_specs, columns, publish
from assets.versions import code_version
from assets.workspace import Workspace
from catalog import Catalog
from warehouse import tables
from warehouse.tables import Table

# Who reads all of these reads all figures.
LARGE = {"history/*", "indicator/*", "observation"}


def published(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """An asset for every published table."""
    return [table(catalog, statement) for statement in tables.published(catalog).values()]


def table(catalog: Catalog, statement: Table) -> dg.AssetsDefinition:
    """The asset of one published table: its candidate is made, judged, and becomes current."""
    key = dg.AssetKey([statement.name])
    looked_up = _looked_up(catalog, statement)

    @dg.asset(
        key=key,
        deps=list(dict.fromkeys([*_inputs(catalog, statement), *map(dg.AssetKey, looked_up)])),
        group_name=statement.group,
        description=statement.meaning,
        kinds={"parquet"},
        metadata=columns(statement),
        owners=["team:observatory"],
        op_tags={} if LARGE & set(statement.inputs) else SMALL,
        check_specs=check_specs(key),
        code_version=code_version(
            [statement.made_by, "assets.tables"], repr(statement), facts(catalog, statement)
        ),
    )
    def _table(workspace: Workspace) -> dg.MaterializeResult:
        from expectations import rules
        from warehouse.inputs import Inputs

        home, known = workspace.folder, workspace.catalog
        maker = import_module(statement.made_by)
        made = maker.make(Inputs(statement, home, known))
        told = getattr(maker, "notes", None)
        return publish(
            key,
            statement,
            made,
            home.table(statement.name),
            rules.for_table(statement, known),
            dictionaries={n: home.table(n) for n in looked_up},
            public=lambda shown: public(shown, known),
            notes=told(made) if told else None,
        )

    return _table


def facts(catalog: Catalog, statement: Table) -> str:
    """What the catalog says that decides the table, besides code and inputs."""
    stated = getattr(import_module(statement.made_by), "facts", None)
    return repr(stated(catalog, statement)) if stated else ""


def _inputs(catalog: Catalog, statement: Table) -> list[dg.AssetKey]:
    every = {
        "indicator/*": [["indicator", i] for i in catalog.indicators],
        "history/*": [["history", *pair] for pair in catalog.bound_datasets()],
        "raw/*": [["raw", *pair] for pair in catalog.bound_datasets()],
    }
    return [dg.AssetKey(k) for name in statement.inputs for k in every.get(name, [name.split("/")])]


def _looked_up(catalog: Catalog, statement: Table) -> list[str]:
    """The other tables that the rules of a table read; snapshots are looked up by the release."""
    from expectations import rules

    needed = {n for rule in rules.for_table(statement, catalog) for n in rule.needs}
    return sorted(needed - {statement.name, "previous", "candidate"})


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
    hidden = pc.is_in(of, pa.array(closed, pa.string()))
    return table.filter(pc.invert(hidden)) if pc.any(hidden).as_py() else table
