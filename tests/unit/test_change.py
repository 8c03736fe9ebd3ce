"""Change over 1, 5 and 10 years, and the way to a target: within one series, never across a break."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from rows import observations

from warehouse.methods.change import change
from warehouse.methods.target_progress import target_progress
from warehouse.methods.trend import trend
from warehouse.methods.without_trend import without_trend


def series(values: dict[int, float | None], **common) -> list[dict]:
    return [{"period": str(year), "value": v, **common} for year, v in values.items()]


def test_the_newest_figure_is_set_against_the_one_exactly_so_many_years_before():
    found = change(observations(series({2005: 80.0, 2010: 100.0, 2014: 110.0, 2015: 121.0})))
    told = {r["years"]: r for r in found.to_pylist()}
    assert sorted(told) == [1, 5, 10]
    assert (told[1]["first_period"], told[1]["change"]) == ("2014", 11.0)
    assert told[5]["change_percent"] == pytest.approx(21.0)
    assert told[10]["annual_percent"] == pytest.approx(100 * ((121 / 80) ** 0.1 - 1))


def test_a_year_that_is_not_there_is_not_made_up():
    assert change(observations(series({2004: 1.0, 2009: 2.0, 2015: 3.0}))).num_rows == 0


def test_no_change_is_told_across_a_break():
    given = series({2010: 100.0, 2014: 110.0, 2015: 55.0})
    given[-1]["break_origin"] = "source"
    assert change(observations(given)).num_rows == 0
    given[-2]["break_origin"], given[-1]["break_origin"] = "observatory", None
    assert change(observations(given))["years"].to_pylist() == [1]


def test_percent_where_there_is_one():
    found = change(observations(series({2010: 0.0, 2015: 5.0}))).to_pylist()[0]
    assert (found["change"], found["change_percent"], found["annual_percent"]) == (5.0, None, None)
    found = change(observations(series({2010: -4.0, 2015: 2.0}))).to_pylist()[0]
    assert (found["change_percent"], found["annual_percent"]) == (150.0, None)


def test_projections_and_figures_that_were_replaced_do_not_count():
    given = series({2010: 1.0, 2015: 2.0}) + series({2020: 9.0}, obs_status="F")
    assert change(observations(given))["last_period"].to_pylist() == ["2015"]


def why_not(rows: list[dict], left_out: str = "") -> tuple:
    table = observations(rows)
    taken = pa.Table.from_pylist(
        [r | {"reasons": left_out} for r in table.slice(0, 1 if left_out else 0).to_pylist()],
        pa.schema([*table.schema, ("reasons", pa.string())]),
    )
    found = without_trend(
        observation=table,
        trend=trend(table, set()),
        change=change(table),
        not_comparable=taken,
        series_break=table.filter(pc.field("break_origin").is_valid()),
    )
    return next(
        ((r["points"], r["no_trend"], r["no_change"]) for r in found.to_pylist()),
        (None, None, None),
    )


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ((2010,), (1, "too_short", "too_short")),
        ((2010, 2015), (2, "too_short", None)),
        ((2010, 2013), (2, "too_short", "no_pair")),
        ((2011, 2012, 2013, 2014), (4, "too_short", None)),
        ((2010, 2011, 2012, 2013, 2014), (None, None, None)),
        ((2003, 2005, 2006, 2008, 2012), (5, None, "no_pair")),
    ],
)
def test_no_series_is_without_a_trend_or_change_and_no_reason(years, said):
    assert why_not(series(dict.fromkeys(years, 1.0))) == said


def test_other_reasons_for_no_trend_are_told():
    five = series(dict.fromkeys(range(2010, 2016), 1.0))
    five[-1]["break_origin"] = "source"
    assert why_not(five) == (6, "short_since_break", "no_pair")
    assert why_not(five, "regional_value; absolute_count") == (6, "shared_value", "shared_value")
    assert why_not(five, "absolute_count")[1] == "short_since_break"
    projected = series({2030: 1.0, 2031: 2.0}, obs_status="F")
    assert why_not(projected) == (0, "not_measured", "not_measured")
    monthly = [{"period": "2020-01", "value": 1.0, "freq": "M"}]
    assert why_not(monthly) == (0, "not_annual", "not_annual")


def test_a_missing_trend_of_another_cause_is_given_no_reason():
    table = observations(series(dict.fromkeys(range(2010, 2016), 1.0)))
    none = table.slice(0, 0).append_column("reasons", pa.array([], pa.string()))
    found = without_trend(
        observation=table,
        trend=table.slice(0, 0),
        change=change(table),
        not_comparable=none,
        series_break=none,
    )
    assert found.num_rows == 0  # the promise that asks for a row of each would find it


TARGET = {"indicator_id": "access", "unit": "PC", "target": 100.0, "target_year": 2030}


def progress(values: dict[int, float | None], higher: bool = True, target: float = 100.0) -> dict:
    table = observations(series(values, indicator_id="access", unit="PC"))
    stated = pa.Table.from_pylist([TARGET | {"higher": higher, "target": target}])
    (row,) = target_progress(table, stated).to_pylist()
    return row


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({2015: 40.0, 2020: 60.0}, "substantial_progress"),  # exactly the pace that was asked for
        ({2015: 40.0, 2020: 53.0}, "moderate_progress"),
        ({2015: 40.0, 2020: 45.0}, "limited_progress"),
        ({2015: 40.0, 2020: 40.0}, "limited_progress"),
        ({2015: 40.0, 2020: 39.0}, "deterioration"),
        ({2015: 90.0, 2020: 100.0}, "target_achieved"),
        ({2020: 100.0}, "target_achieved"),
        ({2020: 60.0}, "not_available"),
        ({2018: 40.0, 2020: 60.0}, "not_available"),  # two years say little
        ({2010: 10.0, 2015: 40.0, 2020: 60.0}, "substantial_progress"),  # from 2015 on
    ],
)
def test_the_classes_of_progress(values, said):
    assert progress(values)["progress"] == said


def test_a_target_of_nothing_is_reached_from_above():
    found = progress({2015: 30.0, 2020: 20.0}, higher=False, target=0.0)
    assert (found["progress"], found["distance"]) == ("substantial_progress", -20.0)
    assert (found["annual_change"], found["annual_change_required"]) == (-2.0, -2.0)
    lost = progress({2015: 30.0, 2020: 33.0}, higher=False, target=0.0)
    assert lost["progress"] == "deterioration"


def test_a_target_in_another_unit_is_not_compared():
    table = observations(series({2015: 40.0, 2020: 60.0}, indicator_id="access", unit="person"))
    assert target_progress(table, pa.Table.from_pylist([TARGET | {"higher": True}])).num_rows == 0
