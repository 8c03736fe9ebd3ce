"""Is a series rising or falling: Theil-Sen slope and Mann-Kendall test, many series at once.

Sources: Theil (1950) and Sen (1968) for the slope; Hollander, Wolfe and Chicken (2014), section
9.3, for its interval; Mann (1945) and Kendall (1975), *Rank Correlation Methods*, 4th ed., for S,
its exact distribution and the variance with ties; Yue and Wang (2004), *Water Resources
Management* 18, for the variance of S where neighbouring years are alike, with two changes that make
it stricter: the bias of the autocorrelation of short detrended series is taken out, and a negative
one counts as none. Why, beside that form as published and Hamed and Rao's (1998), is simulated in
`benchmarks/simulations/trend_corrections.py`; what the tests do on series without a trend in
`benchmarks/simulations/trend.py`.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Set
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.contents import Catalog
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.methods.breaks import unbroken
from warehouse.tables import Table
from warehouse.tables.trend import LEAST_POINTS

EXACT_BELOW = 10  # points; from here on the normal approximation is good
SIGNIFICANT = 0.05
_TWO_SIDED_95 = 1.959963984540054  # normal quantile
# A series that grows at one rate is drawn between two counts: nothing measured does.
ONE_RATE, MOVES = 2e-5, 1e-3  # largest change of the logarithm's step, least step
DRAWN = 0.3  # of the steps, at least
_CELLS = 100_000  # pairs compared at once: what the cache of a core holds


def trend(observation: query.Rows, interpolated: Set[tuple[str, str]]) -> pa.Table:
    """Table `trend` from rows of table `observation`.

    Standing, annual, measured figures since the last break, at least `LEAST_POINTS` of them. `interpolated` are
    the (indicator_id, dataset) whose series the source interpolates: their points are not
    independent, so they get a slope but neither interval nor p-value; the same holds for a series of
    which at least `DRAWN` of the steps are those of one constant rate of growth. Slope is in the unit per year;
    `slope_percent` is percent of the absolute median value per year, null where that median is 0.
    """
    sql = query.text("series") + query.text("trend").format(least=LEAST_POINTS)
    parts = query.parts(sql, "observation", observation, by="indicator_id")
    found = [_trend(series, interpolated) for series in parts if len(series)]
    return pa.concat_tables(found) if found else store.empty(tables.of("trend"))


def _trend(series: pa.Table, interpolated: Set[tuple[str, str]]) -> pa.Table:
    """The trends of series, the shortest first."""
    length = series.column("points").to_numpy()
    years, figures = (_flat(series.column(c)) for c in ("years", "figures"))
    ends = np.cumsum(length)
    measured = []
    start = 0
    while start < len(length):  # one step for each number of points, not for each series
        stop = int(np.searchsorted(length, length[start], side="right"))
        part = slice(ends[start] - length[start], ends[stop - 1])
        shape = (stop - start, int(length[start]))
        measured.append(measure(years[part].reshape(shape), figures[part].reshape(shape)))
        start = stop
    found = {k: np.concatenate([m[k] for m in measured]) for k in measured[0]}
    between = _listed(series, interpolated) | found["drawn"]
    series = series.drop_columns(["years", "figures"])
    for name, column in _columns(found, between).items():
        series = series.append_column(name, column)
    return store.conform(series, tables.of("trend"))


def _flat(lists: pa.ChunkedArray) -> np.ndarray:
    """The values of all lists one after the other, as doubles."""
    parts = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in lists.chunks]
    return np.concatenate(parts).astype(np.float64)


def measure(years: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """Slope with its 95 % interval, median, S, p-values and whether p is exact, for many series.

    `years` and `values` are (series, points), in the order of time, no year twice; all series have
    the same length. `corrected` is p with the variance of S widened by the autocorrelation of
    neighbouring points, NaN below 10 points: so few do not show any.
    """
    n = values.shape[1]
    step = max(1, _CELLS // (n * (n - 1) // 2))
    blocks = [slice(at, at + step) for at in range(0, max(len(values), 1), step)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy lets go of Python while it works
        done = list(pool.map(lambda some: _measure(years[some], values[some]), blocks))
    return {k: np.concatenate([d[k] for d in done]) for k in done[0]}


def _measure(years: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    n = values.shape[1]
    pairs = n * (n - 1) // 2
    ties = _tie_term(values)
    exact = (ties == 0) & (n < EXACT_BELOW)
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    reach = np.where(exact, _exact_reach(n), np.floor(_TWO_SIDED_95 * np.sqrt(variance)))
    below = np.clip(((pairs - reach) // 2).astype(np.int64) - 1, 0, pairs - 1)
    rise = _pairs(values)
    s = (rise > 0).sum(axis=1) - (rise < 0).sum(axis=1)
    slopes = np.divide(rise, _pairs(years), out=rise)
    slopes.sort(axis=1)
    row, middle = np.arange(len(slopes)), pairs // 2
    p = _normal_p(s, variance)
    if n < EXACT_BELOW:
        p = np.where(exact, exact_p(n)[np.abs(s)], p)
    alike = corrected = np.full(len(values), np.nan)
    if n >= EXACT_BELOW:
        alike = _autocorrelation(years, values)
        corrected = _normal_p(s, variance * _inflation(alike, n))
    return {
        "slope": (slopes[:, middle - 1 + pairs % 2] + slopes[:, middle]) / 2,
        "lower": slopes[row, below],
        "upper": slopes[row, pairs - 1 - below],
        "s": s,
        "median": np.median(values, axis=1),
        "p": p,
        "exact": exact,
        "drawn": drawn(years, values),
        "autocorrelation": alike,
        "corrected": corrected,
    }


def _pairs(of: np.ndarray) -> np.ndarray:
    """The later less the earlier of every two points, (series, pairs), by how far they are apart."""
    n = of.shape[1]
    found = np.empty((len(of), n * (n - 1) // 2))
    at = 0
    for apart in range(1, n):
        np.subtract(of[:, apart:], of[:, :-apart], out=found[:, at : at + n - apart])
        at += n - apart
    return found


def _exact_reach(n: int) -> int:
    """Hollander, Wolfe and Chicken's C: how far from the middle the 95 % interval reaches."""
    if n >= EXACT_BELOW:
        return 0
    likely = np.flatnonzero(exact_p(n) <= SIGNIFICANT)
    return int(likely[0]) - 2 if len(likely) else n * (n - 1) // 2 - 2


