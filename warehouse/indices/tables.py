"""The tables `index_*` of the observatory's own indices: all are made at once, written one by one."""

from __future__ import annotations

import functools

import pyarrow as pa

from catalog.contents import Catalog
from warehouse import store
from warehouse.indices.steps.own import own
from warehouse.inputs import Inputs
from warehouse.methods.sources import datasets_of
from warehouse.tables import Table

READ = ("latest", "not_comparable")


def make(given: Inputs) -> pa.Table:
    """One of the tables `index_*`."""
    digests = (store.digest(given.path(n)) for n in READ)
    return _made(given.catalog, tuple(given.path(n) for n in READ), *digests)[given.statement.name]


def facts(catalog: Catalog, statement: Table) -> object:
    """The specifications of indices, and the units of indicators."""
    return catalog.indices, {i.id: i.unit for i in catalog.indicators.values()}


_cache: dict = {}


def _made(catalog: Catalog, paths: tuple, *digests: str) -> dict[str, pa.Table]:
    """All tables, made once for each content of the tables and specifications they rest on."""
    key = (paths, digests, repr(facts(catalog, Table("", "", (), ()))))
    if key not in _cache:
        _cache.clear()
        latest, left_out = (store.read(p) for p in paths)
        units = {i.id: i.unit for i in catalog.indicators.values()}
        closed = functools.partial(_closed, catalog)
        _cache[key] = own(catalog.indices, latest, units, closed, left_out)
    return _cache[key]


def _closed(catalog: Catalog, source: str, dataset: str) -> bool:
    """Whether a dataset, or what a computed figure rests on, may not be redistributed."""
    if source == "observatory" and dataset in catalog.indicators:
        return any(_closed(catalog, *pair) for pair in datasets_of(catalog, dataset))
    stated = catalog.providers.get(source)
    found = stated.datasets.get(dataset) if stated else None
    return found is None or not found.redistributable
