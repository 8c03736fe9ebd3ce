"""The dictionary of indicators: what the catalog states, and what figures there are."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from catalog.contents import Catalog
from catalog.languages import languages
from warehouse import query, store
from warehouse.inputs import Inputs
from warehouse.methods.availability import why
from warehouse.tables import Table


def make(given: Inputs) -> pa.Table:
    """Table `indicator`."""
    counted, reasons = _counted(given), _reasons(given)
    answers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for indicator, framework, code in given.catalog.answers():
        answers[indicator, framework].append(code)
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
            "sdg": ", ".join(answers[i.id, "sdg"]) or None,
            "nua": ", ".join(answers[i.id, "nua"]) or None,
            "range_min": i.range.min,
            "range_max": i.range.max,
            **{
                f"caveats_{x}": " ".join(getattr(c, x) for c in i.caveats) or None
                for x in languages()
            },
            **_available(counted.get(i.id, {}), *reasons[i.id]),
        }
        for i in given.catalog.indicators.values()
    ]
    return pa.Table.from_pylist(rows, schema=store.schema(given.statement))


def facts(catalog: Catalog, statement: Table) -> object:
    """Every indicator as stated, and what frameworks say of them."""
    return [catalog.indicators, catalog.answers()]


def _counted(given: Inputs) -> dict[str, dict]:
    """Indicator to its current figures, metropolises and provenance."""
    paths = [str(p) for p in given.indicator_files()]
    if not paths:
        return {}
    con = query.memory(serial=True)
    con.execute("set variable paths = $paths", {"paths": paths})
    found = con.sql(
        """
        select indicator_id, count(*) as figures, count(distinct metro_id) as metropolises,
            string_agg(distinct provenance, ', ' order by provenance desc) as provenance
        from read_parquet(getvariable('paths'))
        where fate = 'observation' and recorded_to is null and value is not null and obs_status <> 'F'
        group by indicator_id
        """
    )
    return {row["indicator_id"]: row for row in found.to_arrow_table().to_pylist()}


def _reasons(given: Inputs) -> dict[str, tuple[str | None, str]]:
    """Indicator to the code and words of table `availability`: why there is nothing, or what there is."""
    rows: dict[str, list] = {}
    for row in given["availability"].to_pylist():
        rows.setdefault(row["indicator_id"], []).append(row)
    return {i: why(found) for i, found in rows.items()}


def _available(count: dict, absence: str | None, says: str) -> dict:
    figures, metropolises = count.get("figures", 0), count.get("metropolises", 0)
    return {
        "figures": figures,
        "metropolises": metropolises,
        "provenance": count.get("provenance"),
        "absence": None if figures else absence,
        "availability": f"{figures:,} figures of {metropolises:,} metropolises."
        if figures
        else says,
    }
