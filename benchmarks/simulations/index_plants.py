"""Publish an index with known slips in it: what the auditor must find, name and weigh.

Fifteen classes of slips, each in the sheet that was published alone (a misprint, which moves no
rank) or in the figures that the index was made from. `full` publications have raw and normalised
values, scores of groups and index, and ranks; `thin` ones raw values, the index and ranks. All
figures are rounded as publications are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from catalog.models.index_spec import IndexSpec, IndicatorUse
from warehouse.indices.auditor import findings as of
from warehouse.indices.auditor.findings import Candidate, Effect, Finding, PublishedIndex
from warehouse.indices.auditor.nodes import Joining, mean
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.engine import Data, ids, through
from warehouse.indices.steps.rank import merit_ranks, ranked, rounded

CLASSES: dict[str, set[str]] = {
    "shifted column": {of.SHIFTED},
    "swapped columns": {of.SWAPPED},
    "copied column": {of.COPIED},
    "one value": {of.VALUE},
    "row moved or under another's code": {of.ROWS},
    "block in another unit": {of.UNIT},
    "wrong bound": {of.BOUND},
    "wrong direction": {of.DIRECTION, of.EXCHANGED},
    "exchanged bounds": {of.DIRECTION, of.EXCHANGED},
    "weight": {of.WEIGHT},
    "aggregation": {of.AGGREGATION},
    "imputation": {of.FILLED},
    "cap": {of.CAP},
    "transformation left out": {of.TRANSFORM},
    "ranks by another rule": {of.RANKING},
}
UNITS = 60


@dataclass(frozen=True)
class Plant:
    """One slip: its class, what it touches, and whether later stages follow it."""

    kind: str
    about: tuple[str, ...]
    follows: bool
    raw: Callable[[np.ndarray], None] | None = None
    """Changes raw values as published, in place."""
    normalised: Callable[[np.ndarray, np.ndarray], None] | None = None
    """Changes (normalised values, from raw values) in place."""
    node: tuple[str, Callable] | None = None
    """The way in which one group is joined."""
    score: Callable[[np.ndarray], None] | None = None
    """Changes the index as published, in place."""
    ranks: Callable[[np.ndarray], np.ndarray] | None = None
    """Makes ranks from the index."""


@dataclass
class Press:
    """An index and its publication with slips; `places` are the decimals of what is published."""

    spec: IndexSpec
    data: Data
    full: bool
    places: int = 2
    plants: list[Plant] = field(default_factory=list)

    def index(self, plants: list[Plant]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(normalised values, scores by node) that are used under these slips."""
        spec, names = self.spec, ids(self.spec)
        raw = self.data.raw
        used, _ = through(spec, raw, self.data, "raw", "normalised")
        for plant in plants:
            if plant.follows and plant.normalised is not None:
                plant.normalised(used, raw)
        nodes = weighing.tree(spec)
        weights = weighing.weights(nodes, spec.weight, used, names)
        how = Joining(spec.aggregate.penalty, spec.coverage.group)
        scores: dict[str, np.ndarray] = {}
        for node in nodes:
            parts = [
                (used[:, names.index(p)] if p in names else scores[p])[:, None] for p in node.parts
            ]
            join = next((p.node[1] for p in plants if p.node and p.node[0] == node.id), None)
            made = join(parts) if join else mean(parts, weights[node.id], node.method, how)
            scores[node.id] = made[:, 0]
        return used, scores

    def publish(self) -> PublishedIndex:
        """What is published, rounded."""
        used, scores = self.index(self.plants)
        raw = self.data.raw.copy()
        shown = used.copy()
        index = scores[self.spec.id].copy()
        ranks = ranked(index, self.spec.ranking)
        for plant in self.plants:
            if plant.raw is not None:
                plant.raw(raw)
            if not plant.follows and plant.normalised is not None:
                plant.normalised(shown, self.data.raw)
            if plant.score is not None:
                plant.score(index)
                if plant.follows:
                    ranks = ranked(index, self.spec.ranking)
        for plant in self.plants:
            if plant.ranks is not None:
                ranks = self._ranks(self.plants)
        stages = {"raw": raw}
        said = {self.spec.id: np.round(index, self.places)}
        if self.full:
            stages["normalised"] = np.round(shown, self.places)
            said = {n: np.round(s, self.places) for n, s in scores.items()} | said
        groupings = {k: list(v) for k, v in self.data.groups.items()}
        data = Data(self.data.units, self.data.names, raw, groups=self.data.groups)
        return PublishedIndex(data, stages, said, {self.spec.id: ranks}, groupings=groupings)

    def effect(self, plant: Plant) -> Effect:
        """How many ranks this slip moved, the others being as they are."""
        if not plant.follows:
            return Effect(0, 0)
        rest = [p for p in self.plants if p is not plant]
        if plant.ranks is None:  # by the stated rule of ties, whatever was used
            before, after = (
                self._ranks([p for p in some if p.ranks is None]) for some in (self.plants, rest)
            )
        else:
            before, after = (self._ranks(p) for p in (self.plants, rest))
        apart = np.abs(np.nan_to_num(before) - np.nan_to_num(after))
        return Effect(int((apart > 0).sum()), int(apart.max(initial=0)))

    def _ranks(self, plants: list[Plant]) -> np.ndarray:
        index = self.index(plants)[1][self.spec.id].copy()
        for plant in plants:
            if plant.score is not None and plant.follows:
                plant.score(index)
        for plant in plants:
            if plant.ranks is not None:
                return plant.ranks(index)
        return ranked(index, self.spec.ranking)


