"""What answers say of institutions: one value for each question, body and wave, then since when.

Where respondents of one wave differ, the latest validated response wins, unless a person decided
otherwise (`catalog/corrections/surveys`); all of them are in `gov_conflict`. What a later wave says
never replaces what an earlier one said: it ends its validity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import pyarrow as pa

from catalog.models.survey import Survey, SurveyCorrection
from warehouse import query, tables
from warehouse.errors import WarehouseError
from warehouse.tables.statement import Table

_ORIGIN = "survey"
_READ = "('answered', 'chosen', 'not_chosen', 'dont_know', 'not_applicable')"
# Letters and digits of every script count: the name of a body may have no Latin letter.
# A name without any of them is told from others by its signs.
_SLUG = (
    r"coalesce(nullif(trim(regexp_replace(lower(strip_accents({0})), '[^\p{{L}}\p{{N}}]+', '-', 'g'), '-'), ''), "
    "trim({0}))"
)
# The body that an entry of a response speaks of: its identifier if its name is known, else its name.
BODIES = f"""named as (
  select wave, response_id, metro_id, entry, {_SLUG.format("value_norm")} as slug
  from answer where standing and metro_id is not null and question = 'body_name'
    and status in {_READ} and value_norm is not null
), known as (
  select metro_id, {_SLUG.format("name")} as slug, min(body_id) as body_id from known_body group by all
)"""
OF_BODY = """left join named n using (wave, response_id, metro_id, entry)
left join known k on k.metro_id = n.metro_id and k.slug = n.slug and k.slug <> ''"""
BODY = """case when p.entry = '' then '' else
    coalesce(k.body_id, p.metro_id || '/' || coalesce(nullif(n.slug, ''), p.entry)) end"""
_CHOSEN = f"""
create temp table said as
with told as (
  select a.wave, a.response_id, a.metro_id, a.question, a.entry, a.option, a.value_norm
  from answer a where a.standing and a.metro_id is not null and a.status in {_READ}
), unread as (
  select wave, response_id, metro_id, question, entry,
    string_agg(option, ' ' order by option) as options
  from answer where standing and metro_id is not null and option <> '' and status = 'invalid'
  group by all
), multiple as (
  select wave, response_id, metro_id, question, entry, coalesce(string_agg(option, ' ' order by option)
    filter (where value_norm in ('yes')), '') as value_norm
  from told where option <> '' group by all
), plain as (
  select wave, response_id, metro_id, question, entry, value_norm from told where option = ''
    and value_norm is not null
  union all select * from multiple m where not exists (select 1 from told t where t.option = ''
    and t.response_id = m.response_id and t.wave = m.wave and t.question = m.question
    and t.entry = m.entry and t.value_norm is not null)
), {BODIES}
select distinct p.wave, p.response_id, p.metro_id, p.question, {BODY} as body_id, p.value_norm,
  u.options as unread
from plain p {OF_BODY}
left join unread u using (wave, response_id, metro_id, question, entry);

create temp table ranked as
select s.*, r.submitted, r.state = 'validated' as validated,
  coalesce(d.choose = s.response_id, false) as picked, d.value as decided, d.reason as why,
  d.question is not null as is_decided,
  row_number() over (partition by s.wave, s.metro_id, s.body_id, s.question
    order by picked desc, validated desc, submitted desc, s.response_id desc, s.value_norm) as place,
  count(distinct s.value_norm) over (partition by s.wave, s.metro_id, s.body_id, s.question) as kinds
from said s join response r using (wave, response_id)
left join decision d on d.wave = s.wave and d.metro_id = s.metro_id and d.body = s.body_id
  and d.question = s.question;

-- What a person decided is read; of what was answered the unread options stay unknown.
create temp table fact as
select wave, response_id, metro_id, body_id, question,
  case when decided is null then value_norm else nullif(decided, '') end as value,
  case when decided is null then unread end as unread
from ranked where place = 1;

