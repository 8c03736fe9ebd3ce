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
_PAIRS = 10
_MOST = 800  # slips of columns that are gone on with
_LEFT = 1.5
_VALUES = 3  # single values that may be left over
_AT_ONCE = 500
_BESIDE = 0.3  # powers of ten within which a raw value lies with others of its column


@dataclass(frozen=True, eq=False)
class Block:
    """Raw values of some units that are in another unit: which, and the factor that corrects them.

    `open` are the units that may be of it as well: neither index nor raw value tells.
    """

    rows: np.ndarray
    factor: float
    open: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
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
    block: Block | None = None

    @property
    def name(self) -> tuple[str, tuple[str, ...]]:
        """What is searched apart: the class and what it is about."""
        return self.why.kind, tuple(sorted(self.about))

    @property
    def said(self) -> tuple[str, str, tuple[str, ...]]:
        """What is told apart: also the sentence."""
        return self.why.kind, self.why.key, tuple(sorted(self.about))


@dataclass(frozen=True, eq=False)
class State:
    """The index under some slips."""

    slips: tuple[Slip, ...]
    index: np.ndarray
    bad: np.ndarray
    loss: float
    """How far the units are off in all, a large distance counting little more than a small one."""
    far: float
    """The sum of squared distances."""

    @property
    def cost(self) -> float:
        """One a slip, more for fitted numbers, and one and a half for each value left over."""
        return sum(1 + 0.2 * s.free for s in self.slips) + _LEFT * int(self.bad.sum())


