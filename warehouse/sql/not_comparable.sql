-- Each figure of a ranking group beside the group's reference: its most usual, sound kind.
with figure as (
    select
        c.*, o.period, o.value, year(o.period_start) as year, year(o.period_start) as asked,
        concat_ws('|', c.unit_id, c.series_key) as series
    from observation as o
    join comparability_class as c
        on o.indicator_id = c.indicator_id and o.unit_id = c.unit_id and o.system = c.system
        and o.vintage = c.vintage and o.sex = c.sex and o.age = c.age and o.unit = c.unit
        and o.source_id = c.source_id and o.dataset = c.dataset and o.series_key = c.series_key
        and o.period_start between c.first_start and c.last_start
    where o.recorded_to is null and o.value is not null and o.obs_status <> 'F'
),
-- Figures of one group that differ in nothing that a rule could see need no rule.
uneven as (
    select {group}
    from figure
    group by all
    having count(distinct (definition, concept)) > 1 or bool_or(copied)
        or bool_or(regional)
        or bool_or(break_kind is not null)
),
kind as (
    select f.*, count(*) over (partition by {group}, definition, concept, sound) as usual
    from (
        select *, not copied and not regional and coalesce(break_kind, '') <> 'observatory' as sound
        from figure semi join uneven using ({group})
    ) as f
),
reference as (
    select *
    from kind
    qualify row_number() over (
        partition by {group}
        order by sound desc, usual desc, definition, concept, break_kind nulls first, unit_id,
            series_key
    ) = 1
),
judged as (
    select a.*, {reasons} as reasons
    from kind as a join reference as b using ({group})
)
select distinct
    indicator_id, scale, system, vintage, sex, age, unit, period, metro_id, unit_id, value,
    reasons, source_id, dataset, series_key
from judged
where reasons <> ''
