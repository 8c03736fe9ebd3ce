"""Ranks of many columns at once."""

from __future__ import annotations

import numpy as np


def merit_ranks(scores: np.ndarray, ties: str = "min") -> np.ndarray:
    """Rank of each score within its column, 1 is the largest; NaN comes last and ranks NaN.

    `ties`: min (competition ranks, "1224") or mean ("1 2.5 2.5 4"). Shape (units, columns).
    """
    order = np.argsort(-scores, axis=0, kind="stable")
    ranks = places(scores, order).astype(np.float64)
    if ties == "mean":
        backwards = np.argsort(scores, axis=0, kind="stable")
        there = (~np.isnan(scores)).sum(axis=0)
        last = there + 1 - places(-scores, backwards)
        ranks = (ranks + last) / 2
    return np.where(np.isnan(scores), np.nan, ranks)


def places(scores: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """Competition ranks as integers; 1 is the largest, NaN is last. Shape (units, columns)."""
    units, columns = scores.shape
    if order is None:
        order = np.argsort(-scores, axis=0)
    ordered = np.take_along_axis(scores, order, axis=0)
    kind = np.int16 if units < 32_000 else np.int32
    place = np.empty((units, columns), dtype=kind)
    counted = np.broadcast_to(np.arange(1, units + 1, dtype=kind)[:, None], (units, columns))
    tied = ordered[1:] == ordered[:-1]
    if tied.any():
        counted = counted.copy()
        counted[1:][tied] = 1
        counted = np.maximum.accumulate(counted, axis=0)
    np.put_along_axis(place, order, counted, axis=0)
    return place
