select
    o.indicator_id, o.scale, o.system, o.vintage, o.source_id, o.dataset, o.provenance,
    count(o.value) as figures,
    count(o.value) filter (where o.obs_status = 'F') as projections,
    count(*) filter (where o.value is null) as missing,
    count(distinct o.metro_id) filter (where o.value is not null) as metros,
    count(distinct m.iso3) filter (where o.value is not null) as countries,
    -- The start of the period orders periods; the text breaks ties, so that one wins always.
    (min({'start': o.period_start, 'period': o.period})
        filter (where o.value is not null)).period as first_period,
    (max({'start': o.period_start, 'period': o.period})
        filter (where o.value is not null and o.obs_status <> 'F')).period as last_period
from observation as o
left join metro as m using (metro_id)
where o.recorded_to is null
group by all
