"""Verdicts: every reason can be met, and figures that share all are comparable."""

import datetime
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from rows import observations, rows

from catalog.models.comparability import load
from warehouse import store, tables
from warehouse.methods import breaks as b
from warehouse.methods import comparability as c
from warehouse.methods.change import change
from warehouse.methods.ranking import ranking
from warehouse.methods.shared_value import FIGURE, shared_values
from warehouse.methods.trend import trend

RULES = load()
NO_BOUNDARY = store.empty(tables.of("boundary_version"))
BARCELONA = [95, 101, 22250, 25005, 28497, 25803, 21682, 19176, 17882, 18374, 20151, 23836]


def series(metro, values, first=2008, **common):
    return [
        {"metro_id": metro, "unit_id": f"oecd_fua:{metro}", "series_key": metro}
        | {"period": str(first + n), "value": float(v)}
        | common
        for n, v in enumerate(values)
    ]


@dataclass
class Seen:
    observation: pa.Table
    classes: pa.Table
    breaks: pa.Table

    def asked(self, *arguments, macro="comparable"):
        """(verdict, reasons) of the best pair."""
        with duckdb.connect() as con:
            con.register("observation", self.observation)
            con.register("comparability_class", self.classes)
            for _, sql, _ in c.macros(RULES):
                con.execute(sql)
            given = ", ".join(f"'{a}'" for a in ("population", *arguments))
            verdict, reasons = con.sql(
                f"select verdict, reasons from {macro}({given}) limit 1"
            ).fetchall()[0]
            return verdict, reasons.split("; ") if reasons else []


def placed(observation, iso3):
    """The figures as rows of a whole file: all on a metropolis, in its country."""
    size = len(observation)
    countries = pa.array([iso3[m] for m in observation["metro_id"].to_pylist()])
    whole = observation.append_column("fate", pa.repeat("observation", size))
    return whole.append_column("iso3", countries).select(list(FIGURE))


def seen(given, boundary=NO_BOUNDARY, bound=(), totals=()):
    """The world of these figures; metropolises named ab-... lie in country AB."""
    observation = observations(given, unit="NR")
    names = sorted({r["metro_id"] for r in given})
    iso3 = {m: m[:2].upper() for m in names}
    found = b.breaks(observation, boundary, RULES.breaks)
    shared = shared_values(placed(observation, iso3), RULES.shared)
    classes = c.classes(observation, shared, boundary, found, list(bound), RULES, totals)
    return Seen(observation, classes, found)


def pair(**differs):
    """Two metropolises with one figure each; the second differs by what is given."""
    return [
        *series("es-a", [1000], first=2015),
        *[{**r, **differs} for r in series("fr-b", [1100], first=2015)],
    ]


def test_figures_that_share_all_are_comparable():
    assert seen(pair()).asked("es-a", "fr-b", "2015") == ("yes", [])
    assert seen(pair()).asked("fr-b", "es-a", "2015") == ("yes", [])


@pytest.mark.parametrize(
    ("differs", "verdict", "reason"),
    [
        ({"scale": "city"}, "no", "scale_differs"),
        ({"system": "eurostat_fua"}, "no", "system_differs"),
        ({"vintage": "2019"}, "with care", "vintage_differs"),
        ({"unit": "PERSON"}, "no", "unit_differs"),
        ({"obs_status": "E", "flags": "e"}, "with care", "estimate_against_measurement"),
        ({"obs_status": "U", "flags": "u"}, "with care", "source_doubts"),
        ({"dataset": "another"}, "with care", "source_differs"),
    ],
)
def test_each_difference_has_its_reason(differs, verdict, reason):
    found = seen(pair(**differs)).asked("es-a", "fr-b", "2015")
    assert found == (verdict, [reason])
    assert seen(pair(**differs)).asked("fr-b", "es-a", "2015") == found


