-- Each interval of a source record against the one before it: what begins later than the first
-- edition is new, re-appeared or changed; what ends with nothing beginning there is deleted.
with step as (
    select
        series_key, period, value, flags, recorded_from, recorded_to,
        lag(recorded_to) over series as ended,
        lag(recorded_from) over series is not null as known,
        lag(value) over series as value_before,
        lag(flags) over series as flags_before,
        lead(recorded_from) over series as follows
    from history
    window series as (partition by series_key, period order by recorded_from, record_no)
),
change as (
    select
        series_key, period, recorded_from as revised_at,
        case
            when not known then 'new'
            when ended < recorded_from then 're-appeared'
            -- Without values a record changes by its text alone.
            when value is not distinct from value_before and flags <> flags_before then 'flag only'
            else 'revised'
        end as kind,
        value_before, value as value_after, flags_before, flags as flags_after
    from step
    where recorded_from > (select min("at") from edition)
    union all by name
    select
        series_key, period, recorded_to as revised_at, 'deleted' as kind,
        value as value_before, flags as flags_before
    from step
    where recorded_to is not null and (follows is null or follows > recorded_to)
)
select
    c.series_key, c.period, c.revised_at, c.kind,
    c.value_before, c.value_after,
    c.value_after - c.value_before as change,
    if(c.value_before <> 0, 100 * (c.value_after - c.value_before) / abs(c.value_before), null)
        as change_percent,
    c.flags_before, c.flags_after,
    b.snapshot_id as edition_before, a.snapshot_id as edition_after
from change as c
asof left join edition as b on c.revised_at > b."at"
left join edition as a on c.revised_at = a."at"
order by c.series_key, c.period, c.revised_at, c.kind
