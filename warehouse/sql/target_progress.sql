-- After series.sql: the newest point of each series of an indicator with a target, the first point
-- since the Agenda began, and what the years between have brought of what they had to bring.
, newest as (
    select s.*, t.target, t.target_year, t.higher
    from series s
    join target t using (indicator_id, unit)
    qualify row_number() over (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, dataset
        order by period_start desc
    ) = 1
),
base as (
    select *
    from series
    where year >= 2015
    qualify row_number() over (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, dataset
        order by period_start
    ) = 1
),
measured as (
    select
        n.*,
        b.period as base_period,
        b.value as base_value,
        (n.value - b.value) / (n.year - b.year) as actual,
        (n.target - b.value) / (n.target_year - b.year) as required,
        if(n.higher, n.value >= n.target, n.value <= n.target) as achieved
    from newest n
    left join base b
        on (n.indicator_id, n.system, n.vintage, n.unit_id, n.sex, n.age, n.unit, n.dataset)
            = (b.indicator_id, b.system, b.vintage, b.unit_id, b.sex, b.age, b.unit, b.dataset)
        and n.year - b.year >= 3
)
select
    metro_id, unit_id, indicator_id, scale, system, vintage, sex, age, unit, source_id, dataset,
    period, value, target, target_year,
    target - value as distance,
    base_period, base_value,
    actual as annual_change,
    required as annual_change_required,
    actual / nullif(required, 0) as ratio,
    case
        when achieved then 'target_achieved'
        when base_period is null or required = 0 then 'not_available'
        when actual / required >= 0.95 then 'substantial_progress'
        when actual / required >= 0.6 then 'moderate_progress'
        when actual / required >= 0 then 'limited_progress'
        else 'deterioration'
    end as progress
from measured
order by indicator_id, metro_id, system, vintage, unit_id, sex, age, unit, dataset
