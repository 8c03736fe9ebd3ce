-- codes
with used as (
  select 'sdg' as framework, trim(unnest(string_split(sdg, ','))) as code from indicator where figures > 0
  union select 'nua', trim(unnest(string_split(nua, ','))) from indicator where figures > 0)
select framework, count(*) as codes, count(*) filter (where (framework, code) in (from used)) as with_data
from framework group by framework order by framework;
-- items
select target as paragraph, count(distinct item_id) as documents from library_link
where "to" = 'nua' group by target order by documents desc, target limit 6;
