"""The dictionary of indicators: what the catalog states, and what figures there are."""

from __future__ import annotations

import pyarrow as pa

from catalog.contents import Catalog
from catalog.languages import languages
from warehouse import query, store
from warehouse.inputs import Inputs
from warehouse.tables import Table


def make(given: Inputs) -> pa.Table:
    """Table `indicator`."""
    counted = _counted(given)
    rows = [
        {
            "indicator_id": i.id,
            "theme": i.theme,
            **{f"title_{x}": getattr(i.title, x) for x in languages()},
            **{f"definition_{x}": getattr(i.definition, x) for x in languages()},
            "unit": i.unit,
            "direction": i.direction,
            "kind": i.kind,
            "between_places": i.between_places,
            "compare_instead": i.compare_instead,
            "formula": i.derived.formula if i.derived else None,
            "sdg": ", ".join(i.references.sdg) or None,
            "nua": ", ".join(i.references.nua) or None,
            "range_min": i.range.min,
            "range_max": i.range.max,
            "caveats": " ".join(i.caveats) or None,
            **_available(counted.get(i.id, {})),
        }
        for i in given.catalog.indicators.values()
    ]
    return pa.Table.from_pylist(rows, schema=store.schema(given.statement))


def facts(catalog: Catalog, statement: Table) -> object:
    """Every indicator as stated."""
    return catalog.indicators


def _counted(given: Inputs) -> dict[str, dict]:
    """Indicator to what stands of it: figures, metropolises, provenance, figures of countries."""
    paths = [str(p) for p in given.indicator_files()]
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
