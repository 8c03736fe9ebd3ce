-- After series.sql: the newest point of each series against the one exactly so many years before.
, newest as (
    select *
    from series
    qualify row_number() over (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, dataset
        order by period_start desc
    ) = 1
)
select
    n.metro_id, n.unit_id, n.indicator_id, n.scale, n.system, n.vintage, n.sex, n.age, n.unit,
    n.source_id, n.dataset,
    n.year - b.year as years,
    b.period as first_period,
    n.period as last_period,
    b.value as first_value,
    n.value as last_value,
    n.value - b.value as change,
    if(b.value = 0, null, 100 * (n.value - b.value) / abs(b.value)) as change_percent,
    if(b.value > 0 and n.value > 0, 100 * (pow(n.value / b.value, 1 / (n.year - b.year)) - 1), null)
        as annual_percent
from newest n
join series b
    on (n.indicator_id, n.system, n.vintage, n.unit_id, n.sex, n.age, n.unit, n.dataset)
        = (b.indicator_id, b.system, b.vintage, b.unit_id, b.sex, b.age, b.unit, b.dataset)
    and n.year - b.year in (1, 5, 10)
order by
    n.indicator_id, n.metro_id, n.system, n.vintage, n.unit_id, n.sex, n.age, n.unit, n.dataset,
    years
