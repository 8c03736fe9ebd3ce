-- Breaks of the current annual series: those that a source flags, those of an indicator's own
-- rule, those of a redrawn boundary, and steps that no series without a break makes ($threshold
-- robust standard deviations of the series' own steps of the logarithm) and that last.
with point as (
    select
        indicator_id, metro_id, unit_id, system, vintage, sex, age, unit, source_id, dataset,
        series_key, period, period_start, value, break_origin,
        -- A count has the noise of a count: 3 to 9 homicides is no break.
        if(contains($counts, unit), 1, 0) as counted
    from observation
    where recorded_to is null and obs_status <> 'F' and freq = 'A'
    qualify row_number() over (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
            series_key, period
        order by recorded_from desc, snapshot_id, record_no
    ) = 1
),
step as (
    select
        *, ln(value) as level,
        lag(value) over series as before,
        ln(value) - lag(ln(value)) over series as step,
        year(period_start) - lag(year(period_start)) over series as years,
        median(ln(value)) over (series rows between 3 preceding and 1 preceding) as low,
        median(ln(value)) over (series rows between current row and 2 following) as high,
        lead(value) over series is not null as followed
    from point
    where value > 0
    window series as (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
            series_key
        order by period_start
    )
),
centre as (
    select
        *,
        median(step) over series as middle,
        count(*) over series as points
    from step
    window series as (
        partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
            series_key
    )
),
spread as (
    select
        *,
        1.4826 * median(abs(step - middle)) over (
            partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
                series_key
        ) as own
    from centre
),
scored as (
    select
        * exclude (middle, own),
        abs(step - middle) / sqrt(
            pow(greatest(own, median(own) over (partition by indicator_id, dataset, unit), $floor), 2)
            + counted * (1 / value + 1 / before)
        ) as score
    from spread
    where points >= $least_points
),
found as (
    select
        *, 'observatory' as origin, 'step' as evidence
    from scored
    where years <= $most_years and not contains($not_units, unit)
        and score > $threshold and abs(step) > $least_change and followed
        and (high - low) * sign(step) >= $lasting * abs(step)
    union all by name
    select *, break_origin as origin, if(break_origin = 'source', 'flag', 'rule') as evidence
    from point where break_origin is not null
    union all by name
    -- Where the year of the redraw has no figure, the next one breaks with what is before it.
    select p.* exclude (last_year), 'boundary' as origin, 'boundary' as evidence
    from (
        select *, lag(year(period_start)) over (
            partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
                series_key
            order by period_start
        ) as last_year
        from point
    ) as p
    join boundary_version as b using (unit_id, system, vintage)
    where b.version > 1 and b.valid_from <= year(p.period_start)
        and coalesce(p.last_year, year(p.period_start) - 1) < b.valid_from
)
select
    f.indicator_id, f.metro_id, f.unit_id, f.system, f.vintage, f.sex, f.age, f.unit, f.source_id,
    f.dataset, f.series_key, f.period, f.period_start,
    -- What the source says goes before what the observatory sees.
    first(f.origin order by case f.origin when 'source' then 0 when 'boundary' then 1 else 2 end,
        f.evidence) as origin,
    string_agg(distinct f.evidence, ', ' order by f.evidence) as evidence,
    max(f.before) as value_before, max(f.value) as value_after, max(f.score) as score
from found as f
group by all
