"""Which indicators of a framework a source's series answers to, as the source itself says.

The UN repeats one observation under each indicator that its series serves; it is kept once, and
here stands the bridge, so that nobody keys on an indicator.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from catalog.contents import Catalog
from catalog.languages import languages
from warehouse import query, store
from warehouse.inputs import Inputs
from warehouse.tables import Table

# The columns of the UN's SDG database that carry series and indicators.
_SERIES, _INDICATOR = "SeriesCode", "Indicator"


def series_framework(histories: Mapping[tuple[str, str], Path]) -> pa.Table:
    """One row per series and indicator of the 2030 Agenda that its current records name.

    histories: (provider, dataset) to the Parquet file of its history; those without the columns of
    the SDG database are left out. Columns: source_id, dataset, series, framework, code, target,
    goal (text), records (bigint). `11.b.1` belongs to target 11.b of goal 11 (A/RES/71/313).
    """
    con = query.memory(serial=True)
    parts = []
    for at, ((provider, dataset), path) in enumerate(sorted(histories.items())):
        names = con.read_parquet(str(path)).columns
        if {_SERIES, _INDICATOR} <= set(names):
            con.execute(f"set variable path_{at} = $path", {"path": str(path)})
            parts.append(
                f"""
                select '{provider}' as source_id, '{dataset}' as dataset, "{_SERIES}" as series,
                    unnest(string_split("{_INDICATOR}", ';')) as code
                from read_parquet(getvariable('path_{at}')) where recorded_to is null
                """
            )
    if not parts:
        parts = ["select '' as source_id, '' as dataset, '' as series, '' as code where false"]
    return con.sql(
        f"""
        select source_id, dataset, series, 'sdg' as framework, trim(code) as code,
            regexp_extract(trim(code), '^(.*)[.][^.]*$', 1) as target,
            split_part(trim(code), '.', 1) as goal, count(*) as records
        from ({" union all ".join(parts)}) where trim(code) <> ''
        group by all order by source_id, dataset, series, code
        """
    ).to_arrow_table()


def make(given: Inputs) -> pa.Table:
    """Table `framework`, `indicator_framework` or `series_framework`."""
    if given.statement.name == "indicator_framework":
        keys = given.statement.names
        answers = [dict(zip(keys, row, strict=True)) for row in given.catalog.answers()]
        return pa.Table.from_pylist(answers, schema=store.schema(given.statement))
    if given.statement.name == "series_framework":
        return series_framework({(p, d): file for p, d, _, file in given.histories()})
    rows = [
        {
            "framework": name,
            **{k: row[k] for k in ("code", "title", "source")},
            **{f"title_{x}": row["titles"].get(x) for x in languages() if x != "en"},
            "official": ", ".join(row["official"]) or None,
            "note": row["note"] or None,
        }
        for name, listed in given.catalog.frameworks.items()
        for row in listed
    ]
    return pa.Table.from_pylist(rows, schema=store.schema(given.statement))


def facts(catalog: Catalog, statement: Table) -> object:
    """The frameworks as the catalog lists them, or the datasets that are bound."""
    if statement.name == "indicator_framework":
        return catalog.answers()
    listed = statement.name == "series_framework"
    return catalog.bound_datasets() if listed else catalog.frameworks