def _autocorrelation(years: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Lag-1 autocorrelation of what a parabola leaves, corrected for its bias, within [0, 0.95].

    A parabola and not a line, so that a trend that bends is not taken for memory. Series of n
    points without a polynomial of degree d show r = rho - (d + 1 + (d + 3) rho) / n on average
    (Kendall 1954 for d = 0, van Giersbergen 2005 for d = 1), hence for d = 2
    rho = (n r + 3) / (n - 5). A negative one is taken as none: it would make the test bolder than
    independence does.
    """
    n = values.shape[1]
    bent = [years - years.mean(axis=1, keepdims=True)]
    square = bent[0] ** 2
    square = square - square.mean(axis=1, keepdims=True)
    bent.append(square - _share(square, bent[0]) * bent[0])
    rest = values - values.mean(axis=1, keepdims=True)
    for term in bent:
        rest = rest - _share(rest, term) * term
    scale = np.abs(values).max(axis=1, keepdims=True)
    rest = np.where(np.abs(rest) <= 1e-9 * scale, 0.0, rest)  # what rounding leaves is no memory
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (rest[:, 1:] * rest[:, :-1]).sum(axis=1) / (rest**2).sum(axis=1)
    return np.where(np.isnan(r), 0.0, np.clip((n * r + 3) / (n - 5), 0.0, 0.95))


def _share(of: np.ndarray, on: np.ndarray) -> np.ndarray:
    """Least-squares coefficient of each row of `of` on that row of `on`, (series, 1)."""
    return (of * on).sum(axis=1, keepdims=True) / (on**2).sum(axis=1, keepdims=True)


def _inflation(alike: np.ndarray, n: int) -> np.ndarray:
    """How much wider the variance of S is: 1 + 2 sum over lags k of (1 - k/n) rho^k."""
    lag = np.arange(1, n)
    return 1 + 2 * ((1 - lag / n) * alike[:, None] ** lag).sum(axis=1)


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


def _normal_p(s: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Two-sided p by the normal approximation, with continuity correction."""
    moved = np.maximum(np.abs(s) - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, moved / np.sqrt(variance), 0.0)  # all tied: no evidence
    return np.frompyfunc(math.erfc, 1, 1)(z / math.sqrt(2)).astype(np.float64)


def drawn(years: np.ndarray, values: np.ndarray) -> np.ndarray:
    """For each series whether it was drawn between few counts: it grows at one rate in most years."""
    if values.shape[1] < 5:
        return np.zeros(len(values), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.diff(np.log(np.where(values > 0, values, np.nan)), axis=1) / np.diff(
            years, axis=1
        )
    same = (np.abs(np.diff(step, axis=1)) < ONE_RATE) & (np.abs(step[:, 1:]) > MOVES)
    return same.mean(axis=1) >= DRAWN


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
    found = np.zeros(len(series), dtype=bool)
    for indicator, dataset in sorted(pairs):
        same = pc.and_(
            pc.equal(series.column("indicator_id"), indicator),
            pc.equal(series.column("dataset"), dataset),
        )
        found |= same.to_numpy()
    return found


def _columns(found: dict[str, np.ndarray], interpolated: np.ndarray) -> dict[str, pa.Array]:
    median, s, p = np.abs(found["median"]), found["s"], found["p"]
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100 * found["slope"] / median
    method = np.where(interpolated, 0, np.where(found["exact"], 1, 2))
    few = np.isnan(found["corrected"]) | interpolated
    return {
        "slope": pa.array(found["slope"]),
        "slope_lower": pa.array(found["lower"], mask=interpolated),
        "slope_upper": pa.array(found["upper"], mask=interpolated),
        "slope_percent": pa.array(percent, mask=median == 0),
        "kendall_s": pa.array(s),
        "p_value": pa.array(p, mask=interpolated),
        "autocorrelation": pa.array(found["autocorrelation"], mask=few),
        "p_corrected": pa.array(found["corrected"], mask=few),
        "method": pa.array(["none", "exact", "normal"]).take(pa.array(method)),
        "direction": _direction(s, p, interpolated),
        "direction_corrected": _direction(s, found["corrected"], few),
    }


def _direction(s: np.ndarray, p: np.ndarray, unknown: np.ndarray) -> pa.Array:
    says = np.where(p >= SIGNIFICANT, 0, np.where(s > 0, 1, 2))
    return pa.array(["unclear", "rising", "falling"]).take(pa.array(says, mask=unknown))


def make(given: Inputs) -> pa.Table:
    """Table `trend`; a series that its binding calls interpolated or modelled gets no p-value."""
    interpolated = {
        (i.id, b.dataset)
        for i in given.catalog.indicators.values()
        for b in i.bindings
        if b.interpolated or b.modelled
    }
    return query.joined(trend(part, interpolated) for part in unbroken(given))


def facts(catalog: Catalog, statement: Table) -> object:
    """The interpolated and modelled series that the catalog names."""
    return sorted(
        (i.id, b.dataset)
        for i in catalog.indicators.values()
        for b in i.bindings
        if b.interpolated or b.modelled
    )
