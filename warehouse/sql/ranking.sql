-- One figure per unit and group, then competition ranks ("1224") in the indicator's direction.
with figure as (
    select o.*, if(i.direction = 'lower', o.value, -o.value) as merit
    from observation as o
    anti join not_comparable using (
        indicator_id, scale, system, vintage, sex, age, unit, period, source_id, dataset, unit_id,
        series_key)
    join indicator as i using (indicator_id)
    where o.recorded_to is null
        and o.value is not null
        and o.obs_status <> 'F'
        and o.scale not in ('country', 'region')
    qualify row_number() over (
        partition by o.indicator_id, o.scale, o.system, o.vintage, o.sex, o.age, o.unit, o.period,
            o.source_id, o.dataset, o.unit_id
        order by o.series_key, o.recorded_from desc, o.snapshot_id, o.record_no, o.value
    ) = 1
),
placed as (
    select
        *,
        rank() over (peers order by merit) as rank,
        count(*) over peers as "of"
    from figure
    window peers as (
        partition by indicator_id, scale, system, vintage, sex, age, unit, period, source_id, dataset
    )
)
select
    indicator_id, scale, system, vintage, sex, age, unit, period, metro_id, unit_id, value,
    rank, "of",
    if("of" > 1, 100.0 * ("of" - rank) / ("of" - 1), null) as percentile,
    obs_status, provenance, source_id, dataset
from placed
