"""Desk research on governance: the waves of the catalog in the shape of the tables of surveys."""

from collections import Counter
from typing import Any

import pyarrow as pa

from warehouse import tables

RESPONSES = pa.schema(
    [
        (n, pa.string())
        for n in ("wave", "response_id", "root_id", "submitted", "state", "version", "metro_id")
    ]
    + [("standing", pa.bool_())]
)


def beside() -> dict[str, pa.Table]:
    """Name to the rows of desk research that are beside those of cities, with `gov_fact`."""
    from catalog import desk
    from warehouse.surveys.governance.desk import desk_tables

    return desk_tables(desk.rows(desk.load()))


def names() -> list[tuple[str, str, str]]:
    """(metropolis, name, body) of every body of the catalog, so that an answer finds its body."""
    from catalog import desk

    return desk.known_names(desk.load())


def waves() -> pa.Table:
    """The rows of `gov_wave` that desk research is, one a wave."""
    from catalog import desk
    from warehouse import store

    made = []
    for wave in desk.load():
        metros = {m.metro for m in (*wave.bodies, *wave.metropolises)}
        made.append(
            {
                "wave": wave.wave,
                "form_id": "desk_research",
                "form_versions": None,
                "opened": wave.read_on,
                "closed": wave.read_on,
                "responses": 0,
                "metropolises": len(metros),
            }
        )
    return pa.Table.from_pylist(made, schema=store.schema(tables.of("gov_wave")))


def events() -> pa.Table:
    """`gov_event`: reforms, predecessors and successors, and the years of creation and abolition."""
    from catalog import desk
    from warehouse import store

    found = desk.load()
    made = desk.events(found)
    kinds = {"year_created": "created", "year_abolished": "abolished"}
    exact = {
        s.body: s.fact.text for s in desk.said(found)
        if s.fact.field == "created_on" and not s.withdrawn_in
    }  # fmt: skip
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for s in desk.said(found):
        if s.fact.field in kinds and s.body and not s.withdrawn_in and not s.fact.recalled:
            event, year = kinds[s.fact.field], int(s.fact.text)
            day = exact.get(s.body, "") if event == "created" else ""
            newest[s.body, event] = {
                "body_id": s.body,
                "metro_id": s.metro,
                "event": event,
                "date": day if day.startswith(str(year)) else str(year),
                "year": year,
                "what": s.name,
                "other_body_id": None,
                "note": s.fact.note or None,
                "source_id": s.fact.source,
                "wave": s.wave,
            }
    rows = [*made, *newest.values()]
    schema = store.schema(tables.of("gov_event"))
    return pa.Table.from_pylist(rows, schema=schema).sort_by(
        [(k, "ascending") for k in tables.of("gov_event").key]
    )


def sources() -> pa.Table:
    """`gov_source`: every text that was opened."""
    from catalog import desk
    from catalog.models import hosts
    from catalog.models.desk import CONFIDENCE, TIERS
    from warehouse import store

    found, known = desk.load(), hosts.load()
    used = Counter(r["source_id"] for r in desk.rows(found) if not r["recalled"])
    texts = desk.sources(found)
    listed = [
        {
            "source_id": name,
            "title": source.title,
            "url": source.url,
            "kind": source.kind,
            "tier": TIERS.index(source.kind) + 1,
            "hosting": known.of(source.url),
            "document": source.document or None,
            "confidence": CONFIDENCE[source.kind],
            "read_on": read_on,
            "facts": used[name],
        }
        for name, (source, read_on) in sorted(texts.items())
    ]
    return pa.Table.from_pylist(listed, schema=store.schema(tables.of("gov_source")))
