-- codes
select framework, count(*) as codes,
  count(*) filter (where code in (select s.code from series_framework s where s.framework = f.framework))
    as with_data
from framework f group by framework order by framework;
-- items
select target as paragraph, count(distinct item_id) as items from library_link
where "to" = 'nua' group by target order by items desc, target limit 6;
