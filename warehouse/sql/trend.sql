-- After series.sql: the series that have enough points, the shortest first.
select
    metro_id, unit_id, indicator_id, scale, system, vintage, sex, age, unit, source_id, dataset,
    periods[1] as first_period, periods[-1] as last_period, points, years, figures
from series
where points >= {least}
order by points, indicator_id, system, vintage, unit_id, sex, age, unit, dataset
