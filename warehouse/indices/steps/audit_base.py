"""What every part of the audit stands on: the published data, tolerances, the index itself."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np

from catalog.models.index_spec import IndexSpec
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.engine import STAGES, ids, through
from warehouse.indices.steps.explain import (
    same,
)
from warehouse.indices.steps.findings import Finding, Publication
from warehouse.indices.steps.means import mean
from warehouse.indices.steps.rank import merit_ranks

MIXES = 64


class Base:
    """State of one audit, shared by its parts."""

    def __init__(self, spec: IndexSpec, public: Publication) -> None:
        self.findings = list(public.found)
        self.spec, self.public = spec, public
        self.tolerance = spec.published.tolerance if spec.published else 1e-9
        self.names = ids(spec)
        self.units = public.data.units
        self.said = {s: public.stages[s].copy() for s in STAGES if s in public.stages}
        self.made: dict[str, np.ndarray] = {}
        self.remarks: list[str] = []
        self.nodes = weighing.tree(spec)
        self.used: dict[str, str] = {}
        self.leaf_findings: list[tuple[Finding, list[int]]] = []
        self.node_findings: list[Finding] = []
        self.lost: set[tuple[str, int]] = set()
        self.place = {name: n for n, name in enumerate(self.names)}

    def _through(self, values, before, after, uses=None) -> np.ndarray:
        return through(self.spec, values, self.public.data, before, after, uses)[0]

    def _note(self, kind: str, stage: str, about: tuple[str, ...], detail: str, **effect) -> None:
        self.findings.append(Finding(kind, stage, about, detail, **effect))

    def _tol(self, values: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            size = np.fmax.reduce(np.abs(values), axis=0)
        return self.tolerance * np.nan_to_num(size)

    def _same(self, said: np.ndarray, made: np.ndarray) -> bool:
        return bool(same(made, said, self._tol(said[:, None])[0]).all())

    def _mean(self, node, parts: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return mean(
            parts, weight, node.method, self.spec.aggregate.penalty, self.spec.coverage.group
        )

    def _mixes(self, options):
        for mix in list(product(*options))[:MIXES]:
            yield [label for label, _ in mix], np.column_stack([v for _, v in mix])

    def _used_matrix(self, normalised, again) -> np.ndarray:
        right = normalised.copy()
        for j, name in enumerate(self.names):
            if self.used.get(name) == "made":
                right[:, j] = again[:, j]
        return right

    def _index(self, normalised, weights, kept: Mapping[str, np.ndarray] | None = None):
        found: dict[str, np.ndarray] = {}
        for node in self.nodes:
            if kept and node.id in kept:
                found[node.id] = kept[node.id]
                continue
            parts = np.column_stack(
                [normalised[:, self.place[p]] if p in self.place else found[p] for p in node.parts]
            )
            found[node.id] = self._mean(node, parts, weights[node.id])
        return found[self.spec.id]


def ranks_of(scores: np.ndarray) -> np.ndarray:
    """Ranks of scores; what differs after the sixth decimal is a tie."""
    return merit_ranks(np.round(scores, 6)[:, None])[:, 0]


def moves(before: np.ndarray, after: np.ndarray) -> dict[str, int | None]:
    """How many ranks differ and by how much at most."""
    apart = np.abs(np.nan_to_num(before) - np.nan_to_num(after))
    return {"moved": int((apart > 0).sum()), "furthest": int(apart.max(initial=0))}
