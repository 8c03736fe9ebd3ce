-- After series.sql: the points of series that have enough of them, in the order of time.
select
    metro_id, unit_id, indicator_id, scale, system, vintage, sex, age, unit, source_id, dataset,
    period, year, value, points
from series
where points >= 5
order by points, indicator_id, system, vintage, unit_id, sex, age, unit, dataset, period_start