class SlippedIndex:
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
        self._made: dict[tuple[int, ...], tuple[tuple[Slip, ...], dict[str, np.ndarray]]] = {}
        self.room = self._room()
        gaps = np.zeros(len(said), dtype=bool)
        if step.given is not None:
            gaps = np.isnan(step.given).any(axis=1)
        # A score that is not published says nothing, unless something is missing of the unit.
        self.unsaid = np.isnan(said) & ~gaps

    def scores(
        self,
        slips: tuple[Slip, ...],
        columns: Mapping[int, np.ndarray] | None = None,
        nodes: Mapping[str, np.ndarray] | None = None,
    ) -> dict[str, np.ndarray]:
        """Scores of all groups, (units, ways).

        `columns` and `nodes`, each (units, ways), stand for single columns and groups; only what is
        above them is made again.
        """
        columns, nodes = columns or {}, nodes or {}
        known: Mapping[str, np.ndarray] = {}
        if columns or nodes:
            known = self._known(slips)
        changed = {self.parent[self.step.names[j]].id for j in columns} if columns else set()
        changed |= {self.parent[n].id for n in nodes if n in self.parent}
        own = {j: v for s in slips for j, v in s.columns.items()}
        joins = {s.node: s.join for s in slips if s.node}
        found: dict[str, np.ndarray] = {}
        for node in self.nodes:
            if node.id in nodes:
                found[node.id] = nodes[node.id]
                continue
            if known and node.id not in changed:
                found[node.id] = known[node.id]
                continue
            if known and node.id in self.parent:
                changed.add(self.parent[node.id].id)
            parts = []
            for p in node.parts:
                if p not in self.place:
                    parts.append(found[p])
                elif (j := self.place[p]) in columns:
                    parts.append(columns[j])
                else:
                    parts.append(own.get(j, self.step.made[:, j])[:, None])
            found[node.id] = self.joined(node, parts, joins.get(node.id))
        return found

    def _known(self, slips: tuple[Slip, ...]) -> Mapping[str, np.ndarray]:
        mark = tuple(id(s) for s in slips)
        if mark not in self._made:
            self._made[mark] = (slips, self.scores(slips))
        return self._made[mark][1]

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

    def index(
        self,
        slips: tuple[Slip, ...] = (),
        columns: Mapping[int, np.ndarray] | None = None,
        nodes: Mapping[str, np.ndarray] | None = None,
    ) -> np.ndarray:
        """The index, (units, ways)."""
        made = self.scores(slips, columns, nodes)[self.nodes[-1].id]
        for slip in slips:
            if slip.rows is not None:
                made = made[slip.rows]
        return made

    def state(self, slips: tuple[Slip, ...], index: np.ndarray) -> State:
        """A state with what it leaves unexplained."""
        return self.states((), [slips], index[:, None])[0]

    def states(
        self,
        before: tuple[Slip, ...],
        more: list[tuple[Slip, ...]],
        made: np.ndarray,
        keep: int = 0,
    ) -> list[State]:
        """The states of these slips more, by their indices (units, ways); the promising ones."""
        if not more:
            return []
        room = (self.room + self.allow)[:, None]
        said = self.said[:, None]
        bad = misfit(made, made, np.broadcast_to(said, made.shape), room) & ~self.unsaid[:, None]
        with np.errstate(invalid="ignore"):
            apart = np.where(bad, np.nan_to_num(np.abs(made - said), nan=np.inf), 0)
        loss = np.log1p(np.minimum(apart / (room + 1e-12), 1e6)).sum(axis=0)
        few = np.flatnonzero(bad.sum(axis=0) <= _VALUES)
        far = (np.minimum(apart, 1e6) ** 2).sum(axis=0)
        best = (np.argsort(x, kind="stable")[: keep or _KEPT[0]] for x in (loss, far))
        chosen = dict.fromkeys([n for listed in best for n in listed] + list(few))
        return [
            State((*before, *more[n]), made[:, n], bad[:, n], float(loss[n]), float(far[n]))
            for n in chosen
        ]

    def _room(self) -> np.ndarray:
        """How far the index may be off because raw values are rounded: each on its own, summed."""
        base = self.index()[:, 0]
        room = np.zeros(len(base))
        for j in range(self.step.made.shape[1]):
            if self.step.room[:, j].any():
                up = (self.step.made[:, j] + self.step.room[:, j])[:, None]
                room += np.nan_to_num(np.abs(self.index((), {j: up})[:, 0] - base))
        return room

    def implied(self, slips: tuple[Slip, ...], j: int) -> np.ndarray:
        """The values of column j under which the index is the published one, by secants."""
        column = next((s.columns[j] for s in slips if j in s.columns), self.step.made[:, j])
        scale = self.step.normalise
        wide = 1.0 if scale is None else scale.high - scale.low
        a = np.where(np.isnan(column), np.nan, column)
        b = a + 0.1 * wide
        with np.errstate(all="ignore"):
            at_a, at_b = (self.index(slips, {j: x[:, None]})[:, 0] for x in (a, b))
            for _ in range(6):
                slope = (at_b - at_a) / (b - a)
                again = np.where(
                    np.isfinite(slope) & (slope > 0), b + (self.said - at_b) / slope, b
                )
                a, at_a = b, at_b
                b = again
                at_b = self.index(slips, {j: b[:, None]})[:, 0]
                if np.nanmax(np.abs(b - a), initial=0) < 1e-9 * wide:
                    break
        off = np.abs(at_b - self.said) > self.allow + 1e-9 * wide
        return np.where(off, np.nan, b)


def copies(index: SlippedIndex) -> tuple[list[tuple[str, str]], list[tuple[int, int]]]:
    """(pairs of raw columns, pairs of rows) that hold the same values: one of each is a copy."""
    given = index.step.given
    assert given is not None
    names = index.step.names
    columns = [
        (names[i], names[j])
        for j in range(given.shape[1])
        for i in range(j)
        if distinct(given[:, j]) >= 5 and (given[:, i] == given[:, j]).mean() >= 0.9
    ]
    rows = []
    for u in np.flatnonzero(index.state((), index.index()[:, 0]).bad):
        there = ~np.isnan(given[u])
        same = (given[:, there] == given[u, there]).mean(axis=1) >= 0.8
        same[u] = False
        if there.sum() > 1 and same.any():
            rows.append((int(u), int(np.argmax(same))))
    return columns, rows


