"""Every published table, one file each: its meaning, columns, key, inputs, rules, and what makes it.

A module of this folder with a `TABLE` (or a `family` of tables, made from the catalog) is published
once it is here. Parquet schemas, assets, checks, comments in the DuckDB file, the dictionary page
and Dagster's column metadata follow from it. Types are DuckDB's.
"""

from __future__ import annotations

import functools
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from warehouse.tables.statement import (
    DAY,
    FLAG,
    GROUPS,
    MOMENT,
    NUMBER,
    TEXT,
    WHOLE,
    Column,
    Must,
    Table,
)
from warehouse.tables.unpublished import HARMONISED, history

if TYPE_CHECKING:
    from catalog.contents import Catalog

__all__ = [
    "DAY",
    "FLAG",
    "HARMONISED",
    "MOMENT",
    "NUMBER",
    "TEXT",
    "WHOLE",
    "Column",
    "Must",
    "Table",
    "history",
    "of",
    "of_group",
    "published",
    "stated",
]


def of(name: str) -> Table:
    """The statement of one published table; `ModuleNotFoundError` where there is none."""
    return import_module(f"{__name__}.{name}").TABLE


@functools.cache
def stated() -> dict[str, Table]:
    """Every table that does not depend on the catalog, by name, in the order of the dictionary."""
    found = (import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__) if not m.ispkg)
    return _ordered([m.TABLE for m in found if hasattr(m, "TABLE")])


def of_group(group: str) -> list[Table]:
    """The tables of one group of `statement.GROUPS`."""
    return [t for t in stated().values() if t.group == group]


def published(catalog: Catalog) -> dict[str, Table]:
    """Every published table by name, families included, in the order of the dictionary."""
    modules = (import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__))
    families = [m.family(catalog) for m in modules if hasattr(m, "family")]
    made = [t for f in families for t in f.values()]
    fixed = [t for t in stated().values() if t.group != "indices" or catalog.indices]
    return _ordered([*fixed, *made])


def _ordered(tables: list[Table]) -> dict[str, Table]:
    place = {group: n for n, group in enumerate(GROUPS)}
    return {t.name: t for t in sorted(tables, key=lambda t: (place[t.group], t.name))}