def design(number: int, rng: np.random.Generator) -> tuple[IndexSpec, Data]:
    """An index of one of three designs: arithmetic, geometric over groups, or by observed ends."""
    groups = {"g0": 4, "g1": 3, "g2": 3}
    uses, columns = [], []
    common = rng.standard_normal(UNITS)
    for g, many in groups.items():
        for _ in range(many):
            n = len(uses)
            score = np.clip(50 + 9 * common + 15 * rng.standard_normal(UNITS), 2, None)
            use: dict[str, object] = {"id": f"i{n}", "parent": g}
            if n in (2, 5):  # incomes and the like
                value = np.exp(np.log(100) + score / 100 * np.log(750))
                use |= {"worst": 100.0, "best": 40_000.0, "transform": "log"}
                if n == 5:
                    use["weight"] = 2
            elif n % 3 == 1:  # less is better
                value = 200 - 2 * score
                use |= {"worst": 160.0, "best": 30.0, "direction": "lower"}
            else:
                size = 10.0 ** (n % 3)
                value = score * size
                use |= {"worst": 10.0 * size, "best": 75.0 * size}
            uses.append(use)
            columns.append(np.round(value, 2))
    raw = np.column_stack(columns)
    for n in (0, 6):
        raw[rng.choice(UNITS, 6, replace=False), n] = np.nan
    if number == 2:
        uses = [{k: v for k, v in u.items() if k not in ("worst", "best")} for u in uses]
    spec = IndexSpec.model_validate(
        {
            "id": "t",
            "units": {"key": "u"},
            "indicators": uses,
            "groups": [{"id": g, "aggregate": "arithmetic"} for g in groups],
            "normalise": {"method": "min_max" if number == 2 else "goalposts", "low": 1},
            "aggregate": {"method": "geometric" if number == 1 else "arithmetic"},
            "ranking": {"decimals": 1},
            "published": {},
        }
    )
    units = [f"u{n:02}" for n in range(UNITS)]
    zone = [f"z{n % 4}" for n in range(UNITS)]
    return spec, Data(units, units, raw, groups={"zone": zone})


def press(seed: int, full: bool) -> Press:
    """A publication without slips."""
    rng = np.random.default_rng([seed, 77])
    spec, data = design(seed % 3, rng)
    return Press(spec, data, full, places=2 if full else 3)


def draw(  # noqa: PLR0911, PLR0912
    on: Press, kind: str, rng: np.random.Generator, taken: set[str]
) -> Plant | None:
    """A slip of this class on columns and groups that no other touches; None where none can be."""
    spec = on.spec
    names = [n for n in ids(spec) if n not in taken]
    place = {n: j for j, n in enumerate(ids(spec))}
    whole = [n for n in names if not np.isnan(on.data.raw[:, place[n]]).any()]
    follows = bool(rng.integers(2))
    if len(whole) < 2:
        return None
    one, two = (str(x) for x in rng.choice(whole, 2, replace=False))
    j, i = place[one], place[two]
    by = {u.id: u for u in spec.indicators}
    match kind:
        case "shifted column":
            k = int(rng.choice([1, -1, 2, 3]))
            return _column(kind, (one,), follows, j, lambda m, r: np.roll(m[:, j], k))
        case "swapped columns":
            return _pair(kind, one, two, j, i, follows)
        case "copied column":
            return _column(kind, (one, two), follows, j, lambda m, r: m[:, i].copy())
        case "one value":
            return _value(on, one, j, follows, rng)
        case "row moved or under another's code":
            return _row(on, kind, rng, follows)
        case "block in another unit":
            if by[one].transform == "log":
                factor = 0.1
            else:
                factor = float(rng.choice([1000.0, 0.001, 100.0]))
            at = np.sort(rng.choice(UNITS, int(rng.integers(6, 16)), replace=False))

            def block(raw: np.ndarray) -> None:
                raw[at, j] *= factor

            return Plant(kind, (one,), False, raw=block)
        case "wrong bound" | "wrong direction" | "exchanged bounds" | "cap":
            return _ends(on, kind, whole, place, by, rng)
        case "transformation left out":
            logs = [n for n in whole if by[n].transform == "log"]
            if not logs:
                return None
            name = str(rng.choice(logs))
            return _again(on, kind, name, place[name], by[name], transform="none")
        case "imputation":
            gaps = [n for n in names if np.isnan(on.data.raw[:, place[n]]).any()]
            if not gaps:
                return None
            name = str(rng.choice(gaps))
            how = str(rng.choice(["mean", "median", "worst"]))
            return _filled(kind, name, place[name], how)
        case "weight" | "aggregation":
            return _node(on, kind, rng, taken)
        case _:
            ties = str(rng.choice(["dense", "max", "mean"]))

            def rule(index: np.ndarray) -> np.ndarray:
                return merit_ranks(rounded(index, spec.ranking.decimals)[:, None], ties)[:, 0]

            return Plant(kind, (spec.id,), True, ranks=rule)


