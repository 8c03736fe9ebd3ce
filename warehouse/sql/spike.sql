-- Standing annual figures of one indicator: what leaves its series for one year alone and comes back,
-- zeros in series that never come near to zero, and figures far from all others of a series whose others
-- are alike, wherever they stand in it.
with point as (
    select
        place, value, unit_id, coalesce(iso3, '') as country, period_start, period,
        hash(source_id, dataset, series_key, sex, age, unit) as series,
        date_diff('day', date '1900-01-01', period_start) / 365.25 as moment,
        if(getvariable('logs'), if(value > 0, ln(value), null), value) as level,
        case
            when value = round(value) then 0
            when value = round(value, 1) then 1
            when value = round(value, 2) then 2
            else 3
        end as decimals
    from candidate
    where fate in ('observation', 'part', 'context') and recorded_to is null
        and value is not null and freq = 'A' and obs_status <> 'F'
),
-- A balance passes through zero and has no size to lose.
signed as (
    select count(*) > 0 as negative from point where value < 0
),
near as (
    select
        *, lag(level) over line as before, lead(level) over line as after,
        lag(moment) over line as moment_before, lead(moment) over line as moment_after
    from point
    where level is not null and not (select negative from signed)
    window line as (partition by series order by period_start, period)
),
-- `amid` is what the neighbours in time give.
stepped as (
    select
        *, level - before as step, after - before as across,
        (before * (moment_after - moment) + after * (moment - moment_before))
            / (moment_after - moment_before) as amid
    from near
),
own as (
    select
        series, count(step) as steps, median(abs(step)) / (0.6745 * sqrt(2)) as noise,
        median(level) as middle, median(abs(level)) as size, power(10, -max(decimals)) as rounding
    from stepped
    group by series
),
usual as (
    select median(noise) as noise
    from own
    where steps >= getvariable('steps')
),
-- What befalls a whole country in one year is no error of one place.
shock as (
    select country, period, median(level - amid) as away
    from stepped
    where amid is not null
    group by country, period
    having count(*) >= getvariable('country')
),
weighed as (
    select
        s.place, s.value, s.unit_id, s.period, s.level, s.amid, s.across, o.middle, o.rounding,
        s.level - s.amid as away, s.level - s.amid - coalesce(k.away, 0) as away_alone,
        if(getvariable('logs'), exp(s.amid), s.amid) as expected,
        greatest(
            o.noise, u.noise, getvariable('floor') * if(getvariable('logs'), 1, o.size)) as noise
    from stepped as s
    join own as o using (series)
    cross join usual as u
    left join shock as k using (country, period)
    where s.amid is not null and o.steps >= getvariable('steps')
        and s.moment_after - s.moment < getvariable('most_years') + 0.01
        and s.moment - s.moment_before < getvariable('most_years') + 0.01
),
spike as (
    select place, value, unit_id, period, expected
    from weighed
    where noise > 0
        and least(abs(away), abs(away_alone)) > getvariable('threshold') * noise
        and abs(across) <= getvariable('returns') * abs(away)
        -- Of two that differ, the one beside the level of the series is the right one.
        and abs(level - middle) > abs(amid - middle)
        and abs(value - expected) > getvariable('least') * abs(expected)
        and abs(value - expected) > getvariable('threshold') / 2 * rounding
        and (not getvariable('counts')
            or abs(value - expected) > getvariable('counting') * sqrt(greatest(value, expected)))
),
filled as (
    select
        series, median(value) as middle, min(value) as least, count(*) as positive,
        median(abs(step)) / (0.6745 * sqrt(2)) as noise, power(10, -max(decimals)) as rounding,
        min(moment) as first_one, max(moment) as last_one
    from (
        select *, value - lag(value) over (partition by series order by period_start, period) as step
        from point
        where value > 0
    )
    group by series
),
nothing as (
    select p.place, p.value, p.unit_id, p.period, f.middle as expected
    from point as p
    join filled as f using (series)
    where p.value = 0 and not (select negative from signed)
        and f.positive > getvariable('steps')
        and f.least >= getvariable('zero_from') * f.middle
        and f.least > getvariable('threshold') / 2 * f.rounding
        and f.middle > getvariable('threshold') / 2 * f.noise
        and (not getvariable('counts') or f.least >= getvariable('zero_count'))
        -- A thing may begin after a zero; and what costs something may come to cost nothing.
        and p.moment > f.first_one
        and (p.moment < f.last_one or not getvariable('money'))
    qualify count(*) over (partition by series) <= getvariable('zeros') * f.positive
),
ordered as (
    select
        series, list_sort(list(value)) as sorted, min(moment) as first_one,
        power(10, -max(decimals)) as rounding
    from point
    where value > 0 and not (select negative from signed) and not getvariable('money')
    group by series
    having count(*) > getvariable('others')
),
-- The figure nearest to each that is the least or the largest, how far it is, and how far the others
-- are from each other.
farthest as (
    select
        p.place, p.value, p.unit_id, p.period, o.rounding,
        if(p.value = o.sorted[1], o.sorted[2], o.sorted[-2]) as expected,
        if(p.value = o.sorted[1], o.sorted[-1] / o.sorted[2], o.sorted[-2] / o.sorted[1]) as spread
    from point as p
    join ordered as o using (series)
    -- A thing may begin small: the oldest figure is left to the rule for breaks.
    where p.value in (o.sorted[1], o.sorted[-1]) and p.moment > o.first_one
),
alone as (
    select place, value, unit_id, period, expected
    from farthest
    where spread < getvariable('alike')
        and greatest(value / expected, expected / value) > getvariable('apart')
        and abs(value - expected) > getvariable('threshold') / 2 * rounding
        and (not getvariable('counts')
            or abs(value - expected) > getvariable('counting') * sqrt(greatest(value, expected)))
),
found as (
    select *, 1 as rule from spike
    union all
    select *, 2 as rule from nothing
    union all
    select *, 3 as rule from alone
)
