"""What must hold, as plain data: rules derived from the statements of tables and the catalog.

A rule names the cases that break it in SQL over a relation `candidate`; some also read `previous`
(the last good table) or dictionaries by their names (`metro`, `unit`, `scale`, `status`, ...).
Nothing here runs SQL: `judge.py` does.
"""

from __future__ import annotations

import re
from dataclasses import replace

from catalog.contents import Catalog
from catalog.models.model import Expect, Indicator
from expectations import rule as shared
from expectations.hard import FIGURE, hard_rules
from expectations.rule import Rule, text
from expectations.stated import named
from expectations.whole import of_release
from warehouse import tables
from warehouse.tables import Table

__all__ = ["Rule", "for_history", "for_indicator", "for_release", "for_table"]

RECORD = (
    ("period", tables.TEXT),
    ("value", tables.NUMBER),
    ("value_text", tables.TEXT),
    ("flags", tables.TEXT),
    ("record_no", tables.WHOLE),
    ("series_key", tables.TEXT),
    ("snapshot_id", tables.TEXT),
    ("recorded_from", tables.MOMENT),
    ("recorded_to", tables.MOMENT),
)
STANDING = "recorded_to is null"
TOLERANCE = 0.02  # of figures that we compute ourselves
VANISHED_SERIES = 5
REMEDIES = {
    "metro": "add the metropolis to the registry or correct the crosswalk",
    "unit": "add the unit to catalog/units.csv or correct the binding",
    "scale": "add the scale to catalog/scales.csv or correct the registry",
    "status": "add the flag to catalog/statuses.csv",
    "indicator": "correct the id, or add catalog/indicators/<id>.yaml",
}


def for_history(
    provider: str, dataset: str, catalog: Catalog, *, meant: bool = False
) -> list[Rule]:
    """Rules of one dataset's source records with their validity (`home.history`).

    meant: a person accepted the edition, so that it may lose what it wants.
    """
    lost = (catalog.dataset(provider, dataset).expect or Expect()).max_loss
    accept = f"run `observatory snapshots accept {provider}/{dataset} --reason '...'`"
    table = f"history/{provider}/{dataset}"
    wanted = relied_on(provider, dataset, catalog)
    columns = [*RECORD, *((d, tables.TEXT) for d in wanted if d not in dict(RECORD))]
    show = ("series_key", "period", "value", "value_text", "flags", "record_no")
    standing = Rule(
        "one_standing_value",
        "keys",
        table,
        "table",
        "critical",
        "One value stands for each series and period; else the source serves a figure twice, or a "
        "dimension is missing from the reader.",
        "select series_key, period, count(*) as times, min(record_no) as first_record, "
        f"max(record_no) as last_record from candidate where {STANDING} group by all "
        "having count(*) > 1",
        column="series_key",
    )
    vanished = Rule(
        "series_still_served",
        "coverage",
        table,
        "table",
        "warning",
        f"No more than {VANISHED_SERIES} series that stood before are gone; else see whether the "
        "source renamed codes or withdrew them.",
        f"select distinct series_key from previous where {STANDING} and series_key not in "
        f"(select series_key from candidate where {STANDING})",
        allowed=VANISHED_SERIES,
        needs=("previous",),
    )
    renamed = Rule(
        "series_kept",
        "coverage",
        table,
        "table",
        "critical",
        f"Not more than {lost:.0%} of the series that stood before are gone; else the source "
        "renamed codes or columns: correct the bindings, or the reader, to what it serves now; if "
        f"the loss is meant, {accept}.",
        "select series, gone, example from (select count(distinct series_key) as series, "
        f"count(distinct series_key) filter (where not here) as gone, "
        "min(series_key) filter (where not here) as example from (select series_key, series_key in "
        f"(select series_key from candidate where {STANDING}) as here from previous "
        f"where {STANDING})) where gone > {lost!r} * series",
        column="series_key",
        needs=("previous",),
    )
    ordered = Rule(
        "validity_ordered",
        "ranges",
        table,
        "row",
        "critical",
        "A value was replaced after it was published, never before; else upstream's stamp of the "
        "edition is wrong.",
        "recorded_to <= recorded_from",
        column="recorded_to",
        show=(*show, "recorded_from", "recorded_to"),
    )
    made = [
        shared.columns_stated(table, columns, exact=False),
        shared.nothing_missing(table, [n for n, _ in columns if n not in ("value", "recorded_to")]),
        shared.key_unique(table, ("series_key", "period", "recorded_from"), "Each source record"),
        standing,
        shared.finite(table, ("value",), show),
        ordered,
        shared.not_empty(table, where=STANDING),
        shared.not_fewer(
            table, "current records", "count(*)", lost, "critical", name="records", where=STANDING
        ),
        vanished,
        renamed,
    ]
    made = _without_losses(made) if meant else made
    open_to_all = catalog.dataset(provider, dataset).redistributable
    return made if open_to_all else [replace(r, hidden=("*",)) for r in made]


