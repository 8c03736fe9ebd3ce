-- After series.sql: the newest point of each series of an indicator with a target, the first point
-- since the Agenda began, and what the years between have brought of what they had to bring.
, aimed as (
    select
        *,
        list_position(list_transform(years, lambda y: y >= 2015), true) as first_place,
        if(years[-1] - years[first_place] >= 3, first_place, null) as place
    from series
    join target using (indicator_id, unit)
)
select
    metro_id, unit_id, indicator_id, scale, system, vintage, sex, age, unit, source_id, dataset,
    periods[-1] as period,
    figures[-1] as value,
    target,
    target_year,
    target - value as distance,
    periods[place] as base_period,
    figures[place] as base_value,
    (value - base_value) / (years[-1] - years[place]) as annual_change,
    (target - base_value) / (target_year - years[place]) as annual_change_required,
    annual_change / nullif(annual_change_required, 0) as ratio,
    case
        when if(higher, value >= target, value <= target) then 'target_achieved'
        when ratio is null then 'not_available'
        when ratio >= 0.95 then 'substantial_progress'
        when ratio >= 0.6 then 'moderate_progress'
        when ratio >= 0 then 'limited_progress'
        else 'deterioration'
    end as progress
from aimed
order by indicator_id, metro_id, system, vintage, unit_id, sex, age, unit, dataset