def test_periods_within_the_tolerance_are_compared_with_care_and_no_others():
    near = [*series("es-a", [1], first=2015), *series("fr-b", [1], first=2016)]
    assert seen(near).asked("es-a", "fr-b", "2015") == ("with care", ["period_differs"])
    far = [*series("es-a", [1], first=2015), *series("fr-b", [1], first=2012)]
    assert seen(far).asked("es-a", "fr-b", "2015") == ("no", ["period_far", "period_differs"])
    assert seen(near).asked("es-a", "xx-nobody", "2015") == ("no", ["no_figure"])


def test_the_concept_of_a_binding_or_of_a_flag_decides():
    of = {"indicator_id": "population", "unit": "NR", "sex": "_T", "age": "_T"}
    bound = [
        {**of, "source_id": s, "dataset": d, "concept": what, "definition": version}
        for s, d, what, version in (
            ("oecd", "cities_population", "stations", "1"),
            ("oecd", "modelled", "modelled", "1"),
            ("oecd", "newer", "stations", "2"),
        )
    ]
    world = seen(pair(dataset="modelled"), bound=bound)
    assert world.asked("es-a", "fr-b", "2015") == ("no", ["concept_differs"])
    world = seen(pair(dataset="newer"), bound=bound)
    assert world.asked("es-a", "fr-b", "2015") == ("no", ["definition_differs"])
    given = [{**r, "source_id": "who"} for r in pair()]
    given[1] |= {"flags": "converted from PM10", "obs_status": "E"}
    who = [{**bound[0], "source_id": "who", "dataset": "cities_population"}]
    verdict, why = seen(given, bound=who).asked("es-a", "fr-b", "2015")
    assert (verdict, why[0]) == ("no", "concept_differs")


def test_a_national_figure_given_to_every_city_is_found():
    copied = [r for m in ("es-a", "es-b", "es-c") for r in series(m, [41.7], first=2015)]
    other = series("fr-d", [40.0], first=2015)
    assert seen([*copied, *other]).asked("es-a", "fr-d", "2015") == ("no", ["national_copied"])
    two = [*copied[:2], *other]
    assert seen(two).asked("es-a", "fr-d", "2015") == ("yes", [])


def test_one_city_that_deviates_does_not_hide_that_the_others_bear_the_national_figure():
    copied = [r for n in range(20) for r in series(f"mx-{n}", [86.5], first=2018)]
    others = [r for n in range(9) for r in series(f"fr-{n}", [80.0 + n], first=2018)]
    given = [*copied, *series("mx-tecate", [98.5], first=2018), *others]
    world = seen(given)
    assert world.asked("mx-1", "mx-2", "2018") == ("no", ["national_copied"])
    assert world.asked("mx-tecate", "fr-1", "2018") == ("yes", [])


def test_the_last_digit_of_a_computed_figure_does_not_hide_a_national_one():
    """57.6 in seven of eight Greek cities, four times as 57.599999999999994."""
    values = [57.6, 57.6, 57.6, *[57.599999999999994] * 4, 58.4]
    copied = [r for n, v in enumerate(values) for r in series(f"gr-{n}", [v], first=2004)]
    rng = np.random.default_rng(8)
    others = by_country(lambda c, n: [60 + 9 * rng.normal()], countries="es fr it pt de")
    others = [r | {"period": "2004"} for r in others]
    assert seen([*copied, *others]).asked("gr-3", "fr-1", "2004") == ("no", ["national_copied"])


