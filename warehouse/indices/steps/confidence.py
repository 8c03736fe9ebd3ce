"""`rank_ci`: confidence sets for ranks, from error of measurement alone.

Mogstad, Romano, Shaikh and Wilhelm (2024), "Inference for Ranks with Applications to Mobility
across Neighbourhoods and Academic Achievement across Countries", Review of Economic Studies 91(1):
simultaneous confidence intervals for the differences of scores, by parametric bootstrap; a unit's
set runs from 1 + the number of units that are surely better to the number of all less those that
are surely worse. One step, two-sided. The critical value is taken two standard errors of its own
simulation too high, so that few bootstraps never make a set too small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from catalog.models.index_spec import IndexSpec
from warehouse.indices.steps.aggregate import scores
from warehouse.indices.steps.engine import Data, IndexResult, ids, through
from warehouse.indices.steps.normalise import normalise
from warehouse.indices.steps.rank import places

BOOTSTRAPS = 1000


@dataclass(frozen=True)
class RankSets:
    """Per unit the ends of its own set (marginal) and of the sets that hold together."""

    error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    low_together: np.ndarray
    high_together: np.ndarray
    variance: np.ndarray
    """Variance of the unit's rank over the draws."""


def rank_ci(spec: IndexSpec, result: IndexResult) -> RankSets | None:
    """The confidence sets at `robustness.level`; None where the spec states no error.

    Values get independent normal errors; the index is made again, its goalposts, treatment and
    groups estimated anew, so that what units share is shared. Imputed cells keep to their method.
    """
    errors = result.data.errors
    if errors is None or not (errors > 0).any():
        return None
    rng = np.random.default_rng(spec.robustness.seed)
    data = result.data
    drawn = np.empty((BOOTSTRAPS, len(data.units)))
    for row in range(BOOTSTRAPS):
        raw = data.raw + errors * rng.standard_normal(errors.shape)
        drawn[row] = _index(spec, data, raw, result)
    return rank_sets(result.scores[spec.id], drawn, spec.robustness.level)


def rank_sets(estimate: np.ndarray, drawn: np.ndarray, level: float) -> RankSets:
    """Rank sets from estimates (units,) and bootstrap draws of them (draws, units)."""
    units, draws = len(estimate), len(drawn)
    level = min(level + 2 * np.sqrt(level * (1 - level) / draws), 1.0)
    off = drawn - drawn.mean(axis=0)
    spread = off.std(axis=0, ddof=1)
    critical = np.zeros(units)
    largest = np.zeros(len(drawn))
    scale = np.empty((units, units))
    for one in range(units):
        apart = off - off[:, [one]]
        scale[one] = apart.std(axis=0, ddof=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.abs(apart) / scale[one]
        most = np.nan_to_num(size).max(axis=1)
        critical[one] = np.quantile(most, level, method="higher")
        largest = np.maximum(largest, most)
    together = np.quantile(largest, level, method="higher")
    ahead = estimate[None, :] - estimate[:, None]  # how far the other is ahead of the one
    ends = []
    for limit in (critical[:, None], together):
        better = (ahead > limit * scale).sum(axis=1)
        worse = (ahead < -limit * scale).sum(axis=1)
        ends += [1 + better, units - worse]
    return RankSets(spread, *ends, places(drawn.T).var(axis=1, dtype=np.float64))


def _index(spec: IndexSpec, data: Data, raw: np.ndarray, result: IndexResult) -> np.ndarray:
    treated, _ = through(spec, raw, data, "raw", "treated")
    pool = result.pool
    among = None if pool is None else through(spec, pool.raw, pool, "raw", "treated")[0]
    normalised = normalise(treated, spec.indicators, spec.normalise, among)
    found = scores(
        normalised,
        ids(spec),
        result.nodes,
        result.weights,
        penalty=spec.aggregate.penalty,
        least=spec.coverage.group,
        labels=data.groups,
    )
    return found[spec.id][:, 0]
