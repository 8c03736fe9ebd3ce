"""Check a published index: every published stage is made again from the one before it.

Differences are told by class, with what they did to the ranks. What fits within rounding is right,
however it was made; what cannot be made again from what was published is said to be so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from catalog.models.index_spec import IndexSpec, Ranking
from warehouse.indices.auditor import nodes as joining
from warehouse.indices.auditor import ranking, rows, thin
from warehouse.indices.auditor.columns import Explanation, Step, choose, explain, some
from warehouse.indices.auditor.columns import _others as other_columns
from warehouse.indices.auditor.columns import _rolled as rolled
from warehouse.indices.auditor.findings import (
    APART,
    COPIED,
    EXCHANGED,
    RANKING,
    ROWS,
    SHIFTED,
    SWAPPED,
    UNEXPLAINED,
    UNKNOWN,
    UNVERIFIABLE,
    VALUE,
    Audit,
    Candidate,
    Effect,
    Finding,
    PublishedIndex,
    Why,
)
from warehouse.indices.auditor.intervals import carried, half_width, half_widths, misfit, tolerances
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.engine import STAGES, ids
from warehouse.indices.steps.rank import merit_ranks, rounded

_MANY = 20  # units that agree to the last digit, so that what they were made from is exact
_MISPRINTS = 3  # single scores that may be misprinted, and ranked as they should be
_WIDER = (
    0.25  # of the span of the changes of other units, beyond which no unknown change is looked for
)
_MIXES = 64  # ways to take parts as published or as made again


def audit(spec: IndexSpec, public: PublishedIndex) -> Audit:
    """Everything that does not follow from what was published; rows are in the order of the raw."""
    return _Auditor(spec, public).run()


class _Auditor:
    def __init__(self, spec: IndexSpec, public: PublishedIndex) -> None:
        self.findings = list(public.found)
        self.spec, self.public = spec, public
        self.tolerance = spec.published.tolerance if spec.published else 1e-9
        self.names = ids(spec)
        self.units = public.data.units
        self.said = {s: public.stages[s].copy() for s in STAGES if s in public.stages}
        self.made: dict[str, np.ndarray] = {}
        self.room: dict[str, np.ndarray] = {}
        self.remarks: list[str] = []
        self.nodes = weighing.tree(spec)
        self.place = {name: n for n, name in enumerate(self.names)}
        self.parent = {p: n.id for n in self.nodes for p in n.parts}
        self.how = joining.Joining(spec.aggregate.penalty, spec.coverage.group)
        self.lost: set[tuple[str, int]] = set()
        self.used: dict[str, str] = {}
        self.flipped: dict[str, np.ndarray] = {}
        """By part, the units whose cell was used in the other way than its column."""
        self.displaced: dict[int, int] = {}
        """Rows that hold another unit's figures before, and the row that has theirs; -1 for none."""
        self.exact: dict[str, list[np.ndarray]] = {}
        """By indicator, its normalised values as an explanation may make them."""
        self.joins: dict[str, Callable] = {}
        self.scores: dict[str, np.ndarray] = {}
        self.score_room: dict[str, np.ndarray] = {}
        self.again_scores: dict[str, np.ndarray] = {}
        """The index as made again under the slips that are told."""

    def run(self) -> Audit:
        self._goalposts()
        order = list(self.said)
        for before, after in pairwise(order):
            self._recover(before, after)
            self._make(before, after)
            self._bridge(before, after)
        last = order[-1]
        if last != "normalised":
            self._make(last, "normalised")
            self.said["normalised"] = self.made["normalised"]
        normalised = self.said["normalised"]
        self.again = self.made.get("normalised", normalised)
        self.weights = weighing.weights(self.nodes, self.spec.weight, normalised, self.names)
        self.direct = len(order) > 1  # more than the raw values are published
        self.steps = {b: self._step(a, b) for a, b in pairwise(order)}
        groups = [n for n in self.public.scores if n != self.spec.id]
        if self.direct or (groups and set(groups) >= {n.id for n in self.nodes[:-1]}):
            self._stages(order)
        else:
            self._thin(last)
        self._ranks()
        self._remark()
        if self.spec.id not in self.public.scores:
            self._note(Why(UNVERIFIABLE, "no_index"), "scores", (self.spec.id,))
        place = {name: n for n, name in enumerate([*STAGES, "goalposts", "scores", "ranks"])}
        self.findings.sort(key=lambda f: (not f.is_defect, place.get(f.stage, 9), f.kind, f.about))
        made = {"raw": self.said["raw"], **self.made}
        return Audit(self.findings, made, self.scores, self.remarks, self.names)

    def _note(self, why: Why, stage: str, about: tuple[str, ...], **more) -> None:
        self.findings.append(Finding(why, stage, about, **more))

    def _make(self, before: str, after: str) -> None:
        half = half_widths(self.said[before])
        made = carried(self.spec, self.said[before], half, self.public.data, before, after)
        self.made[after], self.room[after] = made

    def _step(self, before: str, after: str) -> Step:
        said = self.said[after]

        def rule(columns: np.ndarray, uses) -> np.ndarray:
            none = np.zeros(columns.shape[1])
            return carried(self.spec, columns, none, self.public.data, before, after, uses)[0]

        allow = half_widths(said) + tolerances(said, self.tolerance)
        return Step(
            *(self.said[before], self.made[after], self.room[after], said),
            *(self.names, self.units, allow, self.spec.indicators, rule),
            self.spec.normalise if after == "normalised" else None,
            self.spec.treat,
            dict(self.public.groupings) | {k: list(v) for k, v in self.public.data.groups.items()},
        )

    # ---- goalposts and names ----

    def _goalposts(self) -> None:
        """Give each indicator its published goalposts; tell ids that fit no indicator."""
        posts = self.public.goalposts
        if self.spec.normalise.bounds is None:
            return
        stated = {u.bounds_id or u.id for u in self.spec.indicators}
        columns = {u.column for u in self.spec.indicators if u.column}
        spare = {k: v for k, v in posts.items() if k not in stated}
        uses = []
        for j, use in enumerate(self.spec.indicators):
            name = use.bounds_id or use.id
            if name in posts:
                if name != use.id and name not in columns:
                    why = Why(UNKNOWN, "bounds_id", {"name": name, "id": use.id})
                    self._note(why, "goalposts", (use.id,), effect=Effect(0, 0))
            else:
                name = self._implied(j, spare)
            worst, best, way = posts.get(name, (np.nan, np.nan, ""))
            if way and np.isfinite(best - worst) and (best > worst) != (way == "higher"):
                params = {"way": way, "worst": f"{worst:g}", "best": f"{best:g}"}
                self._note(Why(EXCHANGED, "exchanged", params), "goalposts", (use.id,))
            if not np.isfinite(best - worst) or best == worst:
                worst = best = float("nan")
                if name in posts:
                    self._note(Why(UNVERIFIABLE, "no_goalpost"), "goalposts", (use.id,))
            way = "higher" if not best < worst else "lower"
            uses.append(use.model_copy(update={"worst": worst, "best": best, "direction": way}))
        self.spec = self.spec.model_copy(update={"indicators": uses})

    def _implied(self, j: int, spare: dict) -> str:
        """The goalposts without an indicator that make column j's published values, or ""."""
        use = self.spec.indicators[j]
        said = self.said.get("normalised")
        before = [s for s in self.said if s != "normalised"][-1]
        for name, (worst, best, _) in list(spare.items()):
            if said is None or not np.isfinite(best - worst) or best == worst:
                continue
            way = "higher" if best > worst else "lower"
            tried = use.model_copy(update={"worst": worst, "best": best, "direction": way})
            given = self.said[before][:, [j]]
            made, room = carried(
                *(self.spec, given, half_widths(given), self.public.data, before, "normalised"),
                [tried],
            )
            one = said[:, [j]]
            allow = half_widths(one) + tolerances(one, self.tolerance)
            if not np.isnan(made).all() and not misfit(made - room, made + room, one, allow).any():
                del spare[name]
                why = Why(UNKNOWN, "goalposts_of", {"name": name})
                self._note(why, "goalposts", (use.id,), effect=Effect(0, 0))
                return name
        self._note(Why(UNVERIFIABLE, "no_goalposts"), "goalposts", (use.id,))
        return ""

    def _recover(self, before: str, after: str) -> None:
        """Columns that were not found under their name: is one of the others the one meant?"""
        for j, name in enumerate(self.names):
            for stage in (before, after):
                if (stage, name) not in self.public.absent or (stage, j) in self.lost:
                    continue
                if not np.isnan(self.said[stage][:, j]).all():
                    continue
                if title := self._spare(stage, j, before, after):
                    self.said[stage][:, j] = self.public.spare[stage][title]
                    why = Why(UNKNOWN, "column_of", {"name": title})
                    self._note(why, stage, (name,), effect=Effect(0, 0))
                else:
                    self.lost.add((stage, j))
                    self._note(Why(UNVERIFIABLE, "no_values"), stage, (name,))

    def _spare(self, stage: str, j: int, before: str, after: str) -> str:
        for title, values in self.public.spare.get(stage, {}).items():
            given = values if stage == before else self.said[before][:, j]
            said = values if stage == after else self.said[after][:, j]
            if np.isnan(given).all() or np.isnan(said).all():
                continue
            column = given[:, None]
            made, room = carried(
                *(self.spec, column, half_widths(column), self.public.data, before, after),
                [self.spec.indicators[j]],
            )
            one = said[:, None]
            allow = half_widths(one) + tolerances(one, self.tolerance)
            if misfit(made - room, made + room, one, allow).mean() <= 0.1:
                return title
        return ""

    def _bridge(self, before: str, after: str) -> None:
        """A column that is not published is taken as made; what follows cannot be checked on it."""
        for j in range(len(self.names)):
            if (after, j) in self.lost:
                self.said[after][:, j] = self.made[after][:, j]
            elif (before, j) in self.lost and np.isnan(self.made[after][:, j]).all():
                self.made[after][:, j] = self.said[after][:, j]

    # ---- stages ----

    def _stages(self, order: list[str]) -> None:
        """Each indicator's differences explained once, at the stage where they arise."""
        found: list[tuple[str, str, tuple[str, ...], Explanation, list[int]]] = []
        stages = order[1:]
        steps = dict(self.steps)
        for place, stage in enumerate(stages):
            step = steps[stage]
            following = stages[place + 1] if place + 1 < len(stages) else None
            if not step.off().any():
                continue
            for why, names, at in rows.moved(step):
                cells = np.zeros(step.said.shape, dtype=bool)
                cells[at] = True
                step = steps[stage] = _without(step, cells)
                if following and steps[following].off()[at].any():
                    steps[following] = _without(steps[following], cells)
                told = Explanation(why, np.isin(np.arange(len(cells)), at))
                found.append((order[place], stage, names, told, list(range(len(self.names)))))
            done: set[int] = set()
            for j in np.flatnonzero(step.off().any(axis=0)):
                if int(j) in done or (stage == "normalised" and np.isnan(self.again[:, j]).all()):
                    continue
                for told in explain(step, int(j)):
                    why = told.why
                    if stage == "normalised":
                        self._know(step, int(j), told)
                    columns = [int(j)]
                    if why.kind == SWAPPED:
                        columns += [self.place[o] for o in why.others]
                        done |= set(columns)
                    about = (self.names[j], *why.others)
                    if following:  # the same again at the next stage is a consequence
                        cells = np.zeros(step.said.shape, dtype=bool)
                        cells[:, columns] = told.rows[:, None]
                        steps[following] = _without(steps[following], cells)
                    found.append((order[place], stage, about, told, columns))
        self._follow()
        self._displace(found)
        self._groups()
        placed = {n for _, _, names, t, _ in found if t.why.kind == ROWS for n in names}
        # A value that is the end of the scale in a row that is told already.
        found = [f for f in found if f[3].why.kind != VALUE or not set(f[2]) & placed]
        for before, stage, about, told, columns in found:
            self._tell(before, stage, about, told, columns)
        for stage in order[:1]:
            self._twins(stage, {n for f in self.findings for n in f.about})

    def _know(self, step: Step, j: int, told: Explanation) -> None:
        """Keep what an explanation makes of its columns, with more digits than are published."""
        if told.value is not None:
            self.exact.setdefault(self.names[j], []).append(told.value)
        for other in told.why.others if told.why.kind in (SWAPPED, COPIED) else ():
            i = self.place[other]
            for at, of in ((i, j), (j, i)):
                known = self.exact.setdefault(self.names[at], [])
                known.append(self.again[:, of])
                if step.rule is not None and step.given is not None:
                    known.append(step.rule(step.given[:, [of]], [step.uses[at]])[:, 0])

    def _displace(self, found) -> None:
        """Where the figures before were exchanged, and what follows is right."""
        for _, stage, _, told, columns in found:
            if told.why.kind != ROWS or self._followed(stage, told.rows, columns) != stage:
                continue
            at = [int(r) for r in np.flatnonzero(told.rows)]
            pair = told.why.key == "rows_exchanged" and len(at) == 2
            self.displaced |= dict(zip(at, at[::-1] if pair else [-1] * len(at), strict=True))

    def _tell(self, before, stage, about, told: Explanation, columns) -> None:
        """One finding of a column or row, at the side that is off, with its effect on the ranks."""
        why = told.why
        follows = self._followed(stage, told.rows, columns)
        if why.kind == UNVERIFIABLE:
            self._note(why, stage, about, effect=Effect(0, 0))
            return
        if follows == before or (why.side == "input" and follows == stage):
            at = stage if follows == before else before
            effect = Effect(0, 0)
        else:
            at = before if why.side == "input" else stage
            effect = self._effect(told, columns, sure=why.side == "output")
        right = follows == before or why.side == "input"
        self._note(why, at, about, effect=effect, follows="before" if right else "after")

    def _follow(self) -> None:
        """For each column whether the scores above were made from it as published or as made again."""
        for node in self.nodes:
            said = self.public.scores.get(node.id)
            leaves = [p for p in node.parts if p in self.place]
            unsure = [p for p in leaves if self._differ(self.place[p]).any()]
            self.used |= dict.fromkeys(unsure, "said")
            if said is None or not unsure:
                continue
            self._settle(node, unsure, said)

    def _settle(self, node, unsure: Sequence[str], said: np.ndarray) -> None:
        """Which parts were used as published and which as made: what gives the most of the scores.

        Where neither gives half of them, they are taken as published. A few units may have been used
        in another way than the rest of their column.
        """
        for part in unsure:
            self.flipped.pop(part, None)
        bad: dict[tuple[str, ...], np.ndarray] = {}
        for labels in self._mixes(unsure):
            self.used |= dict(zip(unsure, labels, strict=True))
            made, room = self._node(node)
            bad[labels] = misfit(made - room, made + room, said, self._allow(said))
        best = min(bad, key=lambda x: bad[x].sum())
        if bad[best].sum() > 0.5 * len(said):
            best = tuple("said" for _ in unsure)
        self.used |= dict(zip(unsure, best, strict=True))
        left = np.flatnonzero(bad[best])
        if len(left) > max(3, 0.05 * len(said)):
            return
        for row in left:
            fitting = [labels for labels, off in bad.items() if not off[row]]
            if not fitting:
                continue
            labels = min(fitting, key=lambda x: sum(a != b for a, b in zip(x, best, strict=True)))
            for part, a, b in zip(unsure, labels, best, strict=True):
                if a != b:
                    self.flipped.setdefault(part, np.zeros(len(said), dtype=bool))[row] = True

    @staticmethod
    def _mixes(unsure: Sequence[str]) -> list[tuple[str, ...]]:
        return list(product(("said", "made"), repeat=len(unsure)))[:_MIXES]

    def _differ(self, j: int) -> np.ndarray:
        said = self.said["normalised"][:, j]
        room = self.room.get("normalised", np.zeros_like(self.again))[:, j]
        allow = half_width(said) + self.tolerance * np.nanmax(np.abs(said), initial=0)
        return misfit(self.again[:, j] - room, self.again[:, j] + room, said, allow)

    def _followed(self, stage: str, at: np.ndarray, columns: list[int]) -> str:
        """The stage that the index was made from in these columns."""
        names = [self.names[j] for j in columns if self._differ(j).any()]
        if stage != "normalised" or not names:
            return stage
        order = list(self.steps)
        before = list(self.said)[list(self.said).index(stage) - 1] if order else stage
        made = sum(self._as_made(n)[at].mean() > 0.5 for n in names) if at.any() else 0
        return before if made > len(names) / 2 else stage

    def _allow(self, said: np.ndarray) -> float:
        size = float(np.nanmax(np.abs(said), initial=0))
        return half_width(said) + self.tolerance * size

    def _leaf(self, j: int) -> tuple[np.ndarray, np.ndarray]:
        """(values of an indicator that the scores were made from, how far they may be off)."""
        room = self.room.get("normalised")
        made = self.again[:, j], np.zeros(len(self.units)) if room is None else room[:, j]
        if "normalised" not in self.steps:
            return made
        return self._taken(self.names[j], self.said["normalised"][:, j], made)

    def _as_made(self, part: str) -> np.ndarray:
        """The units for which a part was used as made again, not as published."""
        whole = np.full(len(self.units), self.used.get(part) == "made")
        return whole ^ self.flipped[part] if part in self.flipped else whole

    def _taken(
        self, part: str, said: np.ndarray, made: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(values of a part as they were used, how far they may be off)."""
        again = self._as_made(part)
        return np.where(again, made[0], said), np.where(again, made[1], half_width(said))

    def _node(
        self, node, override: Mapping[str, np.ndarray] | None = None, *, as_stated: bool = True
    ):
        """(scores of a group, how far they may be off), from its parts as used.

        Joined as stated, or in the way that was found to have been used.
        """
        parts, widths = [], []
        for p in node.parts:
            if override and p in override:
                value, room = override[p], np.zeros(len(self.units))
            elif p in self.place:
                value, room = self._leaf(self.place[p])
            else:
                value, room = self._part(p)
            parts.append(value[:, None])
            widths.append(room[:, None])
        weight = self.weights[node.id]
        own = None if as_stated else self.joins.get(node.id)

        def join(given):
            made = own(given) if own else joining.mean(given, weight, node.method, self.how)
            return self._joined(node, made)

        made, room = joining.spread(parts, widths, join)
        return made[:, 0], room[:, 0]

    def _joined(self, node, made: np.ndarray) -> np.ndarray:
        if node.fill is not None and np.isnan(made).any():
            from warehouse.indices.steps.aggregate import filled

            return filled(made, node.fill, self.public.data.groups)
        return made

    def _part(self, group: str) -> tuple[np.ndarray, np.ndarray]:
        """A group's scores as the groups above used them."""
        said = self.public.scores.get(group)
        made = self.scores[group], self.score_room[group]
        return made if said is None else self._taken(group, said, made)

    # ---- scores of groups and index ----

    def _groups(self) -> None:  # noqa: PLR0912
        """Bottom up: the scores of each group from its parts as used, and why they differ."""
        listed = [n.id for n in self.nodes if n.id in self.public.scores]
        pending: list[tuple[str, list[Explanation]]] = []
        for node in self.nodes:
            self._choose_parts(node)
            self.scores[node.id], self.score_room[node.id] = self._node(node)
        if not listed:
            return
        table = np.column_stack([self.public.scores[n] for n in listed])
        made = np.column_stack([self.scores[n] for n in listed])
        room = np.column_stack([self.score_room[n] for n in listed])
        allow = np.array([self._allow(self.public.scores[n]) for n in listed])
        step = Step(None, made, room, table, listed, self.units, allow)
        for why, names, at in rows.moved(step):
            cells = np.zeros(table.shape, dtype=bool)
            cells[at] = True
            step = _without(step, cells)
            effect = self._rank_effect(np.array(at))
            self._note(replace(why, side="output"), "scores", names, effect=effect)
        done: set[str] = set()
        for node in self.nodes:
            if node.id not in listed or node.id in done:
                continue
            g = listed.index(node.id)
            off = step.off()[:, g]
            if not off.any():
                continue
            told = self._why(step, g, node, off)
            for one in told:
                if one.join is not None:
                    self.joins[node.id] = one.join
                if one.why.kind == SWAPPED:
                    done |= set(one.why.others)
            pending.append((node.id, told))
        merged: dict[tuple, list[str]] = {}
        for name, told in pending:
            for one in told:
                about = (name, *(o for o in one.why.others if o in listed))
                effect = self._node_effect(name, one, about)
                if one.why.kind == VALUE or len(told) > 1:
                    self._note(one.why, "scores", about, effect=effect)
                    continue
                key = (one.why.kind, one.why.key, repr(one.why.params))
                merged.setdefault(key, []).append(name)
                if len(merged[key]) == 1:
                    self._note(one.why, "scores", about, effect=effect)
                else:  # the same in several groups is one finding
                    n = next(i for i, f in enumerate(self.findings) if f.why == one.why)
                    about = tuple(dict.fromkeys((*self.findings[n].about, *about)))
                    effect = self._nodes_effect(merged[key])
                    self.findings[n] = replace(self.findings[n], about=about, effect=effect)

    def _choose_parts(self, node) -> None:
        """Whether a group's own parts were used as published or as made, by what fits best."""
        groups = [p for p in node.parts if p not in self.place and p in self.public.scores]
        unsure = [
            p
            for p in groups
            if misfit(
                self.scores[p] - self.score_room[p],
                self.scores[p] + self.score_room[p],
                self.public.scores[p],
                self._allow(self.public.scores[p]),
            ).any()
        ]
        said = self.public.scores.get(node.id)
        self.used |= dict.fromkeys(unsure, "said")
        if said is None or not unsure:
            return
        self._settle(node, unsure, said)

    def _why(self, step: Step, g: int, node, off: np.ndarray) -> list[Explanation]:
        """Why a group's scores differ, whichever versions of its parts were used."""
        unsure = [p for p in node.parts if p in self.used]
        taken = tuple(self.used[p] for p in unsure)
        flipped = {p: self.flipped[p] for p in unsure if p in self.flipped}
        found: list[tuple[float, tuple[str, ...], list[Explanation]]] = []
        for labels in dict.fromkeys([taken, *self._mixes(unsure)]):
            self._use(unsure, labels, flipped if labels == taken else {})
            told = self._joined_as(step, g, node, off)
            open_ = sum(t.rows.sum() for t in told if t.why.kind == UNEXPLAINED)
            found.append((float(open_) + len(told), labels, told))
            if not open_:
                break
        _, labels, told = min(found, key=lambda f: f[0])
        self._use(unsure, labels, flipped if labels == taken else {})
        return told

    def _use(self, parts: Sequence[str], labels: Sequence[str], flipped) -> None:
        """Take parts as published or as made, but for the units of `flipped`."""
        self.used |= dict(zip(parts, labels, strict=True))
        self.flipped = {p: m for p, m in self.flipped.items() if p not in parts} | flipped

    def _joined_as(self, step: Step, g: int, node, off: np.ndarray) -> list[Explanation]:
        parts, widths = [], []
        for p in node.parts:
            value, room = self._leaf(self.place[p]) if p in self.place else self._part(p)
            parts.append(value)
            widths.append(room)
        table, rooms = np.column_stack(parts), np.column_stack(widths)
        weight = self.weights[node.id]

        def ways():
            yield from joining.ways(
                *(node, table, rooms, weight, step.said[:, g], self.how),
                dict(self.public.groupings),
            )
            yield from other_columns(step, g)
            yield from rolled(step, g)

        return choose(step, g, off, ways())

    # ---- thin publications ----

    def _thin(self, last: str) -> None:
        """Only raw values and the index: several slips at once, told apart by what each predicts."""
        for node in self.nodes:
            self.scores[node.id], self.score_room[node.id] = self._node(node)
        said = self.public.scores.get(self.spec.id)
        if said is None:
            return
        given = self.said[last]

        def rule(columns: np.ndarray, uses) -> np.ndarray:
            none = np.zeros(columns.shape[1])
            return carried(self.spec, columns, none, self.public.data, last, "normalised", uses)[0]

        groups = dict(self.public.groupings) | {
            k: list(v) for k, v in self.public.data.groups.items()
        }
        step = Step(
            *(given, self.again, self.room["normalised"], self.again, self.names, self.units),
            *(np.zeros(len(self.names)), self.spec.indicators, rule, self.spec.normalise),
            *(self.spec.treat, groups),
        )
        index = thin.SlippedIndex(
            *(self.nodes, self.weights, self.how, step, said, self._allow(said)),
            {k: np.asarray(v, dtype=object) for k, v in self.public.data.groups.items()},
        )
        columns, twins = thin.copies(index)
        for one, other in columns:
            why = Why(COPIED, "twins", {}, (other,), "input")
            self._note(why, "raw", (one, other), effect=Effect(0, 0))
        for row, _ in twins:
            index.unsaid[row] = True
        if columns and index.state((), index.index()[:, 0]).bad.any():
            # The index was made from the values that the copy replaced: nothing more can be said.
            self._copied_rows(twins)
            self._note(Why(UNVERIFIABLE, "replaced"), "scores", (self.spec.id,))
            return
        best, stated = thin.explain(index)
        twins = _wrong_ones(index, best[0] if best else stated, twins)
        self._copied_rows(twins)
        if (gone := index.unsaid & np.isnan(said) & ~np.isnan(stated.index)).any():
            why = Why(
                UNVERIFIABLE, "not_published", {"n": int(gone.sum()), "units": some(step, gone)}
            )
            self._note(why, "scores", (self.spec.id,), effect=Effect(0, 0))
        if not stated.bad.any():
            return
        if not best:
            at = stated.bad
            why = Why(UNEXPLAINED, "unexplained", {"n": int(at.sum()), "units": some(step, at)})
            self._note(why, "scores", (self.spec.id,), effect=self._rank_effect(at))
            return
        state = best[0]
        self.again_scores[self.spec.id] = state.index
        moved = [row for row, _ in twins]
        common = set.intersection(*({s.said for s in b.slips} for b in best))
        for slip in state.slips:
            if slip.said in common:
                self._note_slip(index, best, slip, moved)
        # A unit that only some of the explanations leave over.
        left = np.logical_and.reduce([b.bad for b in best])
        others = [
            (
                b,
                tuple(s for s in b.slips if s.said not in common),
                b.bad & ~left & ~_shifted_onto(b, moved),
            )
            for b in best
        ]
        if any(slips or rows.any() for _, slips, rows in others):
            candidates = tuple(
                (
                    *(
                        Candidate(s.why, s.about, self._slip_effect(index, b, (s,), moved))
                        for s in slips
                    ),
                    *(Candidate(*self._value(index, b, int(r))) for r in np.flatnonzero(rows)),
                )
                for b, slips, rows in others
            )
            both = [self._slip_effect(index, b, slips, moved, rows) for b, slips, rows in others]
            effect = functools.reduce(Effect.or_else, both)
            about = (self.spec.id,)
            self._note(Why(APART, "apart"), "scores", about, effect=effect, candidates=candidates)
        for row in np.flatnonzero(left & ~_shifted_onto(state, moved)):
            why, about, effect = self._value(index, state, int(row))
            self._note(why, "scores", about, effect=effect)

    def _value(
        self, index: thin.SlippedIndex, state: thin.State, row: int
    ) -> tuple[Why, tuple[str, ...], Effect]:
        """(why, what it is about, effect) of a single value that an explanation leaves over."""
        why = thin.value_of(index, state, row)
        at = np.zeros(len(state.bad), dtype=bool)
        at[row] = True
        # The raw values may be the ones that were altered, and the index right.
        ways = [self._rank_effect(at, made) for made in thin.made_either_way(index, state, at)]
        effect = replace(functools.reduce(Effect.or_else, ways), sure=False)
        return why, (self.spec.id, *why.others), effect

    def _copied_rows(self, twins: Sequence[tuple[int, int]]) -> None:
        """Units with the raw values of another."""
        for row, other in twins[:3]:
            names = (str(self.units[row]), str(self.units[other]))
            params = {"unit": names[0], "other": names[1], "n": 1}
            why = Why(ROWS, "row_other", params, names, "input")
            self._note(why, "raw", names, effect=Effect(0, 0))

    def _note_slip(
        self,
        index: thin.SlippedIndex,
        best: Sequence[thin.State],
        slip: thin.Slip,
        moved: list[int],
    ) -> None:
        """A slip that is in all explanations; its effect may be another in each."""
        ways = [
            self._slip_effect(index, b, (s,), moved)
            for b in best
            for s in b.slips
            if s.said == slip.said
        ]
        stage = "scores" if slip.node or slip.rows is not None else "normalised"
        stage = "raw" if slip.why.side == "input" else stage
        self._note(
            thin.supported(index, best[0], slip),
            stage,
            slip.about,
            effect=functools.reduce(Effect.or_else, ways),
        )

    def _slip_effect(
        self,
        index: thin.SlippedIndex,
        state: thin.State,
        slips: tuple[thin.Slip, ...],
        moved: list[int],
        values: np.ndarray | None = None,
    ) -> Effect:
        """Ranks with the slips and single `values`, against without them, the other slips as they are.

        A slip in the raw values as published moves none. What the units that are left over would have,
        and those with another's raw values (`moved`), their own figures do not tell.
        """
        slips = tuple(s for s in slips if s.why.side != "input")
        values = np.zeros(len(state.bad), dtype=bool) if values is None else values
        if not slips and not values.any():
            return Effect(0, 0)
        lost = state.bad | _shifted_onto(state, moved)
        lost[moved] = True
        rest = tuple(s for s in state.slips if s not in slips)
        before = np.where(values, index.said, state.index)
        after = index.index(rest)[:, 0]
        other = np.where(state.bad, np.nan, index.index(thin.opened(index, rest))[:, 0])
        found = self._moves(before, after, lost, other)
        sure = all(s.why.side == "output" or bool(s.node) for s in slips)
        return replace(found, sure=sure and not values.any())

    # ---- effects ----

    def _moves(
        self,
        before: np.ndarray,
        after: np.ndarray,
        lost: np.ndarray | None = None,
        other: np.ndarray | None = None,
    ) -> Effect:
        """Ranks as they are, against those with the change from `before` to `after`.

        The change of the `lost` units is not known: it may be any of those of the other units, and a
        quarter of their span more. That of units which are another in `other` is to this or to `after`.

        The change is laid on the index as made again where it rounds to the published one and makes
        the published ranks; else on the published index, whose digits and ranks then know more than
        what is made again from rounded parts.
        """
        said = self.public.scores.get(self.spec.id)
        ranks = self.public.ranks.get(self.spec.id)
        base = before
        if said is not None:
            base = np.where(np.isnan(said), before, said)
            if ranks is not None:
                how, room = self._ranking(), self._allow(said)
                wrong = ~ranking.fits(ranks, said, room, how)
                base = np.where(wrong & ranking.fits(ranks, before, room, how), before, base)
                base = ranking.as_ranked(base, ranks, room, how)

                def agreeing(some: np.ndarray) -> int:
                    made = merit_ranks(rounded(some, self._places())[:, None], how.ties)[:, 0]
                    return int((made == ranks).sum())

                near = np.abs(before - said) <= room + 1e-12
                exact = np.where(near, before, base)
                if agreeing(exact) >= agreeing(base):
                    base = exact
                misprints = np.flatnonzero(~near & ~np.isnan(before) & ~np.isnan(said))
                for row in misprints if len(misprints) <= _MISPRINTS else ():
                    tried = base.copy()
                    tried[row] = before[row]
                    base = max((base, tried), key=agreeing)
        change = np.where(np.isnan(after - before), 0, after - before)
        again = np.where(np.isnan(after), np.nan, base + change)
        if ranks is not None and self.spec.ranking.decimals is None:
            step = 1e-9 * float(np.nanmax(np.abs(base), initial=0))
            base, again = base - step * ranks, again - step * ranks
        how, places = self.spec.ranking, self._places()
        rank, right = self._ranked(base), rounded(again, places)
        moved = ranking.moves(rank, right, how.ties)
        known = ~np.isnan(rank) & ~np.isnan(after - before)
        lost = np.zeros(len(rank), dtype=bool) if lost is None else lost & ~np.isnan(rank)
        low, high = change.copy(), change.copy()
        if other is not None:
            to_other = np.where(np.isnan(other - before), change, other - before)
            low, high = np.minimum(low, to_other), np.maximum(high, to_other)
        if (known & ~lost).any():
            others = change[known & ~lost]
            wide = _WIDER * float(np.ptp(others))
            low[lost] = np.minimum(low, others.min() - wide)[lost]
            high[lost] = np.maximum(high, others.max() + wide)[lost]
        ends = {
            int(row): (
                float(rounded(base[row] + low[row], places)),
                float(rounded(base[row] + high[row], places)),
            )
            for row in np.flatnonzero((low < high) & ~np.isnan(rank))
        }
        if not ends:
            return Effect(*moved)
        least, most = ranking.open_moves(rank, right, how.ties, ends)
        return Effect(*moved) if least == most else Effect(*moved, True, least, most)

    def _ranking(self) -> Ranking:
        """The rule by which the published ranks were made, as far as they tell: stated, or of their ties."""
        how, ranks = self.spec.ranking, self.public.ranks.get(self.spec.id)
        shape = set() if ranks is None else ranking.structure(ranks)
        if not shape or how.ties in shape:
            return how
        return how.model_copy(update={"ties": next(t for t in ranking.TIES if t in shape)})

    def _ranked(self, scores: np.ndarray) -> np.ndarray:
        """Ranks of scores by the stated rule; what differs after the twelfth decimal is a tie."""
        return merit_ranks(rounded(scores, self._places())[:, None], self.spec.ranking.ties)[:, 0]

    def _places(self) -> int:
        """Decimals of the scores that are ranked."""
        return 12 if self.spec.ranking.decimals is None else self.spec.ranking.decimals

    def _index(self, override: Mapping[str, np.ndarray], stated: Sequence[str] = ()) -> np.ndarray:
        """The index from parts as used, and as given for those of `override`.

        Groups are joined in the way that was used, those of `stated` as stated.
        """
        found = dict(override)
        for node in self.nodes:
            if node.id not in override:
                found[node.id] = self._node(node, found, as_stated=node.id in stated)[0]
        return found[self.spec.id]

    def _leaves(self) -> dict[str, np.ndarray]:
        """The values that the scores were made from, as exactly as they are known."""
        found = {}
        for j, name in enumerate(self.names):
            value, half = self._leaf(j)
            room = self.room.get("normalised", np.full_like(self.again, np.inf))[:, j]
            apart = np.abs(value - self.again[:, j])
            same = _exactly(apart, half) | (apart <= half + room + 1e-12) & (room < half)
            found[name] = np.where(same, self.again[:, j], value)
            for known in self.exact.get(name, []):
                near = ~same & _exactly(np.abs(value - known), half)
                found[name] = np.where(near, known, found[name])
                same |= near
        return found

    def _effect(self, told: Explanation, columns: list[int], sure: bool) -> Effect:
        """Ranks with these cells as used, against as made again from the stage before."""
        leaves, at = self._leaves(), told.rows
        before = self._index(leaves)
        lost = np.zeros(len(at), dtype=bool)
        if told.why.kind in (SHIFTED, SWAPPED, COPIED):  # nothing tells what these would have
            for row, source in self.displaced.items():
                lost[row] |= source < 0
        for j in columns:
            whole = at.copy() if at.any() and at.sum() < 0.5 * len(at) else np.ones_like(at)
            name = self.names[j]
            again = self.again[:, j].copy()
            if told.why.kind not in (ROWS, VALUE):
                whole[list(self.displaced)] = True
            if told.why.kind != ROWS:  # each unit from its own figures, wherever they are published
                for row, source in self.displaced.items():
                    again[row] = self.again[source, j] if source >= 0 else np.nan
                gone = [r for r, source in self.displaced.items() if source < 0]
                again[gone] = _as_others(leaves[name], again, gone)
            leaves[name] = np.where(whole, again, leaves[name])
        return replace(self._moves(before, self._index(leaves), lost), sure=sure)

    def _node_effect(self, name: str, told: Explanation, about: tuple[str, ...]) -> Effect:
        """Ranks with a group's scores as published, against as stated."""
        if told.why.kind == UNVERIFIABLE:
            return Effect(0, 0)
        one = told.rows if told.why.kind == VALUE else None
        if told.join is None and name == self.spec.id:
            made = self._index(self._leaves()) if name in self.joins else None
            return self._rank_effect(one, made)
        nodes = [a for a in about if a in self.public.scores and a in self.scores]
        return self._nodes_effect(nodes, one)

    def _nodes_effect(self, names: list[str], at: np.ndarray | None = None) -> Effect:
        leaves = self._leaves()
        rows = np.ones(len(self.units), dtype=bool) if at is None else at
        used = [n for n in names if not self._as_made(n)[rows].all()]
        if not used:
            return Effect(0, 0)
        if all(n in self.joins for n in used):
            return self._moves(self._index(leaves), self._index(leaves, used))
        if self.spec.id in used:
            return self._rank_effect(at)
        as_is = {n: self.public.scores[n] for n in used}
        mended = {
            n: self.scores[n] if at is None else np.where(at, self.scores[n], s)
            for n, s in as_is.items()
        }
        return self._moves(self._index(leaves | as_is), self._index(leaves | mended))

    def _rank_effect(self, at: np.ndarray | None, made: np.ndarray | None = None) -> Effect:
        """Ranks of the index as published, against as stated; none where the ranks are right."""
        said = self.public.scores[self.spec.id]
        made = self.scores[self.spec.id] if made is None else made
        right = made if at is None else np.where(at, made, said)
        ranks = self.public.ranks.get(self.spec.id)
        if ranks is not None:
            how, room = self._ranking(), self._allow(said)
            by_said = ranking.fits(ranks, said, room, how).sum()
            if ranking.fits(ranks, right, room, how).sum() > by_said:
                return Effect(0, 0)
        return self._moves(said, right)

    # ---- ranks, twins and remarks ----

    def _ranks(self) -> None:
        """Published ranks against those of the published scores, or of what they should be."""
        told_about = {n for f in self.findings if f.stage == "scores" for n in f.about}
        for name, ranks in self.public.ranks.items():
            score = self.public.scores.get(name)
            if score is None:
                continue
            how = self.spec.ranking
            room = ranking.room_of(score, self.tolerance)
            others = {n: s for n, s in self.public.scores.items() if n != name}
            found = ranking.explain(ranks, score, room, how, self.units, others)
            misprint = bool(found) and name in told_about and found[0].why.kind != RANKING
            if misprint:  # the scores, as told; the ranks may be right
                again = self.scores.get(name, score)
                fixed = np.where(ranking.fits(ranks, score, room, how), score, again)
                if any(ranking.fits(ranks, s, room, how).all() for s in (again, fixed)):
                    continue
                for right in (fixed, again):
                    told = ranking.explain(ranks, right, room, how, self.units, others)
                    if told and told[0].why.kind == RANKING:
                        found, score = told, right
                        break
            if name == self.spec.id and self._ranking().ties != "dense":  # those tell no number
                score = ranking.as_ranked(score, ranks, room, self._ranking())
            if found and found[0].why.kind == RANKING:
                score = self._ranked_scores(name, score, ranks)
            for one in found:
                # Another rule of ties has the same order and the same ties: the ranks tell it all.
                right = -ranks if one.why.key.startswith("ties_") else rounded(score, how.decimals)
                effect = Effect(*ranking.moves(ranks, right, how.ties))
                if name != self.spec.id:
                    effect = Effect(0, 0)
                about = (name, *one.why.others)
                self._note(one.why, "ranks", about, effect=effect)

    def _ranked_scores(self, name: str, score: np.ndarray, ranks: np.ndarray) -> np.ndarray:
        """The scores that were ranked: each misprint that is told as published, or as made again."""
        used = self._ranking()

        def agreeing(some: np.ndarray) -> int:
            again = merit_ranks(rounded(some, used.decimals)[:, None], used.ties)[:, 0]
            return int((again == ranks).sum())

        place = {u: n for n, u in enumerate(self.units)}
        for f in self.findings:
            row = place.get(f.about[-1]) if f.kind == VALUE and name in f.about[:1] else None
            if row is not None and name in self.again_scores:
                mended = score.copy()
                mended[row] = self.again_scores[name][row]
                score = max((score, mended), key=agreeing)
        return score

    def _twins(self, stage: str, told: set[str]) -> None:
        """Columns that are equal though each agrees with its own next stage."""
        values = self.said[stage]
        for j in range(values.shape[1]):
            if len(np.unique(values[~np.isnan(values[:, j]), j])) < 5:
                continue
            for i in range(j + 1, values.shape[1]):
                pair = (self.names[j], self.names[i])
                if (
                    np.array_equal(values[:, j], values[:, i], equal_nan=True)
                    and not set(pair) & told
                ):
                    self._note(Why(COPIED, "twins"), stage, pair)

    def _remark(self) -> None:
        """Right, but worth a second look."""
        how = self.spec.normalise
        if how.method != "goalposts" or not how.clip:
            return
        for j, name in enumerate(self.names):
            one = self.said["normalised"][:, j]
            wide = np.nanmax(one) - np.nanmin(one) if (~np.isnan(one)).any() else np.nan
            if wide < 0.1 * (how.high - how.low):
                use = self.spec.indicators[j]
                self.remarks.append(
                    f"{name}: its scores span {wide:.1f} of {how.high - how.low:g}, so it hardly "
                    f"counts; are the goalposts {use.worst:g} and {use.best:g} as meant?"
                )


def _wrong_ones(
    index: thin.SlippedIndex, state: thin.State, twins: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Of two units with the same raw values, the one whose index does not follow from them."""
    off = misfit(state.index, state.index, index.said, index.room + index.allow)
    return [t for t in twins if off[t[0]]]


def _shifted_onto(state: thin.State, moved: list[int]) -> np.ndarray:
    """Units to which a shifted column gives the figure of a row that is another unit's.

    They differ because of both slips, which are told.
    """
    many = len(state.bad)
    source = np.isin(np.arange(many), moved)
    for slip in state.slips:
        if slip.rows is not None:
            source |= slip.rows != np.arange(many)
    found = np.zeros(many, dtype=bool)
    for slip in state.slips:
        if slip.why.kind == SHIFTED:
            by = int(str(slip.why.params["n"]))
            found |= np.roll(source, by if slip.why.key == "shifted_down" else -by)
    return found


def _exactly(apart: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Units that are made again to the last published digit, where nearly all are.

    If what they were made from had been rounded, some of so many would miss.
    """
    near = apart <= half + 1e-12
    return near if near.sum() >= max(_MANY, 0.8 * (~np.isnan(apart)).sum()) else np.zeros_like(near)


def _as_others(used: np.ndarray, again: np.ndarray, rows: list[int]) -> np.ndarray:
    """What units would have, whose own figures are lost, where the others' `used` became `again`.

    One that was given what the units without a figure were given had none either.
    """
    others = ~np.isin(np.arange(len(used)), rows) & ~np.isnan(used)
    there = others & ~np.isnan(again)
    known, places = np.unique(used[there], return_index=True)
    if len(known) < 2:
        return used[rows]
    found = np.interp(used[rows], known, again[there][places])
    return np.where(np.isin(used[rows], used[others & np.isnan(again)]), np.nan, found)


def _without(step: Step, cells: np.ndarray) -> Step:
    return replace(step, skip=cells if step.skip is None else step.skip | cells)
