"""How likely each candidate of one place is the right one: a conditional logit of the matcher's scores.

McFadden (1974), Conditional logit analysis of qualitative choice behavior: one of the candidates is
right, or none is. It rises with a candidate's own score and falls with its rivals', and the
probabilities of one place never add up to more than 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# One place: the scores of its candidates, best first, and which is right (None: none of them).
Case = tuple[tuple[float, ...], int | None]


@dataclass(frozen=True)
class Worth:
    """What scores are worth: a candidate's weight is exp(intercept + slope x score), none's is 1."""

    intercept: float
    slope: float

    def of(self, scores: Sequence[float]) -> tuple[float, ...]:
        """The probability of each candidate of one place, to 3 decimals, in the order given."""
        if not scores:
            return ()
        weights = np.exp(self.intercept + self.slope * np.array(scores))
        return tuple(round(float(p), 3) for p in weights / (1 + weights.sum()))


def fit(cases: Sequence[Case]) -> Worth:
    """The coefficients that make what is right most likely, to 3 decimals, by Newton's method.

    Raises `ValueError` where nothing, or no wrong candidate, is there to learn from.
    """
    width = max((len(scores) for scores, _ in cases), default=0)
    right = np.array([-1 if at is None else at for _, at in cases])
    if not width or all(len(s) == 1 and at == 0 for s, at in cases):
        raise ValueError("A score can be calibrated only where some candidates are wrong.")
    score = np.full((len(cases), width), -np.inf)
    for n, (scores, _) in enumerate(cases):
        score[n, : len(scores)] = scores
    there = np.isfinite(score)
    x = np.stack([there.astype(float), np.where(there, score, 0.0)], axis=-1)
    chosen = np.where((right >= 0)[:, None], x[np.arange(len(cases)), right], 0.0).sum(axis=0)

    def look(beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log-likelihood, gradient, and information."""
        weight = np.where(there, np.exp(np.minimum(x @ beta, 500.0)), 0.0)
        total = 1 + weight.sum(axis=1, keepdims=True)
        p = weight / total
        mean = np.einsum("nk,nkd->nd", p, x)
        spread = np.einsum("nk,nkd,nke->de", p, x, x) - mean.T @ mean
        return float(chosen @ beta - np.log(total).sum()), chosen - mean.sum(axis=0), spread

    beta = np.zeros(2)
    value, slope, spread = look(beta)
    for _ in range(100):
        step = np.linalg.solve(spread + 1e-9 * np.eye(2), slope)
        while (after := look(beta + step))[0] < value and abs(step).max() > 1e-9:
            step = step / 2
        beta, (value, slope, spread) = beta + step, after
        if abs(step).max() < 1e-6:
            break
    return Worth(round(float(beta[0]), 3), round(float(beta[1]), 3))
