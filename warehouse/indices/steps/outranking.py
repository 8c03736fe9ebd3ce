"""Ranks that ask how many others a unit beats, not by how much: beside those of the means.

Sources: OECD/JRC handbook, step 7 (Borda; Condorcet as Copeland); Munda and Nardo (2009), Applied
Economics 41(12); COINr's `outrankMatrix` and `copeland`.
"""

from __future__ import annotations

import numpy as np


def borda(normalised: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Per unit the weighted mean share of the other units that it beats, ties half, from 0 to 1."""
    from warehouse.indices.steps.rank import merit_ranks

    there = ~np.isnan(normalised)
    n = there.sum(axis=0)
    share = (n - merit_ranks(normalised, "mean")) / np.maximum(n - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(there, share, 0) @ weight / (there @ weight)


def copeland(normalised: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Per unit how many others it beats less how many beat it, two at a time.

    One beats the other where the indicators in which it is better weigh more than half of those
    that both have; equal values count half to each.
    """
    ahead = np.zeros((len(normalised), len(normalised)))
    for column, w in zip(normalised.T, weight, strict=True):
        one = np.where(np.isnan(column), -np.inf, column)
        more = (one[:, None] > one[None, :]) & ~np.isnan(column)[None, :]
        ahead += w * more
    net = ahead - ahead.T
    some = ~np.isnan(normalised).all(axis=1)
    won = ((net > 1e-12).sum(axis=1) - (net < -1e-12).sum(axis=1)).astype(np.float64)
    return np.where(some, won, np.nan)