def for_indicator(indicator: Indicator, catalog: Catalog, *, meant: bool = False) -> list[Rule]:
    """Rules of every record that one indicator claims (`tables.HARMONISED`).

    meant: a person accepted the edition of a dataset that it is made from, losses included.

    Row rules are hard: `judge.quarantine` takes the rows out first, then the table is judged.
    Needs the dictionary `scale`.
    """
    table = f"indicator/{indicator.id}"
    hard = hard_rules(indicator, catalog, table)
    kept = [c.name for c in tables.of("observation").columns if not c.null and c.name != "metro_id"]
    observed = "fate = 'observation'"
    rules = [
        shared.columns_stated(
            table, [(c.name, c.type) for c in tables.HARMONISED.columns], exact=True
        ),
        shared.nothing_missing(table, kept, where=FIGURE),
        shared.key_unique(table, tables.HARMONISED.key, "Each figure", where=FIGURE),
        _fates(table),
        *hard,
        shared.in_closed_list(table, "scale", "scale.scale", REMEDIES["scale"], where=FIGURE),
        shared.no_national_figure(table, f"{observed} and "),
        shared.missing_says_why(table, f"{FIGURE} and "),
        _tolerance(indicator, catalog, table, [r.name for r in hard]),
        _in_quarantine(table, [r.name for r in hard]),
        shared.not_empty(
            table,
            where=FIGURE,
            severity="critical" if _proven(indicator, catalog) else "warning",
        ),
        shared.not_fewer(
            table,
            "metropolises",
            "count(distinct metro_id)",
            0.25,
            "critical",
            name="metros",
            where=f"{observed} and {STANDING}",
        ),
        shared.not_fewer(
            table,
            "figures",
            "count(*)",
            0.25,
            "critical",
            name="figures",
            where=f"{FIGURE} and {STANDING}",
        ),
    ]
    rules = _without_losses(rules) if meant else rules
    closed = shared.closed_datasets(catalog)
    return [replace(r, hidden=closed) for r in rules]


def for_table(table: Table, catalog: Catalog) -> list[Rule]:
    """Rules of one published table, from its statement; needs the dictionaries in its `among`.

    Snapshots are not looked up here (they are listed after the figures) but by the release.
    """
    from expectations import survey

    name = table.name
    show = table.key
    numbers = [c.name for c in table.columns if c.type == tables.NUMBER]
    required = [c.name for c in table.columns if not c.null]
    closed = [c for c in table.columns if c.among and not c.among.startswith("snapshot.")]
    rules = [
        shared.columns_stated(name, [(c.name, c.type) for c in table.columns], exact=True),
        shared.nothing_missing(name, required),
        shared.key_unique(name, table.key, "Each row"),
        *(
            shared.in_closed_list(
                name, c.name, c.among, REMEDIES.get(c.among.split(".")[0], "correct it")
            )
            for c in closed
        ),
        *([shared.finite(name, numbers, show)] if numbers else []),
        *named(table),
        *survey.for_typed(name),
    ]
    if table.rows:
        rules.append(shared.not_empty(name, table.rows))
        rules.append(shared.not_fewer(name, "rows", "count(*)", 0.25, "warning", name="rows"))
    hidden = shared.closed_datasets(catalog)
    return [replace(r, hidden=hidden) for r in rules]


def _without_losses(made: list[Rule]) -> list[Rule]:
    """The rules but those by which less than before is a fault."""
    return [
        r
        for r in made
        if not (r.kind == "coverage" and r.severity == "critical" and "previous" in r.needs)
    ]