def test_what_places_share_by_nature_is_not_called_national():
    """All three cities of a country at 100 percent, as many cities elsewhere are."""
    full = [r for n in range(3) for r in series(f"es-{n}", [100.0], first=2018)]
    others = [
        r
        for c in ("fr", "it", "pt", "de")
        for n in range(6)
        for r in series(f"{c}-{n}", [100.0 if n < 4 else 90.0 + n], first=2018)
    ]
    assert seen([*full, *others]).asked("es-1", "fr-5", "2018") == ("yes", [])
    # Nor forty of forty; but so they are where one footnote for all names the country's office.
    more = [r for n in range(40) for r in series(f"es-{n}", [100.0], first=2018)]
    assert seen([*more, *others]).asked("es-1", "fr-5", "2018") == ("yes", [])
    office = [{**r, "note": "National Statistics Office"} for r in more]
    verdict, why = seen([*office, *others]).asked("es-1", "fr-5", "2018")
    assert (verdict, why) == ("no", ["national_copied"])
    # One that deviates does not hide it; six do.
    few = [*office[:14], *series("es-14", [97.0], first=2018), *office[15:]]
    assert seen([*few, *others]).asked("es-1", "fr-5", "2018")[0] == "no"
    less = [r | {"value": 91.0 + n} if n < 6 else r for n, r in enumerate(office)]
    assert seen([*less, *others]).asked("es-39", "fr-5", "2018") == ("yes", [])
    small = [r for n in range(20) for r in series(f"es-{n}", [1.0], first=2018)]
    assert seen([*small, *others]).asked("es-1", "es-2", "2018") == ("yes", [])


def alike(given, unit="NR", rule=RULES.shared):
    """Rows of `shared_value` of these figures."""
    iso3 = {r["metro_id"]: r["metro_id"][:2].upper() for r in given}
    return shared_values(placed(observations(given, unit=unit), iso3), rule).num_rows


def by_country(make, countries="es fr it pt de gr", places=8):
    """Series of `places` metropolises in each of several countries: make(country, place) -> values."""
    return [
        r
        for c, code in enumerate(countries.split())
        for n in range(places)
        for r in series(f"{code}-{n}", make(c, n))
    ]


def test_rates_rounded_to_whole_numbers_agree_by_their_rounding():
    """Death rates of 10 to 13 per 1,000: half of a country at 11 is no national figure."""
    rng = np.random.default_rng(3)
    given = by_country(lambda c, n: np.round(10.5 + c / 3 + rng.normal(0, 0.6, 10)))
    assert not alike(given)


def test_slow_series_of_whole_numbers_agree_by_their_rounding():
    """Median ages rise by a year in three: neighbours agree for long, and are not one region."""
    rng = np.random.default_rng(4)
    given = by_country(
        lambda c, n: np.round(38 + c + rng.normal(0, 2) + 0.3 * np.arange(15)), places=25
    )
    assert not alike(given)


def test_rents_of_a_tenth_of_a_euro_a_month_agree_by_their_rounding():
    """Twelve times a rounded monthly rent is as coarse by the year."""
    rng = np.random.default_rng(5)
    given = by_country(
        lambda c, n: np.round(
            12 * np.round(5 + rng.normal(0, 0.7) + np.cumsum(rng.normal(0.1, 0.1, 6)), 1), 1
        ),
        places=30,
    )
    assert not alike(given)


def test_two_cities_that_bear_the_figures_of_one_weather_station_are_found():
    rng = np.random.default_rng(6)
    given = by_country(lambda c, n: np.round(700 + 90 * rng.normal(size=8), 1), places=20)
    station = {r["period"]: r["value"] for r in given if r["metro_id"] == "de-0"}
    twins = [r | {"value": station[r["period"]]} if r["metro_id"] == "de-1" else r for r in given]
    assert seen(twins).asked("de-1", "de-5", "2010") == ("no", ["regional_value"])
    assert seen(given).asked("de-1", "de-5", "2010") == ("yes", [])


def test_places_without_any_of_a_thing_do_not_bear_a_national_zero():
    rng = np.random.default_rng(7)
    given = by_country(lambda c, n: np.where(rng.random(6) < (0.9 if c == 0 else 0.3), 0, 17 + n))
    assert not alike(given)


@pytest.mark.parametrize("base", [100.0, 1000.0])
def test_the_base_of_an_index_is_no_national_figure(base):
    """Every place shows it in the base year, and its own figure in all others."""
    rng = np.random.default_rng(8)

    def index(c, n):
        way = base * np.exp(np.cumsum(rng.normal(0.02, 0.03, 9)))
        return np.round(way * base / way[4], 3)

    given = by_country(index, "us", places=40)
    assert not alike(given, "IDX_1991Q1_100")
    assert alike(given, "IDX_1991Q1_100", RULES.shared.model_copy(update={"bases": []})) == 40
    national = by_country(lambda c, n: [base, 103.1, 104.2], "us", places=40)
    assert alike(national, "IDX_1991Q1_100") == 80, "what is copied in other years is found"


