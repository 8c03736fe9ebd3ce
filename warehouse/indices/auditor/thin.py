"""Several slips at once, where only raw values and the index are published.

A state is the index as stated but for some slips; from the stated one, states with one slip more are
made again in full and the best are kept (a beam search), at most three slips. A state explains the
publication where every unit's index is within what rounding allows, save single values. Where two
states explain it equally well, they cannot be told apart, and both are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from warehouse.indices.auditor import nodes as joining
from warehouse.indices.auditor.columns import (
    FACTORS,
    Step,
    Way,
    _back,
    _between,
    _line,
    _rounds,
    _settings,
    distinct,
    fillings,
    some,
)
from warehouse.indices.auditor.findings import (
    BOUND,
    COPIED,
    FILLED,
    ROWS,
    SHIFTED,
    SWAPPED,
    UNIT,
    VALUE,
    Why,
)
from warehouse.indices.auditor.intervals import misfit
from warehouse.indices.steps.weight import Node

_DEEP, _FAR = 3, 8
_KEPT = (20, 10, 0)  # states that are gone on from, by their number of slips
_LEFT = 1.5
_VALUES = 3  # single values that may be left over


@dataclass(frozen=True)
class Slip:
    """One slip: why, what it is about, and what it replaces (columns or the joining of a group)."""

    why: Why
    about: tuple[str, ...]
    columns: Mapping[int, np.ndarray] = field(default_factory=dict)
    node: str = ""
    join: joining.Join | None = None
    free: int = 0
    rows: np.ndarray | None = None
    """Units whose index is taken from another unit's: their places, by unit."""

    @property
    def name(self) -> tuple[str, tuple[str, ...]]:
        """What is told apart: the class and what it is about."""
        return self.why.kind, tuple(sorted(self.about))


@dataclass(frozen=True)
class State:
    """The index under some slips."""

    slips: tuple[Slip, ...]
    index: np.ndarray
    bad: np.ndarray
    loss: float

    @property
    def cost(self) -> float:
        """One a slip, more for fitted numbers, and one and a half for each value left over."""
        return sum(1 + 0.2 * s.free for s in self.slips) + _LEFT * int(self.bad.sum())


