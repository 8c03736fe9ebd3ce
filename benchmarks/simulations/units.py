"""How often the rule for a change of unit inside a column errs.

    python -m benchmarks.simulations.units

writes docs/simulations-units.md by the function that the observatory uses
(`warehouse.methods.unit_shift`): false alarms on columns of one unit, and the share of values in
another unit that are found.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa

from warehouse import store, tables
from warehouse.methods import unit_shift

PAGE = Path(__file__).parents[2] / "docs" / "simulations-units.md"
SEED = 20261130
COUNTRIES, CITIES, YEARS = 20, 15, 14


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The page as Markdown."""
    alarms = "\n".join(
        f"| {name} | {dimension} | {100 * a:.2f} | {100 * b:.2f} |"
        for name, dimension, a, b in false_alarms()
    )
    power = "\n".join(
        f"| {name} | {factor:g} | {100 * a:.1f} | {100 * b:.2f} |"
        for name, factor, a, b in detection()
    )
    factors = ", ".join(f"{d} {f:g}" for d, f in unit_shift.FACTOR.items())
    return f"""# What the rule for a change of unit finds and misses

{COUNTRIES} countries of {CITIES} cities and {YEARS} years, a fifth of the values missing at random, seed {SEED};
`python -m benchmarks.simulations.units` writes this page by the function that the observatory uses
(`warehouse/methods/unit_shift.py`). Least factor by dimension: {factors}; growth of {unit_shift.YEARLY:g} a year
across a gap besides; {unit_shift.SERIES} series of a country that shift alike tell of the others.

## False alarms on columns of one unit

| column | dimension | series with an alarm, % | values with an alarm, % |
|---|---|---|---|
{alarms}

## Prices by the month (or another unit) in a column of prices

Cities within a country lie 25 percent apart, countries 60 percent, years 5 percent.

| what is in the other unit | factor | of these found, % | of the other values alarmed, % |
|---|---|---|---|
{power}

A whole country that was always in the other unit is not found: nothing in the column tells it from a
cheap country. Such rents are looked for by hand and are in `catalog/corrections`.
"""


def _column(rng, dimension: str, noise: float, heavy: bool = False, level: float = 80.0):
    """Values by (country, city, year): country, city and year effects in logarithms."""
    shock = (
        rng.standard_t(3, (COUNTRIES, CITIES, YEARS))
        if heavy
        else rng.standard_normal((COUNTRIES, CITIES, YEARS))
    )
    log = (
        np.log(level)
        + rng.normal(0, 0.6, (COUNTRIES, 1, 1))
        + rng.normal(0, 1.2 if dimension == "count" else 0.25, (COUNTRIES, CITIES, 1))
        + 0.03 * np.arange(YEARS)
        + noise * shock
    )
    return np.exp(log)


def _table(values: np.ndarray, keep: np.ndarray) -> pa.Table:
    at = np.argwhere(keep)
    years = [2010 + int(y) for _, _, y in at]
    n = len(at)
    filled = {
        "fate": ["observation"] * n,
        "iso3": [f"C{c:02d}" for c, _, _ in at],
        "source_id": ["p"] * n,
        "dataset": ["d"] * n,
        "series_key": [f"{c}-{s}" for c, s, _ in at],
        "sex": ["_T"] * n,
        "age": ["_T"] * n,
        "unit": ["u"] * n,
        "period": [str(y) for y in years],
        "period_start": [dt.date(y, 1, 1) for y in years],
        "value": values[keep],
    }
    schema = store.schema(tables.HARMONISED)
    return pa.table(
        {f.name: pa.array(filled.get(f.name, [None] * n), f.type) for f in schema},
    )


def _alarmed(values: np.ndarray, keep: np.ndarray, dimension: str, per: bool) -> np.ndarray:
    told = unit_shift.shifted(_table(values, keep), dimension, per)["reason"].to_pylist()
    out = np.zeros(values.shape, bool)
    out[tuple(np.argwhere(keep).T)] = [r == unit_shift.REASON for r in told]
    return out


def false_alarms():
    """(column, dimension, share of series, share of values) without any other unit."""
    rng = np.random.default_rng(SEED)
    cases = (
        ("prices, noise of 5 percent", "money", True, 0.05, False, 80.0),
        ("prices, noise of 15 percent", "money", True, 0.15, False, 80.0),
        ("prices, heavy tails (t, 3 df) of 10 percent", "money", True, 0.10, True, 80.0),
        ("counts of about 100,000, noise of 5 percent", "count", False, 0.05, False, 1e5),
        ("counts of about 100,000, noise of 30 percent", "count", False, 0.30, False, 1e5),
        ("counts of about 1,000, heavy tails of 20 percent", "count", False, 0.20, True, 1e3),
    )
    for name, dimension, per, noise, heavy, level in cases:
        values = _column(rng, dimension, noise, heavy, level)
        keep = rng.random(values.shape) > 0.2
        alarm = _alarmed(values, keep, dimension, per)
        series = alarm.any(axis=2).mean()
        yield name, dimension, series, alarm[keep].mean()


def detection():
    """(what is in the other unit, factor, share of it found, share of the rest alarmed)."""
    rng = np.random.default_rng(SEED + 1)
    for factor in (4.0, 6.0, 12.0, 70.0, 1000.0):
        for name, wrong in _wrong(rng):
            values = _column(rng, "money", 0.05)
            values[wrong] /= factor
            keep = rng.random(values.shape) > 0.2
            alarm = _alarmed(values, keep, "money", True)
            yield name, factor, alarm[wrong & keep].mean(), alarm[~wrong & keep].mean()


def _wrong(rng):
    """Kinds of values in another unit, each in a quarter of the countries."""
    shape = (COUNTRIES, CITIES, YEARS)
    some = np.arange(COUNTRIES) < COUNTRIES // 4
    year = np.zeros(shape, bool)
    year[some, :, 8] = True
    yield "one year of a country", year
    block = np.zeros(shape, bool)
    block[some, :, 6:] = True
    yield "a country from its seventh year on", block
    half = block.copy()
    half[some, : CITIES // 3, :] = True
    yield "the same, and a third of its cities always", half
    single = np.zeros(shape, bool)
    single[some] = rng.random((int(some.sum()), CITIES, YEARS)) < 0.03
    yield "single values", single


if __name__ == "__main__":
    main()
