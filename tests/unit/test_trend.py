"""Slopes and tests of trend, against SciPy, against counting, and at their edges."""

import datetime
import itertools

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import golden, observations
from scipy.stats import kendalltau, norm, theilslopes
from work import calls

from warehouse import store, tables
from warehouse.methods.trend import exact_p, measure, trend


def series(values, first=2000, **common) -> list[dict]:
    return [{"period": str(first + n), "value": v, **common} for n, v in enumerate(values)]


def only(table: pa.Table) -> dict:
    (row,) = table.to_pylist()
    return row


def test_golden():
    table = observations(
        [
            *series([1.0, 2.0, 3.0, 4.0, 5.0], indicator_id="a_rising"),
            *series([9.0, 7.0, 8.0, 5.0, 3.0, 2.0, 1.0], indicator_id="b_falling"),
            *series([4.0, 4.0, 4.0, 4.0, 4.0], indicator_id="c_flat"),
            *series([1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 6.0], indicator_id="d_ties"),
            *series([float(n**2) for n in range(12)], indicator_id="e_long"),
            *series([float(n) for n in range(12)], indicator_id="f_interpolated"),
            *series([1.0, 2.0, 3.0, 4.0], indicator_id="g_short"),
        ]
    )
    found = trend(table, {("f_interpolated", "cities_population")})
    columns = ["indicator_id", "first_period", "last_period", "points", "slope", "slope_lower"]
    columns += ["slope_upper", "slope_percent", "kendall_s", "p_value", "p_corrected", "method"]
    golden("trend", found, [*columns, "direction", "direction_corrected"])


@pytest.mark.parametrize("n", range(2, 8))
def test_exact_p_is_the_share_of_all_orders(n):
    pairs = list(itertools.combinations(range(n), 2))
    orders = np.array(list(itertools.permutations(range(n))))
    s = sum(np.sign(orders[:, j] - orders[:, i]) for i, j in pairs)
    for value, p in enumerate(exact_p(n)):
        assert p == pytest.approx((np.abs(s) >= value).mean(), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(5, 9).flatmap(lambda n: st.permutations(range(n))))
def test_exact_against_scipy(order):
    years, values = np.arange(len(order), dtype=float), np.array(order, dtype=float)
    found = measure(years[None], values[None])
    expected = kendalltau(years, values, method="exact")
    assert found["exact"][0]
    assert found["p"][0] == pytest.approx(expected.pvalue, abs=1e-12)
    pairs = len(order) * (len(order) - 1) / 2
    assert found["s"][0] == round(expected.statistic * pairs)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1950, 2030), st.integers(-20, 20)),
        min_size=5,
        max_size=40,
        unique_by=lambda p: p[0],
    )
)
def test_slope_s_and_normal_p_against_scipy_and_counting(points):
    points = sorted(points)
    years, values = (np.array(c, dtype=float) for c in zip(*points, strict=True))
    found = measure(years[None], values[None])
    assert found["slope"][0] == pytest.approx(theilslopes(values, years).slope, abs=1e-12)
    n = len(values)
    s = sum(np.sign(values[j] - values[i]) for i in range(n) for j in range(i + 1, n))
    assert found["s"][0] == s
    if not found["exact"][0]:
        ties = np.unique(values, return_counts=True)[1]
        variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
        z = 0.0 if variance == 0 else max(abs(s) - 1, 0) / variance**0.5
        assert found["p"][0] == pytest.approx(2 * norm.sf(z), abs=1e-12)


def test_ten_points_without_ties_are_near_the_exact_p():
    values = np.array([3, 1, 4, 2, 6, 5, 8, 7, 10, 9], dtype=float)
    found = measure(np.arange(10.0)[None], values[None])
    assert not found["exact"][0]
    expected = kendalltau(np.arange(10), values, method="exact").pvalue
    assert found["p"][0] == pytest.approx(expected, abs=0.002)


def test_only_the_run_since_the_last_break_counts():
    rows = series([100.0, 90.0, 80.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    rows[1]["break_origin"] = "source"
    rows[3]["break_origin"] = "observatory"
    found = only(trend(observations(rows), set()))
    assert (found["first_period"], found["points"], found["slope"]) == ("2003", 5, 1.0)


def test_a_break_in_the_last_five_points_leaves_too_few():
    rows = series([float(n) for n in range(9)])
    rows[5]["break_origin"] = "source"
    assert trend(observations(rows), set()).num_rows == 0


def test_a_break_where_the_value_is_missing_ends_the_run_before():
    rows = series([9.0, 8.0, None, 1.0, 2.0, 3.0, 4.0, 5.0])
    rows[2] |= {"break_origin": "source", "obs_status": "M"}
    found = only(trend(observations(rows), set()))
    assert (found["first_period"], found["points"]) == ("2003", 5)


def test_projections_revisions_and_quarters_are_no_points():
    old = {"recorded_to": datetime.datetime(2024, 1, 1)}
    table = observations(
        [
            *series([1.0, 2.0, 3.0, 4.0, 5.0]),
            *series([99.0] * 5, first=2005, obs_status="F"),
            *series([99.0] * 5, first=2000, **old),
            {"period": "2006", "value": 99.0, "freq": "Q"},
            {"period": "2007", "value": None, "obs_status": "M"},
        ]
    )
    found = only(trend(table, set()))
    assert (found["points"], found["slope"], found["last_period"]) == (5, 1.0, "2004")


def test_gaps_in_time_count_as_time():
    table = observations(
        [{"period": str(y), "value": float(y)} for y in (1990, 1995, 2000, 2010, 2011)]
    )
    assert only(trend(table, set()))["slope"] == 1.0


def test_interpolated_series_have_a_slope_and_no_p():
    found = only(
        trend(observations(series([1.0, 2, 3, 4, 5])), {("population", "cities_population")})
    )
    assert (found["slope"], found["p_value"], found["method"], found["direction"]) == (
        1.0,
        None,
        "none",
        None,
    )


def test_one_series_where_a_unit_has_two():
    table = observations(
        [
            *series([5.0, 4.0, 3.0, 2.0, 1.0], series_key="a"),
            *series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], series_key="b"),
        ]
    )
    assert only(trend(table, set()))["points"] == 6


