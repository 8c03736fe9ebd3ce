-- models
with example as (
  select *, row_number() over (partition by model order by facts desc, body_id) as n
  from governance_body where standing = 'main')
select p.model, count(*) as metropolises,
  any_value(x.ca) as examples_ca, any_value(x.es) as examples_es, any_value(x.fr) as examples_fr,
  any_value(x.en) as examples_en
from governance_profile p left join (
  select e.model, string_agg(e.name || ' (' || coalesce(m.name_ca, m.name) || ')', '; ' order by e.n) as ca,
    string_agg(e.name || ' (' || coalesce(m.name_es, m.name) || ')', '; ' order by e.n) as es,
    string_agg(e.name || ' (' || coalesce(m.name_fr, m.name) || ')', '; ' order by e.n) as fr,
    string_agg(e.name || ' (' || m.name || ')', '; ' order by e.n) as en
  from example e join metro m using (metro_id) where e.n <= 3 group by e.model) x using (model)
where p.model is not null group by p.model order by metropolises desc, p.model;
-- undecided
select count(*) filter (where model is null) as n, count(*) as of_all from governance_profile;
-- decades
select decade, sum(bodies)::bigint as bodies, sum(created)::bigint as created from governance_trend
where region = '' and decade >= 1960 group by decade order by decade;
