-- Breaks of the current annual series: those that a source flags, those of an indicator's own
-- rule, those of a redrawn boundary, and steps that no series without a break makes ($threshold
-- robust standard deviations of the series' own steps of the logarithm) and that last. Stocks of people
-- and homes are stricter: no year moves them by much, so a smaller step, also of the newest figure,
-- tells of another territory or another way to count, and amounts of the same unit that step alike
-- break with it.
-- Windows go over one number a series, not over its ten texts, and carry only what they need.
with current_rows as (
    select
        row_no, series_no, figure_no, kind_no, unit_id, system, vintage, unit, period_start, value,
        break_origin, recorded_from, snapshot_id, record_no,
        contains($slow, indicator_id) and age = '_T' as slow,
        indicator_id = $of_a_territory and age = '_T' and sex = '_T' as whole
    from observation
    where recorded_to is null and obs_status <> 'F' and freq = 'A'
),
twice as (
    select figure_no from current_rows group by figure_no having count(*) > 1
),
point as (
    select
        row_no, series_no, kind_no, unit_id, system, vintage, unit, period_start, value, break_origin,
        slow, whole,
        -- A count has the noise of a count: 3 to 9 homicides is no break.
        if(contains($counts, unit), 1, 0) as counted
    from (
        from current_rows anti join twice using (figure_no)
        union all
        from current_rows semi join twice using (figure_no)
        qualify row_number() over (
            partition by figure_no order by recorded_from desc, snapshot_id, record_no
        ) = 1
    )
),
step as (
    select
        *,
        lag(value) over series as before,
        lag(period_start) over series as since,
        ln(value) - lag(ln(value)) over series as step,
        year(period_start) - lag(year(period_start)) over series as years,
        lead(value) over series is not null as followed
    from point
    where value > 0
    window series as (partition by series_no order by period_start)
),
centre as (
    select
        *,
        median(step) over series as middle,
        count(*) over series as points
    from step
    window series as (partition by series_no)
),
spread as (
    select
        *,
        1.4826 * median(abs(step - middle)) over (partition by series_no) as own
    from centre
),
scored as (
    select
        * exclude (middle, own),
        abs(step - middle) / sqrt(
            pow(greatest(own, median(own) over (partition by kind_no), if(slow, $slow_floor, $floor)), 2)
            + counted * (1 / value + 1 / before)
        ) as score
    from spread
    where points >= $least_points
),
large as (
    from scored
    where years <= $most_years and not contains($not_units, unit)
        and score > $threshold and abs(step) > if(slow, $slow_change, $least_change)
        and (followed or slow)
),
-- The level before and after, which costs most, only of the series that have a large step.
around as (
    select
        row_no,
        median(ln(value)) over (series rows between 3 preceding and 1 preceding) as low,
        median(ln(value)) over (series rows between current row and 2 following) as high
    from step semi join large using (series_no)
    window series as (partition by series_no order by period_start)
),
stepped as (
    from large join around using (row_no)
    where (high - low) * sign(step) >= $lasting * abs(step)
),
found as (
    select
        row_no, value, before, score,
        if(abs(step) > $least_change and followed, 'observatory', 'population') as origin, 'step' as evidence
    from stepped
    union all by name
    -- Nearer to the step of the population than to none, and no chance of its own.
    select s.row_no, s.value, s.before, 'population' as origin, 'population' as evidence
    from scored as s join (from stepped where whole) as p using (unit_id, system, vintage)
    where s.period_start >= p.period_start and s.since < p.period_start
        and not s.whole and contains($amounts, s.unit) and s.score > $noise
        and s.step * sign(p.step) > abs(p.step) / 2
    union all by name
    select row_no, value, break_origin as origin, if(break_origin = 'source', 'flag', 'rule') as evidence
    from point where break_origin is not null
    union all by name
    -- Where the year of the redraw has no figure, the next one breaks with what is before it.
    select p.row_no, p.value, 'boundary' as origin, 'boundary' as evidence
    from (
        select *, lag(year(period_start)) over (
            partition by series_no order by period_start
        ) as last_year
        from point semi join (from boundary_version where version > 1)
            using (unit_id, system, vintage)
    ) as p
    join boundary_version as b using (unit_id, system, vintage)
    where b.version > 1 and b.valid_from <= year(p.period_start)
        and coalesce(p.last_year, year(p.period_start) - 1) < b.valid_from
)
select
    o.indicator_id, o.metro_id, o.unit_id, o.system, o.vintage, o.sex, o.age, o.unit, o.source_id,
    o.dataset, o.series_key, o.period, o.period_start, f.* exclude (row_no)
from (
    select
        row_no,
        -- What the source says goes before what the observatory sees.
        first(origin order by list_position(['source', 'boundary', 'population', 'observatory'], origin),
            evidence) as origin,
        string_agg(distinct evidence, ', ' order by evidence) as evidence,
        max(before) as value_before, max(value) as value_after, max(score) as score
    from found
    group by row_no
) as f
join observation as o using (row_no)
