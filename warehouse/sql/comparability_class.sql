-- Runs of current, measured figures of a series in which nothing that decides a comparison changes.
with figure as (
    select
        o.*,
        if(o.obs_status in ('E', 'I'), 'estimated', 'measured') as basis,
        if(o.obs_status in ('D', 'U'), o.obs_status, '') as doubt,
        coalesce(nullif(f.concept, ''), b.concept, '') as concept,
        coalesce(b.definition, '') as definition,
        not contains($totals, o.indicator_id) as between_places
    from observation as o
    left join bound as b using (indicator_id, source_id, dataset, unit, sex, age)
    left join flag_concept as f on f.source_id = o.source_id
        and (f.begins <> '' and starts_with(o.flags, f.begins)
            or f.note <> '' and contains(o.note, f.note))
    where o.recorded_to is null and o.value is not null and o.obs_status <> 'F'
        and o.scale not in ('country', 'region')
    qualify row_number() over (
        partition by o.indicator_id, o.system, o.vintage, o.unit_id, o.sex, o.age, o.unit,
            o.source_id, o.dataset, o.series_key, o.period
        order by o.recorded_from desc, o.snapshot_id, o.record_no, o.value, f.concept desc
    ) = 1
),
numbered as (
    select
        *,
        row_number() over (
            partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
                series_key
            order by period_start, period
        ) as number
    from series_break
),
placed as (
    select
        f.*, coalesce(n.kind = 'national', false) as copied,
        coalesce(n.kind = 'regional', false) as regional, coalesce(v.version, 0) as boundary,
        coalesce(s.number, 0) as segment
    from figure as f
    left join shared_value as n
        on n.indicator_id = f.indicator_id and n.system = f.system and n.vintage = f.vintage
        and n.unit_id = f.unit_id and n.sex = f.sex and n.age = f.age and n.unit = f.unit
        and n.source_id = f.source_id and n.dataset = f.dataset and n.series_key = f.series_key
        and n.period = f.period
    asof left join numbered as s
        on f.indicator_id = s.indicator_id and f.system = s.system and f.vintage = s.vintage
        and f.unit_id = s.unit_id and f.sex = s.sex and f.age = s.age and f.unit = s.unit
        and f.source_id = s.source_id and f.dataset = s.dataset and f.series_key = s.series_key
        and f.period_start >= s.period_start
    left join boundary_version as v
        on v.unit_id = f.unit_id and v.system = f.system and v.vintage = f.vintage
        and year(f.period_start) >= coalesce(v.valid_from, 0)
        and year(f.period_start) <= coalesce(v.valid_to, 9999)
),
turned as (
    select
        *,
        (segment, boundary, definition, concept, basis, doubt, copied, regional) is distinct from
            lag((segment, boundary, definition, concept, basis, doubt, copied, regional)) over (
                partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id,
                    dataset, series_key
                order by period_start, period
            ) as other
    from placed
),
run as (
    select
        *,
        count(*) filter (where other) over (
            partition by indicator_id, system, vintage, unit_id, sex, age, unit, source_id, dataset,
                series_key
            order by period_start, period
        ) as number
    from turned
),
step as (
    select
        indicator_id, metro_id, unit_id, scale, system, vintage, boundary, sex, age, unit,
        definition, concept, basis, doubt, copied, regional, between_places, segment,
        min(period_start) as first_start, max(period_start) as last_start, count(*) as figures,
        source_id, dataset, series_key
    from run
    group by indicator_id, metro_id, unit_id, scale, system, vintage, boundary, sex, age, unit,
        definition, concept, basis, doubt, copied, regional, between_places, segment, source_id, dataset, series_key, number
)
select
    t.*, year(s.period_start) as breaks_year, s.origin as break_kind
from step as t
asof left join series_break as s
    on t.indicator_id = s.indicator_id and t.system = s.system and t.vintage = s.vintage
    and t.unit_id = s.unit_id and t.sex = s.sex and t.age = s.age and t.unit = s.unit
    and t.source_id = s.source_id and t.dataset = s.dataset and t.series_key = s.series_key
    and t.last_start < s.period_start
