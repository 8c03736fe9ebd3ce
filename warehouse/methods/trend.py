"""Is a series rising or falling: Theil-Sen slope and Mann-Kendall test, many series at once.

Sources: Theil (1950) and Sen (1968) for the slope; Mann (1945) and Kendall (1975), *Rank
Correlation Methods*, 4th ed., for S, its exact distribution and the variance with ties.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Set

import numpy as np
import pyarrow as pa

from warehouse import query, store, tables

EXACT_BELOW = 10  # points; from here on the normal approximation is good
SIGNIFICANT = 0.05
_CELLS = 4_000_000  # pairs compared at once: 32 MB of doubles


def trend(observation: pa.Table, interpolated: Set[tuple[str, str]]) -> pa.Table:
    """`tables.TREND` from rows of `tables.OBSERVATION`.

    Standing, annual, measured figures since the last break, at least 5 of them. `interpolated` are
    the (indicator_id, dataset) whose series the source interpolates: their points are not
    independent, so they get a slope but no p-value. Slope is in the unit per year; `slope_percent`
    is percent of the absolute median value per year, null where that median is 0.
    """
    points = query.run(query.text("trend"), {"observation": observation})
    length = points.column("points").to_numpy()
    years = points.column("year").to_numpy().astype(np.float64)
    values = points.column("value").to_numpy()
    firsts, measured = [], []
    start = 0
    while start < len(length):  # rows come by number of points: one step a length, not a series
        n = int(length[start])
        end = int(np.searchsorted(length, n, side="right"))
        shape = (-1, n)
        measured.append(measure(years[start:end].reshape(shape), values[start:end].reshape(shape)))
        firsts.append(np.arange(start, end, n))
        start = end
    if not firsts:
        return store.empty(tables.TREND)
    first = np.concatenate(firsts)
    found = {k: np.concatenate([m[k] for m in measured]) for k in measured[0]}
    last = first + length[first] - 1
    series = points.take(pa.array(first)).drop_columns(["period", "year", "value"])
    series = series.append_column("first_period", points.column("period").take(pa.array(first)))
    series = series.append_column("last_period", points.column("period").take(pa.array(last)))
    for name, column in _columns(found, _listed(series, interpolated)).items():
        series = series.append_column(name, column)
    return store.conform(series, tables.TREND)


def measure(years: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """Slope, median, S, p and whether p is exact, for many series of the same length.

    `years` and `values` are (series, points), in the order of time, no year twice.
    """
    n = values.shape[1]
    early, late = np.triu_indices(n, 1)
    step = max(1, _CELLS // len(early))
    slopes, s = [], []
    for at in range(0, len(values), step):
        y, x = values[at : at + step], years[at : at + step]
        rise = y[:, late] - y[:, early]
        slopes.append(np.median(rise / (x[:, late] - x[:, early]), axis=1))
        s.append(np.sign(rise).sum(axis=1).astype(np.int64))
    kendall = np.concatenate(s)
    ties = _tie_term(values)
    exact = (ties == 0) & (n < EXACT_BELOW)
    p = _normal_p(kendall, n, ties)
    if n < EXACT_BELOW:
        p = np.where(exact, exact_p(n)[np.abs(kendall)], p)
    return {
        "slope": np.concatenate(slopes),
        "median": np.median(values, axis=1),
        "s": kendall,
        "p": p,
        "exact": exact,
    }


@functools.cache
def exact_p(n: int) -> np.ndarray:
    """Two-sided p of |S| = 0, 1, ... for n points without ties, P(|S| >= |s|) under no trend.

    The number of orders of n points with k discordant pairs is built point by point: point m adds
    0 to m - 1 of them (Kendall 1975, ch. 5). S = pairs - 2k.
    """
    orders = np.array([1], dtype=np.int64)
    for m in range(2, n + 1):
        orders = np.convolve(orders, np.ones(m, dtype=np.int64))
    pairs = n * (n - 1) // 2
    s = np.abs(pairs - 2 * np.arange(pairs + 1))
    total = math.factorial(n)
    return np.array([orders[s >= at].sum() / total for at in range(pairs + 1)])


def _normal_p(s: np.ndarray, n: int, ties: np.ndarray) -> np.ndarray:
    """Two-sided p by the normal approximation, with continuity and tie correction."""
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    moved = np.maximum(np.abs(s) - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, moved / np.sqrt(variance), 0.0)  # all tied: no evidence
    return np.frompyfunc(math.erfc, 1, 1)(z / math.sqrt(2)).astype(np.float64)


def _tie_term(values: np.ndarray) -> np.ndarray:
    """Per series the sum of t(t - 1)(2t + 5) over groups of t equal values."""
    ordered = np.sort(values, axis=1)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    term = np.zeros(len(values), dtype=np.int64)
    some = np.flatnonzero(tied)
    step = max(1, _CELLS // values.shape[1] ** 2)
    for at in range(0, len(some), step):
        rows = some[at : at + step]
        v = values[rows]
        t = (v[:, :, None] == v[:, None, :]).sum(axis=2)  # for each value, the size of its group
        term[rows] = ((t - 1) * (2 * t + 5)).sum(axis=1)
    return term


def _listed(series: pa.Table, pairs: Set[tuple[str, str]]) -> np.ndarray:
    """For each series whether (indicator_id, dataset) is among the pairs."""
    codes = np.zeros(len(series), dtype=bool)
    indicator, dataset = (
        np.asarray(series.column(c).to_pylist(), dtype=object) for c in ("indicator_id", "dataset")
    )
    for i, d in sorted(pairs):
        codes |= (indicator == i) & (dataset == d)
    return codes


def _columns(found: dict[str, np.ndarray], interpolated: np.ndarray) -> dict[str, pa.Array]:
    median, s, p = np.abs(found["median"]), found["s"], found["p"]
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100 * found["slope"] / median
    method = np.where(interpolated, "none", np.where(found["exact"], "exact", "normal"))
    says = np.where(p >= SIGNIFICANT, "unclear", np.where(s > 0, "rising", "falling"))
    return {
        "slope": pa.array(found["slope"]),
        "slope_percent": pa.array(percent, mask=median == 0),
        "kendall_s": pa.array(s),
        "p_value": pa.array(p, mask=interpolated),
        "method": pa.array(method.tolist(), pa.string()),
        "direction": pa.array(says.tolist(), pa.string(), mask=interpolated),
    }
