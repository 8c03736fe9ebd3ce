"""Ranks within groups that may be compared, and in the direction of the indicator."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import golden, observations, rows

from warehouse import store, tables
from warehouse.errors import WarehouseError
from warehouse.methods.ranking import ranking


def directions(**by_indicator: str) -> pa.Table:
    return rows(
        tables.of("indicator"),
        [{"indicator_id": i, "direction": d} for i, d in by_indicator.items()],
    )


def units(values: dict[str, float], **common) -> list[dict]:
    return [{"metro_id": m, "unit_id": m, "value": v, **common} for m, v in values.items()]


def test_golden():
    values = {"ad": 10.0, "be": 30.0, "cy": 30.0, "dk": 5.0}
    given_rows = [
        *units(values, indicator_id="gdp"),
        *units(values, indicator_id="pm25"),
        *units({"ad": 7.0}, indicator_id="gdp", period="2017"),
        *units({"ee": 99.0}, indicator_id="gdp", obs_status="F"),
        *units({"ff": 50.0}, indicator_id="gdp", vintage="2024"),
    ]
    found = ranking(observations(given_rows), directions(gdp="higher", pm25="lower"))
    columns = ["indicator_id", "vintage", "period", "unit_id", "value", "rank", "of", "percentile"]
    golden("ranking", found, columns)


def test_a_total_is_not_ranked_and_its_rate_is():
    values = {"ad": 10.0, "be": 30.0}
    table = observations(
        [*units(values, indicator_id="robberies"), *units(values, indicator_id="robbery_rate")]
    )
    stated = rows(
        tables.of("indicator"),
        [
            {"indicator_id": "robberies", "direction": "lower", "between_places": False},
            {"indicator_id": "robbery_rate", "direction": "lower", "between_places": True},
        ],
    )
    assert set(ranking(table, stated)["indicator_id"].to_pylist()) == {"robbery_rate"}


def ranks(table: pa.Table, **direction: str) -> dict[str, int]:
    found = ranking(table, directions(**direction))
    return dict(zip(found["unit_id"].to_pylist(), found["rank"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("higher", {"a": 3, "b": 1, "c": 2}),
        ("none", {"a": 3, "b": 1, "c": 2}),
        ("lower", {"a": 1, "b": 3, "c": 2}),
    ],
)
def test_direction(direction, expected):
    table = observations(units({"a": -1.0, "b": 5.0, "c": 0.0}))
    assert ranks(table, population=direction) == expected


@pytest.mark.parametrize(
    "difference",
    [
        {"scale": "city"},
        {"system": "other"},
        {"vintage": "2024"},
        {"sex": "F"},
        {"age": "Y15T64"},
        {"unit": "percent"},
        {"period": "2019"},
        {"dataset": "other"},
    ],
)
def test_what_differs_is_never_ranked_together(difference):
    table = observations([*units({"a": 1.0}), *units({"b": 2.0}, **difference)])
    found = ranking(table, directions(population="higher"))
    assert found["of"].to_pylist() == [1, 1]
    assert found["percentile"].null_count == 2


def test_what_is_never_ranked():
    replaced = {"recorded_to": datetime.datetime(2024, 1, 1)}
    table = observations(
        [
            *units({"a": 1.0}, obs_status="F"),
            *units({"b": 1.0}, scale="country"),
            *units({"c": 1.0}, **replaced),
            {"metro_id": "d", "unit_id": "d", "value": None, "obs_status": "M"},
            *units({"e": 1.0}),
        ]
    )
    assert ranks(table, population="higher") == {"e": 1}


def test_a_unit_with_two_series_has_one_row():
    table = observations([*units({"a": 1.0}, series_key="k1"), *units({"a": 9.0}, series_key="k2")])
    found = ranking(table, directions(population="higher"))
    assert found.select(["value", "of"]).to_pylist() == [{"value": 1.0, "of": 1}]


def test_an_indicator_without_a_direction_is_an_error():
    with pytest.raises(WarehouseError, match="indicator population is not in table indicator"):
        ranking(observations([{}]), directions(gdp="higher"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30), st.sampled_from(["higher", "lower"]))
def test_against_counting(values, direction):
    table = observations(units({f"u{n:02d}": float(v) for n, v in enumerate(values)}))
    found = ranking(table, directions(population=direction)).to_pylist()
    assert len(found) == len(values)
    for row in found:
        mine = values[int(row["unit_id"][1:])]
        better = sum(v > mine if direction == "higher" else v < mine for v in values)
        assert row["rank"] == 1 + better
        assert row["of"] == len(values)
        if len(values) > 1:
            others = len(values) - 1
            assert row["percentile"] == pytest.approx(100 * (others - better) / others)


def test_the_order_of_rows_does_not_matter(tmp_path):
    values = np.random.default_rng(2).integers(0, 9, 60)
    table = observations(units({f"u{n}": float(v) for n, v in enumerate(values)}))
    shuffled = table.take(pa.array(np.random.default_rng(3).permutation(len(table))))
    known = directions(population="lower")
    files = [
        store.write(ranking(t, known), tables.of("ranking"), tmp_path / f"{n}.parquet")
        for n, t in enumerate((table, shuffled))
    ]
    assert files[0] == files[1]
