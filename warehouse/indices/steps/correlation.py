"""Do the indicators belong together: correlations, redundancy, and what drives the index.

Source: OECD/JRC handbook, step 4; Paruolo, Saisana and Saltelli (2013), J. R. Statist. Soc. A
176(3), for the share of the index's variance that an indicator accounts for; Cronbach (1951).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from catalog.models.index_spec import IndexSpec
from warehouse.indices.steps.engine import IndexResult, ids

REDUNDANT = 0.92  # COINr's and the JRC's usual mark
OPPOSED = -0.4


@dataclass(frozen=True)
class Coherence:
    """Pairwise correlations, and per indicator those with its group and the index."""

    pairs: np.ndarray
    with_group: np.ndarray
    with_index: np.ndarray
    alpha: dict[str, float]


def coherence(spec: IndexSpec, result: IndexResult) -> Coherence:
    """Pearson correlations of the normalised indicators, over the units that have both.

    `alpha` is Cronbach's, for groups of two indicators or more, over the units that have all.
    """
    z = result.stages["normalised"]
    names = ids(spec)
    parents = [i.parent or spec.id for i in spec.indicators]
    group = np.column_stack([result.scores[p] for p in parents])
    index = result.scores[spec.id]
    alpha = {}
    for node in result.nodes:
        inside = [names.index(p) for p in node.parts if p in names]
        if len(inside) > 1:
            alpha[node.id] = _alpha(z[:, inside])
    pairs = correlations(z)
    return Coherence(
        pairs,
        np.array([correlate(z[:, n], group[:, n]) for n in range(z.shape[1])]),
        np.array([correlate(z[:, n], index) for n in range(z.shape[1])]),
        alpha,
    )


def correlations(values: np.ndarray) -> np.ndarray:
    """Pearson's r of every two columns over the pairs that are there, as `correlate` gives it."""
    there = (~np.isnan(values)).astype(np.float64)
    with np.errstate(all="ignore"):
        n = there.sum(axis=0)
        mean = np.nansum(values, axis=0) / n
        size = np.sqrt(np.nansum((values - mean) ** 2, axis=0) / n)
        z = np.where(there > 0, (values - mean) / np.where(size > 0, size, 1), 0.0)
        both = there.T @ there
        a, b = z.T @ there, there.T @ z  # sums of each over the pairs that are there
        product = z.T @ z - a * b / both
        of_a, of_b = (z**2).T @ there - a**2 / both, there.T @ z**2 - b**2 / both
        r = product / np.sqrt(of_a * of_b)
    fine = (both >= 3) & (of_a > 1e-12) & (of_b > 1e-12)
    return np.where(fine, np.clip(r, -1, 1), np.nan)


def verdict(r: float, same_group: bool) -> str:
    """What a correlation means for the index, in words; "" where nothing is amiss."""
    if r > REDUNDANT and same_group:
        return "nearly the same: together they count twice"
    if r < OPPOSED:
        return "opposed: one cancels the other"
    return ""


def correlate(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r over the pairs that are there; NaN below 3 pairs or without spread."""
    both = ~(np.isnan(a) | np.isnan(b))
    if both.sum() < 3:
        return float("nan")
    x, y = a[both] - a[both].mean(), b[both] - b[both].mean()
    size = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / size) if size > 0 else float("nan")


def _alpha(part: np.ndarray) -> float:
    part = part[~np.isnan(part).any(axis=1)]
    if len(part) < 3:
        return float("nan")
    total = part.sum(axis=1).var(ddof=1)
    many = part.shape[1]
    return (
        float(many / (many - 1) * (1 - part.var(axis=0, ddof=1).sum() / total))
        if total
        else float("nan")
    )
