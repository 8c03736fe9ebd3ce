"""How far ranks depend on choices: ranges, leaving one indicator out, and Sobol indices.

A `rank_range` says how the rank moves over the choices that the spec states. It is no confidence
interval: nothing is said about error in the data (that is `rank_ci`). Source of the approach:
Saisana, Saltelli and Tarantola (2005), J. R. Statist. Soc. A 168(2); OECD/JRC handbook, step 8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.models.index_spec import IndexSpec
from warehouse.indices.steps.aggregate import scores
from warehouse.indices.steps.choices import Choices, blocks, choices, evaluate
from warehouse.indices.steps.engine import IndexResult, ids
from warehouse.indices.steps.rank import merit_ranks, places, ranked, rounded


@dataclass(frozen=True)
class Ranges:
    """Per unit: the middle of its ranks over all draws, and the range that holds `level` of them."""

    low: np.ndarray
    median: np.ndarray
    high: np.ndarray
    draws: int
    variance: np.ndarray
    """Variance of its ranks over all draws."""
    ranks: np.ndarray | None = None
    """Its rank in each draw, (units, draws)."""


def rank_range(spec: IndexSpec, result: IndexResult) -> Ranges:
    """The ranges over the spec's stated choices, by Monte Carlo with the spec's seed.

    `low` and `high` are ranks that occurred: the share of draws below `low`, and that above
    `high`, is at most (1 - level) / 2.
    """
    ranks = np.concatenate(list(_ranks(spec, result)), axis=1)
    return replace(ranges(ranks, spec.robustness.level), ranks=ranks)


def _ranks(spec: IndexSpec, result: IndexResult, rows: Sequence[int] | None = None):
    """Ranks (units, draws) in blocks of draws; among the units at `rows`, all by default."""
    on = choices(spec, result)
    rob = spec.robustness
    cube = np.random.default_rng(rob.seed).random((rob.draws, on.size))
    for block in blocks(len(result.data.units), rob.draws):
        scored = evaluate(on, cube[block])
        yield places(scored if rows is None else scored[rows])


ROSE, FELL, WITHIN = "rose beyond the range", "fell beyond the range", "within the range"


@dataclass(frozen=True)
class RankChanges:
    """Ranks of the units of two years among those that both have, and how the rank changed.

    `low` and `high` hold `level` of the changes over the draws, each draw the same choices in both
    years; below 0 is a rise. `says` is ROSE, FELL or WITHIN.
    """

    units: list[str]
    before: np.ndarray
    after: np.ndarray
    low: np.ndarray
    high: np.ndarray
    says: list[str]


def changes(
    before: tuple[IndexSpec, IndexResult, Ranges], after: tuple[IndexSpec, IndexResult, Ranges]
) -> RankChanges:
    """How ranks changed between two years, and whether by more than the choices explain."""
    ranks, drawn = [], []
    known = set(before[1].data.units)
    units = [u for u in after[1].data.units if u in known]
    for spec, result, found in (before, after):
        at = {u: n for n, u in enumerate(result.data.units)}
        rows = [at[u] for u in units]
        ranks.append(ranked(result.scores[spec.id][rows], spec.ranking))
        if found.ranks is not None and len(rows) == len(result.data.units):
            drawn.append(found.ranks[rows])
        else:  # the ranks among the units that both years have
            drawn.append(np.concatenate(list(_ranks(spec, result, rows)), axis=1))
    moved = drawn[1].astype(np.int32) - drawn[0]
    found = ranges(moved, after[0].robustness.level)
    unscored = np.isnan(ranks[0]) | np.isnan(ranks[1])
    says = np.where(found.high < 0, ROSE, np.where(found.low > 0, FELL, WITHIN))
    return RankChanges(
        *(units, *ranks, found.low, found.high),
        ["" if u else str(s) for u, s in zip(unscored, says, strict=True)],
    )


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
    spread = ranks.var(axis=1, dtype=np.float64)
    return Ranges(ordered[:, at[0]], ordered[:, at[1]], ordered[:, at[2]], draws, spread)


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


def leave_one_out(spec: IndexSpec, result: IndexResult) -> np.ndarray:
    """Ranks without each indicator in turn, all else equal; shape (units, indicators).

    The gates ask what is left: a group needs `coverage.group` of the weight, a unit `coverage.unit`
    of the indicators that remain; who falls short has no rank.
    """
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
        least=spec.coverage.group,
        labels=result.data.groups,
    )[spec.id]
    there = ~np.isnan(result.data.raw)
    left = (there.sum(axis=1)[:, None] - there) / max(len(names) - 1, 1)
    short = (left < spec.coverage.unit) | (left == 0)
    found = np.where(short | np.isnan(result.scores[spec.id])[:, None], np.nan, found)
    return merit_ranks(rounded(found, spec.ranking.decimals), spec.ranking.ties)


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


def sensitivity(spec: IndexSpec, result: IndexResult, base: int = 1024) -> Sobol:
    """Which choice moves the ranks most: Sobol indices of all units' ranks together."""
    on: Choices = choices(spec, result)
    if not on.factors:
        none = np.zeros(0)
        return Sobol([], none, none, none, none)

    def ranks(points: np.ndarray) -> np.ndarray:
        return places(evaluate(on, points)).astype(np.float64)

    return sobol(ranks, on.factors, on.size, base, spec.robustness.seed)