def test_all_days_of_a_year_are_no_national_figure():
    """Where monitors run all year, most places of the only country of the file have 365 or 366 days."""
    rng = np.random.default_rng(9)
    full = np.array([365, 366, 365, 365, 365, 366, 365])
    given = by_country(
        lambda c, n: np.where(rng.random(7) < 0.85, full, full - rng.integers(1, 90, 7)), "us", 60
    )
    assert not alike(given, "DAY")
    assert alike(given, "DAY", RULES.shared.model_copy(update={"full": {}}))


def regional(twins=3):
    """Incomes of ten metropolises of one country; the first two bear those of their region."""
    rng = np.random.default_rng(1)
    made = []
    for n in range(10):
        if n != 1:
            values = 30_000 * np.exp(np.cumsum(rng.normal(0.02, 0.03, 8)) + 0.2 * rng.normal())
        own = values.round(2).copy()
        if n == 1:
            own[twins:] = (own[twins:] * 1.07).round(2)
        made += series(f"ca-{n}", own)
    return made


def test_the_figure_of_a_region_given_to_two_metropolises_is_found():
    world = seen(regional())
    assert world.asked("ca-0", "ca-5", "2008") == ("no", ["regional_value"])
    assert world.asked("ca-0", "ca-5", "2012") == ("yes", [])
    assert world.asked("ca-4", "ca-5", "2008") == ("yes", [])
    assert seen(regional(twins=2)).asked("ca-0", "ca-5", "2008") == ("yes", [])


def test_what_is_computed_from_a_shared_figure_is_shared():
    income = observations(regional(), unit="NR")
    other = observations(
        [{**r, "value": r["value"] * 3, "indicator_id": "total"} for r in regional(0)],
        unit="NR", dataset="own",
    )  # fmt: skip
    both = pa.concat_tables([income, other])
    iso3 = dict.fromkeys(both["metro_id"].to_pylist(), "CAN")
    found = shared_values(placed(both, iso3), RULES.shared, {"total": ["population"]}).to_pylist()
    assert {(r["indicator_id"], r["through"], r["kind"]) for r in found} == {
        ("population", None, "regional"),
        ("total", "population", "regional"),
    }
    assert {r["metro_id"] for r in found} == {"ca-0", "ca-1"}
    assert {r["period"] for r in found} == {"2008", "2009", "2010"}


def test_a_total_is_not_compared_between_places_and_its_own_past_is():
    world = seen(pair(), totals=["population"])
    assert world.asked("es-a", "fr-b", "2015") == ("no", ["absolute_count"])
    own = seen(series("es-a", [10, 11], first=2014), totals=["population"])
    assert own.asked("es-a", "2014", "2015", macro="comparable_over_time") == ("yes", [])


def test_a_jump_without_a_flag_is_found_and_what_was_before_is_not_compared():
    others = [
        r for m in ("fr-b", "it-c", "pt-d") for r in series(m, [5000 + 50 * i for i in range(12)])
    ]
    world = seen([*series("es-a", BARCELONA), *others])
    [found] = world.breaks.to_pylist()
    assert (found["metro_id"], found["period"], found["evidence"]) == ("es-a", "2010", "step")
    assert world.asked("es-a", "fr-b", "2009") == ("no", ["coverage_changed_later"])
    assert world.asked("es-a", "fr-b", "2012") == ("yes", [])
    over = world.asked("es-a", "2009", "2012", macro="comparable_over_time")
    assert over == ("no", ["break_between"])
    over = world.asked("es-a", "2010", "2012", macro="comparable_over_time")
    assert over == ("yes", [])
    left_out = c.not_comparable(world.observation, world.classes, RULES)
    assert [(r["metro_id"], r["period"], r["reasons"]) for r in left_out.to_pylist()] == [
        ("es-a", y, "coverage_changed_later") for y in ("2008", "2009")
    ]
    directions = rows(
        tables.of("indicator"), [{"indicator_id": "population", "direction": "lower"}]
    )
    ranked = ranking(world.observation, directions, left_out).to_pylist()
    assert {r["of"] for r in ranked if r["period"] in ("2008", "2009")} == {3}
    assert {r["of"] for r in ranked if r["period"] == "2010"} == {4}


