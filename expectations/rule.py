"""What one rule is, and the rules that many tables share; plain data, no SQL is run here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from warehouse.methods.statuses import MISSING
from warehouse.tables.statement import Kind, Severity


@dataclass(frozen=True)
class Rule:
    """One thing that must hold, and the SQL that finds where it does not.

    `failing_sql`: for level `row` a predicate that is true for bad rows of `candidate`; for level
    `table` a query that returns one row per failing case. `allowed` cases are tolerated. A row
    rule of severity `critical` is hard: `judge.quarantine` takes its rows out of a harmonised
    table. `column` is what the rule speaks of, `show` the columns of sample rows, `needs` the
    relations read besides `candidate` (`previous`: the last good table; else dictionaries by
    name), `hidden` the datasets (`provider/dataset`, or `*`) whose licence forbids to show rows,
    `suspect` a predicate over `candidate`: where no row fulfils it a table rule has no case, and its
    query is not asked.
    """

    name: str
    kind: Kind
    table: str
    level: Literal["row", "table"]
    severity: Severity
    sentence: str
    failing_sql: str
    allowed: int = 0
    column: str = ""
    show: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    suspect: str = ""


def quote(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def listed(columns: Iterable[str], prefix: str = "") -> str:
    """Quoted identifiers, comma-separated."""
    return ", ".join(prefix + quote(c) for c in columns)


def columns_stated(table: str, columns: Sequence[tuple[str, str]], *, exact: bool) -> Rule:
    """The columns have these DuckDB types; with `exact` there is no other column."""
    stated = ", ".join(f"({text(n)}, {text(t)})" for n, t in columns)
    return Rule(
        "columns_stated",
        "structure",
        table,
        "table",
        "critical",
        "Every column is there with the type it must have"
        + (" and no other column is; " if exact else "; ")
        + "else mend the step or the reader that makes the table.",
        "select coalesce(e.name, d.column_name) as \"column\", coalesce(e.type, 'not stated') as "
        "must_be, coalesce(d.column_type, 'missing') as found "
        f"from (values {stated}) e(name, type) {'full' if exact else 'left'} join "
        "(select column_name, column_type from (describe candidate)) d on d.column_name = e.name "
        "where e.type is distinct from d.column_type",
    )


def key_unique(table: str, key: Sequence[str], what: str, *, where: str = "true") -> Rule:
    """No two rows share the key."""
    columns = listed(key)
    # Hashing first: grouping by a dozen texts costs five times as much as by one number.
    return Rule(
        "key_unique",
        "keys",
        table,
        "table",
        "critical",
        f"{what} appears once (key: {', '.join(key)}); else the source serves it twice or a join "
        "in the step that makes the table multiplies rows.",
        f"select {columns}, count(*) as times from candidate where {where} and hash({columns}) in "
        f"(select hash({columns}) from candidate where {where} group by all having count(*) > 1) "
        "group by all having count(*) > 1",
        column=key[0],
    )


def nothing_missing(table: str, columns: Sequence[str], *, where: str = "true") -> Rule:
    """These columns hold no null."""
    counts = ", ".join(f"count(*) filter (where {quote(c)} is null)" for c in columns)
    names = ", ".join(map(text, columns))
    return Rule(
        "nothing_missing",
        "structure",
        table,
        "table",
        "critical",
        "No value is missing in a column that must always have one; else mend the step that makes "
        "the table.",
        f'select * from (select unnest([{names}]) as "column", unnest([{counts}]) as missing '
        f"from candidate where {where}) where missing > 0",
        suspect=f"({where}) and ({' or '.join(f'{quote(c)} is null' for c in columns) or 'false'})",
    )


def in_closed_list(table: str, column: str, among: str, remedy: str, where: str = "true") -> Rule:
    """Values of the column are in a dictionary; `among` is `dictionary.column`."""
    dictionary, its = among.split(".")
    return Rule(
        f"known_{column}",
        "structure",
        table,
        "table",
        "critical",
        f"Every {column} is in the closed list {among}; else {remedy}.",
        f"select {quote(column)}, count(*) as rows from candidate where {where} and {quote(column)} "
        f"is not null and {quote(column)} not in (select {quote(its)} from {quote(dictionary)} "
        f"where {quote(its)} is not null) group by all",
        column=column,
        needs=(dictionary,),
    )


def finite(table: str, columns: Sequence[str], show: Sequence[str]) -> Rule:
    """Numbers are numbers: neither NaN nor infinite."""
    return Rule(
        "value_finite",
        "ranges",
        table,
        "row",
        "critical",
        "Every number is finite; else the source served NaN or infinity, or a formula divided by "
        "zero: read it as missing, with a status.",
        " or ".join(f"(not isfinite({quote(c)}))" for c in columns),
        column="value" if "value" in columns else columns[0],
        show=tuple(dict.fromkeys([*show, *columns[:6]])),
    )


def not_empty(table: str, severity: Severity = "critical", where: str = "true") -> Rule:
    """There is at least one row."""
    return Rule(
        "not_empty",
        "coverage",
        table,
        "table",
        severity,
        "The table has rows; else its inputs are empty or no binding fits them.",
        f"select 0 as rows where not exists (select 1 from candidate where {where})",
    )


def not_fewer(
    table: str,
    what: str,
    counted: str,
    limit: float,
    severity: Severity,
    *,
    name: str,
    where: str = "true",
) -> Rule:
    """`counted` (an aggregate) is not more than `limit` (a share) below that of `previous`."""
    return Rule(
        name,
        "coverage",
        table,
        "table",
        severity,
        f"There are not more than {limit:.0%} fewer {what} than in the last good table; else look "
        "at what the source withdrew; if the loss is meant, accept the download with "
        "`observatory snapshots accept DATASET --reason '...'`.",
        f"select b.n as before, c.n as now from (select {counted} as n from previous where {where}) "
        f"b, (select {counted} as n from candidate where {where}) c where c.n < {1 - limit!r} * b.n",
        needs=("previous",),
    )


def no_national_figure(table: str, where: str = "") -> Rule:
    """No country or region stands for a metropolis."""
    return Rule(
        "no_national_figure",
        "structure",
        table,
        "table",
        "critical",
        "No figure of a country or region stands for a metropolis; else correct the territory rule "
        "in catalog/providers or the scale in the registry.",
        f"select scale, unit_id, count(*) as figures from candidate where {where}scale in "
        "(select scale from scale where not metropolitan) group by all",
        column="scale",
        needs=("scale",),
    )


def missing_says_why(table: str, where: str = "") -> Rule:
    """A figure without a value has a status that says which kind of missing it is."""
    suspect = f"{where}value is null and obs_status not in ({', '.join(map(text, MISSING))})"
    return Rule(
        "missing_says_why",
        "ranges",
        table,
        "table",
        "warning",
        "A figure without a value has a status of the missing kind; else map the "
        "source's flag in catalog/statuses.csv.",
        "select source_id, dataset, obs_status, flags, count(*) as figures from candidate where "
        f"{suspect} group by all",
        column="obs_status",
        suspect=suspect,
    )


def closed_datasets(catalog) -> tuple[str, ...]:
    """`provider/dataset` of every dataset, and derived indicator, that may not be redistributed."""
    closed = {
        f"{p.id}/{code}"
        for p in catalog.providers.values()
        for code, d in p.datasets.items()
        if not d.redistributable
    }
    derived = {
        f"observatory/{i.id}"
        for i in catalog.indicators.values()
        if i.derived and closed & _datasets(catalog, i.id, frozenset())
    }
    return tuple(sorted(closed | derived))


def _datasets(catalog, indicator_id: str, seen: frozenset[str]) -> set[str]:
    """The datasets that an indicator rests on, through any depth of formulas."""
    indicator = catalog.indicators[indicator_id]
    if indicator.derived is None or indicator_id in seen:
        return {f"{b.provider}/{b.dataset}" for b in indicator.bindings}
    parts = [p.indicator for p in indicator.derived.inputs.values()]
    return set().union(*(_datasets(catalog, p, seen | {indicator_id}) for p in parts))
