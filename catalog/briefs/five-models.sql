-- models
with example as (
  select *, row_number() over (partition by model order by facts desc, body_id) as n
  from governance_body where standing = 'main')
select p.model, count(*) as metropolises,
  (select string_agg(e.name || ' (' || m.name || ')', '; ' order by e.n) from example e
    join metro m using (metro_id) where e.model = p.model and e.n <= 3) as examples
from governance_profile p where p.model is not null group by p.model order by metropolises desc, p.model;
-- undecided
select count(*) filter (where model is null) as n, count(*) as of_all from governance_profile;
-- decades
select decade, sum(bodies)::bigint as bodies, sum(created)::bigint as created from governance_trend
where region = '' and decade >= 1960 group by decade order by decade;
