"""Step: indicators onto one scale, on which more is always better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from catalog.models.index_spec import IndicatorUse, Normalise
from warehouse.errors import WarehouseError
from warehouse.indices.steps.rank import merit_ranks


def normalise(
    values: np.ndarray,
    uses: Sequence[IndicatorUse],
    how: Normalise,
    among: np.ndarray | None = None,
) -> np.ndarray:
    """The normalised matrix, each indicator by its own statement or by `how`.

    `min_max` and `log_min_max` go from the column's worst to its best value, `goalposts` from the
    stated ones, `target` from the column's worst to the stated best; `percent_of_best` is the share
    of the best value (of the stated one, if there is), or for lower values the best over the value;
    `rank` goes from the last to the first rank (ties share the mean); `percentile` is the share of
    the other units that a unit beats, ties half; `z` uses the sample standard deviation; `none`
    takes values as they are. A column of one value scores the middle of the scale.

    `among` are the rows by which the scale is set, all by default: values of other years may be
    put on the scale of one. Raises `WarehouseError` where a logarithm or root has no value.
    """
    found = np.empty_like(values, dtype=np.float64)
    rules = [u.normalise or how for u in uses]
    for rule in _unique(rules):
        at = [n for n, r in enumerate(rules) if r == rule]
        some = [uses[n] for n in at]
        given = values if len(at) == len(uses) else values[:, at]
        found[:, at] = _scaled(given, some, rule, None if among is None else among[:, at])
    return found


def _scaled(
    values: np.ndarray, uses: Sequence[IndicatorUse], how: Normalise, among: np.ndarray | None
) -> np.ndarray:
    sign = np.array([1.0 if u.direction == "higher" else -1.0 for u in uses])
    worst, best = (_stated(uses, which) for which in ("worst", "best"))
    values = _transformed(values, uses, how, worst, best)
    among = values if among is None else _transformed(among, uses, how, worst, best)
    worst, best = (_transformed(p[None, :], uses, how, worst, best)[0] for p in (worst, best))
    if how.method == "none":
        return np.where(sign > 0, values, how.low + how.high - values)
    if how.method == "z":
        n = (~np.isnan(among)).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.nansum(among, axis=0) / n
            spread = np.sqrt(np.nansum((among - mean) ** 2, axis=0) / (n - 1))
            off = values - mean
            z = np.where(spread > 0, off / spread, np.where(np.isnan(values), np.nan, 0.0))
        return how.mean + how.sd * sign * z
    if how.method in ("rank", "percentile"):
        place = merit_ranks(values * sign, ties="mean")
        n = (~np.isnan(values)).sum(axis=0)
        share = np.where(n > 1, (n - place) / np.maximum(n - 1, 1), 0.5)
        return how.low + (how.high - how.low) * np.where(np.isnan(values), np.nan, share)
    if how.method != "goalposts":
        with np.errstate(all="ignore"):
            least = np.fmin.reduce(among, axis=0)
            most = np.fmax.reduce(among, axis=0)
        seen = np.where(sign > 0, least, most), np.where(sign > 0, most, least)
        if how.method in ("min_max", "log_min_max"):
            worst, best = seen
        worst = np.where(np.isnan(worst), seen[0], worst)
        best = np.where(np.isnan(best), seen[1], best)
    if how.method == "percent_of_best":
        share = _of_best(values, uses, sign, best)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (values - worst) / (best - worst)
        share = np.where((best == worst) & ~np.isnan(values), 0.5, share)
    if how.method in ("goalposts", "target") and how.clip is not False:
        below = 0.0 if how.clip in (True, "low") else -np.inf
        above = 1.0 if how.clip in (True, "high") else np.inf
        share = np.clip(share, below, above)
    return how.low + (how.high - how.low) * share


def _transformed(values, uses, how: Normalise, worst, best) -> np.ndarray:
    kinds = ["log" if how.method == "log_min_max" else u.transform for u in uses]
    if not any(k != "none" for k in kinds):
        return values
    found = np.array(values, dtype=np.float64)
    for column, kind in enumerate(kinds):
        one = found[:, column]
        if kind == "none":
            continue
        low = one <= 0 if kind == "log" else one < 0
        if low.any():
            least = np.fmin(worst[column], best[column])
            capped = uses[column].direction == "higher" and how.clip in (True, "low")
            if not (how.method == "goalposts" and capped and least > 0):
                word = "logarithm" if kind == "log" else "root"
                raise WarehouseError(
                    f"Indicator '{uses[column].id}' has values of 0 or less, which have no {word}; "
                    "take no transform, or normalise by min_max instead of log_min_max."
                )
            one = np.where(low, least, one)  # they score the end of the scale
        found[:, column] = np.log(one) if kind == "log" else np.sqrt(one)
    return found


def _of_best(values, uses, sign, best) -> np.ndarray:
    bad = (values < 0) | ((sign < 0) & (values == 0)) | ((sign > 0) & (best <= 0))
    if bad.any():
        name = uses[int(np.flatnonzero(bad.any(axis=0))[0])].id
        raise WarehouseError(
            f"Indicator '{name}' has values for which percent of the best has no meaning (below 0, "
            "or 0 where less is better); normalise it otherwise."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sign > 0, values / best, best / values)


def _stated(uses: Sequence[IndicatorUse], which: str) -> np.ndarray:
    posts = (getattr(u, which) for u in uses)
    return np.array([p if isinstance(p, (int, float)) else np.nan for p in posts], dtype=np.float64)


def _unique(rules: list[Normalise]) -> list[Normalise]:
    return [r for n, r in enumerate(rules) if r not in rules[:n]]
