-- One figure per unit and group, then competition ranks ("1224") in the indicator's direction.
with figure as (
    select o.*
    from observation as o
    anti join not_comparable using (
        indicator_id, scale, system, vintage, sex, age, unit, period, source_id, dataset, unit_id,
        series_key)
    where o.recorded_to is null
        and o.value is not null
        and o.obs_status <> 'F'
        and o.scale not in ('country', 'region')
),
-- Groups are numbered: one number is carried, placed and compared much faster than ten columns.
peers as (
    select *, row_number() over () as peers
    from (
        select distinct
            indicator_id, scale, system, vintage, sex, age, unit, period, source_id, dataset
        from figure
    )
    join (select indicator_id, direction from indicator where between_places) using (indicator_id)
),
-- Merit is the value, turned where more is better; the value is made of it again at the end.
grouped as (
    select
        peers, metro_id, unit_id, if(direction = 'lower', value, -value) as merit, obs_status,
        provenance
    from figure
    join peers using (
        indicator_id, scale, system, vintage, sex, age, unit, period, source_id, dataset)
),
twice as (
    select peers, unit_id from grouped group by all having count(*) > 1
),
-- Joined again for the few that appear twice: only these need the columns that tell which one counts.
once as (
    from grouped anti join twice using (peers, unit_id)
    union all
    select
        peers, metro_id, unit_id, if(direction = 'lower', value, -value) as merit, obs_status,
        provenance
    from figure
    join peers using (
        indicator_id, scale, system, vintage, sex, age, unit, period, source_id, dataset)
    semi join twice using (peers, unit_id)
    qualify row_number() over (
        partition by peers, unit_id
        order by series_key, recorded_from desc, snapshot_id, record_no, value
    ) = 1
),
placed as (
    select *, rank() over (partition by peers order by merit) as rank
    from once
)
select
    indicator_id, scale, system, vintage, sex, age, unit, period, metro_id, unit_id,
    if(direction = 'lower', merit, -merit) as value, rank, "of",
    if("of" > 1, 100.0 * ("of" - rank) / ("of" - 1), null) as percentile,
    obs_status, provenance, source_id, dataset
from placed
join (select peers, count(*) as "of" from once group by all) using (peers)
join peers using (peers)
