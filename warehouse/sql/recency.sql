-- The newest figure per metropolis and indicator; and for members what the catalog says is missing.
with newest as (
    select
        metro_id, indicator_id, year(period_end) as year, value, unit, scale, system, source_id, dataset,
        count(distinct scale) over (partition by metro_id, indicator_id) as scales
    from latest
    qualify row_number() over (
        partition by metro_id, indicator_id
        order by period_end desc,
            list_position(getvariable('scale_order'), scale),
            system, vintage, unit_id, unit, dataset
    ) = 1
),
place as (
    select metro_id, iso3, metropolis_member as member from metro
),
-- Of the holes that fit a metropolis and an indicator the first that the catalog names.
gap as (
    select p.metro_id, h.indicator_id, h.reason, h.would_fill
    from place as p
    join hole as h on h.iso3 = '' or h.iso3 = p.iso3
    where h.indicator_id in (select indicator_id from indicator)
    qualify row_number() over (partition by p.metro_id, h.indicator_id order by h.place) = 1
)
select
    p.metro_id, coalesce(n.indicator_id, g.indicator_id) as indicator_id, i.theme, p.member,
    case
        when n.value is null then 'none'
        when n.year >= getvariable('fresh_from') then 'recent'
        else 'old'
    end as state,
    n.year, n.value, n.unit, n.scale, n.system, n.source_id, n.dataset,
    coalesce(n.scales, 0) as scales,
    if(state = 'recent', null, g.reason) as reason,
    if(state = 'recent', null, g.would_fill) as would_fill
from newest as n
full join gap as g using (metro_id, indicator_id)
join place as p on p.metro_id = coalesce(n.metro_id, g.metro_id)
join indicator as i on i.indicator_id = coalesce(n.indicator_id, g.indicator_id)
where n.value is not null or p.member