class Index:
    """The index from normalised columns, under slips."""

    def __init__(
        self,
        nodes: list[Node],
        weights: Mapping[str, np.ndarray],
        how: joining.Joining,
        step: Step,
        said: np.ndarray,
        allow: float,
        labels: Mapping[str, np.ndarray],
    ) -> None:
        self.nodes, self.weights, self.how, self.step = nodes, weights, how, step
        self.said, self.allow = said, allow
        self.place = {name: n for n, name in enumerate(step.names)}
        self.parent = {p: n for n in nodes for p in n.parts}
        self.labels = labels
        self.room = self._room()
        gaps = np.zeros(len(said), dtype=bool)
        if step.given is not None:
            gaps = np.isnan(step.given).any(axis=1)
        # A score that is not published says nothing, unless something is missing of the unit.
        self.unsaid = np.isnan(said) & ~gaps

    def scores(
        self, slips: tuple[Slip, ...], column: int = -1, values: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Scores of all groups, (units, ways); `values` (units, ways) stand for one column."""
        columns = {j: v for s in slips for j, v in s.columns.items()}
        joins = {s.node: s.join for s in slips if s.node}
        found: dict[str, np.ndarray] = {}
        for node in self.nodes:
            parts = []
            for p in node.parts:
                if p not in self.place:
                    parts.append(found[p])
                elif (j := self.place[p]) == column and values is not None:
                    parts.append(values)
                else:
                    parts.append(columns.get(j, self.step.made[:, j])[:, None])
            found[node.id] = self.joined(node, parts, joins.get(node.id))
        return found

    def joined(self, node: Node, parts: joining.Parts, join: joining.Join | None) -> np.ndarray:
        """One group's scores, with the stated filling where it has none."""
        if join is None:
            made = joining.mean(parts, self.weights[node.id], node.method, self.how)
        else:
            made = join(parts)
        if node.fill is not None and np.isnan(made).any():
            from warehouse.indices.steps.aggregate import filled

            made = filled(made, node.fill, {k: list(v) for k, v in self.labels.items()})
        return made

    def index(self, slips=(), column: int = -1, values: np.ndarray | None = None) -> np.ndarray:
        """The index, (units, ways)."""
        made = self.scores(slips, column, values)[self.nodes[-1].id]
        for slip in slips:
            if slip.rows is not None:
                made = made[slip.rows]
        return made

    def state(self, slips: tuple[Slip, ...], index: np.ndarray) -> State:
        """A state with what it leaves unexplained."""
        room = self.room + self.allow
        bad = misfit(index, index, self.said, room) & ~self.unsaid
        with np.errstate(invalid="ignore"):
            apart = np.where(bad, np.nan_to_num(np.abs(index - self.said), nan=np.inf), 0)
        loss = float(np.log1p(np.minimum(apart / (room + 1e-12), 1e6)).sum())
        return State(slips, index, bad, loss)

    def _room(self) -> np.ndarray:
        """How far the index may be off because raw values are rounded: each on its own, summed."""
        base = self.index()[:, 0]
        room = np.zeros(len(base))
        for j in range(self.step.made.shape[1]):
            if self.step.room[:, j].any():
                up = (self.step.made[:, j] + self.step.room[:, j])[:, None]
                room += np.nan_to_num(np.abs(self.index((), j, up)[:, 0] - base))
        return room

    def implied(self, slips: tuple[Slip, ...], j: int) -> np.ndarray:
        """The values of column j under which the index is the published one, by secants."""
        column = next((s.columns[j] for s in slips if j in s.columns), self.step.made[:, j])
        scale = self.step.normalise
        wide = 1.0 if scale is None else scale.high - scale.low
        a = np.where(np.isnan(column), np.nan, column)
        b = a + 0.1 * wide
        with np.errstate(all="ignore"):
            at_a, at_b = (self.index(slips, j, x[:, None])[:, 0] for x in (a, b))
            for _ in range(6):
                slope = (at_b - at_a) / (b - a)
                again = np.where(
                    np.isfinite(slope) & (slope > 0), b + (self.said - at_b) / slope, b
                )
                a, at_a = b, at_b
                b = again
                at_b = self.index(slips, j, b[:, None])[:, 0]
                if np.nanmax(np.abs(b - a), initial=0) < 1e-9 * wide:
                    break
        off = np.abs(at_b - self.said) > self.allow + 1e-9 * wide
        return np.where(off, np.nan, b)


def explain(index: Index) -> tuple[list[State], State]:
    """(the cheapest states, all that explain the publication equally well; the stated one)."""
    stated = index.state((), index.index()[:, 0])
    if not stated.bad.any():
        return [], stated
    fixed = list(_fixed(index))
    beam, best = [stated], [stated]
    for depth in range(_DEEP):
        found: list[State] = []
        for state in beam:
            found += _tried(index, state, fixed)
            found += _fitted(index, state)
        unique: dict[tuple, State] = {}
        for state in sorted(found, key=lambda s: (s.cost, s.loss)):
            unique.setdefault(tuple(sorted(s.name for s in state.slips)), state)
        listed = list(unique.values())
        best = sorted([*best, *(s for s in listed if s.bad.sum() <= _VALUES)], key=lambda s: s.cost)
        best = [s for s in best if s.cost <= best[0].cost + 0.15][:6]
        if (best[0].slips and best[0].cost <= depth + 2) or (
            not best[0].slips and best[0].cost <= 2
        ):
            break
        beam = sorted(listed, key=lambda s: s.loss)[: _KEPT[depth]]
    if best[0].bad.sum() > _VALUES:
        return [], stated
    return best, stated


def _tried(index: Index, state: State, fixed: list[Slip]) -> Iterator[State]:
    """One slip more, of those that need no number."""
    used = {j for s in state.slips for j in s.columns}
    nodes = {s.node for s in state.slips if s.node}
    by_column: dict[int, list[Slip]] = {}
    for slip in fixed:
        if slip.node:
            if slip.node not in nodes:
                yield index.state((*state.slips, slip), index.index((*state.slips, slip))[:, 0])
        elif used & set(slip.columns):
            continue
        elif len(slip.columns) == 1:
            by_column.setdefault(next(iter(slip.columns)), []).append(slip)
        elif len(state.slips) < 2 or len(index.place) <= 20:
            yield index.state((*state.slips, slip), index.index((*state.slips, slip))[:, 0])
    for j, slips in by_column.items():
        values = np.column_stack([s.columns[j] for s in slips])
        made = index.index(state.slips, j, values)
        for n, slip in enumerate(slips):
            yield index.state((*state.slips, slip), made[:, n])
    if not any(s.rows is not None for s in state.slips):
        yield from _exchanged(index, state)


def _fixed(index: Index) -> Iterator[Slip]:
    step = index.step
    names = step.names
    assert step.given is not None and step.rule is not None
    for j, name in enumerate(names):
        made = step.made[:, j]
        for way in _settings(step, j):
            yield Slip(way.why, (name,), {j: way.value})
        yield from _gaps(index, j)
        if distinct(made) < 5:
            continue
        for k in (s * m for m in range(1, _FAR + 1) for s in (1, -1)):
            key = "shifted_down" if k > 0 else "shifted_up"
            yield Slip(Why(SHIFTED, key, {"n": abs(k)}), (name,), {j: np.roll(made, k)})
        others = [i for i in range(len(names)) if i != j and distinct(step.made[:, i]) >= 5]
        under = step.rule(step.given[:, others], [step.uses[j]] * len(others))
        for n, i in enumerate(others):
            why = Why(COPIED, "copied", {"other": names[i]}, (names[i],), "output")
            yield Slip(why, (name,), {j: step.made[:, i]})
            # The raw column may hold another's values by itself; then the index has the right ones.
            yield Slip(replace(why, side="input"), (name,), {j: under[:, n]})
            if i > j:
                back = step.rule(step.given[:, [j]], [step.uses[i]])[:, 0]
                why = Why(SWAPPED, "swapped", {"other": names[i]}, (names[i],), "output")
                yield Slip(why, (name, names[i]), {j: step.made[:, i], i: made})
                yield Slip(replace(why, side="input"), (name, names[i]), {j: under[:, n], i: back})
    for node in index.nodes:
        for why, join in joining.others(node, index.weights[node.id], index.how):
            yield Slip(why, (node.id,), node=node.id, join=join)


def _gaps(index: Index, j: int) -> Iterator[Slip]:
    step = index.step
    assert step.given is not None and step.rule is not None
    given, name = step.given[:, j], step.names[j]
    gap = np.isnan(given)
    if not gap.any() or gap.all():
        return
    for key, group, value in fillings(given, gap, step.groups, step.given, j):
        full = np.where(gap, value, given)
        carried = np.where(gap, step.rule(full[:, None], [step.uses[j]])[:, 0], step.made[:, j])
        params = {"n": int(gap.sum()), "units": some(step, gap), "group": group}
        yield Slip(Why(FILLED, f"filled_{key}", params, side="output"), (name,), {j: carried})
    scale = step.normalise
    for key, end in (("worst", scale.low), ("best", scale.high)) if scale else ():
        params = {"n": int(gap.sum()), "units": some(step, gap), "group": ""}
        value = np.where(gap, end, step.made[:, j])
        yield Slip(Why(FILLED, f"filled_{key}", params, side="output"), (name,), {j: value})


def _exchanged(index: Index, state: State) -> Iterator[State]:
    """Units that have one another's index, or one that has another's."""
    rows = np.flatnonzero(state.bad)
    if len(rows) > 60:
        return
    room = index.room + index.allow
    for u in rows:
        if np.isnan(index.said[u]):
            continue
        fits = ~misfit(state.index, state.index, index.said[u], room)
        for v in np.flatnonzero(fits):
            if v == u or fits.sum() > 2:
                continue
            at = np.arange(len(state.index))
            pair = (str(index.step.units[u]), str(index.step.units[v]))
            params = {"unit": pair[0], "other": pair[1], "n": 1}
            if state.bad[v] and not misfit(state.index[u], state.index[u], index.said[v], room[v]):
                if u > v:
                    continue
                at[[u, v]] = v, u
                slip = Slip(Why(ROWS, "rows_exchanged", params, pair), pair, rows=at)
            else:
                at[u] = v
                slip = Slip(Why(ROWS, "row_other", params, pair), (pair[0],), rows=at, free=1)
            yield index.state((*state.slips, slip), state.index[at])


def _fitted(index: Index, state: State) -> Iterator[State]:
    """One slip more, of those with numbers to be fitted: weights, goalposts, another unit."""
    used = {j for s in state.slips for j in s.columns}
    nodes = {s.node for s in state.slips if s.node}
    scores = {n: v[:, 0] for n, v in index.scores(state.slips).items()}
    columns = {j: v for s in state.slips for j, v in s.columns.items()}
    for node in index.nodes:
        if node.id in nodes or node.method not in ("arithmetic", "geometric"):
            continue
        target = _target(index, state.slips, node, scores)
        parts = np.column_stack(
            [
                columns.get(index.place[p], index.step.made[:, index.place[p]])
                if p in index.place
                else scores[p]
                for p in node.parts
            ]
        )
        for why, join, free in joining.weighed(
            node, parts, index.weights[node.id], target, index.how
        ):
            slip = Slip(why, (node.id,), node=node.id, join=join, free=free)
            slips = (*state.slips, slip)
            yield index.state(slips, index.index(slips)[:, 0])
    for j, name in enumerate(index.step.names):
        if j in used:
            continue
        wanted = index.implied(state.slips, j)
        for way in _moved_ends(index, j, wanted, state.bad):
            made = index.index(state.slips, j, way.value[:, None])[:, 0]
            slip = Slip(way.why, (name,), {j: way.value}, free=way.free)
            yield index.state((*state.slips, slip), made)


def _target(index: Index, slips, node: Node, scores: Mapping[str, np.ndarray]) -> np.ndarray:
    """The scores of a group under which the index is the published one."""
    if node is index.nodes[-1]:
        return index.said

    def above(values: np.ndarray) -> np.ndarray:
        made: dict[str, np.ndarray] = {node.id: values}
        at = node.id
        joins = {s.node: s.join for s in slips if s.node}
        while at != index.nodes[-1].id:
            parent = index.parent[at]
            parts = []
            for p in parent.parts:
                if p in made:
                    parts.append(made[p][:, None])
                elif p in index.place:
                    j = index.place[p]
                    column = next((s.columns[j] for s in slips if j in s.columns), None)
                    parts.append((index.step.made[:, j] if column is None else column)[:, None])
                else:
                    parts.append(scores[p][:, None])
            made[parent.id] = index.joined(parent, parts, joins.get(parent.id))[:, 0]
            at = parent.id
        return made[at]

    a = scores[node.id]
    b = a + 0.05 * (np.nanmax(a) - np.nanmin(a) + 1e-9)
    with np.errstate(all="ignore"):
        at_a, at_b = above(a), above(b)
        for _ in range(5):
            slope = (at_b - at_a) / (b - a)
            again = np.where(np.isfinite(slope) & (slope > 0), b + (index.said - at_b) / slope, b)
            a, at_a, b = b, at_b, again
            at_b = above(b)
    return np.where(np.abs(at_b - index.said) > index.allow + 1e-6, np.nan, b)


def _moved_ends(index: Index, j: int, wanted: np.ndarray, bad: np.ndarray) -> Iterator[Way]:
    """Goalposts, or a unit of some rows, under which column j has the values wanted."""
    step = index.step
    assert step.given is not None and step.rule is not None and step.normalise is not None
    how = step.uses[j].normalise or step.normalise
    said = step.said.copy()
    said[:, j] = wanted
    own = replace(step, said=said, allow=np.full(len(step.names), 1e-6))
    line = _line(own, j)
    if line is not None and how.method != "z":
        worst, best = (_back(step, j, (e - line[0]) / line[1]) for e in (how.low, how.high))
        use = step.uses[j]
        stated = [p if isinstance(p, (int, float)) else np.nan for p in (use.worst, use.best)]
        if np.isfinite([worst, best]).all():
            for ends in _rounds(float(worst), float(best), stated):
                if (value := _between(step, j, *ends)) is None:
                    continue
                params = {"worst": f"{ends[0]:.6g}", "best": f"{ends[1]:.6g}"}
                kept = sum(
                    np.isfinite(s) and abs(s - e) < 1e-12 for s, e in zip(stated, ends, strict=True)
                )
                yield Way(Why(BOUND, "bound", params, side="output"), value, free=2 - min(kept, 1))
    if not 2 <= bad.sum() <= 0.6 * len(bad) or how.method != "goalposts":
        return
    factors = list(FACTORS[:18])
    columns = np.column_stack(
        [np.where(bad, step.given[:, j] * f, step.given[:, j]) for f in factors]
    )
    tried = step.rule(columns, [step.uses[j]] * len(factors))
    for n, factor in enumerate(factors):
        if (np.abs(tried[bad, n] - step.made[bad, j]) > 1e-9).any():
            params = {"n": int(bad.sum()), "units": some(step, bad), "factor": f"{1 / factor:.4g}"}
            yield Way(Why(UNIT, "unit", params, side="input"), tried[:, n])


def value_of(index: Index, state: State, row: int) -> Why:
    """A single value that is left over: of the index, or one that it is made from."""
    said, made = index.said[row], state.index[row]
    unit = str(index.step.units[row])
    if np.isnan(said):
        return Why("cannot be verified", "not_published", {"n": 1, "units": unit})
    params = {"unit": unit, "said": f"{said:.6g}", "made": f"{made:.6g}"}
    return Why(VALUE, "value", params, (unit,))
