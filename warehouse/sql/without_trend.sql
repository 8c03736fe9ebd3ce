-- One row per metropolis, indicator, scale and system that has figures and lacks a trend or a change.
with figure as (
    select * from observation
    where recorded_to is null and value is not null and scale not in ('country', 'region')
),
one as (
    select
        indicator_id, metro_id, scale, system, vintage, unit_id, sex, age, unit, dataset, series_key,
        count(*) filter (obs_status <> 'F') as measured,
        count(distinct period_start) filter (obs_status <> 'F' and freq = 'A') as points
    from figure
    group by all
),
grouped as (
    select
        indicator_id, metro_id, scale, system,
        count(*) as series, max(measured) as measured, max(points) as points
    from one
    group by all
),
shared as (
    select distinct indicator_id, metro_id, scale, system from not_comparable
    where regexp_matches(reasons, 'national_copied|regional_value')
),
broken as (select distinct indicator_id, metro_id, system, true as broken from series_break),
has_trend as (select distinct indicator_id, metro_id, scale, system from trend),
has_change as (select distinct indicator_id, metro_id, scale, system from change),
said as (
    select
        g.*,
        case
            when t.metro_id is not null then null
            when measured = 0 then 'not_measured'
            when points = 0 then 'not_annual'
            when points < {least} then 'too_short'
            when s.metro_id is not null then 'shared_value'
            -- No other reason is known: a row without one would be found by the promise that asks for all.
            when b.broken then 'short_since_break'
        end as no_trend,
        case
            when c.metro_id is not null then null
            when measured = 0 then 'not_measured'
            when points = 0 then 'not_annual'
            when points < 2 then 'too_short'
            when s.metro_id is not null then 'shared_value'
            else 'no_pair'
        end as no_change
    from grouped g
    left join has_trend t using (indicator_id, metro_id, scale, system)
    left join has_change c using (indicator_id, metro_id, scale, system)
    left join broken b using (indicator_id, metro_id, system)
    left join shared s using (indicator_id, metro_id, scale, system)
)
select indicator_id, metro_id, scale, system, series, points, no_trend, no_change
from said
where no_trend is not null or no_change is not null
order by all
