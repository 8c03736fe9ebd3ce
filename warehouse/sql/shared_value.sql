-- Figures that several places of one country share, against what chance and rounding would give.
-- `figure` is the provider's whole file: what is on a metropolis, on a part of one, on none, and the
-- country itself where the same file has it.
-- To ten digits: what is computed differs in its last digit where the figures are the same.
with whole as (
    select
        * replace (if(
            value = 0 or not isfinite(value), value,
            round(value, 9 - floor(log10(abs(value)))::int)) as value),
        value as exact
    from figure
),
place as (
    select distinct
        indicator_id, source_id, dataset, sex, age, unit, period, year(period_start) as year, iso3,
        system, vintage, unit_id, value, note
    from whole
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
-- Places round to hundreds, to halves or to twelve times a monthly figure, some of them or all: the
-- chance of two to agree grows with the square of the share that does.
multiple as (
    select unnest([1, 2, 5, 10, 12, 20, 25, 50, 60, 100, 120, 200, 250, 500, 1000, 10000]) as of
),
rounded as (
    select
        p.indicator_id, p.source_id, p.dataset, p.unit, p.iso3, f.step * m.of as step,
        count(*) filter (abs(p.value / (f.step * m.of) - round(p.value / (f.step * m.of))) < 1e-6)
            / count(*) as part
    from (select distinct indicator_id, source_id, dataset, unit, iso3, value from place) as p
    join fine as f using (indicator_id, source_id, dataset, unit)
    cross join multiple as m
    group by p.indicator_id, p.source_id, p.dataset, p.unit, p.iso3, f.step, m.of
),
round_in as (
    select indicator_id, source_id, dataset, unit, iso3, max(step * part * part) as step
    from rounded
    where part >= 0.5
    group by all
),
-- In so many steps the figures of the file lie: one divided by it is the chance of two to agree.
grain as (
    select
        indicator_id, source_id, dataset, unit, step,
        greatest(2, if(middle > 0, middle, usual) / step) as steps
    from fine
),
-- The least and the greatest figure of a file, where places of several countries reach it or it is
-- zero or all: nothing lies beyond, so real figures pile up there.
bound as (
    select indicator_id, source_id, dataset, p.unit, p.value
    from (select indicator_id, source_id, dataset, unit, min(value) as low, max(value) as high
          from place group by all)
    join place as p using (indicator_id, source_id, dataset, unit)
    left join full_figure as f on f.unit = p.unit and f.value = p.value
    where p.value in (low, high) or f.unit is not null
    group by all
    having count(distinct p.iso3) > 1 or p.value = 0 or bool_or(f.unit is not null)
),
-- The base period of an index: all places of the file show its base, which is no figure of a place.
base as (
    select indicator_id, source_id, dataset, sex, age, unit, period
    from place
    anti join full_figure using (unit, value)
    group by all
    having min(value) = max(value) and list_contains($bases, min(value))
),
alike as (
    select
        indicator_id, source_id, dataset, sex, age, unit, period, iso3, value,
        count(distinct (system, vintage, unit_id)) as units,
        -- The provider's own words for all of them are the same.
        min(note) = max(note) and min(note) <> '' as one_note
    from place
    group by all
),
country as (
    select
        indicator_id, source_id, dataset, sex, age, unit, period, iso3, sum(units) as units,
        arg_max(value, (units, -value)) as mode
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
-- How many steps of the rounding the other places of a country lie from its most frequent figure:
-- one divided by it is the chance of a place to show that figure, where few steps cover the country.
beside as (
    select
        a.indicator_id, a.source_id, a.dataset, a.unit, a.iso3,
        median(abs(a.value - c.mode) / g.step) as steps, sum(a.units) as units
    from alike as a
    join country as c using (indicator_id, source_id, dataset, sex, age, unit, period, iso3)
    join round_in as g using (indicator_id, source_id, dataset, unit, iso3)
    where a.value <> c.mode and c.units >= $units
    group by all
),
typical as (
    select indicator_id, source_id, dataset, unit, median(steps) as steps
    from beside
    where units >= $units
    group by all
),
-- The chance that one place shows the figure: its share in the other countries, each of one weight,
-- and what the rounding gives within the country.
likely as (
    select
        s.*,
        least(0.999999, greatest(
            (u.shares - s.share + 1 / g.steps) / n.countries,
            -- Where every place of every country shows its country's figure, nothing tells.
            coalesce(1 / coalesce(b.steps, t.steps), 0))) as chance_of_one
    from shares as s
    join usual as u using (indicator_id, source_id, dataset, sex, age, unit, period, value)
    join countries as n using (indicator_id, source_id, dataset, sex, age, unit, period)
    join grain as g using (indicator_id, source_id, dataset, unit)
    left join beside as b
        on b.indicator_id = s.indicator_id and b.source_id = s.source_id and b.dataset = s.dataset
        and b.unit = s.unit and b.iso3 = s.iso3 and b.units >= $units
    left join typical as t
        on t.indicator_id = s.indicator_id and t.source_id = s.source_id and t.dataset = s.dataset
        and t.unit = s.unit
    left join bound as e
        on e.indicator_id = s.indicator_id and e.source_id = s.source_id and e.dataset = s.dataset
        and e.unit = s.unit and e.value = s.value
    anti join base as z
        on z.indicator_id = s.indicator_id and z.source_id = s.source_id and z.dataset = s.dataset
        and z.sex = s.sex and z.age = s.age and z.unit = s.unit and z.period = s.period
    where s.units >= $units and s.share >= $share
        and not contains($not_units, s.unit) and not contains($not_indicators, s.indicator_id)
        and (e.value is null or s.one_note and s.share >= $bound_share)
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
    select p.* exclude (note), g.step
    from place as p
    join round_in as g using (indicator_id, source_id, dataset, unit, iso3)
    anti join national as n
        using (indicator_id, source_id, dataset, sex, age, unit, period, iso3, value)
    anti join bound as e using (indicator_id, source_id, dataset, unit, value)
    anti join base as z using (indicator_id, source_id, dataset, sex, age, unit, period)
    where not (p.value = floor(p.value) and abs(p.value) < $whole_below)
        and not contains($not_units, p.unit) and not contains($not_indicators, p.indicator_id)
),
-- Figures move with their country: what is left is each place's own way.
own as (
    select
        *,
        value - median(value) over (
            partition by indicator_id, source_id, dataset, sex, age, unit, iso3, period
        ) as off
    from yearly
),
moved as (
    select
        *,
        off - lag(off) over (
            partition by indicator_id, source_id, dataset, sex, age, unit, system, vintage, unit_id
            order by year, period
        ) as change
    from own
),
-- How far apart the figures of a country lie, and how unlike their changes are.
apart as (
    select
        indicator_id, source_id, dataset, sex, age, unit, iso3, min(step) as step,
        count(distinct (system, vintage, unit_id)) as units,
        count(distinct period) as periods,
        quantile_cont(off, 0.75) - quantile_cont(off, 0.25) as spread,
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
-- In the periods in which the two differ: how many there are, and how often rounding would have
-- made them agree. Neighbours are more alike than a country.
differ as (
    select
        p.indicator_id, p.source_id, p.dataset, p.sex, p.age, p.unit, p.iso3, p.system, p.vintage,
        p.one, p.other, count(*) as periods,
        sum(least(1, a.step / abs(a.value - b.value))::decimal(18, 15))::double as near
    from pair as p
    join yearly as a
        on a.indicator_id = p.indicator_id and a.source_id = p.source_id and a.dataset = p.dataset
        and a.sex = p.sex and a.age = p.age and a.unit = p.unit and a.system = p.system
        and a.vintage = p.vintage and a.unit_id = p.one
    join yearly as b
        on b.indicator_id = p.indicator_id and b.source_id = p.source_id and b.dataset = p.dataset
        and b.sex = p.sex and b.age = p.age and b.unit = p.unit and b.system = p.system
        and b.vintage = p.vintage and b.unit_id = p.other and b.period = a.period
    where a.value <> b.value
    group by all
),
-- The pairs that chance would make, by the larger of two accounts. The first figure agrees by the
-- spread of the country, the next by the changes; and so many of the common periods agree as the
-- other periods of the pair allow (Chernoff's bound), one period of the country's kind added.
chances as (
    select
        p.*, x.units * (x.units - 1) / 2 as pairs, x.periods as periods,
        least(1, x.step / greatest(x.spread, x.step)) as first_one,
        least(1, x.step / greatest(x.unlike, x.step)) as next_one,
        coalesce(d.periods, 0) as differing, coalesce(d.near, 0) as near
    from pair as p
    join apart as x using (indicator_id, source_id, dataset, sex, age, unit, iso3)
    left join differ as d
        using (
            indicator_id, source_id, dataset, sex, age, unit, iso3, system, vintage, one, other)
),
weighed as (
    select
        *, same / (same + differing) as share,
        least(0.999999, (near + next_one) / (differing + 1)) as chance_of_one
    from chances
),
regional as (
    from (select
        *,
        least(1, greatest(
            pairs * periods * first_one * power(next_one, same - 1),
            case
                when differing = 0 then 0
                when share <= chance_of_one then 1
                else pairs * exp(-(same + differing) * (share * ln(share / chance_of_one)
                    + (1 - share) * ln((1 - share) / (1 - chance_of_one))))
            end)) as chance
    from weighed)
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
    f.source_id, f.dataset, f.series_key, f.period, f.exact as value,
    if(n.chance is not null, 'national', 'regional') as kind,
    coalesce(n.units, t.units) as units, n."of" as "of", coalesce(n.chance, t.chance) as chance,
    null::varchar as through
from whole as f
left join national as n
    using (indicator_id, source_id, dataset, sex, age, unit, period, iso3, value)
left join together as t
    using (indicator_id, source_id, dataset, sex, age, unit, iso3, system, vintage, unit_id, period)
where f.metro_id is not null and f.fate = 'observation'
    and (n.chance is not null or t.chance is not null)
