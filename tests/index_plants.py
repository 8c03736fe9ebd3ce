"""Publish an index with known slips in it: what the auditor must find, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from catalog.models.index_spec import IndexSpec
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.engine import STAGES, Data, ids, through
from warehouse.indices.steps.explain import (
    BOUNDS,
    COPIED,
    FILLED,
    OTHER_MEAN,
    ROUNDED,
    SHIFTED,
    SWAPPED,
    UNKNOWN,
    UNVERIFIABLE,
)
from warehouse.indices.steps.findings import Publication
from warehouse.indices.steps.means import mean
from warehouse.indices.steps.rank import merit_ranks

KINDS = (SHIFTED, SWAPPED, COPIED, BOUNDS, UNKNOWN, OTHER_MEAN, FILLED, ROUNDED, UNVERIFIABLE)


@dataclass(frozen=True)
class Plant:
    """One slip: its class, the stage, the columns (or nodes) that it touches, and how."""

    kind: str
    stage: str
    about: tuple[str, ...]
    how: str = ""
    follows: bool = False  # later stages are made from it; else a misprint


@dataclass
class Press:
    """Publishes the index that `spec` makes of `data`, with the slips of `plants`."""

    spec: IndexSpec
    data: Data
    stages: list[str]
    goalposts: dict[str, tuple[float, float, str]]
    single: bool = False  # published in single precision
    plants: list[Plant] = field(default_factory=list)

    def publish(self) -> Publication:
        names = ids(self.spec)
        actual, shown = {"raw": self.data.raw.copy()}, {}
        self._apply("raw", actual["raw"], actual, names, follows=True)
        for before, after in pairwise(STAGES):
            actual[after], _ = through(self.spec, actual[before], self.data, before, after)
            self._apply(after, actual[after], actual, names, follows=True)
        for stage in self.stages:
            shown[stage] = actual[stage].copy()
            self._apply(
                stage, shown[stage], shown | {"actual": actual[stage]}, names, follows=False
            )
        scores, shown_scores = self._scores(actual["normalised"], names)
        ranks = {n: merit_ranks(s[:, None])[:, 0] for n, s in scores.items()}
        if self.single:
            shown = {s: m.astype(np.float32).astype(float) for s, m in shown.items()}
            shown_scores = {n: s.astype(np.float32).astype(float) for n, s in shown_scores.items()}
        public = Publication(
            replace(self.data, raw=shown["raw"]),
            shown,
            shown_scores,
            ranks,
            groupings={k: list(v) for k, v in self.data.groups.items()},
            goalposts=dict(self.goalposts),
        )
        return self._names(public, names)

    def _apply(self, stage, matrix, now, names, *, follows: bool) -> None:
        for plant in self.plants:
            if plant.stage != stage or plant.follows != follows or plant.about[0] not in names:
                continue
            at = [names.index(n) for n in plant.about]
            j = at[0]
            match plant.kind:
                case k if k == SHIFTED:
                    matrix[:, j] = np.roll(matrix[:, j], int(plant.how))
                case k if k == SWAPPED:
                    matrix[:, at] = matrix[:, at[::-1]]
                case k if k == COPIED:
                    matrix[:, j] = matrix[:, at[1]]
                case k if k == ROUNDED:
                    matrix[:, j] = np.round(matrix[:, j], int(plant.how))
                case k if k == FILLED and plant.how == "blank":  # a value that had no source
                    there = np.flatnonzero(~np.isnan(matrix[:, j]))
                    matrix[there[[3, 7, 11]], j] = np.nan
                case k if k == FILLED:
                    gap = np.isnan(matrix[:, j])
                    matrix[gap, j] = np.nanmean(matrix[:, j])
                case k if k == BOUNDS and plant.how == "reversed":
                    matrix[:, j] = 100 - matrix[:, j]
                case k if k == BOUNDS and plant.how == "moved":
                    matrix[:, j] = np.clip(matrix[:, j] * 1.25 - 10, 0, 100)

    def _scores(self, normalised, names):
        nodes = weighing.tree(self.spec)
        weights = weighing.weights(nodes, self.spec.weight, normalised, names)
        actual, shown = {}, {}
        for node in nodes:
            parts = np.column_stack(
                [normalised[:, names.index(p)] if p in names else actual[p] for p in node.parts]
            )
            method, weight = node.method, weights[node.id]
            for plant in self.plants:
                if plant.kind == OTHER_MEAN and node.id in plant.about:
                    if plant.how == "weights":
                        weight = np.arange(1.0, len(weight) + 1)
                        weight = weight / weight.sum()
                    elif plant.how == "dropped":
                        parts, weight = parts[:, 1:], weight[1:]
                    else:
                        method = plant.how
            actual[node.id] = mean(parts, weight, method)
            for plant in self.plants:
                if plant.stage == "scores" and plant.about[0] == node.id and plant.follows:
                    actual[node.id] = self._node(plant, actual, actual)
            shown[node.id] = actual[node.id].copy()
        for plant in self.plants:
            if plant.stage == "scores" and plant.about[0] in actual and not plant.follows:
                if plant.kind == SWAPPED:
                    a, b = plant.about
                    shown[a], shown[b] = shown[b], shown[a]
                else:
                    shown[plant.about[0]] = self._node(plant, shown, actual)
        return actual, shown

    @staticmethod
    def _node(plant: Plant, now, actual):
        one = now[plant.about[0]]
        match plant.kind:
            case k if k == SHIFTED:
                return np.roll(one, int(plant.how))
            case k if k == COPIED:
                return actual[plant.about[1]].copy()
            case k if k == ROUNDED:
                return np.round(one, int(plant.how))
        return one

    def _names(self, public: Publication, names) -> Publication:
        """Names that are wrong and columns that are not there; goalposts that are not right."""
        absent, spare, posts = set(), {}, dict(public.goalposts)
        by_id = {u.id: u.bounds_id or u.id for u in self.spec.indicators}
        for plant in self.plants:
            name = plant.about[0]
            if plant.stage == "goalposts":
                worst, best, way = posts[by_id[name]]
                if plant.kind == UNKNOWN:
                    posts = {k + "_x" if k == by_id[name] else k: v for k, v in posts.items()}
                elif plant.kind == UNVERIFIABLE:
                    del posts[by_id[name]]
                elif plant.how == "reversed":
                    flipped = "lower" if way == "higher" else "higher"
                    posts[by_id[name]] = (worst, best, flipped)
                else:
                    posts[by_id[name]] = (worst, worst + 1.3 * (best - worst), way)
            elif plant.kind in (UNKNOWN, UNVERIFIABLE) and plant.stage in public.stages:
                j = names.index(name)
                absent.add((plant.stage, name))
                column = public.stages[plant.stage][:, j].copy()
                public.stages[plant.stage][:, j] = np.nan
                if plant.kind == UNKNOWN:
                    spare.setdefault(plant.stage, {})[f"{name}_x"] = column
        return replace(public, absent=frozenset(absent), spare=spare, goalposts=posts)


def draw(press: Press, kind: str, rng: np.random.Generator, taken: set[str]) -> Plant:  # noqa: PLR0911, PLR0912
    """A slip of this class at a place where it shows, on columns that no other slip touches."""
    names = ids(press.spec)
    rich = [n for j, n in enumerate(names) if _rich(press.data.raw[:, j])]
    free = [n for n in rich if n not in taken]
    tree = weighing.tree(press.spec)
    nodes = [n.id for n in tree if n.id not in taken and n.id != press.spec.id]
    one, two = (str(x) for x in rng.choice(free, 2, replace=False))
    stages = press.stages
    stage = str(rng.choice(stages))
    follows = bool(rng.integers(2)) and stage != "raw"
    posts = bool(press.goalposts)
    match kind:
        case k if k == SHIFTED:
            if rng.random() < 0.2 and nodes:
                return Plant(kind, "scores", (str(rng.choice(nodes)),), "1", bool(rng.integers(2)))
            return Plant(kind, stage, (one,), str(rng.choice([1, 2, -1, 5])), follows)
        case k if k == SWAPPED:
            if rng.random() < 0.2 and len(nodes) > 1:
                pair = tuple(str(x) for x in rng.choice(nodes, 2, replace=False))
                return Plant(kind, "scores", pair)
            return Plant(kind, stage, (one, two), follows=follows)
        case k if k == COPIED:
            return Plant(kind, stage, (one, two), follows=follows)
        case k if k == BOUNDS:
            how = str(rng.choice(["moved", "reversed"]))
            if posts and rng.integers(2):
                return Plant(kind, "goalposts", (one,), how)
            wide = [n for n in free if _wide(press, n)]
            return Plant(kind, "normalised", (str(rng.choice(wide)),), how, bool(rng.integers(2)))
        case k if k == UNKNOWN:
            where = str(rng.choice([*stages, *(["goalposts"] if posts else [])]))
            if where == "goalposts":
                known = [u.id for u in press.spec.indicators if not u.bounds_id and u.id in free]
                one = str(rng.choice(known))
            return Plant(kind, where, (one,))
        case k if k == OTHER_MEAN:
            big = [n.id for n in tree if len(n.parts) > 2 and n.id not in taken]
            how = str(rng.choice(["geometric", "harmonic", "weights", "dropped"]))
            return Plant(kind, "scores", (str(rng.choice(big)),), how)
        case k if k == FILLED:
            gaps = [n for n in names if _gaps(press, n) and n not in taken]
            if gaps and "imputed" not in stages:
                return Plant(kind, "normalised", (str(rng.choice(gaps)),), "mean", True)
            return Plant(kind, "raw", (one,), "blank")
        case k if k == ROUNDED:
            if rng.integers(2) and nodes:
                return Plant(kind, "scores", (str(rng.choice(nodes)),), "1")
            return Plant(kind, "normalised", (one,), "1")
        case _:
            return Plant(kind, str(rng.choice(stages)), (one,))


def _rich(values: np.ndarray) -> bool:
    there = values[~np.isnan(values)]
    return len(np.unique(there)) >= 0.5 * len(values)


def _wide(press: Press, name: str) -> bool:
    """Scores spread far enough for other goalposts to show."""
    normalised, _ = through(press.spec, press.data.raw, press.data, "raw", "normalised")
    one = normalised[:, ids(press.spec).index(name)]
    return bool(np.nanquantile(one, 0.75) - np.nanquantile(one, 0.25) > 15)


def _gaps(press: Press, name: str) -> bool:
    gap = np.isnan(press.data.raw[:, ids(press.spec).index(name)])
    return 3 <= gap.sum() <= 0.3 * len(gap)