def test_no_percent_of_a_median_of_nought():
    found = only(trend(observations(series([-2.0, -1.0, 0.0, 1.0, 2.0])), set()))
    assert (found["slope"], found["slope_percent"]) == (1.0, None)


def test_nothing_gives_an_empty_table():
    assert trend(observations([]), set()).schema == store.schema(tables.of("trend"))


def test_many_series_in_any_order_without_python_for_each(tmp_path):
    generator = np.random.default_rng(4)
    units, years = 4000, np.arange(1990, 2015)
    unit, year = (a.ravel() for a in np.meshgrid(np.arange(units), years, indexing="ij"))
    one = observations([{}])
    table = one.take(pa.array(np.zeros(len(unit), dtype=np.int64)))
    day = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    for name, column in {
        "unit_id": pa.array(unit).cast(pa.string()),
        "period": pa.array(year).cast(pa.string()),
        "period_start": pa.array(day),
        "value": pa.array(generator.integers(0, 50, len(unit)).astype(float)),
    }.items():
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(name), column)
    found, work = calls(trend, table, set())
    assert work < units
    assert found.num_rows == units
    shuffled = trend(table.take(pa.array(generator.permutation(len(unit)))), set())
    files = [
        store.write(t, tables.of("trend"), tmp_path / f"{n}.parquet")
        for n, t in enumerate((found, shuffled))
    ]
    assert files[0] == files[1]
    row = found.slice(17, 1).to_pylist()[0]
    mine = table.filter(pc.equal(table["unit_id"], row["unit_id"]))["value"].to_numpy()
    assert row["slope"] == pytest.approx(theilslopes(mine, years).slope)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=10, max_size=25, unique=True))
def test_the_interval_of_long_series_against_scipy(values):
    years = np.arange(len(values), dtype=float)
    found = measure(years[None], np.array(values, dtype=float)[None])
    expected = theilslopes(values, years)
    slopes = sorted(
        (b - a) / (j - i) for (i, a), (j, b) in itertools.combinations(enumerate(values), 2)
    )
    for ours, theirs in ((found["lower"][0], expected[2]), (found["upper"][0], expected[3])):
        # SciPy rounds the rank where the book takes the whole part: neighbours at most.
        assert not [x for x in slopes if min(ours, theirs) < x < max(ours, theirs)]


def test_the_exact_interval_is_the_set_of_slopes_that_the_exact_test_does_not_reject():
    rng = np.random.default_rng(3)
    for n in range(5, 10):
        years, values = np.arange(n, dtype=float), rng.normal(size=n)
        found = measure(years[None], values[None])
        for slope in rng.uniform(found["lower"][0] - 1, found["upper"][0] + 1, 60):
            inside = found["lower"][0] < slope < found["upper"][0]
            p = kendalltau(years, values - slope * years, method="exact").pvalue
            assert inside == (p > 0.05)


def test_years_that_are_alike_make_the_test_more_careful_and_never_bolder():
    rng = np.random.default_rng(4)
    noise = rng.normal(size=(4000, 70))
    for t in range(1, 70):
        noise[:, t] += 0.3 * noise[:, t - 1]
    values = noise[:, 50:]
    found = measure(np.broadcast_to(np.arange(20.0), values.shape), values)
    assert (found["corrected"] >= found["p"] - 1e-12).all()
    assert (found["p"] < 0.05).mean() > 0.10  # what independence would have claimed
    assert (found["corrected"] < 0.05).mean() < 0.075
    assert np.isnan(measure(np.arange(9.0)[None], values[:1, :9])["corrected"]).all()


def test_a_series_that_grows_at_one_rate_between_counts_has_no_p_value():
    """Nothing measured grows by the same rate year after year: the source drew it."""
    drawn_ = [round(1e6 * 1.013**n) for n in range(8)] + [
        round(1e6 * 1.013**7 * 1.02**n) for n in range(1, 7)
    ]
    rng = np.random.default_rng(1)
    counted = np.round(1e6 * np.exp(np.cumsum(rng.normal(0.013, 0.004, 14))))
    given = [
        {"unit_id": u, "series_key": u, "period": str(2000 + n), "value": float(v)}
        for u, values in (("drawn", drawn_), ("counted", counted))
        for n, v in enumerate(values)
    ]
    found = {r["unit_id"]: r for r in trend(observations(given), set()).to_pylist()}
    assert (found["drawn"]["method"], found["drawn"]["p_value"]) == ("none", None)
    assert found["drawn"]["slope"] > 0
    assert found["counted"]["p_value"] < 0.01
