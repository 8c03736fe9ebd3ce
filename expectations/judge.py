"""Judgement: rules are counted in DuckDB, Great Expectations decides over the counts.

A table is scanned once for all its row rules, and for whether a table rule can have a case at all; the
other table rules are small queries beside it. What
reaches Great Expectations is one column: a row per rule with the number of failing cases.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from expectations.rule import Rule, listed, text
from expectations.verdict import RuleResult, Verdict
from warehouse import query
from warehouse.query import Rows

SAMPLE = 20
HARD = "indicator/"


def judge(
    candidate: Rows,
    rules: Sequence[Rule],
    *,
    previous: Rows | None = None,
    dictionaries: Mapping[str, Rows] | None = None,
    problems: Sequence[str] = (),
    versions: Mapping[str, str] | None = None,
) -> Verdict:
    """Judge one table; of a Parquet file no more is read than the rules ask for.

    candidate: any shape; rules: of one table, names unique; previous: the last good table (rules
    that compare with it are left out where there is none); dictionaries: relations that the rules
    read, by name; problems: sentences of faults found while the table was made, each critical.
    A rule whose SQL cannot run on the candidate, such as for want of a column, fails as critical.
    versions: hashes of `candidate` and of the dictionaries by name; what was counted of exactly these
    bytes in this process (`remember`) is not counted again.
    """
    given = dict(dictionaries or {})
    if previous is not None:
        given["previous"] = previous
    judged = [r for r in rules if previous is not None or "previous" not in r.needs]
    if not judged:
        raise ValueError("No rule to judge by: a table without rules never passes.")
    if len({r.name for r in judged}) != len(judged):
        raise ValueError(f"{judged[0].table}: two rules share a name; rename one.")
    counted = {r.name: c for r in judged if (c := _known(r, versions))}
    fresh = [r for r in judged if r.name not in counted]
    con = _connect(candidate, given, fresh)
    counts, notes = _counts(con, fresh, set(given))
    samples = {r.name: _sample(con, r) for r in fresh if counts[r.name]}
    counts |= {name: c.failing for name, c in counted.items()}
    samples |= {name: c.sample for name, c in counted.items()}
    ((rows,),) = con.execute("select count(*) from candidate").fetchall()
    con.close()
    for n, problem in enumerate(problems, start=1):
        rule = _problem(judged[0].table, n, problem)
        judged.append(rule)
        counts[rule.name], samples[rule.name] = 1, []
    from expectations import gx

    decision = gx.decide(judged[0].table, judged, counts, samples, notes)
    results = tuple(
        RuleResult(
            r,
            counts[r.name],
            decision.passed[r.name],
            samples.get(r.name, []),
            notes.get(r.name, ""),
        )
        for r in judged
    )
    red = any(not r.passed and r.severity == "critical" for r in results)
    return Verdict(judged[0].table, rows, not red, results, decision.evidence)


def remember(verdict: Verdict, versions: Mapping[str, str]) -> None:
    """Keep what was counted of a table that was written as judged, for who judges the same bytes next.

    versions: hashes of the file as `candidate` and of the dictionaries by name.
    """
    _COUNTED[verdict.table] = {
        asked: r
        for r in verdict.results
        if r.failing is not None and (asked := _asked(r.rule, versions))
    }


# By table, what was counted of its newest bytes, with the hashes of all that a rule read.
_COUNTED: dict[str, dict[tuple, RuleResult]] = {}


def _known(rule: Rule, versions: Mapping[str, str] | None) -> RuleResult | None:
    asked = _asked(rule, versions or {})
    return _COUNTED.get(rule.table, {}).get(asked) if asked else None


def _asked(rule: Rule, versions: Mapping[str, str]) -> tuple | None:
    """A rule and the hashes of all that it reads; None where one is not known."""
    reads = ("candidate", *rule.needs)
    return (rule, *(versions[n] for n in reads)) if set(reads) <= set(versions) else None


def quarantine(candidate: pa.Table, rules: Sequence[Rule]) -> tuple[pa.Table, dict[str, int]]:
    """Take out the rows that break a hard rule; (table, rule name to number of rows).

    candidate: `tables.HARMONISED`; its rows keep their order and number. A bad observation or
    context figure gets fate `quarantine`, the name of the first rule that it breaks as reason, the
    rule's sentence with what was found as detail, and no metropolis. A table of another shape
    comes back unchanged: its judgement says what is wrong.
    """
    hard = [
        r
        for r in rules
        if r.level == "row" and r.severity == "critical" and r.table.startswith(HARD)
    ]
    if not hard or not len(candidate):
        return candidate, {}
    con = _connect(candidate, {}, [])
    which = " ".join(f"when {r.failing_sql} then {text(r.name)}" for r in hard)
    found = " ".join(
        f"when {text(r.name)} then {text(f'{r.sentence} Found: {r.column} ')} || "
        f"coalesce({listed([r.column])}::varchar, 'missing') || '.'"
        for r in hard
    )
    try:
        any_rule = " or ".join(f"({r.failing_sql})" for r in hard)
        if not con.execute(f"select 1 from candidate where {any_rule} limit 1").fetchall():
            return candidate, {}
        con.execute(
            f"create temp view broken as select *, case {which} end as _rule from candidate"
        )
        counted = con.sql(
            "select _rule, count(*) from broken where _rule is not null group by all order by all"
        ).fetchall()
        table = query.compact(
            con,
            "select * exclude (_rule) replace ("
            "case when _rule is null then fate else 'quarantine' end as fate, "
            "coalesce(_rule, reason) as reason, "
            f"case when _rule is null then detail else case _rule {found} end end as detail, "
            "case when _rule is null then metro_id end as metro_id) from broken",
        )
    except duckdb.Error:
        return candidate, {}
    return table, dict(counted)


def _connect(
    candidate: Rows, given: Mapping[str, Rows], rules: Sequence[Rule]
) -> duckdb.DuckDBPyConnection:
    con = query.memory(over=[candidate])
    query.show(con, "candidate", candidate)
    for name in sorted({n for r in rules for n in r.needs} & set(given)):
        query.show(con, name, given[name])
    return con


def _counts(
    con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], given: set[str]
) -> tuple[dict[str, int | None], dict[str, str]]:
    """Failing cases of each rule, and why a rule could not be evaluated (then its count is None)."""
    counts: dict[str, int | None] = {}
    notes: dict[str, str] = {}
    ready = []
    for r in rules:
        if lacking := [n for n in r.needs if n not in given]:
            counts[r.name] = None
            notes[r.name] = (
                f"the table {', '.join(lacking)} that it reads is not there; build it first."
            )
        else:
            ready.append(r)
    row = [r for r in ready if r.level == "row"]
    suspected = [r for r in ready if r.level == "table" and r.suspect]
    asked = [(r.name, r.failing_sql) for r in row] + [(r.name, r.suspect) for r in suspected]
    try:
        found = _matching(con, asked)
        counts |= {r.name: found[r.name] for r in row}
        clean = [r.name for r in suspected if not found[r.name]]
    except duckdb.Error:
        clean = []
        _one_by_one(con, row, counts, notes)
    counts |= dict.fromkeys(clean, 0)
    table = [r for r in ready if r.level == "table" and r.name not in clean]
    try:
        counts |= _count(con, table)
    except duckdb.Error:
        _one_by_one(con, table, counts, notes)
    return {r.name: counts[r.name] for r in rules}, notes


def _one_by_one(
    con: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    counts: dict[str, int | None],
    notes: dict[str, str],
) -> None:
    for r in rules:
        try:
            counts |= (
                _matching(con, [(r.name, r.failing_sql)]) if r.level == "row" else _count(con, [r])
            )
        except duckdb.Error as error:
            counts[r.name] = None
            notes[r.name] = _why(error)


def _why(error: duckdb.Error) -> str:
    said = str(error).strip().splitlines()[0].removeprefix("Binder Error: ").rstrip("!.")
    return f"{said}; make the table with the columns and types that the rule reads."


def _matching(con: duckdb.DuckDBPyConnection, asked: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Rows of the candidate that fulfil each named predicate, in one scan."""
    if not asked:
        return {}
    parts = ", ".join(f"count(*) filter (where {predicate})" for _, predicate in asked)
    (row,) = con.execute(f"select {parts} from candidate").fetchall()
    return dict(zip((name for name, _ in asked), row, strict=True))