def test_a_redrawn_area_breaks_the_series_and_changes_the_territory():
    boundary = rows(
        tables.of("boundary_version"),
        [
            {"unit_id": "oecd_fua:es-a", "system": "oecd_fua", "vintage": "2012"}
            | {"version": n, "valid_from": start, "valid_to": end}
            for n, start, end in ((1, None, 2011), (2, 2012, None))
        ],
    )
    given = [*series("es-a", [100.0] * 4 + [101.0] * 4), *series("fr-b", [90.0] * 8)]
    world = seen(given, boundary=boundary)
    [found] = world.breaks.to_pylist()
    assert (found["period"], found["origin"]) == ("2012", "boundary")
    over = world.asked("es-a", "2010", "2013", macro="comparable_over_time")
    assert over == ("no", ["boundary_differs", "break_between"])
    assert world.asked("es-a", "fr-b", "2010") == ("with care", ["broken_later"])


def test_a_flagged_break_is_the_sources_and_is_met_with_care():
    given = series("es-a", [100, 101, 102, 103, 104, 105])
    given[3] |= {"break_origin": "source", "flags": "b", "obs_status": "B"}
    world = seen([*given, *series("fr-b", [90, 91, 92, 93, 94, 95])])
    assert [r["origin"] for r in world.breaks.to_pylist()] == ["source"]
    assert world.asked("es-a", "fr-b", "2009") == ("with care", ["broken_later"])
    marked = b.marked(world.observation, world.breaks)
    assert marked["break_origin"].null_count == 11


def test_clean_series_give_no_alarm_and_the_last_figure_waits():
    dice = np.random.default_rng(7)
    walks = 1e4 * np.exp(np.cumsum(0.05 * dice.standard_normal((40, 15)), axis=1))
    given = [r for n, w in enumerate(walks) for r in series(f"es-{n}", w, first=2000)]
    assert len(seen(given).breaks) == 0
    last = series("es-a", [5000.0] * 11 + [90000.0], indicator_id="companies")
    assert len(seen(last).breaks) == 0
    after = series("es-a", [91000.0], first=2020, indicator_id="companies")
    assert len(seen([*last, *after]).breaks) == 1


# Eurostat's city of Barcelona (urb_cpop1, urb_cfermor): another territory from 2015 and in 2024.
THOUSANDS = [
    3191,
    3185,
    3203,
    3191,
    3176,
    3611,
    3625,
    3648,
    3666,
    3701,
    3756,
    3719,
    3720,
    3767,
    2659,
]
PEOPLE = [1000 * v for v in THOUSANDS]
DEATHS = [26583, 26551, 27922, 26829, 27034, 31227, 30833, 32203, 31914, 30813, 32963, 33188]


def of(indicator, values, **common):
    return series("es-a", values, first=2010, indicator_id=indicator, **common)


def test_a_step_of_the_population_that_no_year_makes_is_a_break_even_of_the_newest_figure():
    ages = of("population", [v / 9 for v in PEOPLE], age="Y_GE65")
    world = seen([*of("population", PEOPLE), *ages])
    found = [(r["age"], r["period"], r["origin"], r["evidence"]) for r in world.breaks.to_pylist()]
    assert found == [
        ("Y_GE65", "2015", "population", "population"),
        ("Y_GE65", "2024", "population", "population"),
        ("_T", "2015", "population", "step"),
        ("_T", "2024", "population", "step"),
    ]
    grown = [PEOPLE[0] * 1.04**n for n in range(15)]  # the fastest metropolises grow so
    assert len(seen(of("population", grown)).breaks) == 0
    assert world.asked("es-a", "2014", "2016", macro="comparable_over_time") == (
        "no",
        ["break_between"],
    )


