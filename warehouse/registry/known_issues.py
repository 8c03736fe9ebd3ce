"""Faults of upstreams: those the catalog states, those it corrects, and those that rules find."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import pyarrow as pa

from catalog.contents import Catalog
from catalog.models.known_issue import KnownIssue
from catalog.models.model import Correction
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.registry.corrections import corrections
from warehouse.tables import Table

# What the registry's lists are, by the name that its corrections give them.
_LISTS = {"local_unit": "eurostat_lau", "eurostat_fua": "eurostat_lau"}
_DONE = {
    "drop": ("kept_out", "Kept out of the figures; in table quarantine with this reason."),
    "override": ("corrected", "{value:.12g} for {expect}."),
    "scale": ("corrected", "Multiplied by {value:.12g}."),
    "flag": ("marked", "Given the flag {flag}."),
}


def stated(issues: Iterable[KnownIssue]) -> Iterator[dict[str, Any]]:
    """A row for each fault that the catalog states itself."""
    for i in issues:
        yield {
            "issue_id": f"{i.provider}.{i.id}",
            "source_id": i.provider,
            "dataset": i.dataset,
            "origin": "stated",
            "figures": i.figures,
            "fault": i.fault,
            "evidence": i.evidence,
            "action": i.action,
            "done": i.done,
            "since": i.since,
            "told_on": i.told,
        }


def corrected(known: Iterable[Correction]) -> Iterator[dict[str, Any]]:
    """A row for the corrections of one dataset that have one reason and source."""

    def same(c: Correction) -> tuple[str, ...]:
        return c.provider, c.dataset, c.reason, c.source

    for (provider, dataset, reason, source), group in groupby(sorted(known, key=same), same):
        each = list(group)
        steps = [_step(c) for c in each]
        yield {
            "issue_id": f"{provider}.{dataset}.{_short(reason + source)}",
            "source_id": provider,
            "dataset": dataset,
            "origin": "correction",
            "figures": "; ".join(_match(c) for c in each),
            "fault": reason,
            "evidence": source,
            "action": steps[0][0],
            "done": " ".join(dict.fromkeys(done for _, done in steps)),
            "since": min(c.since for c in each),
            "told_on": min((c.told for c in each if c.told), default=None),
        }


def of_lists(rows: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """A row for the corrections of the registry's lists that have one reason (`correction.csv`)."""

    def same(r: Mapping[str, str]) -> tuple[str, str]:
        return _LISTS.get(r["list"], r["list"]), r["reason"]

    for (name, reason), group in groupby(sorted(rows, key=same), same):
        each = list(group)
        yield {
            "issue_id": f"{name}.{_short(reason)}",
            "source_id": name,
            "dataset": None,
            "origin": "correction",
            "figures": "; ".join(f"{r['code']}, {r['column']}" for r in each),
            "fault": reason,
            "evidence": each[0]["source"],
            "action": "corrected",
            "done": "; ".join(
                f"{r['code']}, {r['column']}: {r['value']} for {r['expected']}" for r in each
            ),
            "since": date.fromisoformat(min(r["since"] for r in each)),
            "told_on": None,
        }


def found(quarantine: query.Rows, shared_value: query.Rows, source: query.Rows) -> pa.Table:
    """A row for each dataset, indicator and rule: figures that a rule kept out, or found shared.

    Only of what upstreams serve and what may be redistributed: a fault of a computed figure is that of
    its inputs, or ours.
    """
    given = {"quarantine": quarantine, "shared_value": shared_value, "source": source}
    return query.run(query.text("known_issue"), given)


def known_issues(
    catalog: Catalog,
    lists: Sequence[Mapping[str, str]],
    quarantine: query.Rows,
    shared_value: query.Rows,
    source: query.Rows,
) -> pa.Table:
    """Table `known_issue`; `lists` are the rows of `correction.csv`."""
    statement = tables.of("known_issue")
    schema = store.schema(statement)
    told = [
        *stated(catalog.known_issues),
        *corrected(catalog.corrections),
        *of_lists(lists),
    ]
    rows = pa.Table.from_pylist([{n: r.get(n) for n in schema.names} for r in told], schema=schema)
    by_rule = found(quarantine, shared_value, source).select(schema.names).cast(schema)
    return store.conform(pa.concat_tables([rows, by_rule]), statement)


def make(given: Inputs) -> pa.Table:
    """Table `known_issue`."""
    file = given.catalog.folder / "metros" / "correction.csv"
    return known_issues(
        given.catalog, corrections(file), *(given.path(n) for n in given.statement.inputs)
    )


def facts(catalog: Catalog, statement: Table) -> str:
    """The faults and corrections that the catalog states."""
    file = catalog.folder / "metros" / "correction.csv"
    said = [x.model_dump_json() for x in (*catalog.known_issues, *catalog.corrections)]
    return "\n".join([*said, file.read_text(encoding="utf-8") if file.exists() else ""])


def _match(c: Correction) -> str:
    where = ", ".join(
        f"{name} {code if isinstance(code, str) else ' or '.join(code)}"
        for name, code in c.match.items()
    )
    bounds = "" if c.within is None else f", values from {c.within[0]:g} to {c.within[1]:g}"
    return where + (f", served as {c.expect}" if c.expect is not None else bounds)


def _step(c: Correction) -> tuple[str, str]:
    action, done = _DONE[c.action]
    return action, done.format(
        value=c.value or 0.0, flag=c.flag or "", expect=c.expect or "what was served"
    )


def _short(text: str) -> str:
    return hashlib.sha256(json.dumps(text).encode()).hexdigest()[:8]
