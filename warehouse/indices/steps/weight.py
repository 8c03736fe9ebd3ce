"""Step: weights of the parts within each group, and their hierarchy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from catalog.models.index_spec import IndexSpec, Joining, Weighing


@dataclass(frozen=True)
class Node:
    """One group: its parts (ids of indicators or groups) with their stated weights."""

    id: str
    parts: tuple[str, ...]
    stated: tuple[float, ...]
    method: Joining
    level: int


def tree(spec: IndexSpec) -> list[Node]:
    """Groups from the bottom up, the index last; level 1 joins indicators alone."""
    parts: dict[str, list[tuple[str, float]]] = {g.id: [] for g in spec.groups}
    parts[spec.id] = []
    for item in [*spec.indicators, *spec.groups]:
        parts[item.parent or spec.id].append((item.id, item.weight))
    own = {g.id: g.aggregate for g in spec.groups}
    levels = {i.id: 0 for i in spec.indicators}
    nodes = []
    while len(nodes) < len(parts):
        for node, inside in parts.items():
            if node not in levels and all(p in levels for p, _ in inside):
                levels[node] = 1 + max(levels[p] for p, _ in inside)
                ids, weights = zip(*inside, strict=True)
                method = own.get(node) or spec.aggregate.method
                nodes.append(Node(node, ids, weights, method, levels[node]))
    return nodes


def weights(nodes: list[Node], how: Weighing, normalised: np.ndarray, ids: list[str]):
    """Node id to its parts' weights, summing to 1.

    `pca`: squared loadings on the first principal component of the correlations of the group's
    indicators (OECD/JRC handbook, 6.1), for groups of three indicators or more; groups of groups
    keep the stated weights. A unit with a missing value is left out of the correlations.
    """
    found = {}
    place = {name: n for n, name in enumerate(ids)}
    for node in nodes:
        stated = np.array(node.stated) if how != "equal" else np.ones(len(node.parts))
        if how == "pca" and len(node.parts) > 2 and all(p in place for p in node.parts):
            part = normalised[:, [place[p] for p in node.parts]]
            part = part[~np.isnan(part).any(axis=1)]
            if len(part) > len(node.parts) and (part.std(axis=0) > 0).all():
                _, vectors = np.linalg.eigh(np.corrcoef(part, rowvar=False))
                stated = vectors[:, -1] ** 2
        found[node.id] = stated / stated.sum()
    return found
