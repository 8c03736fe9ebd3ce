"""Periods in SDMX notation."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.methods.periods import parse


@pytest.mark.parametrize(
    ("text", "start", "end", "freq"),
    [
        ("2018", date(2018, 1, 1), date(2018, 12, 31), "A"),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29), "M"),
        ("2021-Q4", date(2021, 10, 1), date(2021, 12, 31), "Q"),
        ("2021-S1", date(2021, 1, 1), date(2021, 6, 30), "S"),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4), "W"),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29), "D"),
        ("2011-01-01/P2Y", date(2011, 1, 1), date(2012, 12, 31), "A2"),
        ("2011/2012", date(2011, 1, 1), date(2012, 12, 31), "A2"),
        ("2013-2013", date(2013, 1, 1), date(2013, 12, 31), "A"),
        ("2020-07-01/P1Y", date(2020, 7, 1), date(2021, 6, 30), "A"),
        ("2020-01-31/P1M", date(2020, 1, 31), date(2020, 2, 28), "M"),
        ("2020-01-01/P3M", date(2020, 1, 1), date(2020, 3, 31), "Q"),
        ("2020-01-06/P1W", date(2020, 1, 6), date(2020, 1, 12), "W"),
        ("2020-01-06/P10D", date(2020, 1, 6), date(2020, 1, 15), "D10"),
    ],
)
def test_forms(text, start, end, freq):
    assert parse(text) == (start, end, freq)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "latest",
        "2018-13",
        "2018-Q5",
        "2023-02-29",
        "2021-W53",
        "18",
        "2012/2011",
        "2011-01-01/P",
        "2011-02-30/P1Y",
        "2011-01-01/P0Y",
        "2011/P2Y",
    ],
)
def test_what_is_no_period(text):
    assert parse(text) is None


@given(st.integers(1900, 2100), st.integers(1, 12))
def test_months_of_a_year_follow_without_gap(year, month):
    this = parse(f"{year}-{month:02d}")
    following = parse(f"{year + month // 12}-{month % 12 + 1:02d}")
    assert this and following
    assert following[0] == this[1] + timedelta(days=1)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.integers(1, 30))
def test_a_range_ends_the_day_before_the_next_one_begins(start, years):
    this = parse(f"{start}/P{years}Y")
    assert this
    following = this[1] + timedelta(days=1)
    assert (following.year, following.month) == (start.year + years, start.month)
    assert following.day == start.day or (start.month, start.day) == (2, 29)