def _column(kind, about, follows, j, make) -> Plant:
    def sheet(raw: np.ndarray) -> None:
        raw[:, j] = make(raw, raw)

    def used(normalised: np.ndarray, raw: np.ndarray) -> None:
        normalised[:, j] = make(normalised, raw)

    return (
        Plant(kind, about, follows, normalised=used)
        if follows
        else Plant(kind, about, False, raw=sheet)
    )


def _pair(kind, one, two, j, i, follows) -> Plant:
    def sheet(raw: np.ndarray) -> None:
        raw[:, [j, i]] = raw[:, [i, j]]

    def used(normalised: np.ndarray, raw: np.ndarray) -> None:
        normalised[:, [j, i]] = normalised[:, [i, j]]

    if follows:
        return Plant(kind, (one, two), True, normalised=used)
    return Plant(kind, (one, two), False, raw=sheet)


def _value(on: Press, one: str, j: int, follows: bool, rng) -> Plant:
    row = int(rng.integers(UNITS))
    unit = on.data.units[row]
    where = str(rng.choice(["raw", "score", "normalised"] if on.full else ["raw", "score"]))
    wide = float(np.ptp(on.data.raw[:, j]))
    by = float(rng.uniform(0.25, 0.6)) * float(rng.choice([-1, 1]))

    def sheet(raw: np.ndarray) -> None:
        low, high = raw[:, j].min(), raw[:, j].max()
        up = raw[row, j] + abs(by) * wide
        raw[row, j] = np.round(up if up < high else max(raw[row, j] - abs(by) * wide, low), 2)

    def used(normalised: np.ndarray, raw: np.ndarray) -> None:
        normalised[row, j] = 5 + (normalised[row, j] + 20 + 50 * abs(by)) % 90

    def score(index: np.ndarray) -> None:
        index[row] = np.round(index[row] + 3 * np.sign(by) + 6 * by, 2)

    if where == "raw":
        return Plant("one value", (one, unit), False, raw=sheet)
    if where == "normalised":
        return Plant("one value", (one, unit), follows, normalised=used)
    return Plant("one value", (on.spec.id, unit), follows, score=score)


def _row(on: Press, kind: str, rng, follows: bool) -> Plant:
    a, b = (int(x) for x in rng.choice(UNITS, 2, replace=False))
    about = (on.data.units[a], on.data.units[b])
    exchange = bool(rng.integers(2))

    def sheet(raw: np.ndarray) -> None:
        if exchange:
            raw[[a, b]] = raw[[b, a]]
        else:
            raw[a] = raw[b]

    return Plant(kind, about, False, raw=sheet)


def _again(on: Press, kind: str, name: str, j: int, use: IndicatorUse, **change: object) -> Plant:
    """Column j normalised under another statement."""
    other = use.model_copy(update=change)

    def used(normalised: np.ndarray, raw: np.ndarray) -> None:
        normalised[:, j] = through(*(on.spec, raw[:, [j]], on.data, "raw", "normalised"), [other])[
            0
        ][:, 0]

    return Plant(kind, (name,), True, normalised=used)


