-- Runs of current, measured figures of a series in which nothing that decides a comparison changes.
-- Windows go over one number a series, not over its ten texts, and carry only what they need.
with current_rows as not materialized (
    from observation
    where recorded_to is null and value is not null and obs_status <> 'F'
        and scale not in ('country', 'region')
),
-- The columns by which a series is named where it breaks, or where its figures are copied.
named as (
    select
        series_no, indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
        series_key
    from current_rows
    semi join (select min(row_no) as row_no from current_rows group by series_no) using (row_no)
),
broken as (
    select
        n.series_no, b.period_start, b.origin,
        row_number() over (partition by n.series_no order by b.period_start, b.period) as number
    from series_break as b
    join named as n using (
        indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset, series_key
    )
),
shared as (
    select n.series_no, s.period, s.kind
    from shared_value as s
    join named as n using (
        indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset, series_key
    )
),
stated as (
    select
        o.row_no, o.series_no, o.figure_no, o.unit_id, o.system, o.vintage, o.period,
        o.period_start, o.value, o.recorded_from, o.snapshot_id, o.record_no,
        if(o.obs_status in ('E', 'I'), 'estimated', 'measured') as basis,
        if(o.obs_status in ('D', 'U'), o.obs_status, '') as doubt,
        f.concept as flagged,
        coalesce(nullif(f.concept, ''), b.concept, '') as concept,
        coalesce(b.definition, '') as definition
    from current_rows as o
    left join bound as b using (indicator_id, source_id, dataset, unit, sex, age)
    left join flag_concept as f on f.source_id = o.source_id
        and (f.begins <> '' and starts_with(o.flags, f.begins)
            or f.note <> '' and contains(o.note, f.note))
),
twice as (
    select figure_no from stated group by figure_no having count(*) > 1
),
figure as (
    from stated anti join twice using (figure_no)
    union all
    from stated semi join twice using (figure_no)
    qualify row_number() over (
        partition by figure_no
        order by recorded_from desc, snapshot_id, record_no, value, flagged desc
    ) = 1
),
-- Few series break: the others are in their first segment.
segmented as (
    select f.row_no, s.number
    from (select row_no, series_no, period_start from figure semi join broken using (series_no)) as f
    asof join broken as s on f.series_no = s.series_no and f.period_start >= s.period_start
),
kind as (
    select *, row_number() over () as kind_no
    from (select distinct definition, concept, basis, doubt from figure)
),
placed as (
    select
        f.row_no, f.series_no, f.period_start, f.period, k.kind_no,
        coalesce(n.kind = 'national', false) as copied,
        coalesce(n.kind = 'regional', false) as regional, coalesce(v.version, 0) as boundary,
        coalesce(s.number, 0) as segment
    from figure as f
    join kind as k using (definition, concept, basis, doubt)
    left join shared as n on n.series_no = f.series_no and n.period = f.period
    left join segmented as s on s.row_no = f.row_no
    left join boundary_version as v
        on v.unit_id = f.unit_id and v.system = f.system and v.vintage = f.vintage
        and year(f.period_start) >= coalesce(v.valid_from, 0)
        and year(f.period_start) <= coalesce(v.valid_to, 9999)
),
turned as (
    select
        *,
        (segment, boundary, kind_no, copied, regional) is distinct from
            lag((segment, boundary, kind_no, copied, regional)) over (
                partition by series_no order by period_start, period
            ) as other
    from placed
),
run as (
    select
        *,
        count(*) filter (where other) over (
            partition by series_no order by period_start, period
        ) as number
    from turned
),
step as (
    select
        series_no, number, min(row_no) as row_no, segment, boundary, kind_no, copied, regional,
        min(period_start) as first_start, max(period_start) as last_start, count(*) as figures
    from run
    group by all
)
select
    o.indicator_id, o.metro_id, o.unit_id, o.scale, o.system, o.vintage, t.boundary, o.sex, o.age,
    o.unit, k.definition, k.concept, k.basis, k.doubt, t.copied, t.regional,
    not contains($totals, o.indicator_id) as between_places, t.segment, t.first_start, t.last_start,
    t.figures, o.source_id, o.dataset, o.series_key,
    year(s.period_start) as breaks_year, s.origin as break_kind
from step as t
join kind as k using (kind_no)
join observation as o using (row_no)
asof left join broken as s on t.series_no = s.series_no and t.last_start < s.period_start