def _count(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> dict[str, int]:
    """Failing cases of each table rule, in one query."""
    if not rules:
        return {}
    # One below the other: side by side the planner would look for an order to join them in.
    parts = " union all ".join(
        f"select {text(r.name)}, count(*) from ({r.failing_sql})" for r in rules
    )
    return dict(con.execute(parts).fetchall())


def _sample(con: duckdb.DuckDBPyConnection, rule: Rule) -> list[dict[str, Any]]:
    """Up to 20 failing cases in a fixed order, without those that a licence forbids to show."""
    if "*" in rule.hidden:
        return []
    if rule.level == "row":
        every = con.table("candidate").columns
        here = set(every)
        columns = [c for c in dict.fromkeys(rule.show) if c in here] or every[:8]
        shown, inner = listed(columns), f"select * from candidate where {rule.failing_sql}"
    else:
        shown, inner = "*", rule.failing_sql
        here = {d[0] for d in con.execute(f"select * from ({inner}) limit 0").description}
    where = "true"
    if rule.hidden and "dataset" in here:
        pair = "source_id || '/' || dataset" if "source_id" in here else "dataset"
        closed = rule.hidden if "source_id" in here else [h.split("/", 1)[1] for h in rule.hidden]
        where = f"{pair} is null or {pair} not in ({', '.join(map(text, closed))})"
    con.execute(f"select {shown} from ({inner}) where {where} order by all limit {SAMPLE}")
    names = [d[0] for d in con.description or ()]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in con.fetchall()]


def _plain(value: Any) -> Any:
    """A value that JSON can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _problem(table: str, n: int, sentence: str) -> Rule:
    return Rule(
        f"fault_{n}", "structure", table, "table", "critical", sentence, "select 1 as fault"
    )
