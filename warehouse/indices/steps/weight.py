"""Step: weights of the parts within each group, and their hierarchy.

`pca`: squared loadings on the first principal component of the correlations of a group's
indicators (OECD/JRC handbook, 6.1). `optimised`: weights for which the parts matter to the score
of their group in the proportions that are stated, importance being the squared correlation of part
and score (Becker, Saisana, Paruolo and Vandecasteele 2017, Ecological Indicators 80).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.models.index_spec import Fill, IndexSpec, Joining, Weighing

_SEARCH = {"xatol": 1e-7, "fatol": 1e-13}


@dataclass(frozen=True)
class Node:
    """One group: its parts (ids of indicators or groups) with their stated weights."""

    id: str
    parts: tuple[str, ...]
    stated: tuple[float, ...]
    method: Joining
    level: int
    fill: Fill | None = None
    """What it counts as where it has no score."""


def tree(spec: IndexSpec) -> list[Node]:
    """Groups from the bottom up, the index last; level 1 joins indicators alone."""
    parts: dict[str, list[tuple[str, float]]] = {g.id: [] for g in spec.groups}
    parts[spec.id] = []
    for item in [*spec.indicators, *spec.groups]:
        parts[item.parent or spec.id].append((item.id, item.weight))
    own = {g.id: g.aggregate for g in spec.groups}
    fills = {g.id: g.fill for g in spec.groups}
    levels = {i.id: 0 for i in spec.indicators}
    nodes = []
    while len(nodes) < len(parts):
        for node, inside in parts.items():
            if node not in levels and all(p in levels for p, _ in inside):
                levels[node] = 1 + max(levels[p] for p, _ in inside)
                ids, weights = zip(*inside, strict=True)
                method = own.get(node) or spec.aggregate.method
                nodes.append(Node(node, ids, weights, method, levels[node], fills.get(node)))
    return nodes


def weights(
    nodes: list[Node], how: Weighing, normalised: np.ndarray, ids: list[str]
) -> dict[str, np.ndarray]:
    """Node id to its parts' weights, summing to 1.

    `pca` is for groups of three indicators or more; groups of groups keep the stated weights. A
    unit with a missing value is left out of the correlations.
    """
    found = {}
    place = {name: n for n, name in enumerate(ids)}
    scores: dict[str, np.ndarray] = {}
    for node in nodes:
        stated = np.array(node.stated) if how != "equal" else np.ones(len(node.parts))
        if how == "pca" and (shares := loadings(node, normalised, place)) is not None:
            stated = shares[0][:, 0] ** 2
        stated = stated / stated.sum()
        if how == "optimised":
            parts = np.column_stack(
                [normalised[:, place[p]] if p in place else scores[p] for p in node.parts]
            )
            stated = _optimised(parts, stated)
            scores[node.id] = _mean(parts, stated)
        found[node.id] = stated
    return found


def loadings(
    node: Node, normalised: np.ndarray, place: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray] | None:
    """(loadings of the parts, shares of variance) of the principal components of a group.

    Shapes (parts, components) and (components,), the first component first and with a positive
    sum; None for groups of groups, of fewer than three parts, or of too few whole units.
    """
    if len(node.parts) < 3 or not all(p in place for p in node.parts):
        return None
    part = normalised[:, [place[p] for p in node.parts]]
    part = part[~np.isnan(part).any(axis=1)]
    if len(part) <= len(node.parts) or not (part.std(axis=0) > 0).all():
        return None
    values, vectors = np.linalg.eigh(np.corrcoef(part, rowvar=False))
    vectors = vectors[:, ::-1] * np.where(vectors[:, ::-1].sum(axis=0) < 0, -1, 1)
    return vectors, np.maximum(values[::-1], 0) / len(node.parts)


def importance(parts: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Squared correlation of each part with the weighted mean, as shares of their sum."""
    parts = parts[~np.isnan(parts).any(axis=1)]
    off = parts - parts.mean(axis=0)
    score = off @ weight
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (off.T @ score) / np.sqrt((off**2).sum(axis=0) * (score @ score))
    square = np.nan_to_num(r) ** 2
    return square / square.sum() if square.sum() > 0 else np.full(len(weight), 1 / len(weight))


def _optimised(parts: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The weights whose importances are nearest to those wanted (least squares)."""
    from scipy.optimize import minimize

    whole = (~np.isnan(parts).any(axis=1)).sum()
    if len(wanted) < 2 or whole <= len(wanted):
        return wanted

    def weight(free: np.ndarray) -> np.ndarray:
        sized = np.exp(free - free.max())
        return sized / sized.sum()

    def miss(free: np.ndarray) -> float:
        return float(((importance(parts, weight(free)) - wanted) ** 2).sum())

    best = minimize(
        miss, np.log(wanted), method="Nelder-Mead", options=_SEARCH | {"maxiter": 400 * len(wanted)}
    )
    return weight(best.x)


def _mean(parts: np.ndarray, weight: np.ndarray) -> np.ndarray:
    gap = np.isnan(parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gap, 0, parts) @ weight / ((~gap) @ weight)


def in_index(
    nodes: list[Node], weights: Mapping[str, np.ndarray], ids: Sequence[str]
) -> np.ndarray:
    """Each indicator's weight in the index as a whole, the product of those on its way up."""
    own = {nodes[-1].id: 1.0}
    for node in reversed(nodes):
        for part, weight in zip(node.parts, weights[node.id], strict=True):
            own[part] = own[node.id] * float(weight)
    return np.array([own[i] for i in ids])
