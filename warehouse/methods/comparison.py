"""Wide tables to compare metropolises side by side, never across scales."""

from __future__ import annotations

import pyarrow as pa

from warehouse import query, store
from warehouse.inputs import Inputs
from warehouse.tables import Table

SUFFIXES = ("__period", "__status")


def indicators(statement: Table) -> list[str]:
    """The indicators of a wide table, in column order."""
    names = set(statement.names)
    return [n for n in statement.names if all(n + s in names for s in SUFFIXES)]


def comparison(
    latest: pa.Table, metro: pa.Table, indicator: pa.Table, statement: Table
) -> pa.Table:
    """One wide table (`tables.comparison.of_theme`) from table `latest`, names from table `metro`.

    Totals only (sex and age `_T`), in the principal unit that table `indicator` states. A row is
    one metropolis in one system, vintage and unit, so figures of different delineations never
    stand side by side. Units without any figure of the theme have no row.
    """
    cells = ",\n".join(
        f"""max(value) filter (indicator_id = '{i}') as "{i}",
        max(period) filter (indicator_id = '{i}') as "{i}__period",
        max(obs_status) filter (indicator_id = '{i}') as "{i}__status" """
        for i in indicators(statement)
    )
    listed = ", ".join(f"'{i}'" for i in indicators(statement))
    # `latest` has one row per unit, indicator and variant, so each max() is over one row.
    sql = f"""
        with figure as (
            select l.*
            from latest as l
            join indicator as i using (indicator_id, unit)
            where l.sex = '_T' and l.age = '_T' and l.indicator_id in ({listed})
        ),
        wide as (
            select metro_id, scale, system, vintage, unit_id, {cells}
            from figure
            group by metro_id, scale, system, vintage, unit_id
        )
        select wide.*, m.name as metro_name, m.iso3
        from wide left join metro as m using (metro_id)
    """
    wide = query.run(sql, {"latest": latest, "metro": metro, "indicator": indicator})
    return store.conform(wide, statement)


def make(given: Inputs) -> pa.Table:
    """Table `comparison_<theme>`."""
    return comparison(given["latest"], given["metro"], given["indicator"], given.statement)
