-- After series.sql: the newest point of each series against the one exactly so many years before.
, pair as (
    select *, list_position(years, years[-1] - back) as place
    from series, (values (1), (5), (10)) as span(back)
)
select
    metro_id, unit_id, indicator_id, scale, system, vintage, sex, age, unit, source_id, dataset,
    back as years,
    periods[place] as first_period,
    periods[-1] as last_period,
    figures[place] as first_value,
    figures[-1] as last_value,
    last_value - first_value as change,
    if(first_value = 0, null, 100 * change / abs(first_value)) as change_percent,
    if(first_value > 0 and last_value > 0, 100 * (pow(last_value / first_value, 1 / back) - 1), null)
        as annual_percent
from pair
where place is not null
order by indicator_id, metro_id, system, vintage, unit_id, sex, age, unit, dataset, back