def test_amounts_of_a_redrawn_unit_break_with_its_population_and_rates_do_not():
    population = of("population", PEOPLE[:12])
    rate = [8.3, 8.3, 8.7, 8.4, 8.5, 9.9, 8.5, 8.8, 8.7, 8.3, 8.8, 8.9]
    few = [64, 62, 66, 60, 61, 75, 63, 66, 64, 66, 62, 64]  # by chance as much more in 2015
    kept = [n + 4000 for n in range(12)]
    world = seen(
        [
            *population,
            *of("deaths", DEATHS),
            *of("road_deaths_number", few),
            *of("theatres", kept),
        ]
    )
    found = {(r["indicator_id"], r["period"]) for r in world.breaks.to_pylist()}
    assert found == {("population", "2015"), ("deaths", "2015")}
    assert len(seen(of("crude_death_rate", rate)).breaks) == 0


def test_a_large_table_breaks_as_a_small_one(tmp_path, monkeypatch):
    from catalog.contents import Catalog
    from warehouse.home import Home
    from warehouse.inputs import Inputs

    home = Home(tmp_path)
    world = seen([*of("population", PEOPLE[:12]), *of("deaths", DEATHS)])
    store.write(world.observation, tables.of("observation"), home.table("observation"))
    boundaries = tables.of("boundary_version")
    store.write(store.empty(boundaries), boundaries, home.table("boundary_version"))
    monkeypatch.setattr(store, "LARGE", 1)  # an amount of one indicator breaks with another
    made = b.make(Inputs(tables.of("series_break"), home, Catalog.__new__(Catalog)))
    assert made.to_pylist() == world.breaks.to_pylist() and len(made) == 2


def test_classes_are_one_row_per_run_and_count_each_figure():
    world = seen([*series("es-a", BARCELONA), *series("fr-b", [1, 2, 3], obs_status="E")])
    found = [(r["metro_id"], r["segment"], r["figures"]) for r in world.classes.to_pylist()]
    assert found == [("es-a", 0, 2), ("es-a", 1, 10), ("fr-b", 0, 3)]
    assert world.classes["first_start"][1].as_py() == datetime.date(2010, 1, 1)


def test_every_rule_speaks_four_languages_and_its_sql_runs():
    table = c.rule_table(RULES).to_pylist()
    assert {r["verdict"] for r in table} == {"no", "with care"}
    for r in table:
        texts = [r[f"sentence_{lang}"] for lang in ("en", "ca", "es", "fr")]
        assert all(t.endswith(".") for t in texts)
        assert len(set(texts)) == 4
        assert "{" not in r["rule"]


def test_trends_and_changes_leave_out_a_national_figure_given_to_every_city():
    years = [40.1, 41.2, 42.3, 43.4, 44.5, 45.6]
    given = [r for m in ("es-a", "es-b", "es-c") for r in series(m, years)]
    given[3] |= {"break_origin": "source"}  # the row of a break that has no value still ends a run
    world = seen([*given, *series("fr-d", [50.5, 51.2, 52.9, 53.4, 54.5, 55.6])])
    left_out = c.not_comparable(world.observation, world.classes, RULES)
    assert set(left_out["reasons"].to_pylist()) == {"national_copied"}
    taken = b.marked(world.observation, world.breaks, left_out)
    assert taken.num_rows == world.observation.num_rows
    assert taken["break_origin"].null_count == len(taken) - 1
    assert trend(taken, set())["metro_id"].to_pylist() == ["fr-d"]
    assert set(change(taken)["metro_id"].to_pylist()) == {"fr-d"}
    # What may not be compared with others for another reason still has a trend of its own.
    other = left_out.set_column(
        left_out.column_names.index("reasons"), "reasons", pa.array(["concept_differs"] * 18)
    )
    assert set(
        trend(b.marked(world.observation, world.breaks, other), set())["metro_id"].to_pylist()
    ) == {"es-b", "es-c", "fr-d"}
