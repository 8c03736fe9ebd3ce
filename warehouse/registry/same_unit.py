"""Figures of the territory that a metropolitan body governs: its own sums, and units that are exactly it."""

from __future__ import annotations

import pyarrow as pa

from catalog import Catalog, territory
from warehouse import query
from warehouse.inputs import Inputs
from warehouse.registry.authority import SYSTEM
from warehouse.tables.statement import Table

_SQL = f"""
with unit as (
  select body_id, 'sum' as way, '{SYSTEM}:' || body_id as unit_id, evidence, null as evidence_source,
    check_area_km2
  from authority_territory where complete
  union all
  select body_id, 'same', unit_id, evidence, source, area_km2 from stated
)
select u.body_id, l.metro_id, l.indicator_id, l.period, l.value, l.unit, l.obs_status, u.way, l.unit_id,
  l.system, l.vintage, l.scale, l.source_id, l.dataset, l.series_key, u.evidence, u.evidence_source,
  u.check_area_km2
from unit u join latest l using (unit_id)
"""


def figures(latest: pa.Table, territories: pa.Table, stated: pa.Table) -> pa.Table:
    """`authority_figure` from `latest`, `authority_territory` and the units of `catalog.territory`."""
    given = {"latest": latest, "authority_territory": territories, "stated": stated}
    return query.run(_SQL, given)


def make(given: Inputs) -> pa.Table:
    """Table `authority_figure`."""
    stated = territory.same_units(given.catalog.folder)
    columns = {
        name: pa.array([getattr(s, name) for s in stated], kind)
        for name, kind in (
            *((n, pa.string()) for n in ("body_id", "unit_id", "evidence", "source")),
            ("area_km2", pa.float64()),
        )
    }
    return figures(given["latest"], given["authority_territory"], pa.table(columns))


def facts(catalog: Catalog, statement: Table) -> object:
    """The units that are territories, as they are written."""
    return catalog.version(f"{territory.WHERE}/{territory.SAME}")
