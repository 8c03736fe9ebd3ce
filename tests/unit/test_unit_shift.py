"""A change of unit inside a column is found by its order of magnitude, and nothing else is."""

import datetime as dt

import pyarrow as pa
import pytest

from sources.read import read
from sources.store.pack import bundled
from warehouse import store
from warehouse.methods.unit_shift import REASON, shifted
from warehouse.tables import HARMONISED

YEARS = range(2010, 2022)


def rows(values, *, dataset="d"):
    """values: (country, series, year) to value; a table in the shape of HARMONISED."""
    made = [
        {
            "fate": "observation",
            "iso3": country,
            "source_id": "p",
            "dataset": dataset,
            "series_key": series,
            "sex": "_T",
            "age": "_T",
            "unit": "EUR",
            "period": str(year),
            "period_start": dt.date(year, 1, 1),
            "value": value,
        }
        for (country, series, year), value in values.items()
    ]
    schema = store.schema(HARMONISED)
    blank = dict.fromkeys(schema.names)
    return pa.Table.from_pylist([blank | r for r in made], schema=pa.schema(
        [pa.field(f.name, f.type) for f in schema]
    ))  # fmt: skip


def found(table, dimension="money", per=True, **kw):
    got = shifted(table, dimension, per, **kw)
    return {
        (r["series_key"], r["period"]): r["detail"]
        for r in got.to_pylist()
        if r["reason"] == REASON and r["fate"] == "quarantine"
    }


def rents(countries=("AA", "BB", "CC", "DD"), cities=5):
    return {
        (c, f"{c}{n}", y): 80.0 * (1 + 0.1 * n) * 1.03 ** (y - 2010)
        for c in countries
        for n in range(cities)
        for y in YEARS
    }


def test_a_year_by_the_month_is_found_in_all_cities_and_growth_is_not():
    values = rents()
    assert found(rows(values)) == {}
    monthly = {k: v / 12 for k, v in values.items() if k[0] == "AA" and k[2] == 2015}
    got = found(rows(values | monthly))
    assert set(got) == {(f"AA{n}", "2015") for n in range(5)}
    assert "13.3 times less than what the same series has in other years" in got["AA0", "2015"]


def test_the_level_of_the_other_countries_is_right_even_where_it_is_rarer():
    values = rents()
    monthly = {k: v / 12 for k, v in values.items() if k[0] == "AA" and k[2] >= 2012}
    assert {p for _, p in found(rows(values | monthly))} == {str(y) for y in range(2012, 2022)}


def test_a_city_that_never_had_the_other_unit_is_found_through_its_country():
    values = rents()
    mixed = {
        k: v / 12 for k, v in values.items() if k[0] == "AA" and (k[2] >= 2012 or k[1] == "AA4")
    }
    got = found(rows(values | mixed))
    assert ("AA4", "2010") in got
    assert "the same country has in other cities" in got["AA4", "2010"]


def test_a_whole_country_in_another_unit_is_not_found_and_the_page_says_so():
    values = rents()
    assert found(rows(values | {k: v / 12 for k, v in values.items() if k[0] == "AA"})) == {}


def test_a_dear_city_is_no_change_of_unit():
    values = rents() | {("AA", "AA9", y): 700.0 for y in YEARS}
    assert found(rows(values)) == {}


def test_of_sizes_the_longer_level_is_right_and_small_numbers_may_jump():
    km = {("AA", "a", y): 120.0 for y in YEARS} | {("AA", "a", 2021): 120_000.0}
    small = {("AA", "b", y): 2.0 for y in YEARS} | {("AA", "b", 2021): 60.0}
    assert set(found(rows(km | small), "length", per=False)) == {("a", "2021")}


@pytest.mark.parametrize("dimension", ["share", "index", "concentration", "temperature"])
def test_what_comes_near_to_zero_by_itself_is_left_alone(dimension):
    table = rows({("AA", "a", y): 1.0 for y in YEARS} | {("AA", "a", 2021): 90.0})
    assert shifted(table, dimension, False) is table


def test_interpolated_series_and_what_is_no_figure_are_left_alone():
    jump = {("AA", "a", y): 100.0 for y in YEARS} | {("AA", "a", 2021): 100_000.0}
    assert found(rows(jump), "count", per=False, smooth={("p", "d")}) == {}
    table = rows(jump)
    gone = pa.array(["quarantine"] * len(table))
    table = table.set_column(table.column_names.index("fate"), "fate", gone)
    assert found(table, "count", per=False) == {}


def test_the_rents_of_a_country_by_the_month_are_found_without_their_corrections():
    """Rents of the bundled vintage, as Eurostat serves them: German ones of 2022 by the month."""
    file = next(
        f
        for s, f in bundled()
        if (s.provider, f.name) == ("eurostat", "urb_clivcon@2026-06.csv.gz")
    )
    served = read("carrier", file, "urb_clivcon").to_pylist()
    rent = {
        (r["cities"][:2], r["cities"], int(r["period"])): r["value"]
        for r in served
        if r["indic_ur"] == "SA1049V" and r["value"] is not None and "C" in r["cities"][2:]
    }
    told = found(rows(rent))
    german = {(city, str(y)) for (iso2, city, y) in rent if (iso2, y) == ("DE", 2022)}
    assert len(german) > 100
    assert len(german & set(told)) >= 0.95 * len(german)
    others = {(city, str(y)) for (iso2, city, y) in rent if iso2 == "DE" and y < 2022}
    assert len(others & set(told)) <= 0.02 * len(others)
