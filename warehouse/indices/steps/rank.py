"""Ranks of many columns at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from catalog.models.index_spec import Ranking

_CACHED = 65_536  # scores ranked at once


def merit_ranks(scores: np.ndarray, ties: str = "min") -> np.ndarray:
    """Rank of each score within its column, 1 is the largest; NaN ranks NaN.

    `ties`: min ("1 2 2 4"), max ("1 3 3 4"), mean ("1 2.5 2.5 4") or dense ("1 2 2 3"). Shape
    (units, columns).
    """
    ranks = places(scores).astype(np.float64)
    if ties in ("mean", "max"):
        there = (~np.isnan(scores)).sum(axis=0)
        last = there + 1 - places(-scores)
        ranks = last if ties == "max" else (ranks + last) / 2
    if ties == "dense":
        for column in range(scores.shape[1]):
            _, ranks[:, column] = np.unique(ranks[:, column], return_inverse=True)
        ranks += 1
    return np.where(np.isnan(scores), np.nan, ranks)


def rounded(scores: np.ndarray, decimals: int | None) -> np.ndarray:
    """Scores rounded half away from zero, as spreadsheets do; as they are for None."""
    if decimals is None:
        return scores
    size = 10.0**decimals
    return np.sign(scores) * np.floor(np.abs(scores) * size + 0.5 + 1e-9) / size


def ranked(scores: np.ndarray, how: Ranking) -> np.ndarray:
    """Ranks of one column of scores by the stated rule."""
    return merit_ranks(rounded(scores, how.decimals)[:, None], how.ties)[:, 0]


def places(scores: np.ndarray) -> np.ndarray:
    """Competition ranks as integers; 1 is the largest, NaN is last. Shape (units, columns).

    Columns are handled as rows of the transposed matrix (which comes back as a view), so many at a
    time as stay in the cache of a core: one sort, one scatter.
    """
    units, columns = scores.shape
    kind = np.int16 if units < 32_000 else np.int32
    place = np.empty((columns, units), dtype=kind)
    step = max(1, _CACHED // max(units, 1))

    def block(at: int) -> None:
        worst = -scores.T[at : at + step]
        order = np.argsort(worst, axis=1)
        order += (np.arange(len(worst)) * units)[:, None]
        ordered = np.ascontiguousarray(worst).ravel()[order]
        counted = np.broadcast_to(np.arange(1, units + 1, dtype=kind), worst.shape)
        tied = ordered[:, 1:] == ordered[:, :-1]
        if tied.any():
            counted = counted.copy()
            counted[:, 1:][tied] = 1
            counted = np.maximum.accumulate(counted, axis=1)
        place[at : at + step].ravel()[order.ravel()] = counted.ravel()

    starts = range(0, columns, step)
    if len(starts) == 1:
        block(0)
    else:  # numpy lets go of Python while it works
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(block, starts))
    return place.T
