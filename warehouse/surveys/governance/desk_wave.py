"""Desk research on governance: the facts of the catalog in the shape of the tables of surveys."""

from collections import Counter

import pyarrow as pa

from warehouse.tables import governance

RESPONSES = pa.schema(
    [
        (n, pa.string())
        for n in ("wave", "response_id", "root_id", "submitted", "state", "version", "metro_id")
    ]
    + [("standing", pa.bool_())]
)


def beside() -> dict[str, pa.Table]:
    """Name to the rows of desk research that stand beside those of cities, with `gov_fact`."""
    from catalog.models import desk
    from warehouse.surveys.governance.desk import desk_tables

    research = desk.load()
    rows, read_on = desk.rows(research), str(research.read_on)
    return desk_tables(rows, research.wave, research.status, read_on)


def wave(facts: pa.Table) -> pa.Table:
    """The row of `gov_wave` that desk research is."""
    from catalog.models import desk
    from warehouse import store

    research = desk.load()
    made = {
        "wave": research.wave,
        "form_id": "desk_research",
        "form_versions": None,
        "opened": research.read_on,
        "closed": research.read_on,
        "responses": 0,
        "metropolises": len(facts["metro_id"].unique()),
    }
    return pa.Table.from_pylist([made], schema=store.schema(governance.GOV_WAVE))


def sources() -> pa.Table:
    """`gov_source`: every text that was opened."""
    from catalog.models import desk
    from warehouse import store

    research = desk.load()
    used = Counter(r["source_id"] for r in desk.rows(research) if not r["recalled"])
    listed = [
        {
            "source_id": name,
            **source.model_dump(),
            "confidence": desk.CONFIDENCE[source.kind],
            "read_on": research.read_on,
            "facts": used[name],
        }
        for name, source in sorted(research.sources.items())
    ]
    return pa.Table.from_pylist(listed, schema=store.schema(governance.GOV_SOURCE))
