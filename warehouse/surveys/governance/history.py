"""History of models: bodies by model, decade and region, and what changed to what.

A body counts from the year of its creation to that of its abolition; one whose creation no text dates is
counted apart and in no decade. Its model is the one that applied at the end of the decade.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from warehouse import query
from warehouse.inputs import Inputs

NOT_DECIDED = "not_decided"

_TREND = f"""
with b as (
  select g.body_id, g.metro_id, m.region, g.year_created, g.year_abolished
  from governance_body g join metro m using (metro_id)
  where g.same_as is null  -- a body of two metropolises counts once
), decade as (
  select unnest(generate_series((select min(year_created) // 10 * 10 from b),
    (select max(greatest(year_created, coalesce(year_abolished, 0))) // 10 * 10 from b), 10)) as decade
), model as (
  select body_id, model, year_from, coalesce(year_to, 9999) as year_to from gov_model
), counted as (
  select d.decade, b.*,
    (select max_by(model, year_from) from model where model.body_id = b.body_id
      and model.year_from <= d.decade + 9 and model.year_to > greatest(d.decade, b.year_created))
      as of_then,
    coalesce(b.year_abolished, 9999) > d.decade + 9 as exists_then
  from decade d join b on b.year_created <= d.decade + 9
    and coalesce(b.year_abolished, 9999) >= d.decade
), every as (
  select decade, region, coalesce(of_then, '{NOT_DECIDED}') as model, exists_then,
    year_created >= decade as created_then,
    year_abolished between decade and decade + 9 as abolished_then
  from counted
), rows as (select * from every union all by name select * replace ('' as region) from every)
select decade, region, model, count(*) filter (where exists_then) as bodies,
  count(*) filter (where created_then) as created,
  count(*) filter (where abolished_then) as abolished
from rows group by all
union all by name
select null as decade, region, model, count(*) as bodies, 0 as created, 0 as abolished
from (
  select region, coalesce(s.model, '{NOT_DECIDED}') as model from b
  left join governance_body s using (body_id) where b.year_created is null
  union all
  select '' as region, coalesce(s.model, '{NOT_DECIDED}') from b
  left join governance_body s using (body_id) where b.year_created is null
) group by all
order by decade nulls last, region, model
"""

_CHANGE = f"""
with named as (select body_id, name from governance_body), within as (
  -- The same body under another model.
  select n.metro_id, n.year_from as year, 'model' as change, b.body_id as from_body_id,
    b.body_id as to_body_id, b.model as from_model,
    n.model as to_model, n.reason as what, null as source_id
  from gov_model b join gov_model n on n.body_id = b.body_id and n.year_from = b.year_to
  -- Where the earlier model is not known, the later one is the first that is known, and no change.
  where b.model <> n.model
), last_model as (
  select body_id, max_by(model, year_from) as model, min_by(model, year_from) as first_model
  from gov_model group by body_id
), followed as (
  -- One body in place of another; either may be known by its name alone.
  select metro_id, year, 'body' as change,
    case when event = 'successor' then body_id else other_body_id end as from_body_id,
    case when event = 'successor' then other_body_id else body_id end as to_body_id, what, source_id,
    event, body_id
  from gov_event where event in ('predecessor', 'successor') and body_id <> ''
)
select * from within
union all by name
select f.metro_id, f.year, f.change, f.from_body_id, f.to_body_id,
  case when f.from_body_id is null then null else coalesce(a.model, '{NOT_DECIDED}') end as from_model,
  case when f.to_body_id is null then null else coalesce(z.first_model, '{NOT_DECIDED}') end as to_model,
  case when f.event = 'successor' then (select name from named where body_id = f.body_id) || ' → ' || f.what
    else f.what || ' → ' || (select name from named where body_id = f.body_id) end as what, f.source_id
from followed f left join last_model a on a.body_id = f.from_body_id
  left join last_model z on z.body_id = f.to_body_id
order by year nulls last, metro_id, change, from_body_id, to_body_id, what
"""


def trend(tables: Mapping[str, pa.Table]) -> pa.Table:
    """`governance_trend` from `governance_body`, `gov_model` and `metro`."""
    return query.run(_TREND, tables)


def changes(tables: Mapping[str, pa.Table]) -> pa.Table:
    """`governance_change` from `governance_body`, `gov_model` and `gov_event`."""
    return query.run(_CHANGE, tables)


def make(given: Inputs) -> pa.Table:
    """Table `governance_trend` or `governance_change`."""
    read = {n: given[n] for n in given.statement.inputs}
    return trend(read) if given.statement.name == "governance_trend" else changes(read)
