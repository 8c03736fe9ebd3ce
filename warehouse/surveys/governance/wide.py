"""Answers side by side: one row a response (r) and one a body (b), for rules between answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from catalog.models.survey import Question, Survey

_TYPES = {"integer": "DOUBLE", "decimal": "DOUBLE"}


def lay_out(
    con: duckdb.DuckDBPyConnection, answers: pa.Table, survey: Survey, needed: Iterable[str]
) -> None:
    """Make the relations `r` and `b` on a connection from normalised answers.

    answers: `response, entry, question, option, value_norm` (see `normalise`); needed: the questions
    that rules speak of. `r` also has `bodies_described`; `b` also has `revenue_sum`, `revenue_shares`
    and `roles_given`.
    """
    con.register("normalised", answers)
    wanted = [q for q in survey.questions if q.name in set(needed)]
    repeated = {q.name for g in survey.groups if g.repeat for q in g.questions}
    revenue = [q.name for q in survey.questions if q.name.startswith("rev_")]
    roles = [q.name for q in survey.questions if q.name.startswith("role_")]
    top = "".join(f", {_column(q)}" for q in wanted if q.name not in repeated)
    inner = "".join(f", {_column(q)}" for q in wanted if q.name in repeated)
    con.execute(
        f"""
        create temp table b as
        select response, entry::varchar as entry,
          round(sum(try_cast(value_norm as double)) filter (where question in ({_listed(revenue)})), 6)
            as revenue_sum,
          count(try_cast(value_norm as double)) filter (where question in ({_listed(revenue)}))
            as revenue_shares,
          count(value_norm) filter (where question in ({_listed(roles)})) as roles_given{inner}
        from normalised where option = '' and entry like 'body[%' group by all
        having count(value_norm) > 0;
        create temp table r as
        select n.response, '' as entry, coalesce(any_value(d.bodies), 0) as bodies_described{top}
        from normalised n
        left join (select response, count(*) as bodies from b group by all) d using (response)
        where option = '' group by n.response;
        """
    )


def _column(q: Question) -> str:
    kind = _TYPES.get(q.type, "VARCHAR")
    return f"try_cast(max(value_norm) filter (where question = '{q.name}') as {kind}) as {q.name}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{n}'" for n in names) or "''"


def asked_in(sql: str, survey: Survey) -> set[str]:
    """The questions that a rule's SQL names."""
    return set(re.findall(r"\b[br]\.([a-z0-9_]+)", sql)) & {q.name for q in survey.questions}
