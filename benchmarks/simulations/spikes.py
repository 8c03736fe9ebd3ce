"""How often the rule for errors of one year is wrong, and what it misses.

    python -m benchmarks.simulations.spikes

writes docs/simulations-spikes.md: alarms on clean columns, and the share of planted spikes and zeros
that are found, by the function and parameters that the observatory uses (`warehouse.methods.spike`).
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from catalog.models.comparability import load
from warehouse import store, tables
from warehouse.methods.spike import without_spikes

SEED = 20261130
COUNTRIES, CITIES, YEARS = 20, 15, 16
MISSING = 0.2
PAGE = Path(__file__).parents[2] / "docs" / "simulations-spikes.md"


class Column(NamedTuple):
    """One kind of figures."""

    name: str
    unit: tuple[str, str, bool]
    """Code, dimension, whether it has a denominator."""
    noise: float
    heavy: bool
    level: float
    decimals: int


COUNTS, RATES, SHARES = ("NR", "count", False), ("PER_1000", "count", True), ("PC", "share", False)
COLUMNS = (
    Column("counts of about 100,000, steps of 2 %", COUNTS, 0.02, False, 1e5, 0),
    Column("counts of about 100,000, steps of 10 %", COUNTS, 0.10, False, 1e5, 0),
    Column("counts of about 100,000, heavy tails (t, 3 df) of 5 %", COUNTS, 0.05, True, 1e5, 0),
    Column("counts of about 50", COUNTS, 0.05, False, 50.0, 0),
    Column("shares of about 20 %, one decimal", SHARES, 0.05, False, 20.0, 1),
    Column("shares of about 20 %, heavy tails", SHARES, 0.05, True, 20.0, 1),
    Column("rates of about 10, whole numbers", RATES, 0.03, False, 10.0, 0),
    Column("prices, heavy tails of 5 %", ("EUR", "money", False), 0.05, True, 40.0, 2),
)
CALM = Column("counts", COUNTS, 0.03, False, 1e5, 0)


def column(rng: np.random.Generator, kind: Column) -> np.ndarray:
    """(COUNTRIES, CITIES, YEARS) of walks that move with their country, counted where they are counts."""
    _, _, noise, heavy, level, decimals = kind
    shape = (COUNTRIES, CITIES, YEARS)
    draw = rng.standard_t(3, shape) if heavy else rng.standard_normal(shape)
    together = rng.normal(0.01, noise / 2, (COUNTRIES, 1, YEARS))
    walk = np.cumsum(together + noise * draw, axis=2)
    size = np.exp(0.5 * rng.standard_normal((COUNTRIES, CITIES, 1)))
    values = level * size * np.exp(walk)
    return np.round(rng.poisson(values) if decimals == 0 and level >= 50 else values, decimals)


def _table(values: np.ndarray, keep: np.ndarray, unit: str) -> pa.Table:
    at = np.argwhere(keep)
    n = len(at)
    years = [str(2005 + t) for t in at[:, 2]]
    filled = {
        "fate": ["observation"] * n,
        "iso3": [f"C{c:02d}" for c in at[:, 0]],
        "source_id": ["x"] * n,
        "dataset": ["x"] * n,
        "series_key": [f"{c}-{m}" for c, m, _ in at],
        "unit_id": [f"x:{c}-{m}" for c, m, _ in at],
        "sex": ["_T"] * n,
        "age": ["_T"] * n,
        "unit": [unit] * n,
        "freq": ["A"] * n,
        "obs_status": ["A"] * n,
        "period": years,
        "period_start": [datetime.date(int(y), 1, 1) for y in years],
        "value": values[keep],
    }
    schema = store.schema(tables.HARMONISED)
    return pa.table({f.name: pa.array(filled.get(f.name, [None] * n), f.type) for f in schema})


def alarmed(values: np.ndarray, keep: np.ndarray, unit: tuple[str, str, bool]) -> np.ndarray:
    """Which of the figures go to quarantine."""
    got = without_spikes(_table(values, keep, unit[0]), "x", unit, load().spikes)
    out = np.zeros(values.shape, bool)
    out[tuple(np.argwhere(keep).T)] = [f == "quarantine" for f in got["fate"].to_pylist()]
    return out


def kept(rng: np.random.Generator) -> np.ndarray:
    """Which figures there are."""
    return rng.random((COUNTRIES, CITIES, YEARS)) > MISSING


def false_alarms() -> list[tuple[str, float, float]]:
    """(column, percent of series, percent of figures) that are called errors, where there is none."""
    rng, rows = np.random.default_rng(SEED), []
    for kind in COLUMNS:
        values, keep = column(rng, kind), kept(rng)
        alarm = alarmed(values, keep, kind.unit)
        rows.append((kind.name, 100 * alarm.any(axis=2).mean(), 100 * alarm[keep].mean()))
    shock = column(rng, CALM)
    shock[:10, :, 8] = np.round(shock[:10, :, 8] * 0.4)
    keep = kept(rng)
    alarm = alarmed(shock, keep, COUNTS)
    rows.append(
        (
            "counts; in half of the countries all fall by 60 % for one year",
            100 * alarm.any(axis=2).mean(),
            100 * alarm[keep].mean(),
        )
    )
    step = column(rng, CALM)
    step[:, :5, 8:] = np.round(step[:, :5, 8:] * 2)
    alarm = alarmed(step, keep, COUNTS)
    rows.append(
        (
            "counts; a third of the series double and stay",
            100 * alarm.any(axis=2).mean(),
            100 * alarm[keep].mean(),
        )
    )
    return rows


def found() -> list[tuple[str, list[float], list[float]]]:
    """(column, percent of planted spikes found by factor, percent of the figures beside alarmed)."""
    rng, rows = np.random.default_rng(SEED + 1), []
    for kind in COLUMNS:
        hits, beside = [], []
        for factor in (1.3, 1.5, 2.0, 3.0, 0.0):
            values, keep = column(rng, kind), kept(rng)
            planted = np.zeros(values.shape, bool)
            # One in a third of the series, neither first nor last.
            some = rng.random((COUNTRIES, CITIES)) < 1 / 3
            year = rng.integers(2, YEARS - 2, (COUNTRIES, CITIES))
            c, m = np.nonzero(some)
            planted[c, m, year[c, m]] = True
            up = np.where(rng.random(values.shape) < 0.5, factor, 1 / factor if factor else 0)
            values = np.where(planted, np.round(values * up, kind.decimals), values)
            alarm = alarmed(values, keep | planted, kind.unit)
            hits.append(100 * alarm[planted].mean())
            beside.append(100 * alarm[~planted & keep].mean())
        rows.append((kind.name, hits, beside))
    return rows


def newest() -> list[tuple[str, float, list[float], list[float]]]:
    """(column, percent of series of five figures with an alarm, percent of errors found in the newest
    figure by factor, percent of the figures beside alarmed)."""
    rng, rows = np.random.default_rng(SEED + 2), []
    for kind in COLUMNS:
        few = np.arange(YEARS) >= YEARS - 5
        keep = np.broadcast_to(few, (COUNTRIES, CITIES, YEARS)).copy()
        clean = alarmed(column(rng, kind), keep, kind.unit)
        hits, beside = [], []
        for factor in (2.0, 3.0, 5.0, 10.0):
            values = column(rng, kind)
            planted = np.zeros(values.shape, bool)
            planted[:, :, -1] = rng.random((COUNTRIES, CITIES)) < 1 / 3
            up = np.where(rng.random(values.shape) < 0.5, factor, 1 / factor)
            values = np.where(planted, np.round(values * up, kind.decimals), values)
            alarm = alarmed(values, keep, kind.unit)
            hits.append(100 * alarm[planted].mean())
            beside.append(100 * alarm[~planted & keep].mean())
        rows.append((kind.name, 100 * clean.any(axis=2).mean(), hits, beside))
    return rows


def main() -> None:
    """Write the page."""
    rule = load().spikes
    alarms = "\n".join(f"| {k} | {s:.2f} | {v:.3f} |" for k, s, v in false_alarms())
    plants = "\n".join(
        f"| {k} | {' | '.join(f'{h:.0f}' for h in hits)} | {max(beside):.2f} |"
        for k, hits, beside in found()
    )
    ends = "\n".join(
        f"| {k} | {clean:.2f} | {' | '.join(f'{h:.0f}' for h in hits)} | {max(beside):.2f} |"
        for k, clean, hits, beside in newest()
    )
    PAGE.write_text(
        f"""# What the rule for errors of one year finds and misses