def _proven(indicator: Indicator, catalog: Catalog) -> bool:
    """Whether figures must come: a binding was seen to find some in a dataset open to all.

    What nobody has read yet may be served without its codes, and the public registry knows no
    territories of a closed dataset.
    """
    return any(
        b.verified and catalog.dataset(b.provider, b.dataset).redistributable
        for b in indicator.bindings
    )


def for_release(catalog: Catalog) -> list[Rule]:
    """Rules of the release as a whole; the candidate is the table `observation`.

    Needs every published table by its name as a dictionary, and the observations of the previous
    release as `previous`.
    """
    hidden = shared.closed_datasets(catalog)
    return [replace(r, hidden=hidden) for r in of_release(catalog)]


def relied_on(provider: str, dataset: str, catalog: Catalog) -> list[str]:
    """Source columns that bindings, exclusions and territory rules read."""
    statement = catalog.dataset(provider, dataset)
    used: list[str] = []
    for indicator_id, n in catalog.bindings(provider, dataset):
        used += catalog.indicators[indicator_id].bindings[n].where
    for rule in statement.exclude:
        used += rule.where
    for rule in statement.territory:
        used += [*rule.where, *(re.findall(r"{([^}]+)}", rule.code) or [rule.code])]
    return sorted(set(used))


def _fates(table: str) -> Rule:
    suspect = (
        "fate is null or fate not in ('observation', 'part', 'context', 'quarantine', 'not_computable') "
        "or (fate in ('quarantine', 'not_computable') and (reason is null or detail is null)) "
        "or (fate in ('observation', 'part') and metro_id is null)"
    )
    return Rule(
        "fate_explained",
        "structure",
        table,
        "table",
        "critical",
        "Every record has one of the five fates, with a reason and a sentence where it is no figure "
        "and a metropolis where it is a figure of one or of a part of one; else a record was set aside silently.",
        "select fate, reason, source_id, dataset, count(*) as records from candidate where "
        f"{suspect} group by all",
        column="fate",
        suspect=suspect,
    )


def _tolerance(indicator: Indicator, catalog: Catalog, table: str, hard: list[str]) -> Rule:
    pairs = sorted({(b.provider, b.dataset) for b in indicator.bindings})
    limits = [(p, d, catalog.dataset(p, d).tolerance) for p, d in pairs]
    limits = limits or [("observatory", indicator.id, TOLERANCE)]
    values = ", ".join(f"({text(p)}, {text(d)}, {t!r}::double)" for p, d, t in limits)
    reasons = ", ".join(map(text, hard))
    return Rule(
        "tolerance",
        "ranges",
        table,
        "table",
        "critical",
        "No dataset has more records in quarantine for breaking hard rules than its tolerance "
        f"({', '.join(f'{p}/{d} {t:.1%}' for p, d, t in limits)} of its current records; one record "
        "is always tolerated unless the tolerance is 0); else read the reasons and mend the reader "
        "or the binding.",
        "select source_id, dataset, any_value(tolerance) as tolerance, count(*) as records, "
        f"count(*) filter (where fate = 'quarantine' and reason in ({reasons})) as broken "
        f"from candidate left join (values {values}) t(source_id, dataset, tolerance) "
        f"using (source_id, dataset) where {STANDING} group by source_id, dataset having broken > "
        f"(case when any_value(coalesce(tolerance, {TOLERANCE})) = 0 then 0 else "
        f"greatest(1, any_value(coalesce(tolerance, {TOLERANCE})) * count(*)) end)",
        column="dataset",
        suspect=_broken(reasons),
    )


def _broken(reasons: str) -> str:
    """A SQL predicate: a standing record that is in quarantine for one of these reasons."""
    return f"{STANDING} and fate = 'quarantine' and reason in ({reasons})"


def _in_quarantine(table: str, hard: list[str]) -> Rule:
    broken = _broken(", ".join(map(text, hard)))
    return Rule(
        "none_in_quarantine",
        "ranges",
        table,
        "table",
        "warning",
        "No record breaks a hard rule; those that do are in the table quarantine with the rule's "
        "name and what would mend them.",
        "select reason, source_id, dataset, series_key, period, unit_id, value, unit, detail from "
        f"candidate where {broken}",
        column="value",
        suspect=broken,
    )
