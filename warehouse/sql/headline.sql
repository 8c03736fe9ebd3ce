-- The figure of each metropolis and indicator that comes first by the order of catalog/headline.yaml,
-- and for each of the others the first criterion that decided against it.
with candidate as (
    select
        l.*,
        year(l.period_end) + getvariable('years_behind')
            < max(year(l.period_end)) over (partition by l.metro_id, l.indicator_id) as too_old,
        coalesce(list_position(getvariable('scale_order'), l.scale), 1000) as scale_place,
        coalesce(list_position(getvariable('system_order'), l.system), 1000) as system_place
    from latest as l
    join indicator as i on i.indicator_id = l.indicator_id and i.unit = l.unit
    join source as s on s.source_id = l.source_id and s.dataset = l.dataset
    where s.redistributable
),
placed as (
    select
        *,
        row_number() over (
            partition by metro_id, indicator_id
            order by
                too_old, scale_place, scale, system_place, system, period_end desc, period_start,
                vintage desc, unit_id
        ) as place
    from candidate
),
other as (
    select
        o.metro_id, o.indicator_id, count(*) as alternatives,
        string_agg(
            concat_ws(' ', o.scale, o.system, o.vintage, o.period)
            || ' (' || case
                when o.too_old then 'age'
                when o.scale <> f.scale then 'scale'
                when o.system <> f.system then 'system'
                when o.period <> f.period then 'period'
                else 'code'
            end || ')',
            '; ' order by o.place
        ) as preferred_over
    from placed as o
    join placed as f on f.metro_id = o.metro_id and f.indicator_id = o.indicator_id and f.place = 1
    where o.place > 1
    group by all
)
select
    p.* exclude (sex, age, recorded_to, too_old, scale_place, system_place, place),
    coalesce(o.alternatives, 0) as alternatives, o.preferred_over
from placed as p
left join other as o using (metro_id, indicator_id)
where p.place = 1
