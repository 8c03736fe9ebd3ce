-- One current, measured figure for the whole population (no sex or age group, so that no head
-- count of a group is beside a total): of the dataset with the best provenance the newest period,
-- so that upstream's own answer to a part of a dataset does not hide newer figures of a carried copy.
-- "2018" goes before "2018-Q4": both end on the same day and the longer period says more.
select * exclude (place, best)
from (
    select
        *,
        row_number() over (
            partition by metro_id, indicator_id, system, vintage, unit_id, unit
            order by
                best,
                period_end desc, period_start, dataset, source_id, series_key,
                recorded_from desc, snapshot_id, record_no, value, flags
        ) as place
    from (
        select
            *,
            min(case provenance when 'upstream' then 0 when 'carrier' then 1 else 2 end) over (
                partition by metro_id, indicator_id, system, vintage, unit_id, unit, source_id, dataset
            ) as best
        from observation
        where recorded_to is null
            and value is not null
            and obs_status <> 'F'
            and sex = '_T'
            and age = '_T'
            and scale not in ('country', 'region')
    )
)
where place = 1
