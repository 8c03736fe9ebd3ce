"""The choices over which an index is tried, and its scores under many of them at once.

Every draw is a point in the unit cube: one coordinate for each choice that has alternatives
(impute, treat, normalise, aggregate) and one for each weight. So the same draws serve the rank
ranges and the Sobol indices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from catalog.models.index_spec import Impute, IndexSpec, Treat
from warehouse.indices.steps.aggregate import scores
from warehouse.indices.steps.denominate import denominate
from warehouse.indices.steps.engine import Data, IndexResult, ids
from warehouse.indices.steps.impute import impute
from warehouse.indices.steps.normalise import normalise
from warehouse.indices.steps.treat import treat

FLOOR, CEILING = 1.0, 100.0
_CELLS = 8_000_000  # scores in memory at once: 64 MB


@dataclass(frozen=True)
class Choices:
    """Options of each choice, the index's own first, and where the weights' coordinates lie."""

    spec: IndexSpec
    options: Mapping[str, list]
    nodes: list
    stated: Mapping[str, np.ndarray]
    ids: list[str]
    matrices: dict[tuple[int, int, int], np.ndarray]
    labels: Mapping[str, Sequence[str]]

    @property
    def factors(self) -> dict[str, list[int]]:
        """Each source of uncertainty with its coordinates in the cube."""
        found: dict[str, list[int]] = {}
        at = 0
        for name, listed in self.options.items():
            if len(listed) > 1:
                found[name] = [at]
                at += 1
        if self.spec.robustness.weights != 0:
            found["weights"] = list(range(at, at + sum(len(n.parts) for n in self.nodes)))
        return found

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return sum(len(c) for c in self.factors.values())


def choices(spec: IndexSpec, result: IndexResult) -> Choices:
    """What the spec's `robustness` states, with every combination's normalised matrix made once."""
    rob = spec.robustness
    options = {
        "impute": _unique([spec.impute, *rob.impute]),
        "treat": _unique([spec.treat, *rob.treat]),
        "normalise": _unique([spec.normalise, *rob.normalise]),
        "aggregate": _unique([spec.aggregate.method, *rob.aggregate]),
    }
    before = result.stages["denominated"]
    matrices = {}
    for a, filling in enumerate(options["impute"]):
        filled = impute(before, filling, result.data.groups)
        for b, treating in enumerate(options["treat"]):
            treated, _ = treat(filled, treating, spec.indicators)
            among = None if result.pool is None else _among(spec, result.pool, filling, treating)
            for c, scaling in enumerate(options["normalise"]):
                matrices[a, b, c] = normalise(treated, spec.indicators, scaling, among)
    labels = result.data.groups
    return Choices(spec, options, result.nodes, result.weights, ids(spec), matrices, labels)


def _among(spec: IndexSpec, pool: Data, filling: Impute, treating: Treat) -> np.ndarray:
    below = denominate(pool.raw, spec.indicators, pool.denominators)
    return treat(impute(below, filling, pool.groups), treating, spec.indicators)[0]


def evaluate(on: Choices, cube: np.ndarray) -> np.ndarray:
    """Scores of the index, shape (units, draws), for points of the cube (draws, coordinates)."""
    draws = len(cube)
    picked = {}
    at = 0
    for name, listed in on.options.items():
        if len(listed) > 1:
            picked[name] = np.minimum((cube[:, at] * len(listed)).astype(int), len(listed) - 1)
            at += 1
        else:
            picked[name] = np.zeros(draws, dtype=int)
    weights = _weights(on, cube[:, at:])
    units = next(iter(on.matrices.values())).shape[0]
    found = np.empty((draws, units))  # a row for each draw, so that each is written whole
    ranges = [range(len(on.options[n])) for n in ("impute", "treat", "normalise", "aggregate")]
    for a, b, c, d in product(*ranges):
        chosen = np.flatnonzero(
            (picked["impute"] == a)
            & (picked["treat"] == b)
            & (picked["normalise"] == c)
            & (picked["aggregate"] == d)
        )
        if chosen.size:
            method = None if d == 0 else on.options["aggregate"][d]
            matrix = _fit(on, on.matrices[a, b, c], method)
            part = {name: w[:, chosen] for name, w in weights.items()}
            found[chosen] = _index(on, matrix, part, method).T
    return found.T


def blocks(units: int, draws: int) -> list[slice]:
    """The draws in blocks that fit in memory."""
    step = max(1, _CELLS // max(units, 1))
    return [slice(at, min(at + step, draws)) for at in range(0, draws, step)]


def _index(on: Choices, matrix, weights, method) -> np.ndarray:
    spec = on.spec
    found = scores(
        matrix,
        on.ids,
        on.nodes,
        weights,
        method=method,
        penalty=spec.aggregate.penalty,
        least=spec.coverage.group,
        stated=on.stated,
        labels=on.labels,
    )
    return found[spec.id]


def _fit(on: Choices, matrix: np.ndarray, method: str | None) -> np.ndarray:
    """The geometric and harmonic means need positive values: columns are spread over 1 to 100."""
    used = {method} if method else {n.method for n in on.nodes}
    if not used & {"geometric", "harmonic"} or np.nanmin(matrix) > 0:
        return matrix
    with np.errstate(all="ignore"):  # an indicator may have no value in one year
        least, most = np.fmin.reduce(matrix, axis=0), np.fmax.reduce(matrix, axis=0)
    wide = np.where(most > least, most - least, 1.0)
    return FLOOR + (CEILING - FLOOR) * (matrix - least) / wide


def _weights(on: Choices, cube: np.ndarray) -> dict[str, np.ndarray]:
    spread = on.spec.robustness.weights
    found, at = {}, 0
    for node in on.nodes:
        stated = on.stated[node.id][:, None]
        many = len(node.parts)
        if spread == "any":  # exponential draws, normalised, are a flat Dirichlet
            drawn = -np.log1p(-cube[:, at : at + many].T)
        elif spread == 0:
            drawn = np.broadcast_to(stated, (many, len(cube)))
        else:
            drawn = stated * (1 + float(spread) * (2 * cube[:, at : at + many].T - 1))
        found[node.id] = drawn / drawn.sum(axis=0)
        at += many
    return found


def _unique(listed: list) -> list:
    return [x for n, x in enumerate(listed) if x not in listed[:n]]
