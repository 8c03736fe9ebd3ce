-- One row per unit, variant and dataset with its annual, measured points since its last break, in
-- the order of time; what asks of them goes on from here. A break flagged where the value is missing
-- still ends the run before. Of two figures of one year the later stated counts.
with whole as (
    select
        indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset, series_key,
        min(metro_id) as metro_id,
        min(scale) as scale,
        max(period_start) filter (break_origin is not null) as since,
        list(period_start order by period_start, recorded_from) filter (value is not null) as days,
        list(period order by period_start, recorded_from) filter (value is not null) as names,
        list(value order by period_start, recorded_from) filter (value is not null) as measured
    from observation
    where recorded_to is null
        and obs_status <> 'F'
        and freq = 'A'
        and scale not in ('country', 'region')
    group by all
),
kept as (
    select
        *,
        list_filter(
            range(1, len(days) + 1),
            lambda i: (since is null or days[i] >= since) and days[i] is distinct from days[i + 1]
        ) as places
    from whole
),
series as (
    select
        * exclude (since, days, names, measured, places),
        len(places) as points,
        list_select(names, places) as periods,
        list_transform(list_select(days, places), lambda d: year(d)) as years,
        list_select(measured, places) as figures
    from kept
    where len(places) > 0
    -- Of several series of one dataset the longest, then the first by name.
    qualify row_number() over (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, dataset
        order by points desc, source_id, series_key
    ) = 1
)
