"""Means of the parts of one group, and the other ways in which a group may have been joined."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from warehouse.indices.steps.aggregate import join
from warehouse.indices.steps.weight import Node


def mean(
    parts: np.ndarray, weight: np.ndarray, method: str, penalty: str = "negative", least: float = 0
) -> np.ndarray:
    """One group's scores (units,) from its parts (units, parts).

    A geometric or harmonic mean with a part of 0 or less is 0, so that a published one can be
    compared.
    """
    if method in ("geometric", "harmonic"):
        low = (parts <= 0).any(axis=1)
        safe = np.where(parts > 0, parts, 1.0)
        safe = np.where(np.isnan(parts), np.nan, safe)
        return np.where(low, 0.0, join(safe, weight[:, None], method, least=least)[:, 0])
    return join(parts, weight[:, None], method, penalty=penalty, least=least)[:, 0]


def alternatives(
    node: Node, parts: np.ndarray, weight: np.ndarray, said: np.ndarray, tol: float
) -> Iterator[tuple[str, np.ndarray]]:
    """(words, scores) of each other way to join the parts, the plainest first."""
    equal = np.ones(len(weight))
    names = {"arithmetic": "arithmetic", "geometric": "geometric", "harmonic": "harmonic"}
    for method, word in names.items():
        if method != node.method:
            yield f"the {word} mean was used, not the {node.method}", mean(parts, weight, method)
    if np.ptp(weight) > 1e-12:
        yield "the parts weigh the same, not as stated", mean(parts, equal, node.method)
    for penalty in ("negative", "positive"):
        if node.method != "mpi":
            words = f"the Mazziotta-Pareto mean with a {penalty} penalty was used"
            yield words, mean(parts, weight, "mpi", penalty)
    with np.errstate(all="ignore"):
        if parts.shape[1] > 2:
            yield "the median of the parts was used, not their mean", _safe(np.nanmedian, parts)
        yield "the smallest part was used, not the mean", np.fmin.reduce(parts, axis=1)
        yield "the largest part was used, not the mean", np.fmax.reduce(parts, axis=1)
        yield "the sum of the parts was used, not the mean", np.nansum(parts, axis=1)
        square = np.sqrt(mean(parts**2, weight, "arithmetic"))
        yield "the quadratic mean was used, not the " + node.method, square
    if np.isnan(parts).any():
        filled = np.where(np.isnan(parts), 0.0, parts)
        yield "a missing part counts as 0", mean(filled, weight, node.method)
        there = np.where(np.isnan(parts).any(axis=1), np.nan, mean(parts, weight, node.method))
        yield "units with a missing part get no score", there
    if parts.shape[1] > 1:
        for c, name in enumerate(node.parts):
            kept = [k for k in range(parts.shape[1]) if k != c]
            yield f"{name} was left out", mean(parts[:, kept], weight[kept], node.method)
    if fitted := _weights(node, parts, said, tol):
        yield fitted


def _weights(node: Node, parts, said, tol) -> tuple[str, np.ndarray] | None:
    """Weights that give the published scores exactly, where there are such."""
    whole = ~np.isnan(parts).any(axis=1) & ~np.isnan(said)
    if whole.sum() < parts.shape[1] + 3 or node.method not in ("arithmetic", "geometric"):
        return None
    x, y = parts[whole], said[whole]
    if node.method == "geometric":
        if (x <= 0).any() or (y <= 0).any():
            return None
        x, y = np.log(x), np.log(y)
    found, *_ = np.linalg.lstsq(x, y, rcond=None)
    if (found < -1e-6).any() or abs(found.sum() - 1) > 1e-3:
        return None
    found = np.maximum(found, 0) / np.maximum(found, 0).sum()
    listed = ", ".join(f"{n} {w:.3g}" for n, w in zip(node.parts, found, strict=True))
    return f"the weights are not as stated; these give the scores: {listed}", mean(
        parts, found, node.method
    )


def _safe(function, parts: np.ndarray) -> np.ndarray:
    found = np.full(len(parts), np.nan)
    some = ~np.isnan(parts).all(axis=1)
    found[some] = function(parts[some], axis=1)
    return found