def explain(index: SlippedIndex) -> tuple[list[State], State]:
    """(the cheapest states, all that explain the publication equally well; the stated one)."""
    stated = index.state((), index.index()[:, 0])
    if not stated.bad.any():
        return [], stated
    fixed = _promising(index, stated, list(_fixed(index)))
    beam, best = [stated], [stated]
    for depth in range(_DEEP):
        found: list[State] = []
        for state in beam:
            found += _tried(index, state, fixed)
            found += _fitted(index, state)
        unique: dict[tuple, State] = {}
        for state in sorted(found, key=lambda s: (s.cost, s.loss)):
            unique.setdefault(tuple(sorted(s.name for s in state.slips)), state)
        listed = list(_supported_blocks(index, list(unique.values())))
        best = sorted([*best, *(s for s in listed if s.bad.sum() <= _VALUES)], key=lambda s: s.cost)
        best = [s for s in best if s.cost <= best[0].cost + 0.15][:6]
        if (best[0].slips and best[0].cost <= depth + 2) or (
            not best[0].slips and best[0].cost <= 2
        ):
            break
        half = -(-_KEPT[depth] // 2)
        beam = sorted(listed, key=lambda s: s.loss)[:half]
        beam += [s for s in sorted(listed, key=lambda s: s.far)[:half] if s not in beam]
    if best[0].bad.sum() > _VALUES:
        return [], stated
    best = _fewer(index, best)
    best += _as_good(index, best[0], fixed)
    best += _by_chance(index, best)
    once: dict[tuple, State] = {}
    for state in best:
        once.setdefault(tuple(sorted(s.said for s in state.slips)), state)
    return list(_supported_blocks(index, list(once.values()))), stated


def _by_chance(index: SlippedIndex, best: list[State]) -> list[State]:
    """For a unit that has another's index: it may equal that by chance, being one altered score."""
    found = []
    for state in best:
        for slip in state.slips:
            if slip.why.key == "row_other":
                rest = tuple(s for s in state.slips if s is not slip)
                alone = index.state(rest, index.index(rest)[:, 0])
                found += [alone] if alone.bad.sum() <= _VALUES else []
    return found


def _supported_blocks(index: SlippedIndex, states: list[State]) -> Iterator[State]:
    """The states, those that leave few units over with the right units in their blocks."""
    for state in states:
        if state.bad.sum() > 2 * _VALUES or not any(s.block for s in state.slips):
            yield state
        elif (settled := _settled(index, state)) is not None:
            yield settled


def _settled(index: SlippedIndex, state: State) -> State | None:
    """The explanation with the right units in its blocks in another unit; None where one has no two.

    A unit whose index says so is of the block. Where the index is the same either way, as in a group by
    its smallest part, or is off either way, the unit is of the block if its raw value lies with those
    that surely are and not with those that surely are not. If that does not tell either, it is open.
    """
    step = index.step
    assert step.given is not None
    for slip in state.slips:
        if slip.block is None:
            continue
        [j] = slip.columns
        rows, there = slip.block.rows, ~np.isnan(step.given[:, j])
        no_harm, fits = _toggled(index, state, slip)
        mended = there & state.bad & no_harm & fits
        rows = rows ^ mended
        surely = there & (mended | ~state.bad & ~no_harm)
        if (rows & surely).sum() < 2:
            return None
        size = np.log10(np.maximum(np.abs(step.given[:, j]), 1e-300))
        of_it, not_of_it = (_beside(size, size[surely & r]) for r in (rows, ~rows))
        told = of_it != not_of_it
        open_ = there & ~surely & ~told
        rows = np.where(surely, rows, there & told & of_it)
        value = _corrected(step, j, rows[:, None], slip.block.factor)[:, 0]
        new = replace(slip, columns={j: value}, block=replace(slip.block, rows=rows, open=open_))
        slips = tuple(new if s is slip else s for s in state.slips)
        again = index.state(slips, index.index(slips)[:, 0])
        if not (again.bad & ~state.bad).any():
            state = again
    return state


def _toggled(index: SlippedIndex, state: State, slip: Slip) -> tuple[np.ndarray, np.ndarray]:
    """By unit, with that unit alone put into the block or taken out of it.

    (whether no index is off that is not, whether its own index fits).
    """
    assert slip.block is not None
    [j] = slip.columns
    rest = tuple(s for s in state.slips if s is not slip)
    rows, known = slip.block.rows, ~(state.bad | index.unsaid)
    room = (index.room + index.allow)[:, None]
    no_harm, fits = np.zeros((2, len(rows)), dtype=bool)
    for at in range(0, len(rows), _AT_ONCE):
        units = np.arange(at, min(at + _AT_ONCE, len(rows)))
        blocks = rows[:, None] ^ (np.arange(len(rows))[:, None] == units)
        made = index.index(rest, {j: _corrected(index.step, j, blocks, slip.block.factor)})
        said = np.broadcast_to(index.said[:, None], made.shape)
        off = misfit(made, made, said, room)
        no_harm[units] = ~off[known].any(axis=0)
        fits[units] = ~off[units, units - at]
    return no_harm, fits


def _corrected(step: Step, j: int, blocks: np.ndarray, factor: float) -> np.ndarray:
    """Column j with each of these blocks, (units, ways), brought to its unit and normalised."""
    assert step.given is not None and step.rule is not None
    given = step.given[:, [j]]
    return step.rule(np.where(blocks, given * factor, given), [step.uses[j]] * blocks.shape[1])


def _beside(size: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which of these logarithms lie within the span of the others, or near it."""
    if not len(others):
        return np.zeros(len(size), dtype=bool)
    return (size >= others.min() - _BESIDE) & (size <= others.max() + _BESIDE)


def opened(
    index: SlippedIndex, slips: tuple[Slip, ...], at: np.ndarray | None = None
) -> tuple[Slip, ...]:
    """The slips with the units that are open, of those `at`, as part of their block."""

    def one(slip: Slip) -> Slip:
        if slip.block is None or slip.block.open is None:
            return slip
        [j] = slip.columns
        more = slip.block.open if at is None else slip.block.open & at
        blocks = (slip.block.rows | more)[:, None]
        return replace(
            slip, columns={j: _corrected(index.step, j, blocks, slip.block.factor)[:, 0]}
        )

    return tuple(one(s) for s in slips)


def _fewer(index: SlippedIndex, best: list[State]) -> list[State]:
    """The explanations, or a cheaper one: a slip may be none once numbers are fitted without it."""
    for fit in (s for s in best[0].slips if s.free):
        for slip in best[0].slips:
            if slip is fit:
                continue
            rest = tuple(s for s in best[0].slips if s not in (slip, fit))
            found = list(_fitted(index, index.state(rest, index.index(rest)[:, 0])))
            cheap = min(found, key=lambda s: s.cost, default=best[0])
            if cheap.cost < best[0].cost:
                return _fewer(index, [cheap])
    return best


def _as_good(index: SlippedIndex, state: State, fixed: list[Slip]) -> list[State]:
    """Explanations by a slip of a column and one other weight, where all weights had to be fitted.

    A column that holds another's of its group counts as if its own weight were none and the other's
    the sum; two that stand for one another as if their weights did. No figure tells these apart.
    """
    found: dict[tuple, State] = {}
    for fit in state.slips:
        if fit.why.key != "weights_all":
            continue
        node = next(n for n in index.nodes if n.id == fit.node)
        used = {j for s in state.slips for j in s.columns}
        places = {index.place[p] for p in node.parts if p in index.place} - used
        rest = tuple(s for s in state.slips if s is not fit)
        for slip in fixed:
            if not slip.columns or not places.issuperset(slip.columns):
                continue
            more = index.state((*rest, slip), index.index((*rest, slip))[:, 0])
            for one in (more, *_weighed(index, more, node)):
                simple = one.slips[-1].why.key != "weights_all"
                if simple and one.bad.sum() <= state.bad.sum():
                    found.setdefault(tuple(sorted(s.said for s in one.slips)), one)
    return sorted(found.values(), key=lambda s: s.cost)[:5]


def supported(index: SlippedIndex, state: State, slip: Slip) -> Why:
    """Why, naming of a block in another unit only the units whose index or raw value says so."""
    if slip.block is None:
        return slip.why
    rows = slip.block.rows & ~state.bad
    params = {"n": int(rows.sum()), "units": some(index.step, rows)}
    return replace(slip.why, params={**slip.why.params, **params})


def made_either_way(index: SlippedIndex, state: State, at: np.ndarray) -> Iterator[np.ndarray]:
    """The index under the slips, and as it is where these units are of a block in another unit.

    A unit that is left over may be of such a block or not: its index does not tell.
    """
    yield state.index
    if any(s.block and s.block.open is not None and s.block.open[at].any() for s in state.slips):
        yield index.index(opened(index, state.slips, at))[:, 0]


def _made(index: SlippedIndex, state: State, slips: list[Slip]) -> np.ndarray:
    """The index under each of these slips of columns more, (units, slips)."""
    own = {j: v for s in state.slips for j, v in s.columns.items()}
    columns = {}
    for j in {j for s in slips for j in s.columns}:
        base = own.get(j, index.step.made[:, j])
        columns[j] = np.column_stack([s.columns.get(j, base) for s in slips])
    return index.index(state.slips, columns)


def _promising(index: SlippedIndex, stated: State, fixed: list[Slip]) -> list[Slip]:
    """Of very many slips of columns, as with fifty indicators, those that come nearest alone."""
    slips = [s for s in fixed if s.columns]
    if len(slips) <= _MOST:
        return fixed
    kept = [s for s in fixed if not s.columns]
    left: list[State] = []
    for at in range(0, len(slips), _MOST):
        some_ = slips[at : at + _MOST]
        made = _made(index, stated, some_)
        left += index.states((), [(s,) for s in some_], made, keep=_MOST)
    half = _MOST // 2
    order = [*sorted(left, key=lambda s: s.far)[:half], *sorted(left, key=lambda s: s.loss)[:half]]
    return [*dict.fromkeys(s.slips[0] for s in order), *kept]


def _tried(index: SlippedIndex, state: State, fixed: list[Slip]) -> Iterator[State]:
    """One slip more, of those that need no number: all ways at once."""
    used = {j for s in state.slips for j in s.columns}
    nodes = {s.node for s in state.slips if s.node}
    slips = [s for s in fixed if s.columns and not used & set(s.columns)]
    tables: list[np.ndarray] = []
    if slips:
        made = _made(index, state, slips)
        tables.append(made)
        yield from index.states(state.slips, [(s,) for s in slips], made)
    scores = index.scores(state.slips)
    by_node: dict[str, list[Slip]] = {}
    for slip in fixed:
        if slip.node and slip.node not in nodes:
            by_node.setdefault(slip.node, []).append(slip)
    for node in index.nodes:
        if listed := by_node.get(node.id):
            parts = _parts(index, state.slips, node, scores)
            values = np.column_stack([index.joined(node, parts, s.join) for s in listed])
            made = index.index(state.slips, nodes={node.id: values})
            tables.append(made)
            slips = [*slips, *listed]
            yield from index.states(state.slips, [(s,) for s in listed], made)
    if tables and len(state.slips) < _DEEP - 1:
        for pair in _pairs(index, state, slips, np.column_stack(tables)):
            yield index.state((*state.slips, *pair), index.index((*state.slips, *pair))[:, 0])
    if not any(s.rows is not None for s in state.slips):
        yield from _exchanged(index, state)


def _pairs(
    index: SlippedIndex, state: State, slips: list[Slip], made: np.ndarray
) -> Iterator[tuple[Slip, Slip]]:
    """The pairs of slips that come nearest to the published index, if what they do adds up.

    Squared distances of all pairs from products of their effects; in logarithms under a geometric
    mean of the groups, where effects multiply.
    """
    said, now = index.said, state.index
    if index.nodes[-1].method == "geometric":
        with np.errstate(all="ignore"):
            said, now, made = (np.log(np.maximum(x, 1e-9)) for x in (said, now, made))
    with np.errstate(invalid="ignore"):
        effect = np.nan_to_num(made - now[:, None])
        wanted = np.nan_to_num(said - now)
    square = (effect**2).sum(axis=0)
    fit = effect.T @ wanted
    apart = effect.T @ effect * 2 + (square - 2 * fit)[:, None] + (square - 2 * fit)
    apart[np.tril_indices(len(slips))] = np.inf
    near = np.argpartition(apart, min(_PAIRS * 5, apart.size - 1), axis=None)[: _PAIRS * 5]
    found = 0
    for place in near[np.argsort(apart.ravel()[near], kind="stable")]:
        a, b = (slips[int(n)] for n in divmod(int(place), len(slips)))
        if set(a.columns) & set(b.columns) or (a.node and a.node == b.node):
            continue
        yield a, b
        found += 1
        if found == _PAIRS:
            return


def _parts(
    index: SlippedIndex, slips, node: Node, scores: Mapping[str, np.ndarray]
) -> list[np.ndarray]:
    own = {j: v for s in slips for j, v in s.columns.items()}
    return [
        own.get(index.place[p], index.step.made[:, index.place[p]])[:, None]
        if p in index.place
        else scores[p]
        for p in node.parts
    ]


def _fixed(index: SlippedIndex) -> Iterator[Slip]:
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
            alike = np.allclose(step.made[:, i], under[:, n], equal_nan=True)
            if not alike:
                yield Slip(why, (name,), {j: under[:, n]})
            if i > j:
                back = step.rule(step.given[:, [j]], [step.uses[i]])[:, 0]
                side = "" if alike and np.allclose(made, back, equal_nan=True) else "output"
                why = Why(SWAPPED, "swapped", {"other": names[i]}, (names[i],), side)
                yield Slip(why, (name, names[i]), {j: step.made[:, i], i: made})
                if side:  # the raw columns, each under the other's rule
                    raw = replace(why, side="input")
                    yield Slip(raw, (name, names[i]), {j: under[:, n], i: back})
        yield from _blocks(index, j)
    for node in index.nodes:
        leaves = all(p in index.place for p in node.parts)
        for why, join in joining.others(node, index.weights[node.id], index.how):
            if leaves and why.key in ("gaps_zero", "gaps_mean", "gaps_median"):
                continue  # told of the indicators themselves
            yield Slip(why, (node.id,), node=node.id, join=join)


def _gaps(index: SlippedIndex, j: int) -> Iterator[Slip]:
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
    made = step.made[:, j]
    for key, of in (("mean", np.nanmean), ("median", np.nanmedian)):
        params = {"n": int(gap.sum()), "units": some(step, gap), "group": ""}
        value = np.where(gap, of(np.where(gap, np.nan, made)), made)
        yield Slip(Why(FILLED, f"filled_{key}", params, side="output"), (name,), {j: value})
    scale = step.normalise
    for key, end in (("worst", scale.low), ("best", scale.high)) if scale else ():
        params = {"n": int(gap.sum()), "units": some(step, gap), "group": ""}
        value = np.where(gap, end, step.made[:, j])
        yield Slip(Why(FILLED, f"filled_{key}", params, side="output"), (name,), {j: value})


def _blocks(index: SlippedIndex, j: int) -> Iterator[Slip]:
    """Raw values of some units that lie apart from the others, as those in another unit do."""
    step = index.step
    assert step.given is not None and step.rule is not None
    given = step.given[:, j]
    there = ~np.isnan(given)
    if (given[there] <= 0).any() or there.sum() < 6:
        return
    logs = np.log10(np.where(there, given, 1.0))
    ordered = np.sort(logs[there])
    gaps = np.diff(ordered)
    if gaps.max(initial=0) < 0.3:
        return
    cut = ordered[int(np.argmax(gaps))] + gaps.max() / 2
    for rows in (there & (logs > cut), there & (logs < cut)):
        if not 1 < rows.sum() <= 0.5 * there.sum():
            continue
        for factor in FACTORS:
            corrected = np.where(rows, given * factor, given)
            near = np.log10(corrected[rows])
            rest = logs[there & ~rows]
            if near.min() < rest.min() - 1 or near.max() > rest.max() + 1:
                continue
            value = step.rule(corrected[:, None], [step.uses[j]])[:, 0]
            yield _block(step, j, Block(rows, factor), value)


def _block(step: Step, j: int, block: Block, value: np.ndarray) -> Slip:
    """Column j has the values `value` once the block is corrected."""
    params = {
        "n": int(block.rows.sum()),
        "units": some(step, block.rows),
        "factor": f"{1 / block.factor:.4g}",
    }
    why = Why(UNIT, "unit", params, side="input")
    return Slip(why, (step.names[j],), {j: value}, block=block)


def _exchanged(index: SlippedIndex, state: State) -> Iterator[State]:
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


def _fitted(index: SlippedIndex, state: State) -> Iterator[State]:
    """One slip more, of those with numbers to be fitted: weights, goalposts, another unit."""
    used = {j for s in state.slips for j in s.columns}
    nodes = {s.node for s in state.slips if s.node}
    for node in index.nodes:
        if node.id not in nodes:
            yield from _weighed(index, state, node)
    for j, name in enumerate(index.step.names):
        if j in used:
            continue
        wanted = index.implied(state.slips, j)
        listed = [
            Slip(w.why, (name,), {j: w.value}, free=w.free) for w in _moved_ends(index, j, wanted)
        ]
        listed += _other_unit(index, j, state.bad)
        if listed:
            made = index.index(state.slips, {j: np.column_stack([s.columns[j] for s in listed])})
            yield from index.states(state.slips, [(s,) for s in listed], made)


def _weighed(index: SlippedIndex, state: State, node: Node) -> list[State]:
    """Other weights of one group more."""
    if node.method not in ("arithmetic", "geometric"):
        return []
    scores = index.scores(state.slips)
    target = _target(index, state.slips, node, scores)
    parts = _parts(index, state.slips, node, scores)
    listed = [
        Slip(why, (node.id,), node=node.id, join=join, free=free)
        for why, join, free in joining.weighed(
            *(node, np.column_stack(parts), index.weights[node.id], target, index.how)
        )
    ]
    if not listed:
        return []
    values = np.column_stack([index.joined(node, parts, s.join) for s in listed])
    made = index.index(state.slips, nodes={node.id: values})
    return index.states(state.slips, [(s,) for s in listed], made)


def _target(index: SlippedIndex, slips, node: Node, scores: Mapping[str, np.ndarray]) -> np.ndarray:
    """The scores of a group under which the index is the published one."""
    if node is index.nodes[-1]:
        return index.said

    def above(values: np.ndarray) -> np.ndarray:
        return index.index(slips, nodes={node.id: values[:, None]})[:, 0]

    a = scores[node.id][:, 0]
    b = a + 0.05 * (np.nanmax(a) - np.nanmin(a) + 1e-9)
    with np.errstate(all="ignore"):
        at_a, at_b = above(a), above(b)
        for _ in range(5):
            slope = (at_b - at_a) / (b - a)
            again = np.where(np.isfinite(slope) & (slope > 0), b + (index.said - at_b) / slope, b)
            a, at_a, b = b, at_b, again
            at_b = above(b)
            if np.nanmax(np.abs(b - a), initial=0) < 1e-9:
                break
    return np.where(np.abs(at_b - index.said) > index.allow + 1e-6, np.nan, b)


def _moved_ends(index: SlippedIndex, j: int, wanted: np.ndarray) -> Iterator[Way]:
    """Goalposts under which column j has the values wanted."""
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


def _other_unit(index: SlippedIndex, j: int, bad: np.ndarray) -> Iterator[Slip]:
    """Other units in which the values of column j may be, of all units whose index is off."""
    step = index.step
    assert step.given is not None and step.rule is not None and step.normalise is not None
    how = step.uses[j].normalise or step.normalise
    if not 2 <= bad.sum() <= 0.6 * len(bad) or how.method != "goalposts":
        return
    factors = list(FACTORS[:18])
    columns = np.column_stack(
        [np.where(bad, step.given[:, j] * f, step.given[:, j]) for f in factors]
    )
    tried = step.rule(columns, [step.uses[j]] * len(factors))
    for n, factor in enumerate(factors):
        if (np.abs(tried[bad, n] - step.made[bad, j]) > 1e-9).any():
            yield _block(step, j, Block(bad, factor), tried[:, n])


def value_of(index: SlippedIndex, state: State, row: int) -> Why:
    """A single value that is left over: of the index, or one that it is made from."""
    said, made = index.said[row], state.index[row]
    unit = str(index.step.units[row])
    if np.isnan(said):
        return Why("cannot be verified", "not_published", {"n": 1, "units": unit})
    params = {"unit": unit, "said": f"{said:.6g}", "made": f"{made:.6g}"}
    return Why(VALUE, "value", params, (unit,))
