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
    ],
)
def test_forms(text, start, end, freq):
    assert parse(text) == (start, end, freq)


@pytest.mark.parametrize(
    "text", ["", "latest", "2018-13", "2018-Q5", "2023-02-29", "2021-W53", "18"]
)
def test_what_is_no_period(text):
    assert parse(text) is None


@given(st.integers(1900, 2100), st.integers(1, 12))
def test_months_of_a_year_follow_without_gap(year, month):
    this = parse(f"{year}-{month:02d}")
    following = parse(f"{year + month // 12}-{month % 12 + 1:02d}")
    assert this and following
    assert following[0] == this[1] + timedelta(days=1)
