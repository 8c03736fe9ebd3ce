-- What rules found in the figures of upstreams: one row per dataset, indicator and rule, with what its
-- sentences tell (catalog/known_issues.yaml).
with open_source as (select source_id, dataset from source where redistributable),
kept_out as (
    select
        source_id, dataset, indicator_id, reason as rule, count(*) as number,
        min(period) as first, max(period) as last,
        min({series: series_key, period: period, value: value_text}) as example
    from quarantine semi join open_source using (source_id, dataset)
    where reason in ('unit_shift', 'one_year_spike', 'impossible_zero', 'unlike_all_others', 'value_above_range', 'value_below_range', 'value_negative')
        and source_id <> 'observatory' and indicator_id is not null
    group by all
),
shared as (
    select
        source_id, dataset, indicator_id, kind as rule, count(*) as number,
        count(distinct metro_id) as metropolises, min(period) as first, max(period) as last,
        max(units) as most
    from shared_value semi join open_source using (source_id, dataset)
    where source_id <> 'observatory' and unit <> 'YES_NO'  -- a yes is no value that anybody copies
    group by all
)
select
    concat_ws('.', source_id, dataset, indicator_id, rule) as issue_id, 'kept_out' as kind,
    source_id, dataset, indicator_id, rule, number, first, last,
    example.series, example.period, example.value, null as metropolises, null as most
from kept_out
union all by name
select
    concat_ws('.', source_id, dataset, indicator_id, 'shared', rule) as issue_id, 'shared' as kind,
    source_id, dataset, indicator_id, rule, number, first, last, metropolises, most
from shared
