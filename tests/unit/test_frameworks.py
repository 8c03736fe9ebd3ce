"""The bridge from series to indicators."""

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.methods.frameworks import series_framework


def test_one_observation_under_three_indicators_is_one_record_and_three_rows(tmp_path):
    rows = {
        "SeriesCode": ["VC_DSR_MORT", "VC_DSR_MORT", "SH_H2O_SAFE", "OLD"],
        "Indicator": ["1.5.1;11.5.1;13.1.1", "1.5.1;11.5.1;13.1.1", "6.1.1", "11.b.1"],
        "recorded_to": pa.array([None, None, None, 0], pa.timestamp("us")),
    }
    pq.write_table(pa.table(rows), tmp_path / "un.parquet")
    pq.write_table(pa.table({"geo": ["A"]}), tmp_path / "other.parquet")
    found = series_framework(
        {
            ("un_sdg", "goal13"): tmp_path / "un.parquet",
            ("eurostat", "x"): tmp_path / "other.parquet",
        }
    ).to_pylist()
    assert [(r["series"], r["code"], r["target"], r["goal"], r["records"]) for r in found] == [
        ("SH_H2O_SAFE", "6.1.1", "6.1", "6", 1),
        ("VC_DSR_MORT", "1.5.1", "1.5", "1", 2),
        ("VC_DSR_MORT", "11.5.1", "11.5", "11", 2),
        ("VC_DSR_MORT", "13.1.1", "13.1", "13", 2),
    ]
    assert {(r["source_id"], r["dataset"], r["framework"]) for r in found} == {
        ("un_sdg", "goal13", "sdg")
    }


def test_no_history_gives_no_rows():
    assert series_framework({}).num_rows == 0
