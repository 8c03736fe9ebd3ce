"""Step: parts joined into groups and groups into the index, for one or many sets of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from catalog.models.index_spec import Fill
from warehouse.errors import WarehouseError
from warehouse.indices.steps.weight import Node


def scores(
    normalised: np.ndarray,
    ids: Sequence[str],
    nodes: Sequence[Node],
    weights: Mapping[str, np.ndarray],
    *,
    method: str | None = None,
    penalty: str = "negative",
    least: float = 0.0,
    stated: Mapping[str, np.ndarray] | None = None,
    labels: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, np.ndarray]:
    """Node id to scores, shape (units, sets of weights).

    `weights` has for each node (parts,) or (parts, sets). Missing parts are left out and the rest
    reweighted; a group with less than `least` of its weight there is NaN. That is asked of the
    `stated` weights where other ones are tried, so that trying them leaves no group out. `method`
    replaces every node's own. A group that states a `fill` counts as that where it has no score;
    `labels` are the columns of groups of units for it. MPI is the Mazziotta-Pareto index: mean -/+ standard deviation squared over mean
    (Mazziotta and Pareto 2016, Soc. Indic. Res. 127). Raises `WarehouseError` where the geometric
    or harmonic mean meets a value that is not positive.
    """
    place = {name: n for n, name in enumerate(ids)}
    found: dict[str, np.ndarray] = {}
    for node in nodes:
        weight = weights[node.id]
        weight = weight[:, None] if weight.ndim == 1 else weight
        if all(p in place for p in node.parts):
            parts = normalised[:, [place[p] for p in node.parts]]
        else:
            parts = [normalised[:, [place[p]]] if p in place else found[p] for p in node.parts]
        asked = None if stated is None else stated[node.id]
        made = join(parts, weight, method or node.method, node.id, penalty, least, asked)
        found[node.id] = filled(made, node.fill, labels or {}) if node.fill else made
    return found


def filled(made: np.ndarray, how: Fill, labels: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Scores (units, sets) with the missing ones as the statement says."""
    gap = np.isnan(made)
    if not gap.any():
        return made
    if how.value is not None:
        return np.where(gap, how.value, made)
    if not how.by:
        return np.where(gap, _centre(made, how.method), made)
    found = made.copy()
    label = np.asarray(labels[how.by], dtype=object)
    for one in sorted(set(labels[how.by])):
        rows = label == one
        centre = _centre(made[rows], how.method.removeprefix("group_"))
        found[rows] = np.where(gap[rows], centre, made[rows])
    return found


def _centre(values: np.ndarray, method: str) -> np.ndarray:
    """Mean or median of each column over what is there; NaN for none."""
    found = np.full(values.shape[1], np.nan)
    some = ~np.isnan(values).all(axis=0)
    found[some] = (np.nanmean if method == "mean" else np.nanmedian)(values[:, some], axis=0)
    return found


def join(
    parts: np.ndarray | list[np.ndarray],
    weight: np.ndarray,
    method: str,
    name: str = "the index",
    penalty: str = "negative",
    least: float = 0.0,
    asked: np.ndarray | None = None,
) -> np.ndarray:
    """One group's scores: `parts` is (units, parts), or a list of (units, 1 or sets).

    `asked` are the weights (parts,) of which `least` must be there; `weight` where not given.
    """
    if method == "mpi":
        mean = _mean(parts, weight, least, asked)
        square = _mean(_each(parts, np.square), weight, least, asked)
        spread = np.maximum(square - mean**2, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = np.where(spread > 0, spread / mean, 0.0)
        return mean - moved if penalty == "negative" else mean + moved
    if method == "arithmetic":
        return _mean(parts, weight, least, asked)
    if method == "quadratic":
        return np.sqrt(_mean(_each(parts, np.square), weight, least, asked))
    if method in ("median", "min", "max"):
        return _order(parts, _mean(parts, weight, least, asked), method)
    if any((p <= 0).any() for p in (parts if isinstance(parts, list) else [parts])):
        raise WarehouseError(
            f"Group '{name}': the {method} mean has no value where a part is 0 or less; raise "
            "'normalise.low' above 0, such as low: 1."
        )
    if method == "geometric":
        return np.exp(_mean(_each(parts, np.log), weight, least, asked))
    return 1 / _mean(_each(parts, np.reciprocal), weight, least, asked)


def _order(parts, mean: np.ndarray, method: str) -> np.ndarray:
    """The median, least or largest part, weights apart; missing where the mean is."""
    width = mean.shape[1]
    listed = parts if isinstance(parts, list) else [parts[:, [n]] for n in range(parts.shape[1])]
    cube = np.stack([np.broadcast_to(p, (len(mean), width)) for p in listed])
    found = np.full_like(mean, np.nan)
    some = ~np.isnan(mean)
    with np.errstate(all="ignore"):
        if method == "median":
            found[some] = np.nanmedian(cube[:, some], axis=0)
        else:
            found[some] = (np.fmin if method == "min" else np.fmax).reduce(cube[:, some], axis=0)
    return found


def _each(parts, function):
    return [function(p) for p in parts] if isinstance(parts, list) else function(parts)


def _mean(parts, weight: np.ndarray, least: float, asked: np.ndarray | None) -> np.ndarray:
    """Weighted mean of what is there: one matrix product where the parts are one matrix."""
    gate = weight if asked is None else asked[:, None]
    if isinstance(parts, list):
        total = there = passed = np.zeros((1, 1))
        for part, w, g in zip(parts, weight, gate, strict=True):
            gap = np.isnan(part)
            total = total + np.where(gap, 0.0, part) * w
            there = there + np.where(gap, 0.0, 1.0) * w
            passed = passed + np.where(gap, 0.0, 1.0) * g
    else:
        gap = np.isnan(parts)
        if not gap.any():
            return parts @ weight / weight.sum(axis=0)
        total = np.where(gap, 0.0, parts) @ weight
        there = (~gap).astype(np.float64) @ weight
        passed = (~gap).astype(np.float64) @ gate
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / there
        share = passed / gate.sum(axis=0)
    return np.where((there > 0) & (share >= least - 1e-12), mean, np.nan)
