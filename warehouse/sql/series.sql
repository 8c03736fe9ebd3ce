-- One row per unit, variant and dataset with its annual, measured points since its last break, in
-- the order of time; what asks of them goes on from here. A break flagged where the value is missing
-- still ends the run before.
with point as (
    select
        indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset, series_key,
        period_start,
        min(metro_id) as metro_id,
        min(scale) as scale,
        min(period) as period,
        arg_max(value, (recorded_from, snapshot_id, record_no)) as value,
        bool_or(break_origin is not null) as breaks
    from observation
    where recorded_to is null
        and obs_status <> 'F'
        and freq = 'A'
        and scale not in ('country', 'region')
    group by all
),
annual as (
    select
        *,
        max(period_start) filter (where breaks) over (
            partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
                series_key
        ) as since
    from point
),
series as (
    select
        indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
        min(metro_id) as metro_id,
        min(scale) as scale,
        count(*) as points,
        list(period order by period_start) as periods,
        list(year(period_start) order by period_start) as years,
        list(value order by period_start) as figures
    from annual
    where value is not null and (since is null or period_start >= since)
    group by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset, series_key
    -- Of several series of one dataset the longest, then the first by name.
    qualify row_number() over (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, dataset
        order by points desc, source_id, series_key
    ) = 1
)
