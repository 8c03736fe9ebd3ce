"""The newest current, measured figure: which one wins, and which never does."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from rows import golden, observations

from warehouse import store, tables
from warehouse.methods.latest import latest

COLUMNS = ["metro_id", "indicator_id", "scale", "system", "unit_id", "sex", "unit", "period"]
COLUMNS += ["value", "obs_status", "provenance", "dataset"]


def barcelona() -> pa.Table:
    """Barcelona as several sources have it, with what must never be in `latest`."""
    return observations(
        [
            {"period": "2016", "value": 3600000.0, "series_key": "a"},
            {"period": "2018", "value": 3700000.0, "series_key": "a"},
            {"period": "2030", "value": 4200000.0, "series_key": "a", "obs_status": "F"},
            {"period": "2019", "value": None, "series_key": "a", "obs_status": "M"},
            {"period": "2018", "value": 1800000.0, "series_key": "b", "sex": "M"},
            {
                "period": "2014",
                "value": 5400000.0,
                "system": "eurostat_metro",
                "vintage": "NUTS2021",
                "unit_id": "eurostat_metro:ES002M",
                "scale": "metro_region",
                "source_id": "eurostat",
                "dataset": "met_d3area",
                "obs_status": "E",
            },
            {
                "period": "2020",
                "value": 47000000.0,
                "system": "iso3166",
                "vintage": "current",
                "unit_id": "iso3166:ESP",
                "scale": "country",
            },
            {
                "period": "2023",
                "value": 9.0,
                "recorded_to": datetime.datetime(2024, 6, 1),
                "series_key": "a",
            },
        ]
    )


def test_golden():
    golden("latest", latest(barcelona()), COLUMNS)


@pytest.mark.parametrize(
    "row",
    [
        {"obs_status": "F", "period": "2020"},
        {"value": None, "period": "2020", "obs_status": "M"},
        {"recorded_to": datetime.datetime(2024, 1, 1), "period": "2020"},
        {"scale": "country"},
        {"scale": "region"},
    ],
)
def test_what_is_never_latest(row):
    assert latest(observations([row])).num_rows == 0


def test_upstream_wins_over_a_newer_carrier_and_a_carrier_over_computed():
    found = latest(
        observations(
            [
                {"period": "2020", "provenance": "computed", "dataset": "c", "value": 3.0},
                {"period": "2012", "provenance": "upstream", "dataset": "u", "value": 1.0},
                {"period": "2018", "provenance": "carrier", "dataset": "b", "value": 2.0},
            ]
        )
    )
    assert found.select(["dataset", "period", "value"]).to_pylist() == [
        {"dataset": "u", "period": "2012", "value": 1.0}
    ]


def test_within_a_provenance_the_newer_period_wins_then_the_name_of_the_dataset():
    same = [{"period": "2018", "dataset": d, "value": float(n)} for n, d in enumerate("zab")]
    older = [{"period": "2017", "dataset": "a0", "value": 9.0}]
    assert latest(observations(older + same)).column("dataset").to_pylist() == ["a"]


def test_a_year_goes_before_its_last_quarter():
    quarter = {
        "period": "2018-Q4",
        "freq": "Q",
        "period_start": datetime.date(2018, 10, 1),
        "period_end": datetime.date(2018, 12, 31),
    }
    found = latest(observations([quarter, {"period": "2018"}]))
    assert found.column("period").to_pylist() == ["2018"]


def test_units_and_delineations_stay_apart():
    rows = [{}, {"unit": "percent"}, {"vintage": "2024"}]
    assert latest(observations(rows)).num_rows == len(rows)


def test_a_group_never_stands_beside_the_total():
    rows = [{}, {"sex": "F"}, {"sex": "M"}, {"age": "Y15T64"}]
    assert latest(observations(rows)).select(["sex", "age"]).to_pylist() == [
        {"sex": "_T", "age": "_T"}
    ]


def test_the_order_of_rows_does_not_matter(tmp_path):
    table = observations(
        [
            {"period": str(y), "dataset": d, "value": v, "metro_id": m, "unit_id": m}
            for y in (2017, 2018)
            for d in "ab"
            for v in (1.0, 2.0)  # a duplicate key, which the expectations refuse, but still
            for m in ("m1", "m2", "m3")
        ]
    )
    shuffled = table.take(pa.array(np.random.default_rng(1).permutation(len(table))))
    files = [
        store.write(latest(t), tables.of("latest"), tmp_path / f"{n}.parquet")
        for n, t in enumerate((table, shuffled))
    ]
    assert files[0] == files[1]


def test_a_newer_carried_copy_of_the_same_dataset_is_not_hidden_by_upstreams_part_of_it():
    found = latest(
        observations(
            [
                {"period": "2022", "provenance": "upstream", "value": 1.0},
                {"period": "2024", "provenance": "carrier", "value": 2.0},
            ]
        )
    )
    assert found.select(["period", "value"]).to_pylist() == [{"period": "2024", "value": 2.0}]
