-- Standing figures of two releases side by side: what is new, gone, revised, moved, or has another
-- status, and the likeliest cause. Tables of the release before end in _a, those of the later in _b.
with before as (
    select *, row_number() over (partition by {key} order by recorded_from desc, record_no) as place
    from figure_a where recorded_to is null
    qualify place = 1
),
after as (
    select *, row_number() over (partition by {key} order by recorded_from desc, record_no) as place
    from figure_b where recorded_to is null
    qualify place = 1
),
ended as (
    select distinct {key} from figure_b where recorded_to is not null
),
-- Datasets of which the later release has a snapshot that the earlier had not.
renewed as (
    select distinct source_id, dataset from snapshot_b anti join snapshot_a
    using (snapshot_id)
),
-- Units whose link or entry in the registry is another one.
registry as (
    select distinct system, vintage, system || ':' || code as unit_id from (
        (select system, vintage, code, metro_id from crosswalk_a
            except select system, vintage, code, metro_id from crosswalk_b)
        union all
        (select system, vintage, code, metro_id from crosswalk_b
            except select system, vintage, code, metro_id from crosswalk_a)
        union all
        (select system, vintage, code, scale from unit_a
            except select system, vintage, code, scale from unit_b)
        union all
        (select system, vintage, code, scale from unit_b
            except select system, vintage, code, scale from unit_a)
    )
),
moved as (
    select
        case
            when a.place is null then 'new'
            when b.place is null then 'gone'
            when a.value is distinct from b.value
                and coalesce(abs(a.value - b.value) > 1e-12 * abs(a.value), true) then 'revised'
            when a.metro_id is distinct from b.metro_id then 'moved'
            when a.flags <> b.flags or a.obs_status <> b.obs_status then 'flag only'
        end as kind,
        {shared},
        coalesce(b.metro_id, a.metro_id) as metro_id,
        coalesce(b.scale, a.scale) as scale,
        coalesce(b.provenance, a.provenance) as provenance,
        a.value as value_before, b.value as value_after,
        a.flags as flags_before, b.flags as flags_after,
        b.snapshot_id is distinct from a.snapshot_id
            or b.recorded_from is distinct from a.recorded_from as reread,
        b.snapshot_id as snapshot_id
    from before as a
    full join after as b using ({key})
)
select
    m.kind,
    case
        when m.provenance = 'computed' then 'computed from what changed'
        when m.kind = 'moved' then 'crosswalk change'
        when m.kind = 'new' and m.snapshot_id not in (select snapshot_id from snapshot_a)
            then 'upstream revision'
        when m.kind in ('revised', 'flag only') and m.reread then 'upstream revision'
        when m.kind = 'gone' and e.unit_id is not null then 'upstream revision'
        when g.unit_id is not null then 'crosswalk change'
        when m.kind = 'gone' and r.dataset is not null then 'upstream revision'
        when contains($indicators, m.indicator_id) or contains($providers, m.source_id) or $catalog
            then 'catalog change'
        when $code then 'code change'
        else 'not known'
    end as cause,
    m.source_id, m.dataset, m.indicator_id, m.metro_id, m.unit_id, m.scale, m.system, m.vintage,
    m.sex, m.age, m.unit, m.period, m.series_key, m.value_before, m.value_after,
    m.value_after - m.value_before as change,
    if(m.value_before <> 0, 100 * (m.value_after - m.value_before) / abs(m.value_before), null)
        as change_percent,
    m.flags_before, m.flags_after
from moved as m
left join ended as e using ({key})
left join registry as g on (g.system, g.vintage, g.unit_id) = (m.system, m.vintage, m.unit_id)
left join renewed as r on (r.source_id, r.dataset) = (m.source_id, m.dataset)
where m.kind is not null
order by abs(change_percent) desc nulls last, abs(m.value_after) desc nulls last, m.kind,
    {order}
