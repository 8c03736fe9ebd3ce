"""Faults of upstreams: those the catalog states, those it corrects, and those that rules find."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from itertools import groupby
from typing import Any

import pyarrow as pa

from catalog.contents import Catalog
from catalog.languages import languages
from catalog.models.known_issue import KnownIssue, texts
from catalog.models.model import Correction, Texts
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.registry.corrections import corrections
from warehouse.tables import Table

# What the registry's lists are, by the name that its corrections give them.
_LISTS = {"local_unit": "eurostat_lau", "eurostat_fua": "eurostat_lau"}
_ACTIONS = {"drop": "kept_out", "override": "corrected", "scale": "corrected", "flag": "marked"}
_RULES = {"kept_out": "kept_out", "shared": "marked"}
Row = dict[str, Any]


def stated(issues: Iterable[KnownIssue]) -> Iterator[Row]:
    """A row for each fault that the catalog states itself."""
    for i in issues:
        yield {
            "issue_id": f"{i.provider}.{i.id}",
            "source_id": i.provider,
            "dataset": i.dataset,
            "origin": "stated",
            **_in_all("figures", i.figures),
            **_in_all("fault", i.fault),
            **_in_all("evidence", i.evidence),
            "action": i.action,
            **_in_all("done", i.done),
            "since": i.since,
            "told_on": i.told,
        }


def corrected(known: Iterable[Correction]) -> Iterator[Row]:
    """A row for the corrections of one dataset that have one reason and source."""

    def same(c: Correction) -> tuple[str, ...]:
        return c.provider, c.dataset, c.reason.en, c.source.en

    for (provider, dataset, reason, source), group in groupby(sorted(known, key=same), same):
        each = list(group)
        yield {
            "issue_id": f"{provider}.{dataset}.{_short(reason + source)}",
            "source_id": provider,
            "dataset": dataset,
            "origin": "correction",
            **{f"figures_{x}": "; ".join(_match(c, x) for c in each) for x in languages()},
            **_in_all("fault", each[0].reason),
            **_in_all("evidence", each[0].source),
            "action": _ACTIONS[each[0].action],
            **{
                f"done_{x}": " ".join(dict.fromkeys(_step(c, x) for c in each)) for x in languages()
            },
            "since": min(c.since for c in each),
            "told_on": min((c.told for c in each if c.told), default=None),
        }


def of_lists(rows: Sequence[Mapping[str, str]]) -> Iterator[Row]:
    """A row for the corrections of the registry's lists that have one reason (`correction.csv`)."""
    step = texts().corrections.in_list

    def same(r: Mapping[str, str]) -> tuple[str, str]:
        return _LISTS.get(r["list"], r["list"]), r["reason"]

    for (name, reason), group in groupby(sorted(rows, key=same), same):
        each = list(group)
        where = [f"{r['code']}, {r['column']}" for r in each]
        yield {
            "issue_id": f"{name}.{_short(reason)}",
            "source_id": name,
            "dataset": None,
            "origin": "correction",
            **{f"figures_{x}": "; ".join(where) for x in languages()},
            **_in_all("fault", Texts(en=reason)),
            **_in_all("evidence", Texts(en=each[0]["source"])),
            "action": "corrected",
            **{
                f"done_{x}": "; ".join(
                    getattr(step, x).format(where=w, value=r["value"], expect=r["expected"])
                    for w, r in zip(where, each, strict=True)
                )
                for x in languages()
            },
            "since": date.fromisoformat(min(r["since"] for r in each)),
            "told_on": None,
        }


def found(
    catalog: Catalog, quarantine: query.Rows, shared_value: query.Rows, source: query.Rows
) -> Iterator[Row]:
    """A row for each dataset, indicator and rule: figures that a rule kept out, or found shared.

    Only of what upstreams serve and what may be redistributed: a fault of a computed figure is that of
    its inputs, or ours.
    """
    given = {"quarantine": quarantine, "shared_value": shared_value, "source": source}
    for r in query.run(query.text("known_issue"), given).to_pylist():
        said = getattr(texts(), r["kind"])
        indicator = catalog.indicators.get(r["indicator_id"])
        r["years"] = r["first"] if r["first"] == r["last"] else f"{r['first']}–{r['last']}"
        names = indicator.title.in_all() if indicator else {}
        filled = {x: {**r, "indicator": names.get(x, r["indicator_id"])} for x in languages()}
        yield {
            **{k: r[k] for k in ("issue_id", "source_id", "dataset", "indicator_id", "number")},
            "origin": "rule",
            **{
                f"{part}_{x}": getattr(getattr(said, part), x).format(**filled[x])
                for part in ("figures", "evidence", "done")
                for x in languages()
            },
            **_in_all("fault", said.faults[r["rule"]]),
            "action": _RULES[r["kind"]],
        }


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
    rows = [
        *stated(catalog.known_issues),
        *corrected(catalog.corrections),
        *of_lists(lists),
        *found(catalog, quarantine, shared_value, source),
    ]
    made = pa.Table.from_pylist([{n: r.get(n) for n in schema.names} for r in rows], schema=schema)
    return store.conform(made, statement)


def make(given: Inputs) -> pa.Table:
    """Table `known_issue`."""
    file = given.catalog.folder / "metros" / "correction.csv"
    return known_issues(
        given.catalog, corrections(file), *(given.path(n) for n in given.statement.inputs)
    )


def facts(catalog: Catalog, statement: Table) -> str:
    """The faults and corrections that the catalog states."""
    file = catalog.folder / "metros" / "correction.csv"
    said = [x.model_dump_json() for x in (*catalog.known_issues, *catalog.corrections, texts())]
    said += [i.title.model_dump_json() for i in catalog.indicators.values()]
    return "\n".join([*said, file.read_text(encoding="utf-8") if file.exists() else ""])


def _in_all(stem: str, text: Texts) -> Row:
    """The columns of a text, one for each language."""
    return {f"{stem}_{x}": said for x, said in text.in_all().items()}


def _match(c: Correction, lang: str) -> str:
    said = texts().corrections

    def codes(code: str | list[str]) -> str:
        if isinstance(code, str):
            return code
        return reduce(lambda a, b: getattr(said.either, lang).format(a=a, b=b), code)

    where = ", ".join(f"{name} {codes(code)}" for name, code in c.match.items())
    if c.within is None:
        return getattr(said.served, lang).format(where=where, expect=c.expect)
    low, high = (f"{v:g}" for v in c.within)
    return getattr(said.within, lang).format(where=where, low=low, high=high)


def _step(c: Correction, lang: str) -> str:
    low, high = c.within or (0, 0)
    return getattr(texts().corrections.done[c.action], lang).format(
        value=f"{c.value or 0.0:.12g}", flag=c.flag or "", expect=c.expect or f"{low:g}–{high:g}"
    )


def _short(text: str) -> str:
    return hashlib.sha256(json.dumps(text).encode()).hexdigest()[:8]
