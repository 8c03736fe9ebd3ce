"""Step: indicators onto one scale, on which more is always better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from catalog.models.index_spec import IndicatorUse, Normalise
from warehouse.errors import WarehouseError
from warehouse.indices.steps.rank import merit_ranks


def normalise(values: np.ndarray, uses: Sequence[IndicatorUse], how: Normalise) -> np.ndarray:
    """The normalised matrix.

    `min_max` and `log_min_max` go from the column's worst to its best value, `goalposts` from the
    stated ones; `rank` from the last to the first rank (ties share the mean); `percentile` is the
    share of the other units that a unit beats, ties half; `z` uses the sample standard deviation.
    A column of one value scores the middle of the scale. Raises `WarehouseError` where a
    logarithm has no value.
    """
    sign = np.array([1.0 if u.direction == "higher" else -1.0 for u in uses])
    if how.method == "log_min_max":
        if (low := np.flatnonzero((values <= 0).any(axis=0))).size:
            raise WarehouseError(
                f"Indicator '{uses[low[0]].id}' has values of 0 or less, which have no logarithm; "
                "normalise by min_max instead of log_min_max."
            )
        values = np.log(values)
    if how.method == "z":
        n = (~np.isnan(values)).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            off = values - np.nansum(values, axis=0) / n
            spread = np.sqrt(np.nansum(off**2, axis=0) / (n - 1))
            z = np.where(spread > 0, off / spread, np.where(np.isnan(values), np.nan, 0.0))
        return how.mean + how.sd * sign * z
    if how.method in ("rank", "percentile"):
        place = merit_ranks(values * sign, ties="mean")
        n = (~np.isnan(values)).sum(axis=0)
        share = np.where(n > 1, (n - place) / np.maximum(n - 1, 1), 0.5)
        return how.low + (how.high - how.low) * np.where(np.isnan(values), np.nan, share)
    if how.method == "goalposts":
        worst = np.array([np.nan if u.worst is None else u.worst for u in uses])
        best = np.array([np.nan if u.best is None else u.best for u in uses])
    else:
        with np.errstate(all="ignore"):
            least = np.fmin.reduce(values, axis=0)
            most = np.fmax.reduce(values, axis=0)
        worst, best = np.where(sign > 0, least, most), np.where(sign > 0, most, least)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (values - worst) / (best - worst)
    share = np.where((best == worst) & ~np.isnan(values), 0.5, share)
    if how.method == "goalposts" and how.clip:
        share = np.clip(share, 0, 1)
    return how.low + (how.high - how.low) * share