{COUNTRIES} countries of {CITIES} cities and {YEARS} years, a fifth of the values missing at random, seed {SEED}; `python -m benchmarks.simulations.spikes` writes this page by the function that the observatory uses (`warehouse/methods/spike.py`) and the parameters of `catalog/comparability.yaml`: a figure goes to quarantine where it departs by more than {rule.threshold:g} robust standard deviations of its series and by {rule.least:.0%} from what the two neighbours in time give, and the neighbours agree to half of that; a zero, where {rule.steps + 1} other figures never fall below {rule.zero_from:.0%} of their median.

## False alarms on clean columns

| column | series with an alarm, % | figures with an alarm, % |
|---|---|---|
{alarms}

## Planted errors of one year, percent that are found

Each in one of three series, up or down by the factor at random; `0` is a zero.

| column | 1.3 | 1.5 | 2 | 3 | 0 | other figures alarmed, % at most |
|---|---|---|---|---|---|---|
{plants}

## Errors in the newest figure

A figure also goes to quarantine where it is {rule.apart:g} times as large or as small as the nearest of all others of its series, of which there are {rule.others} or more and the largest is at most {rule.alike:g} times the least; prices, which are set by decision, are left alone. If the next edition bears it out, it is a break and both are published. Series of five figures, none missing:

| column | clean series with an alarm, % | 2 | 3 | 5 | 10 | other figures alarmed, % at most |
|---|---|---|---|---|---|---|
{ends}

Not found by design: an error in the first figure of a series, one in the newest that is less than {rule.apart:g} times another, one that lasts two years, and what befalls most places of a country at once. Indicators of weather, disasters and rare events are left alone, and so is what tourism lost in 2020 and 2021. A real leap of one year is confirmed in `catalog/comparability.yaml`, with its source.
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