def _ends(on: Press, kind: str, whole, place, by, rng) -> Plant | None:
    how = on.spec.normalise
    name = str(rng.choice(whole))
    j, use = place[name], by[name]
    if kind in ("wrong direction", "exchanged bounds"):

        def reverse(normalised: np.ndarray, raw: np.ndarray) -> None:
            normalised[:, j] = how.low + how.high - normalised[:, j]

        return Plant(kind, (name,), True, normalised=reverse)
    if how.method != "goalposts":
        return None
    if kind == "wrong bound":
        moved = float(use.worst) + float(rng.choice([0.8, 1.25])) * (use.best - use.worst)
        if use.transform == "log":
            moved = float(use.best) * float(rng.choice([0.5, 2]))
        return _again(on, kind, name, j, use, best=moved)
    beyond = []
    for n in whole:
        one, ends = on.data.raw[:, place[n]], sorted((by[n].worst, by[n].best))
        if ((one < ends[0]) | (one > ends[1])).sum() >= 2:
            beyond.append(n)
    if not beyond:
        return None
    name = str(rng.choice(beyond))
    free = how.model_copy(update={"clip": False})
    return _again(on, kind, name, place[name], by[name], normalise=free)


def _filled(kind: str, name: str, j: int, how: str) -> Plant:
    def used(normalised: np.ndarray, raw: np.ndarray) -> None:
        one = normalised[:, j]
        gap = np.isnan(raw[:, j])
        value = {"mean": np.nanmean, "median": np.nanmedian, "worst": lambda x: 1.0}[how](one)
        normalised[gap, j] = value

    return Plant(kind, (name,), True, normalised=used)


def _node(on: Press, kind: str, rng, taken: set[str]) -> Plant | None:
    nodes = [n for n in weighing.tree(on.spec) if n.id not in taken and len(n.parts) > 2]
    if not nodes:
        return None
    node = nodes[int(rng.integers(len(nodes)))]
    how = Joining(on.spec.aggregate.penalty, on.spec.coverage.group)
    weight = np.array(node.stated, dtype=float)
    if kind == "weight":
        weight[int(rng.integers(len(weight)))] *= float(rng.choice([0.5, 2, 3]))
        return Plant(
            kind, (node.id,), True, node=(node.id, lambda p: mean(p, weight, node.method, how))
        )
    others = [m for m in ("arithmetic", "geometric", "harmonic", "min") if m != node.method]
    method = str(rng.choice(others))
    return Plant(kind, (node.id,), True, node=(node.id, lambda p: mean(p, weight, method, how)))


def planted(seed: int, kinds: list[str], full: bool) -> Press | None:
    """A publication with a slip of each class; None where one of them has no place in this design."""
    rng = np.random.default_rng([seed, len(kinds), *(list(CLASSES).index(k) for k in kinds), full])
    on = press(seed, full)
    taken: set[str] = set()
    for kind in kinds:
        plant = draw(on, kind, rng, taken)
        if plant is None or (set(plant.about) & taken and kind != "ranks by another rule"):
            return None
        taken |= set(plant.about) - {on.spec.id}
        on.plants.append(plant)
    for plant in on.plants:  # what rounding hides is no slip
        if not _shows(on, plant):
            return None
    return on


def _shows(on: Press, plant: Plant) -> bool:
    whole = on.publish()
    others = Press(on.spec, on.data, on.full, on.places, [p for p in on.plants if p is not plant])
    without = others.publish()
    apart = [
        *((whole.stages[s], without.stages[s]) for s in whole.stages),
        *((whole.scores[s], without.scores[s]) for s in whole.scores),
        *((whole.ranks[s], without.ranks[s]) for s in whole.ranks),
    ]
    return any(not np.array_equal(a, b, equal_nan=True) for a, b in apart)


def explains(finding: Finding | Candidate, plant: Plant) -> bool:
    """Whether a finding names this slip, or a candidate of one is it."""
    return finding.why.kind in CLASSES[plant.kind] and bool(set(finding.about) & set(plant.about))


def touches(finding: Finding, plant: Plant, on: Press) -> bool:
    """Whether a finding shows that something is wrong where this slip is."""
    about = set(finding.about) | {a for some in finding.candidates for c in some for a in c.about}
    return bool(about & set(plant.about)) or (not on.full and on.spec.id in about)


def weighed(told: Effect, truth: Effect) -> bool:
    """Whether the effect on the ranks is the true one, units moved and furthest move.

    Where several are told that the published figures allow, whether the true one is among them.
    """
    assert truth.moved is not None and truth.furthest is not None
    return told.allows(truth.moved, truth.furthest)


def exactly(told: Effect, truth: Effect) -> bool:
    """Whether the true effect is told, and no other."""
    one = told.sure and told.least is None
    return one and (told.moved, told.furthest) == (truth.moved, truth.furthest)
