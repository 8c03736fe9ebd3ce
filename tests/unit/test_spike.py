"""Errors of one year, and zeros that stand for nothing, go to quarantine; what really leaps does not."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from catalog.loader import load as catalog
from catalog.models.comparability import Confirmed, load
from warehouse import store
from warehouse.methods.spike import ALONE, REASON, ZERO, without_spikes
from warehouse.tables import HARMONISED

RULE = load().spikes
UNITS = {
    "PC": ("PC", "share", False),
    "NR": ("NR", "count", False),
    "EUR": ("EUR", "money", False),
    "PER_1000": ("PER_1000", "count", True),
    "CELSIUS": ("CELSIUS", "temperature", False),
    "YES_NO": ("YES_NO", "index", False),
    "PER_10K": ("PER_10K", "count", True),
}
TAMPERE = {2001: 18, 2004: 17, 2008: 18, 2011: 19, 2015: 22, 2016: 24, 2017: 62, 2018: 20}


def table(*series, unit="PC", country="FI"):
    """Each series (year to value) as rows in the shape of HARMONISED."""
    schema = store.schema(HARMONISED)
    blank = dict.fromkeys(schema.names)
    made = [
        blank
        | {
            "fate": "observation",
            "iso3": country,
            "source_id": "p",
            "dataset": "d",
            "series_key": f"{n:03d}",
            "unit_id": f"eurostat_city:{n:03d}",
            "sex": "_T",
            "age": "_T",
            "unit": unit,
            "freq": "A",
            "obs_status": "A",
            "period": str(year),
            "period_start": dt.date(year, 1, 1),
            "value": float(value),
        }
        for n, values in enumerate(series)
        for year, value in values.items()
    ]
    return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type) for f in schema]))


def found(*series, unit="PC", indicator="any", rule=RULE, country="FI", smooth=()):
    """(series, year) to reason, of what went to quarantine."""
    given = table(*series, unit=unit, country=country)
    got = without_spikes(given, indicator, UNITS[unit], rule, smooth)
    assert len(got) == len(given)
    return {
        (int(r["series_key"]), int(r["period"])): r["reason"]
        for r in got.to_pylist()
        if r["fate"] == "quarantine"
    }


def calm(n=20, level=100_000, years=range(2005, 2020), noise=0.02, seed=1, decimals=0):
    """Series that grow by chance."""
    rng = np.random.default_rng(seed)
    return [
        {
            y: round(float(v), decimals)
            for y, v in zip(
                years,
                level * np.exp(rng.normal(0, 0.3) + np.cumsum(rng.normal(0.01, noise, len(years)))),
                strict=True,
            )
        }
        for _ in range(n)
    ]


def test_the_share_of_one_year_that_is_far_from_the_years_beside_it_is_found():
    """Public transport in Tampere, 62 % between 24 and 20."""
    others = calm(level=20, noise=0.05, decimals=1)
    assert found(TAMPERE, *others) == {(0, 2017): REASON}
    mended = TAMPERE | {2017: 22}
    assert found(mended, *others) == {}


def test_the_reason_names_the_value_what_is_expected_and_where_to_mend_it():
    given = table(TAMPERE, *calm(level=20, decimals=1))
    [row] = [
        r
        for r in without_spikes(given, "any", UNITS["PC"], RULE).to_pylist()
        if r["fate"] == "quarantine"
    ]
    assert row["value"] == 62
    for words in ("62", "22", "catalog/corrections", "catalog/comparability.yaml"):
        assert words in row["detail"]


def test_a_figure_unlike_all_others_is_found_also_where_it_is_the_newest_or_beside_a_gap():
    """People in households: Berlin, and Neumünster with those of another city."""
    berlin = {2001: 3_407_600, 2006: 3_362_100, 2011: 3_459_000, 2012: 3_497_600, 2021: 248_000}
    other = {2010: 76_200, 2011: 76_100, 2012: 75_900, 2021: 299_300}
    assert found(berlin, other, *calm(), unit="NR") == {(0, 2021): ALONE, (1, 2021): ALONE}
    # A second figure at the new level bears the first one out: then it is a break.
    assert found(other | {2022: 301_000}, *calm(), unit="NR") == {}
    # The oldest, a series that varies, a small count, and a price are left alone.
    begins = {2010: 7_000, 2011: 29_500, 2012: 29_700, 2013: 29_900, 2014: 30_100}
    varies = {2010: 20_000, 2011: 52_000, 2012: 24_000, 2013: 30_000, 2014: 131_000}
    few = {2010: 5, 2011: 6, 2012: 6, 2013: 5, 2014: 17}
    assert found(begins, varies, few, *calm(), unit="NR") == {}
    price = {2010: 40, 2011: 41, 2012: 41.5, 2013: 42, 2022: 9}
    assert found(price, *calm(level=40, decimals=2), unit="EUR") == {}


def test_what_tourism_lost_in_the_pandemic_is_no_error():
    beds = {2015: 83, 2016: 84, 2017: 84, 2018: 85, 2019: 85, 2020: 29}
    others = calm(level=60, decimals=0)
    asked = {"unit": "PER_1000", "indicator": "tourist_beds_per_1000"}
    assert found(beds, *others, **asked) == {}
    assert found(beds, *others, unit="PER_1000") == {(0, 2020): ALONE}


def test_a_price_of_zero_for_one_year_is_found_and_a_price_that_ends_is_not():
    """A monthly ticket at 0.00 for one year; elsewhere public transport becomes free."""
    ticket = {2014: 20.2, 2015: 20.5, 2016: 20.81, 2017: 0, 2018: 20.39, 2019: 19.98, 2020: 18.52}
    free = {2014: 20.2, 2015: 20.5, 2016: 20.81, 2017: 20.9, 2018: 20.9, 2019: 0, 2020: 0}
    others = calm(level=30, years=range(2014, 2021), decimals=2)
    assert found(ticket, free, *others, unit="EUR") == {(0, 2017): ZERO}


def test_a_count_of_one_year_too_high_by_a_third_is_found_in_a_calm_column():
    """116,720 between 83,969 and 89,699."""
    steady = {2005 + n: 78_000 + 1_000 * n for n in range(6)}
    wrong = steady | {2011: 83_969, 2012: 116_720, 2013: 89_699, 2014: 90_300}
    assert found(wrong, *calm(), unit="NR") == {(0, 2012): REASON}


def test_a_level_that_stays_is_no_spike():
    stays = {2005 + n: (50_000 if n < 8 else 90_000) + 300 * n for n in range(15)}
    assert found(stays, *calm(), unit="NR") == {}
    last = {2005 + n: (90_000 if n == 14 else 50_000) + 300 * n for n in range(15)}
    assert found(last, *calm(), unit="NR") == {}, "the last figure waits for the next"


def test_a_change_of_the_base_year_of_an_index_is_no_spike():
    """Figures of an older base, one year of the newest edition, or all since, are another size."""
    rebased = [{y: v / (2.4 if y >= 2012 else 1) for y, v in s.items()} for s in calm(level=240)]
    assert found(*rebased, unit="NR") == {}
    one_year = [{y: v / (2.4 if y == 2012 else 1) for y, v in s.items()} for s in calm(level=240)]
    assert found(*one_year, unit="NR") == {}, (
        "what befalls all places of the country is no error of one"
    )


def test_what_befalls_a_whole_country_in_one_year_is_no_error():
    dip = [s | {2012: round(s[2012] * 0.5)} for s in calm()]
    assert found(*dip, unit="NR") == {}
    alone = [dip[0], *calm()[1:]]
    assert found(*alone, unit="NR") == {(0, 2012): REASON}


def test_of_two_that_alternate_the_one_beside_the_level_is_kept():
    level = {2001 + n: 17 for n in range(16)}
    swing = level | {2006: 30, 2008: 30}
    assert found(swing, *[level] * 9, unit="PER_1000") == {(0, 2006): REASON, (0, 2008): REASON}


def test_a_death_rate_of_zero_is_found_at_the_end_too_and_not_where_events_are_rare():
    """Belgian cities without a death in 2023, by their figures."""
    rate = {y: 11 + (y % 2) for y in range(2010, 2023)} | {2023: 0}
    rare = {y: (2 if y % 3 else 0) for y in range(2010, 2024)}
    begins = {2010: 0} | dict.fromkeys(range(2011, 2024), 9)
    others = calm(level=12, years=range(2010, 2024), noise=0.05)
    assert found(rate, rare, begins, *others, unit="PER_1000") == {(0, 2023): ZERO}


def test_small_counts_fall_to_zero_by_chance():
    few = {2005 + n: (9 if n != 7 else 0) for n in range(15)}
    many = {2005 + n: (90 if n != 7 else 0) for n in range(15)}
    assert found(few, many, *calm(level=500), unit="NR") == {(1, 2012): ZERO}


@pytest.mark.parametrize("unit", ["CELSIUS", "YES_NO"])
def test_what_has_no_size_is_left_alone(unit):
    assert found(TAMPERE, *calm(level=20), unit=unit) == {}


def test_a_column_with_negative_values_is_a_balance():
    balance = {y: (-1) ** y * 3.0 for y in range(2005, 2020)} | {2012: 90.0}
    assert found(balance, *calm(level=20), unit="PC") == {}


def test_exceptions_are_data():
    world = (TAMPERE, *calm(level=20, decimals=1))
    assert found(*world, indicator="rainfall") == {}
    assert found(*world, indicator="commuting_by_public_transport") == {(0, 2017): REASON}
    real = Confirmed(
        indicator="commuting_by_public_transport", unit_id="eurostat_city:000", period="2017",
        reason="A real leap.", source="The city.",
    )  # fmt: skip
    rule = RULE.model_copy(update={"confirmed": [real]})
    assert found(*world, indicator="commuting_by_public_transport", rule=rule) == {}
    assert found(*world, indicator="another", rule=rule) == {(0, 2017): REASON}


def test_what_tourism_lost_in_the_pandemic_was_lost_and_what_it_won_is_looked_at():
    nights = dict.fromkeys(range(2012, 2023), 500000)
    lost, won = nights | {2020: 90_000}, nights | {2020: 4_000_000}
    others = calm(years=range(2012, 2023))
    assert found(lost, won, *others, unit="NR", indicator="tourist_nights") == {(1, 2020): REASON}
    assert found(lost, *others, unit="NR", indicator="dwellings") == {(0, 2020): REASON}


def test_series_that_the_source_interpolates_are_left_alone():
    assert found(TAMPERE, *calm(level=20), smooth={("p", "d")}) == {}


def test_the_rule_names_indicators_that_exist():
    known = set(catalog().indicators)
    named = {*RULE.not_indicators, *(i for s in RULE.shocks for i in s.indicators)}
    named |= {c.indicator for c in RULE.confirmed} | set(load().shared.not_indicators)
    assert named <= known
