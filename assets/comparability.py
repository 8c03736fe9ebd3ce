"""What may be compared: breaks, what decides each verdict, the rules, what a ranking leaves out."""

import dagster as dg
import pyarrow as pa

from assets.tables import table
from catalog import Catalog
from catalog.models import comparability
from warehouse import tables
from warehouse.home import Home


def comparisons_held(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """The tables on comparability."""
    rules = comparability.load()
    bound = bindings(catalog)

    def code(name: str, *more: str) -> list[str]:
        return [
            f"warehouse/methods/{name}.py",
            f"warehouse/sql/{name}.sql",
            "warehouse/query.py",
            *more,
        ]

    return [
        table(
            catalog,
            tables.SERIES_BREAK,
            [["observation"], ["boundary_version"]],
            _series_break,
            code=code("breaks", "assets/comparability.py"),
            facts=repr(rules.breaks),
        ),
        table(
            catalog,
            tables.COMPARABILITY_CLASS,
            [["observation"], ["metro"], ["boundary_version"], ["series_break"]],
            lambda home: _classes(home, bound),
            code=["warehouse/methods/comparability.py", "warehouse/sql/comparability_class.sql"],
            facts=repr((rules.copied, rules.flag_concepts, bound)),
        ),
        table(
            catalog,
            tables.NOT_COMPARABLE,
            [["observation"], ["comparability_class"]],
            _not_comparable,
            code=["warehouse/methods/comparability.py", "warehouse/sql/not_comparable.sql"],
            facts=repr(rules.rules),
        ),
        table(
            catalog,
            tables.COMPARABILITY_RULE,
            [],
            _rules,
            code=["warehouse/methods/comparability.py"],
            group="dictionaries",
            facts=repr(rules),
        ),
    ]


def bindings(catalog: Catalog) -> list[dict[str, str]]:
    """What the catalog says of each binding that matters to comparisons; one row a variant."""
    found = {}
    for i in catalog.indicators.values():
        for b in i.bindings:
            key = (i.id, b.provider, b.dataset, b.unit, b.sex, b.age)
            said = found.get(key, ("", ""))
            found[key] = (said[0] or b.concept, said[1] or b.definition)
    names = ("indicator_id", "source_id", "dataset", "unit", "sex", "age", "concept", "definition")
    return [dict(zip(names, (*k, *v), strict=True)) for k, v in sorted(found.items())]


def _series_break(home: Home) -> pa.Table:
    from warehouse import store
    from warehouse.methods.breaks import breaks

    return breaks(
        store.read(home.table("observation"), dictionary=tables.OBSERVATION),
        store.read(home.table("boundary_version")),
        comparability.load().breaks,
    )


def _classes(home: Home, bound: list[dict[str, str]]) -> pa.Table:
    from warehouse import store
    from warehouse.methods.comparability import classes

    return classes(
        store.read(home.table("observation"), dictionary=tables.OBSERVATION),
        store.read(home.table("metro")),
        store.read(home.table("boundary_version")),
        store.read(home.table("series_break")),
        bound,
        comparability.load(),
    )


def _not_comparable(home: Home) -> pa.Table:
    from warehouse import store
    from warehouse.methods.comparability import not_comparable

    return not_comparable(
        store.read(home.table("observation"), dictionary=tables.OBSERVATION),
        store.read(home.table("comparability_class")),
        comparability.load(),
    )


def _rules(home: Home) -> pa.Table:
    from warehouse.methods.comparability import rule_table

    return rule_table(comparability.load())
