-- Standing figures of one indicator in levels: a step of more than `factor` (and `yearly` growth for
-- each year of a gap) begins a new stretch of its series.
with point as (
    select
        place, value, coalesce(iso3, '') as country, log10(value) as level,
        hash(source_id, dataset, series_key, sex, age, unit) as series, period_start, period
    from candidate
    where fate in ('observation', 'part', 'context') and recorded_to is null and value > 0
),
stepped as (
    select
        *,
        abs(level - lag(level) over line) > log10(getvariable('factor'))
            + log10(getvariable('yearly')) * greatest(
                year(period_start) - year(lag(period_start) over line) - 1, 0)
        and pow(10, greatest(level, lag(level) over line)) >= getvariable('least') as step
    from point
    window line as (partition by series order by period_start, period)
),
stretched as (
    select
        *,
        count(*) filter (where step) over (partition by series order by period_start, period) as part
    from stepped
),
stretch as (
    select series, any_value(country) as country, part, median(level) as level, count(*) as points,
        max(period_start) as last
    from stretched
    group by series, part
),
-- The median over countries, so that none of them decides alone.
centre as (
    select median(level) as level
    from (select median(level) as level from point group by country)
),
right_one as (
    select
        series,
        first(stretch.level order by
            if(getvariable('intensive'), abs(stretch.level - centre.level), 0),
            points desc, last desc, part) as level
    from stretch, centre
    group by series
),
-- Stretches of a series that lie a factor away from its right one.
own as (
    select s.series, s.country, s.part, s.level, s.level - r.level as shift
    from stretch as s
    join right_one as r using (series)
    where abs(s.level - r.level) > log10(getvariable('factor'))
),
-- Where several series of a country shift alike, the country has two levels.
regime as (
    select
        o.country, sign(o.shift) as direction, median(o.level) as wrong, median(r.level) as fit,
        median(o.shift) as shift
    from own as o
    join right_one as r using (series)
    where getvariable('country') and o.country <> ''
    group by o.country, sign(o.shift)
    having count(distinct o.series) >= getvariable('series')
),
-- The other stretches of such a country, where they lie nearer to the wrong level.
alike as (
    select s.series, s.part, g.shift
    from stretch as s
    join regime as g using (country)
    anti join own as o using (series, part)
    where abs(s.level - g.wrong) < abs(s.level - g.fit)
        and abs(s.level - g.fit) > log10(getvariable('factor')) / 2
    qualify row_number() over (partition by s.series, s.part order by abs(s.level - g.wrong)) = 1
),
found as (
    select p.place, p.value, o.shift, true as own
    from stretched as p
    join own as o using (series, part)
    union all by name
    select p.place, p.value, a.shift, false as own
    from stretched as p
    join alike as a using (series, part)
)
