"""The macro of least-squares slopes: what NumPy finds, on the figures that it says it takes."""

import datetime as dt

import duckdb
import numpy as np
import pytest
from rows import observations

from warehouse import query

YEARS = np.arange(2014, 2024)


def series(unit: str, values, **said) -> list[dict]:
    return [
        {"unit_id": unit, "value": v, "period": str(y), "period_start": dt.date(int(y), 1, 1)}
        | said
        for y, v in zip(YEARS, values, strict=False)
        if v is not None
    ]


def slopes(given: list[dict]) -> dict[str, tuple[int, float | None, float | None]]:
    con = duckdb.connect()
    con.register("rows", observations(given))
    con.execute("create table observation as from rows")
    con.execute(query.text("ols_trend"))
    found = con.sql("select unit_id, points, slope, r2 from ols_trend(2014, 2023)").fetchall()
    return {unit: (points, slope, r2) for unit, points, slope, r2 in found}


def test_as_numpy():
    rng = np.random.default_rng(11)
    given = {f"u{n}": 1e7 + rng.normal(scale=10.0**n, size=10).cumsum() for n in range(6)}
    found = slopes([r for unit, values in given.items() for r in series(unit, values)])
    for unit, values in given.items():
        points, slope, r2 = found[unit]
        assert points == 10
        assert slope == pytest.approx(np.polyfit(YEARS - 2014, values, 1)[0], rel=1e-6)
        assert r2 == pytest.approx(np.corrcoef(YEARS, values)[0, 1] ** 2, rel=1e-6)


def test_what_counts_and_what_has_no_slope():
    told = dt.datetime(2026, 1, 1)
    found = slopes(
        [
            *series("flat", [5.0] * 10),
            *series("few", [1.0, 2.0]),
            *series("closed", [1.0, 2.0, 4.0], recorded_to=told),
            *series("projected", [1.0, 2.0, 4.0], obs_status="F"),
            *series("gap", [1.0, None, 3.0, None, 5.0]),
            *[r for n in range(3) for r in series("one year", [float(n)])],
            *[r for _ in range(3) for r in series("one figure", [5.0])],
        ]
    )
    assert found == {
        "flat": (10, 0.0, 1.0),
        "gap": (3, 1.0, 1.0),
        "one year": (3, None, None),
        "one figure": (3, None, None),
    }