create temp table year as
select wave, metro_id, try_cast(value as bigint) as ref_year, response_id
from fact where question = 'ref_year' and value is not null;
"""


def facts(
    answers: pa.Table,
    responses: pa.Table,
    survey: Survey,
    corrections: Sequence[SurveyCorrection] = (),
    desk: Mapping[str, pa.Table] | None = None,
    known: Sequence[tuple[str, str, str]] = (),
) -> dict[str, pa.Table]:
    """The typed tables, by name, with `gov_conflict` and `gov_wave`.

    answers: columns of `gov_answer` of all waves, all classes that are no person's; responses: `wave,
    response_id, root_id, submitted, state, version, standing, metro_id`; desk: rows from elsewhere
    (`desk.desk_tables`) that are beside them; known: (metropolis, name, body) of bodies that have an
    identifier, so that an answer of that name is on the same body. Raises `WarehouseError` for
    a correction that matches no answer, or whose `expect` is not what was read.
    """
    con = query.memory(serial=True)
    con.register("answer", answers)
    con.register("response", responses)
    con.register("known_body", known_bodies(known))
    con.register("decision", decisions(corrections))
    secret = [q.name for q in survey.questions if q.secrecy != "F"]
    con.register("confidential", pa.table({"question": pa.array(secret, pa.string())}))
    for name, rows in (desk or {}).items():
        con.register(f"desk_{name}", rows)
    con.execute(_CHOSEN)
    _prove(con, corrections)
    made: dict[str, pa.Table] = {}
    made["gov_territory"] = _wide(con, tables.of("gov_territory"), "metro_id")
    made["gov_body"] = _wide(con, tables.of("gov_body"), "body_id", {"name": "body_name"})
    made["gov_competence"] = _since(con, tables.of("gov_competence"), _COMPETENCE)
    made["gov_finance"] = _since(con, tables.of("gov_finance"), _finance(survey))
    made["gov_representation"] = _since(con, tables.of("gov_representation"), _REPRESENTATION)
    made["gov_plan"] = _since(con, tables.of("gov_plan"), _plan(survey))
    made["gov_conflict"] = con.sql(
        """select metro_id, wave, body_id, question, response_id, value_norm,
             place = 1 and decided is null as chosen,
             case when is_decided then 'decided' else 'latest_validated' end as rule,
             case when is_decided then why when place = 1 and validated then
               'the latest response that was validated' when place = 1 then
               'the latest response; none was validated' end as reason
           from ranked where kinds > 1 and question not in (select question from confidential)
           order by all"""
    ).to_arrow_table()
    made["gov_wave"] = con.sql(
        f"""select wave, '{survey.id}' as form_id,
             nullif(string_agg(distinct nullif(version, ''), ', ' order by nullif(version, '')), '')
               as form_versions,
             min(try_cast(left(nullif(submitted, ''), 10) as date)) as opened,
             max(try_cast(left(nullif(submitted, ''), 10) as date)) as closed,
             count(*) as responses,
             count(distinct metro_id) filter (where standing) as metropolises
           from response group by wave order by wave"""
    ).to_arrow_table()
    return made


def known_bodies(known: Sequence[tuple[str, str, str]]) -> pa.Table:
    """Columns `metro_id, name, body_id`."""
    names = ("metro_id", "name", "body_id")
    return pa.table({n: pa.array([k[i] for k in known], pa.string()) for i, n in enumerate(names)})


def decisions(corrections: Iterable[SurveyCorrection]) -> pa.Table:
    """Decisions of persons, one a row: what is chosen or put in place of an answer, and why."""
    names = ("wave", "metro_id", "body", "question", "choose", "value", "reason")
    rows = [c.model_dump() for c in corrections]
    return pa.table({n: pa.array([r[n] for r in rows], pa.string()) for n in names})


def _prove(con: duckdb.DuckDBPyConnection, corrections: Sequence[SurveyCorrection]) -> None:
    for c in corrections:
        found = con.execute(
            "select response_id, value_norm from ranked where wave = ? and metro_id = ? and "
            "body_id = ? and question = ?",
            [c.wave, c.metro_id, c.body, c.question],
        ).fetchall()
        where = f"{c.metro_id}, wave {c.wave}, {c.question}"
        if not found:
            raise WarehouseError(
                f"catalog/corrections/surveys: no answer matches the correction of {where}; remove "
                "it, or correct its body, wave or question."
            )
        values = [v for r, v in found if not c.choose or r == c.choose]
        if not values:
            raise WarehouseError(
                f"catalog/corrections/surveys: {where}: there is no response '{c.choose}'; choose "
                f"one of {', '.join(r for r, _ in found)}."
            )
        if c.expect is not None and c.expect not in values:
            raise WarehouseError(
                f"catalog/corrections/surveys: {where}: the answer is '{values[0]}' and no longer "
                f"'{c.expect}'; see whether the correction is still right."
            )


def _wide(con, table: Table, key: str, names: dict[str, str] | None = None) -> pa.Table:
    """A table whose columns are questions: one row for each key and wave, then since when."""
    mine = [c for c in table.columns if c.name not in (*_KEYS, *_SINCE)]
    picked = ", ".join(
        f"try_cast(max(f.value) filter (where f.question = '{(names or {}).get(c.name, c.name)}') "
        f'as {c.type}) as "{c.name}"'
        for c in mine
    )
    where = "f.body_id = ''" if key == "metro_id" else "f.body_id <> ''"
    keys = "f.metro_id, f.body_id"
    asked = ", ".join(f"'{(names or {}).get(c.name, c.name)}'" for c in mine)
    needed = " having max(f.value) filter (where f.question = 'body_name') is not null"
    return _since(
        con,
        table,
        f"select {keys}, {picked}, null::varchar as weak_fields, y.ref_year, f.wave, max(y.response_id) as response_id "
        f"from fact f join year y using (wave, metro_id) where {where} and f.question in ({asked}) "
        f"group by {keys}, y.ref_year, f.wave" + (needed if key == "body_id" else ""),
    )


_KEYS = ("metro_id", "body_id", "weak_fields")
_SINCE = ("valid_from", "valid_to", "wave", "response_id", "origin")
_COMPETENCE = """
with r as (select body_id, metro_id, wave, replace(question, 'role_', '') as field, value as role
    from fact where question like 'role\\_%' escape '\\'),
  g as (select body_id, metro_id, wave, ' ' || coalesce(value, '') || ' ' as fields,
      ' ' || coalesce(unread, '') || ' ' as unread
    from fact where question = 'regulates')
select r.body_id, r.metro_id, r.field, r.role,
  case when g.fields is null or contains(g.unread, ' ' || r.field || ' ') then null
    else contains(g.fields, ' ' || r.field || ' ') end as regulates, null::varchar as weak_fields, y.ref_year, r.wave, y.response_id
from r left join g using (body_id, metro_id, wave) join year y using (wave, metro_id)
where r.body_id <> '' and r.role is not null
"""
_REPRESENTATION = """
with p as (select body_id, metro_id, wave,
    max(value) filter (where question = 'head_selection') as head,
    max(value) filter (where question = 'head_sex') as sex,
    max(value) filter (where question = 'assembly_selection') as assembly,
    try_cast(max(value) filter (where question = 'seats_total') as bigint) as seats,
    try_cast(max(value) filter (where question = 'women_seats') as bigint) as women,
    try_cast(max(value) filter (where question = 'civil_society_seats') as bigint) as civil
  from fact where body_id <> '' group by all)
select p.body_id, p.metro_id, o.* , null::varchar as weak_fields, y.ref_year, p.wave, y.response_id
from p join year y using (wave, metro_id), lateral (
  select 'head' as organ, p.head as selection, 1 as seats,
    case p.sex when 'f' then 1 when 'm' then 0 end as women_seats, null::bigint as civil_society_seats
    where coalesce(p.head, p.sex) is not null
  union all select 'assembly', p.assembly, p.seats, p.women, p.civil
    where coalesce(p.assembly, p.seats::varchar, p.women::varchar) is not null) o
"""


def _finance(survey: Survey) -> str:
    items = ", ".join(f"('{q.name}', '{q.item}', '{q.unit}')" for q in survey.questions if q.item)
    return f"""
with i(question, item, unit) as (values {items}),
  y2 as (select body_id, wave, try_cast(max(value) filter (where question = 'fiscal_year') as bigint)
    as fiscal_year, max(value) filter (where question = 'currency') as currency
    from fact where body_id <> '' group by all)
select f.body_id, f.metro_id, y2.fiscal_year, i.item, try_cast(f.value as double) as amount, i.unit,
  case when i.unit = 'percent' then null else y2.currency end as currency, 'current' as price_basis,
  y.ref_year, f.wave, y.response_id
from fact f join i using (question) join y2 using (body_id, wave) join year y using (wave, metro_id)
where try_cast(f.value as double) is not null
"""


def _plan(survey: Survey) -> str:
    tools = ", ".join(f"'{name}'" for name in survey.choices["instrument"])
    ways = ", ".join(f"'{name}'" for name in survey.choices["participation"])
    return f"""
with t(instrument) as (select unnest([{tools}])),
  p as (select f.metro_id, f.wave, 'plan' as kind, t.instrument,
    max(value) filter (where question = 'has_' || t.instrument) as "exists",
    try_cast(max(value) filter (where question = 'year_' || t.instrument) as bigint) as year_approved,
    max(value) filter (where question = 'binding_' || t.instrument) as binding
    from fact f, t where f.body_id = '' group by all having "exists" is not null),
  w(instrument) as (select unnest([{ways}])),
  u as (select f.metro_id, f.wave, 'participation' as kind, w.instrument,
    case when contains(' ' || coalesce(f.value, '') || ' ', ' ' || w.instrument || ' ') then 'yes'
      when contains(' ' || coalesce(f.unread, '') || ' ', ' ' || w.instrument || ' ') then null
      else 'no' end as "exists", null::bigint as year_approved, null as binding
    from fact f, w where f.question = 'participation')
select x.metro_id, x.kind, x.instrument, x."exists", x.year_approved, x.binding, y.ref_year, x.wave,
  y.response_id
from (select * from p union all select * from u) x join year y using (wave, metro_id)
"""


def _since(con: duckdb.DuckDBPyConnection, table: Table, sql: str) -> pa.Table:
    """Rows with `ref_year, wave, response_id` to rows with their validity.

    A row that says the same as the one before it adds nothing; another one ends it. Order: reference
    year, then wave.
    """
    keys = [k for k in table.key if k not in ("valid_from", "wave")]
    values = [c.name for c in table.columns if c.name not in (*keys, *_SINCE)]
    listed = ", ".join(f'"{k}"' for k in keys)
    # What a city confirms is worth a row of its own: its origin is another.
    same = "hash(" + ", ".join(f'"{v}"' for v in [*values, "origin"]) + ")"
    beside = f"desk_{table.name}"
    known = con.execute("select 1 from duckdb_views() where view_name = ?", [beside]).fetchall()
    more = f" union all by name select * from {beside}" if known else ""
    typed = ", ".join(f'"{c.name}"::{c.type} as "{c.name}"' for c in table.columns)
    return con.sql(
        f"""
        with rows as (select *, '{_ORIGIN}' as origin from ({sql}){more}),
          changes as (select *, lag({same}) over w as before from rows
            window w as (partition by {listed} order by ref_year, wave)),
          kept as (select * from changes where before is distinct from {same} or before is null),
          dated as (select * exclude (before), ref_year as valid_from,
            lead(ref_year) over (partition by {listed} order by ref_year, wave) as valid_to
            from kept)
        select {typed} from dated order by {listed}, valid_from, wave
        """
    ).to_arrow_table()
