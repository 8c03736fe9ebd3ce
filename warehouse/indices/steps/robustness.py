"""How far ranks depend on choices: ranges, leaving one indicator out, and Sobol indices.

A `rank_range` says how the rank moves over the choices that the spec states. It is no confidence
interval: nothing is said about error in the data (that is `rank_ci`). Source of the approach:
Saisana, Saltelli and Tarantola (2005), J. R. Statist. Soc. A 168(2); OECD/JRC handbook, step 8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from catalog.models.index_spec import IndexSpec
from warehouse.indices.steps.aggregate import scores
from warehouse.indices.steps.choices import Choices, blocks, choices, evaluate
from warehouse.indices.steps.engine import Result, ids
from warehouse.indices.steps.rank import merit_ranks, places


@dataclass(frozen=True)
class Ranges:
    """Per unit: the middle of its ranks over all draws, and the range that holds `level` of them."""

    low: np.ndarray
    median: np.ndarray
    high: np.ndarray
    draws: int


def rank_range(spec: IndexSpec, result: Result) -> Ranges:
    """The ranges over the spec's stated choices, by Monte Carlo with the spec's seed.

    `low` and `high` are ranks that occurred: the share of draws below `low`, and that above
    `high`, is at most (1 - level) / 2.
    """
    on = choices(spec, result)
    rob = spec.robustness
    cube = np.random.default_rng(rob.seed).random((rob.draws, on.size))
    parts = [places(evaluate(on, cube[b])) for b in blocks(len(result.data.units), rob.draws)]
    return ranges(np.concatenate(parts, axis=1), rob.level)


def ranges(ranks: np.ndarray, level: float) -> Ranges:
    """The ranges of a matrix of ranks (units, draws)."""
    draws = ranks.shape[1]
    tail = (1 - level) / 2
    at = [
        math.floor(tail * (draws - 1)),
        (draws - 1) // 2,
        math.ceil((1 - tail) * (draws - 1)),
    ]
    # Stable, which for small integers is a radix sort: a quarter of the time.
    ordered = np.sort(np.ascontiguousarray(ranks), axis=1, kind="stable")
    return Ranges(ordered[:, at[0]], ordered[:, at[1]], ordered[:, at[2]], draws)


def thirds(found: Ranges) -> list[str]:
    """The group of each unit: the thirds of the list that its range touches."""
    of = len(found.low)
    cut = [math.ceil(of / 3), math.ceil(2 * of / 3)]
    names = ("upper", "middle", "lower")
    first = np.searchsorted(cut, found.low, side="left")
    last = np.searchsorted(cut, found.high, side="left")
    return [
        names[a] if a == b else "anywhere" if b - a == 2 else f"{names[a]} or {names[b]}"
        for a, b in zip(first, last, strict=True)
    ]


def leave_one_out(spec: IndexSpec, result: Result) -> np.ndarray:
    """Ranks without each indicator in turn, all else equal; shape (units, indicators)."""
    names = ids(spec)
    weights = {}
    for node in result.nodes:
        w = np.repeat(result.weights[node.id][:, None], len(names), axis=1)
        for row, part in enumerate(node.parts):
            if part in names:
                w[row, names.index(part)] = 0
        weights[node.id] = w
    # A group that loses its only indicator leaves with it.
    empty: dict[str, np.ndarray] = {}
    for node in result.nodes:
        for row, part in enumerate(node.parts):
            if part in empty:
                weights[node.id][row, empty[part]] = 0
        empty[node.id] = weights[node.id].sum(axis=0) == 0
        weights[node.id][:, empty[node.id]] = 1  # never used: its own weight above is 0
    found = scores(
        result.stages["normalised"],
        names,
        result.nodes,
        weights,
        penalty=spec.aggregate.penalty,
        least=0.0,
    )[spec.id]
    found = np.where(np.isnan(result.scores[spec.id])[:, None], np.nan, found)
    return merit_ranks(found)


@dataclass(frozen=True)
class Sobol:
    """Per factor: share of the variance due to it alone (first) and with all others (total).

    Each with the half width of its 90 % bootstrap interval.
    """

    factors: list[str]
    first: np.ndarray
    total: np.ndarray
    first_error: np.ndarray
    total_error: np.ndarray


def sobol(function, factors: dict[str, list[int]], size: int, base: int, seed: int) -> Sobol:
    """Sobol indices of `function` (points (n, size) -> values (outputs, n)), over all outputs.

    Shares of the summed variance of the outputs (Gamboa, Janon, Klein and Lagnoux 2014), by the
    estimators of Jansen (1999) in the design of Saltelli et al. (2010), Comput. Phys. Commun. 181;
    a factor may have several coordinates.
    """
    rng = np.random.default_rng(seed)
    a, b = rng.random((base, size)), rng.random((base, size))
    of_a, of_b = function(a), function(b)
    alone, joint = [], []
    for coordinates in factors.values():
        mixed = a.copy()
        mixed[:, coordinates] = b[:, coordinates]
        of_mixed = function(mixed)
        alone.append(((of_b - of_mixed) ** 2).sum(axis=0) / 2)
        joint.append(((of_a - of_mixed) ** 2).sum(axis=0) / 2)
    both = np.concatenate([of_a, of_b], axis=1)
    off = ((both - both.mean(axis=1, keepdims=True)) ** 2).sum(axis=0)
    off = off[:base] + off[base:]
    alone, joint = np.array(alone), np.array(joint)

    def share(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        variance = off[rows].mean(axis=-1) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.where(variance > 0, 1 - alone[:, rows].mean(axis=-1) / variance, 0.0)
            total = np.where(variance > 0, joint[:, rows].mean(axis=-1) / variance, 0.0)
        return first, total

    first, total = share(np.arange(base))
    again = [share(rng.integers(0, base, base)) for _ in range(200)]
    error = [
        (
            np.quantile([x[k] for x in again], 0.95, axis=0)
            - np.quantile([x[k] for x in again], 0.05, axis=0)
        )
        / 2
        for k in (0, 1)
    ]
    return Sobol(list(factors), first, total, *error)


def sensitivity(spec: IndexSpec, result: Result, base: int = 1024) -> Sobol:
    """Which choice moves the ranks most: Sobol indices of all units' ranks together."""
    on: Choices = choices(spec, result)
    if not on.factors:
        none = np.zeros(0)
        return Sobol([], none, none, none, none)

    def ranks(points: np.ndarray) -> np.ndarray:
        return places(evaluate(on, points)).astype(np.float64)

    return sobol(ranks, on.factors, on.size, base, spec.robustness.seed)
