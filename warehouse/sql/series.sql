-- The annual, measured points of each series since its last break; what asks of them goes on from
-- here. A break flagged where the value is missing still ends the run before.
with annual as (
    select
        *,
        max(period_start) filter (where break_origin is not null) over (
            partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
                series_key
        ) as broken
    from observation
    where recorded_to is null
        and obs_status <> 'F'
        and freq = 'A'
        and scale not in ('country', 'region')
),
point as (
    select
        *,
        count(*) over (
            partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
                series_key
        ) as points
    from annual
    where value is not null and (broken is null or period_start >= broken)
    qualify row_number() over (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
            series_key, period_start
        order by recorded_from desc, snapshot_id, record_no, value
    ) = 1
),
series as (
    -- One series per unit, variant and dataset: the longest, then the first by name.
    select *, year(period_start) as year
    from point
    qualify dense_rank() over (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, dataset
        order by points desc, source_id, series_key
    ) = 1
)
