"""The observatory's own composite indices: all tables are made at once and written one by one."""

import functools
from collections.abc import Callable

import dagster as dg
import pyarrow as pa

from assets.tables import table
from catalog import Catalog
from warehouse.home import Home
from warehouse.tables.index import INDEX_DICTIONARIES, INDICES

CODE = ("assets/indices.py", "warehouse/indices/steps")


def indices(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """One asset for each table `index_*`; none where no index is stated."""
    if not catalog.indices:
        return []
    facts = repr((catalog.indices, {i.id: i.unit for i in catalog.indicators.values()}))
    return [
        table(
            catalog,
            statement,
            [["latest"], ["not_comparable"]],
            _read(statement.name),
            code=CODE,
            group="indices",
            facts=facts,
        )
        for statement in (*INDEX_DICTIONARIES, *INDICES)
    ]


def _read(name: str) -> Callable[[Home], pa.Table]:
    def make(home: Home) -> pa.Table:
        from warehouse import store

        read = ("latest", "not_comparable")
        return _made(home, *(store.digest(home.table(n)) for n in read))[name]

    return make


@functools.lru_cache(maxsize=2)
def _made(home: Home, *digests: str) -> dict[str, pa.Table]:
    """All tables, made once for each content of the tables they rest on."""
    import catalog
    from warehouse import store
    from warehouse.indices.steps.own import own

    known = catalog.load()

    def closed(source: str, dataset: str) -> bool:
        stated = known.providers.get(source)
        found = stated.datasets.get(dataset) if stated else None
        return found is None or not found.redistributable

    units = {i.id: i.unit for i in known.indicators.values()}
    return own(
        known.indices,
        store.read(home.table("latest")),
        units,
        closed,
        store.read(home.table("not_comparable")),
    )
