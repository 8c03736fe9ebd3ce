-- What rules found in the figures of upstreams: one row per dataset, indicator and rule.
with open_source as (select source_id, dataset from source where redistributable),
kept_out as (
    select
        source_id, dataset, indicator_id, reason as rule, count(*) as number,
        min(period) as first, max(period) as last, min(detail) as example
    from quarantine semi join open_source using (source_id, dataset)
    where reason in ('unit_shift', 'one_year_spike', 'impossible_zero', 'value_above_range', 'value_below_range', 'value_negative')
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
    concat_ws('.', source_id, dataset, indicator_id, rule) as issue_id,
    source_id, dataset, 'rule' as origin, indicator_id,
    'Figures of ' || indicator_id || ', ' || first || ' to ' || last || ' (table quarantine)' as figures,
    number,
    case rule
        when 'unit_shift' then 'The order of magnitude of a figure differs from that of the same place in other years and of other places of its country: probably another unit, or a slip.'
        when 'one_year_spike' then 'The figure of one year is far from those of the years beside it: probably a slip.'
        when 'impossible_zero' then 'A zero is served between figures that are far from zero: probably nothing was known.'
        when 'value_above_range' then 'A figure is above all that is plausible for the indicator.'
        when 'value_below_range' then 'A figure is below all that is plausible for the indicator.'
        else 'A figure is negative where nothing can be.'
    end as fault,
    'For example: ' || example as evidence,
    'kept_out' as action,
    'Kept out of the figures; in table quarantine with the reason.' as done,
    null::date as since, null::date as told_on
from kept_out
union all by name
select
    concat_ws('.', source_id, dataset, indicator_id, 'shared', rule) as issue_id,
    source_id, dataset, 'rule' as origin, indicator_id,
    'Figures of ' || indicator_id || ' for ' || metropolises || ' metropolises, ' || first || ' to ' || last || ' (table shared_value)' as figures,
    number,
    if(rule = 'national',
        'Places of one country have the same figure, which may be that of the country.',
        'Neighbouring places have the same series of figures, which may be that of their region.') as fault,
    'Up to ' || most || ' places have the same figure, more than chance and rounding allow for (docs/simulations-shared.md).' as evidence,
    'marked' as action,
    'In table shared_value; not ranked, and compared with no other place.' as done,
    null::date as since, null::date as told_on
from shared
