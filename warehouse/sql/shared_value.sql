-- Figures that several places of one country share, against what chance and rounding would give.
-- `figure` is the provider's whole file: what is on a metropolis, on a part of one, on none, and the
-- country itself where the same file has it.
with place as (
    select distinct
        indicator_id, source_id, dataset, sex, age, unit, period, year(period_start) as year, iso3,
        system, vintage, unit_id, value
    from figure
    where value is not null and iso3 is not null
),
-- How finely the file is rounded, and how far its figures spread: a figure in ten thousand may be
-- rounded less than the others, one in ten not.
fine as (
    select
        indicator_id, source_id, dataset, unit,
        power(10, -quantile_disc(
            case
                when value = round(value) then 0
                when value = round(value, 1) then 1
                when value = round(value, 2) then 2
                when value = round(value, 3) then 3
                else 4
            end, 0.9)) as step,
        greatest(quantile_cont(value, 0.75) - quantile_cont(value, 0.25), 0) as middle,
        median(abs(value)) as usual
    -- Each figure once: copies would make the file look narrower than it is.
    from (select distinct indicator_id, source_id, dataset, unit, value from place)
    group by all
),
-- In so many steps the figures of the file lie: one divided by it is the chance of two to agree.
grain as (
    select
        indicator_id, source_id, dataset, unit, step,
        greatest(2, if(middle > 0, middle, usual) / step) as steps
    from fine
),
alike as (
    select
        indicator_id, source_id, dataset, sex, age, unit, period, iso3, value,
        count(distinct (system, vintage, unit_id)) as units
    from place
    group by all
),
country as (
    select
        indicator_id, source_id, dataset, sex, age, unit, period, iso3, sum(units) as units
    from alike
    group by all
),
shares as (
    select a.*, c.units as "of", a.units / c.units as share
    from alike as a
    join country as c using (indicator_id, source_id, dataset, sex, age, unit, period, iso3)
),
countries as (
    select indicator_id, source_id, dataset, sex, age, unit, period, count(*) as countries
    from country
    group by all
),
usual as (
    select
        indicator_id, source_id, dataset, sex, age, unit, period, value,
        -- As DECIMAL: a sum of doubles differs in its last digit from build to build.
        sum(share::decimal(18, 15))::double as shares
    from shares
    group by all
),
-- The chance that one place shows the figure: its share in the other countries, each of one weight.
likely as (
    select
        s.*,
        least(0.999999, (u.shares - s.share + 1 / g.steps) / n.countries) as chance_of_one
    from shares as s
    join usual as u using (indicator_id, source_id, dataset, sex, age, unit, period, value)
    join countries as n using (indicator_id, source_id, dataset, sex, age, unit, period)
    join grain as g using (indicator_id, source_id, dataset, unit)
    where s.units >= $units and s.share >= $share and not contains($not_units, s.unit)
        and not (s.value = floor(s.value) and s.value <> 0 and abs(s.value) < $whole_below)
),
-- Chernoff's bound of the binomial tail; exact where all places show the figure.
national as (
    from (select
        *,
        case
            when share <= chance_of_one then 1
            when share = 1 then power(chance_of_one, "of")
            else exp(-"of" * (share * ln(share / chance_of_one)
                + (1 - share) * ln((1 - share) / (1 - chance_of_one))))
        end as chance
    from likely)
    where chance <= $chance
),
-- Two places with the same figures in three years or more.
yearly as (
    select p.*, g.step
    from place as p
    join grain as g using (indicator_id, source_id, dataset, unit)
    anti join national as n
        using (indicator_id, source_id, dataset, sex, age, unit, period, iso3, value)
    where not (p.value = floor(p.value) and abs(p.value) < $whole_below)
        and not contains($not_units, p.unit)
),
moved as (
    select
        *,
        value - lag(value) over (
            partition by indicator_id, source_id, dataset, sex, age, unit, system, vintage, unit_id
            order by year, period
        ) as change
    from yearly
),
-- How far apart the figures of a country lie, and how unlike their changes are.
apart as (
    select
        indicator_id, source_id, dataset, sex, age, unit, iso3, min(step) as step,
        count(distinct (system, vintage, unit_id)) as units,
        count(distinct period) as periods,
        quantile_cont(value, 0.75) - quantile_cont(value, 0.25) as spread,
        quantile_cont(change, 0.75) - quantile_cont(change, 0.25) as unlike
    from moved
    group by all
),
few as (
    select y.*
    from yearly as y
    join alike as a
        using (indicator_id, source_id, dataset, sex, age, unit, period, iso3, value)
    where a.units between 2 and 30
),
pair as (
    select
        a.indicator_id, a.source_id, a.dataset, a.sex, a.age, a.unit, a.iso3, a.system, a.vintage,
        a.unit_id as one, b.unit_id as other, list(a.period) as shared_periods,
        count(distinct a.value) as same
    from few as a
    join few as b
        using (indicator_id, source_id, dataset, sex, age, unit, period, iso3, system, vintage, value)
    where a.unit_id < b.unit_id
    group by all
    having count(distinct a.value) >= $distinct
),
-- The pairs that chance would make: the first figure agrees by the spread, the next by the changes.
regional as (
    from (select
        p.*,
        least(1, x.units * (x.units - 1) / 2 * x.periods
            * least(1, x.step / greatest(x.spread, x.step))
            * power(least(1, x.step / greatest(x.unlike, x.step)), p.same - 1)) as chance
    from pair as p
    join apart as x using (indicator_id, source_id, dataset, sex, age, unit, iso3)
    )
    where chance <= $expected
),
member as (
    select
        indicator_id, source_id, dataset, sex, age, unit, iso3, system, vintage, one as unit_id,
        other as partner, unnest(shared_periods) as period, chance
    from regional
    union all
    select
        indicator_id, source_id, dataset, sex, age, unit, iso3, system, vintage, other, one,
        unnest(shared_periods), chance
    from regional
),
together as (
    select
        indicator_id, source_id, dataset, sex, age, unit, iso3, system, vintage, unit_id, period,
        count(distinct partner) + 1 as units, max(chance) as chance
    from member
    group by all
)
select
    f.metro_id, f.unit_id, f.indicator_id, f.scale, f.system, f.vintage, f.sex, f.age, f.unit,
    f.source_id, f.dataset, f.series_key, f.period, f.value,
    if(n.chance is not null, 'national', 'regional') as kind,
    coalesce(n.units, t.units) as units, n."of" as "of", coalesce(n.chance, t.chance) as chance,
    null::varchar as through
from figure as f
left join national as n
    using (indicator_id, source_id, dataset, sex, age, unit, period, iso3, value)
left join together as t
    using (indicator_id, source_id, dataset, sex, age, unit, iso3, system, vintage, unit_id, period)
where f.metro_id is not null and f.fate = 'observation'
    and (n.chance is not null or t.chance is not null)
