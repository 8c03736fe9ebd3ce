-- One row per unit, variant and dataset with its annual, measured points since its last break, in
-- the order of time; what asks of them goes on from here. A break flagged where the value is missing
-- still ends the run before. Of two figures of one year the later stated counts.
with whole as (
    select
        indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset, series_key,
        min(metro_id) as metro_id,
        min(scale) as scale,
        max(period_start) filter (break_origin is not null) as since,
        -- Sorted as one list of points: half the time of three ordered lists.
        list_sort(
            list({'day': period_start, 'at': recorded_from, 'period': period, 'value': value})
            filter (value is not null)
        ) as stated
    from observation
    where recorded_to is null
        and obs_status <> 'F'
        and freq = 'A'
        and scale not in ('country', 'region')
    group by all
),
kept as (
    select
        * exclude (stated),
        list_filter(
            stated,
            lambda p, i: (since is null or p.day >= since)
                and p.day is distinct from stated[i + 1].day
        ) as measured
    from whole
),
series as (
    select
        * exclude (since, measured),
        len(measured) as points,
        list_transform(measured, lambda p: p.period) as periods,
        list_transform(measured, lambda p: year(p.day)) as years,
        list_transform(measured, lambda p: p.value) as figures
    from kept
    where len(measured) > 0
    -- Of several series of one dataset the longest, then the first by name.
    qualify row_number() over (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, dataset
        order by points desc, source_id, series_key
    ) = 1
)
