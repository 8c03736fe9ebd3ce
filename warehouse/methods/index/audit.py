"""Check a published index: every published stage is made again from the one before it.

Differences are told by class, with what they did to the ranks. What fits within the tolerance is
right, however it was made; what cannot be made again from what was published is said to be so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

import numpy as np

from catalog.index_spec import IndexSpec
from warehouse.methods.index import weight as weighing
from warehouse.methods.index.engine import STAGES, Data, ids, through
from warehouse.methods.index.explain import (
    BOUNDS,
    COPIED,
    FILLED,
    OTHER_MEAN,
    ROUNDED,
    SWAPPED,
    UNEXPLAINED,
    UNKNOWN,
    UNVERIFIABLE,
    Step,
    Why,
    decimals,
    explain,
    guess,
    same,
)
from warehouse.methods.index.means import alternatives, mean
from warehouse.methods.index.rank import merit_ranks

NOTES = frozenset({ROUNDED, UNVERIFIABLE})
MIXES = 64


@dataclass(frozen=True)
class Finding:
    """One discrepancy: class, stage, what it concerns, words, and the ranks that it moved.

    `moved` and `furthest` are None where the effect cannot be worked out.
    """

    kind: str
    stage: str
    about: tuple[str, ...]
    detail: str
    moved: int | None = None
    furthest: int | None = None

    @property
    def is_defect(self) -> bool:
        """Whether it is an error, and not only a note."""
        return self.kind not in NOTES


@dataclass(frozen=True)
class Publication:
    """What was published: `stages` from raw on (units, indicators), scores and ranks by node.

    A column that was not found is all NaN and named in `absent` as (stage, id); `spare` holds the
    other numeric columns of each stage's sheet. `groupings` are columns of labels, tried as the
    groups of an imputation that nobody stated.
    """

    data: Data
    stages: Mapping[str, np.ndarray]
    scores: Mapping[str, np.ndarray] = field(default_factory=dict)
    ranks: Mapping[str, np.ndarray] = field(default_factory=dict)
    absent: frozenset[tuple[str, str]] = frozenset()
    spare: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    groupings: Mapping[str, list[str]] = field(default_factory=dict)
    goalposts: Mapping[str, tuple[float, float, str]] = field(default_factory=dict)
    found: tuple[Finding, ...] = ()


@dataclass
class Audit:
    """The findings, and every stage made again."""

    findings: list[Finding]
    made: dict[str, np.ndarray]
    scores: dict[str, np.ndarray]
    remarks: list[str]


def audit(spec: IndexSpec, public: Publication) -> Audit:
    """Everything that does not follow from what was published; rows are in the order of the raw."""
    return _Auditor(spec, public).run()


class _Auditor:
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

    def run(self) -> Audit:
        self._goalposts()
        order = list(self.said)
        for before, after in pairwise(order):
            self._recover(before, after)
            self.made[after] = self._through(self.said[before], before, after)
            self._bridge(before, after)
        last = order[-1]
        if last != "normalised":
            self.said["normalised"] = self.made["normalised"] = self._through(
                self.said[last], last, "normalised"
            )
        normalised = self.said["normalised"]
        again = self.made.get("normalised", normalised)
        weights = weighing.weights(self.nodes, self.spec.weight, normalised, self.names)
        scores = self._scores(normalised, again, weights)
        self._columns(order, normalised, again, weights)
        self._ranks(scores)
        self._remark()
        index = self.spec.id
        self.findings += [
            replace(f, **self._effect(columns, normalised, again, weights))
            for f, columns in self.leaf_findings
        ]
        self.findings += [
            replace(f, **self._node_effect(f.about, scores, weights)) for f in self.node_findings
        ]
        if index not in self.public.scores:
            self._note(UNVERIFIABLE, "scores", (index,), "the index itself is not published")
        rank = {name: n for n, name in enumerate([*STAGES, "goalposts", "scores", "ranks"])}
        self.findings.sort(key=lambda f: (f.kind in NOTES, rank.get(f.stage, 9), f.kind, f.about))
        return Audit(self.findings, {"raw": self.said["raw"], **self.made}, scores, self.remarks)

    def _through(self, values, before, after, uses=None) -> np.ndarray:
        return through(self.spec, values, self.public.data, before, after, uses)[0]

    def _note(self, kind: str, stage: str, about: tuple[str, ...], detail: str, **effect) -> None:
        self.findings.append(Finding(kind, stage, about, detail, **effect))

    def _tol(self, values: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            size = np.fmax.reduce(np.abs(values), axis=0)
        return self.tolerance * np.nan_to_num(size)

    def _step(self, before: str, after: str) -> Step:
        said = self.said[after]
        n = self.spec.normalise
        scaled = after == "normalised" and n.method in ("min_max", "goalposts", "log_min_max")

        def rule(columns: np.ndarray, j: int) -> np.ndarray:
            uses = [self.spec.indicators[j]] * columns.shape[1]
            return self._through(columns, before, after, uses)

        return Step(
            self.said[before],
            self.made[after],
            said,
            self.names,
            self.units,
            self._tol(said),
            rule,
            (n.low, n.high) if scaled else None,
            dict(self.public.groupings),
        )

    def _goalposts(self) -> None:
        """Give each indicator its published goalposts; tell ids that fit no indicator."""
        posts = self.public.goalposts
        if self.spec.normalise.bounds is None:
            return
        stated = {u.bounds_id or u.id for u in self.spec.indicators}
        spare = {k: v for k, v in posts.items() if k not in stated}
        uses = []
        for j, use in enumerate(self.spec.indicators):
            name = use.bounds_id or use.id
            if name in posts:
                if name != use.id:
                    self._note(
                        UNKNOWN,
                        "goalposts",
                        (use.id,),
                        f"the goalposts are those of '{name}', which is no column of the data; the "
                        f"spec reads it as {use.id}",
                        moved=0,
                        furthest=0,
                    )
            else:
                name = self._implied(j, spare)
            worst, best, way = posts.get(name, (np.nan, np.nan, ""))
            if way and np.isfinite(best - worst) and (best > worst) != (way == "higher"):
                self._note(
                    BOUNDS,
                    "goalposts",
                    (use.id,),
                    f"{way} is said to be better, but worst is {worst:g} and best {best:g}",
                )
            if not np.isfinite(best - worst) or best == worst:
                worst = best = float("nan")
                if name in posts:
                    self._note(
                        UNVERIFIABLE,
                        "goalposts",
                        (use.id,),
                        "a goalpost is missing, or both are equal",
                    )
            way = "higher" if not best < worst else "lower"
            uses.append(use.model_copy(update={"worst": worst, "best": best, "direction": way}))
        for name in spare:
            self._note(
                UNKNOWN, "goalposts", (name,), "no indicator has this id", moved=0, furthest=0
            )
        self.spec = self.spec.model_copy(update={"indicators": uses})

    def _implied(self, j: int, spare: dict) -> str:
        """The goalposts without an indicator that make column j's published values, or ""."""
        use = self.spec.indicators[j]
        said = self.said.get("normalised")
        before = [s for s in self.said if s != "normalised"][-1]
        for name, (worst, best, _) in list(spare.items()):
            if said is None or not np.isfinite(best - worst) or best == worst:
                continue
            tried = use.model_copy(update={"worst": worst, "best": best})
            made = self._through(self.said[before][:, [j]], before, "normalised", [tried])[:, 0]
            tol = self._tol(said[:, [j]])[0]
            if same(made, said[:, j], tol).all() and not np.isnan(made).all():
                del spare[name]
                self._note(
                    UNKNOWN,
                    "goalposts",
                    (use.id,),
                    f"it has no goalposts of its own; those of '{name}', which is no column of the "
                    "data, give its values exactly",
                    moved=0,
                    furthest=0,
                )
                return name
        self._note(UNVERIFIABLE, "goalposts", (use.id,), "its goalposts are not published")
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
                    self._note(
                        UNKNOWN,
                        stage,
                        (name,),
                        f"there is no column of this id; '{title}' holds its values",
                        moved=0,
                        furthest=0,
                    )
                else:
                    self.lost.add((stage, j))
                    self._note(UNVERIFIABLE, stage, (name,), "its values are not published")

    def _bridge(self, before: str, after: str) -> None:
        """A column that is not published is taken as made; what follows cannot be checked on it."""
        for j in range(len(self.names)):
            if (after, j) in self.lost:
                self.said[after][:, j] = self.made[after][:, j]
            elif (before, j) in self.lost and np.isnan(self.made[after][:, j]).all():
                self.made[after][:, j] = self.said[after][:, j]

    def _spare(self, stage: str, j: int, before: str, after: str) -> str:
        for title, values in self.public.spare.get(stage, {}).items():
            given = values if stage == before else self.said[before][:, j]
            said = values if stage == after else self.said[after][:, j]
            made = self._through(given[:, None], before, after, [self.spec.indicators[j]])[:, 0]
            if np.isnan(made).all() or np.isnan(said).all():
                continue
            if same(made, said, self._tol(said[:, None])[0]).mean() >= 0.9:
                return title
        return ""

    def _columns(self, order: list[str], normalised, again, weights) -> None:
        """Explain each indicator's differences once, at the stage where they arise."""
        done: set[tuple[str, int]] = set()
        steps = {b: self._step(a, b) for a, b in pairwise(order)}
        off = {stage: step.off() for stage, step in steps.items()}
        stages = order[1:]
        for place, stage in enumerate(stages):
            for j in np.flatnonzero(off[stage]):
                if (stage, int(j)) in done:
                    continue
                if np.isnan(again[:, j]).all() and stage == "normalised":
                    continue  # without goalposts: already said
                why = explain(steps[stage], int(j))
                after = stages[place + 1] if place + 1 < len(stages) else None
                misprint = off[after][j] if after else self.used.get(self.names[j]) == "made"
                if after and misprint:
                    done.add((after, int(j)))
                for i in why.others:
                    if why.kind == SWAPPED:
                        done.add((stage, i))
                        if after:
                            done.add((after, i))
                at, words = self._place(order[place], stage, why, bool(misprint))
                about = (self.names[j], *(self.names[i] for i in why.others))
                columns = [] if misprint else [int(j), *(why.others if why.kind == SWAPPED else ())]
                self.leaf_findings.append(
                    (Finding(why.kind, at, about, why.detail + words), columns)
                )
        for stage in order:
            self._twins(stage, {n for f, _ in self.leaf_findings for n in f.about})

    def _place(self, before: str, after: str, why: Why, misprint: bool) -> tuple[str, str]:
        if misprint:
            return after, "; what follows was made from the right values"
        if why.kind in (ROUNDED, FILLED):
            return (before if why.side == "input" else after), ""
        at = before if why.side == "input" else after
        return at, f"; {before} and {after} disagree, and the index follows {after}"

    def _twins(self, stage: str, told: set[str]) -> None:
        """Columns that are equal though each agrees with its own next stage."""
        values = self.said[stage]
        for j in range(values.shape[1]):
            if len(np.unique(values[~np.isnan(values[:, j]), j])) < 5:
                continue
            equal = same(values[:, j + 1 :], values[:, [j]], 0.0).all(axis=0)
            for i in j + 1 + np.flatnonzero(equal):
                pair = (self.names[j], self.names[int(i)])
                if stage == "raw" and not set(pair) & told:
                    self._note(
                        COPIED, stage, pair, "both hold the same values; which is meant is not said"
                    )

    def _scores(self, normalised, again, weights) -> dict[str, np.ndarray]:
        """Made scores by node, from the parts that were used; findings about published ones."""
        made: dict[str, np.ndarray] = {}
        for node in self.nodes:
            options = self._options(node, normalised, again, made)
            made[node.id] = self._fit(node, options, weights[node.id])[0]
        self._explain_nodes(normalised, again, made, weights)
        return made

    def _options(self, node, normalised, again, made) -> list[list[tuple[str, np.ndarray]]]:
        """For each part the values that may have been used: as made again, and as published."""
        found = []
        for part in node.parts:
            if part in self.place:
                j = self.place[part]
                listed = [("said", normalised[:, j])]
                if not self._same(normalised[:, j], again[:, j]):
                    listed.append(("made", again[:, j]))
            else:
                listed = [("made", made[part])]
                said = self.public.scores.get(part)
                if said is not None and not self._same(said, made[part]):
                    listed.append(("said", said))
            found.append(listed)
        return found

    def _same(self, said: np.ndarray, made: np.ndarray) -> bool:
        return bool(same(made, said, self._tol(said[:, None])[0]).all())

    def _fit(self, node, options, weight) -> tuple[np.ndarray, bool]:
        """The node's scores from the parts that give the published ones, and whether any do."""
        said = self.public.scores.get(node.id)
        mixes = list(self._mixes(options))
        for labels, parts in mixes:
            made = self._mean(node, parts, weight)
            if said is not None and self._same(said, made):
                self.used |= dict(zip(node.parts, labels, strict=True))
                return made, True
        for labels, parts in mixes:  # does another column hold what this one should?
            made = self._mean(node, parts, weight)
            if any(self._same(v, made) for n, v in self.public.scores.items() if n != node.id):
                self.used |= dict(zip(node.parts, labels, strict=True))
                return made, False
        return self._mean(node, mixes[0][1], weight), False

    def _mean(self, node, parts: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return mean(
            parts, weight, node.method, self.spec.aggregate.penalty, self.spec.coverage.group
        )

    def _mixes(self, options):
        for mix in list(product(*options))[:MIXES]:
            yield [label for label, _ in mix], np.column_stack([v for _, v in mix])

    def _explain_nodes(self, normalised, again, made, weights) -> None:
        """Bottom up, so that what is found out about a part serves the groups above it."""
        said = {n.id: self.public.scores[n.id] for n in self.nodes if n.id in self.public.scores}
        if not said:
            return
        listed = list(said)
        table = np.column_stack([said[n] for n in listed])
        ours = np.column_stack([made[n] for n in listed])
        tol, groups = self._tol(table), dict(self.public.groupings)
        step = Step(None, ours, table, listed, self.units, tol, groups=groups)
        done: set[str] = set()
        alike: dict[str, list[str]] = {}
        for node in self.nodes:
            options = self._options(node, normalised, again, made)
            made[node.id], fits = self._fit(node, options, weights[node.id])
            if node.id not in said:
                continue
            g = listed.index(node.id)
            ours[:, g] = made[node.id]
            if fits or node.id in done:
                continue
            why, made[node.id] = self._why(step, g, node, options, weights[node.id])
            ours[:, g] = made[node.id]
            if why.kind == OTHER_MEAN:
                alike.setdefault(why.detail, []).append(node.id)
                continue
            about = (node.id, *(listed[i] for i in why.others))
            done |= set(about) if why.kind == SWAPPED else set()
            self.node_findings.append(Finding(why.kind, "scores", about, why.detail))
        for detail, which in alike.items():
            self.node_findings.append(Finding(OTHER_MEAN, "scores", tuple(which), detail))

    def _why(self, step: Step, g: int, node, options, weight) -> tuple[Why, np.ndarray]:
        """Why a node's scores differ, whichever versions of its parts were used."""
        said, tol = step.said[:, g], step.tolerance[g]
        if (why := explain(step, g)).kind == SWAPPED:
            return why, step.made[:, g]
        whys = []
        for labels, parts in self._mixes(options):
            stated = self._mean(node, parts, weight)
            made = step.made.copy()
            made[:, g] = stated
            why = explain(replace(step, made=made), g)
            if why.kind not in (UNEXPLAINED,):
                self.used |= dict(zip(node.parts, labels, strict=True))
                return why, stated
            whys.append(why)
            if filled := self._filled(step, g, node, parts, weight, stated):
                self.used |= dict(zip(node.parts, labels, strict=True))
                return filled, stated
        for labels, parts in self._mixes(options):
            for words, value in alternatives(node, parts, weight, said, tol):
                good = same(value, said, tol) | (np.isnan(value) & ~np.isnan(said))
                places = decimals(said)
                if places is not None:
                    good |= same(value, said, 0.5000001 * 10.0**-places)
                if good.mean() >= 0.95 and (~np.isnan(value)).any():
                    self.used |= dict(zip(node.parts, labels, strict=True))
                    return Why(OTHER_MEAN, words), self._mean(node, parts, weight)
        return whys[0], step.made[:, g]

    def _filled(self, step: Step, g: int, node, parts, weight, stated) -> Why | None:
        """Rows that differ are rows with a missing part: what was put in its place?"""
        said = step.said[:, g]
        off = ~same(stated, said, step.tolerance[g])
        gaps = np.isnan(parts)
        if (off & ~gaps.any(axis=1)).any() or node.method != "arithmetic":
            return None
        whole = parts.copy()
        single = off & (gaps.sum(axis=1) == 1)
        words = ""
        for c in range(parts.shape[1]):
            rows = single & gaps[:, c]
            rest = np.nansum(np.where(gaps, 0, parts) * weight, axis=1)
            whole[rows, c] = (said[rows] * weight.sum() - rest[rows]) / weight[c]
            if rows.any():
                how = guess(
                    whole[:, c],
                    rows,
                    parts[:, c],
                    self.public.groupings,
                    step.tolerance[g] / weight[c],
                )
                words = words or (f"; that of {node.parts[c]} is {how}" if how else "")
        return Why(
            FILLED,
            f"{off.sum()} units with a missing part are scored as if it were there{words}",
        )

    def _ranks(self, ours: Mapping[str, np.ndarray]) -> None:
        """Published ranks against those of the published scores, or of what they should be."""
        said = {n: r for n, r in self.public.ranks.items() if n in self.public.scores}
        if not said:
            return
        listed = list(said)
        table = np.column_stack([said[n] for n in listed])
        scores = np.column_stack([self.public.scores[n] for n in listed])
        made = merit_ranks(scores)
        step = Step(None, made, table, listed, self.units, np.zeros(len(listed)))
        done: set[int] = set()
        for g in np.flatnonzero(step.off()):
            if int(g) in done:
                continue
            one, score = table[:, g], scores[:, [g]]
            if same(merit_ranks(ours[listed[g]][:, None])[:, 0], one, 0).all():
                continue  # the scores are misprinted, as told; the ranks are right
            ways = [
                (
                    ROUNDED,
                    f"they are ranks of the scores rounded to {d} decimals",
                    np.round(score, d),
                )
                for d in range(7)
            ] + [(BOUNDS, "the largest score ranks last", -score)]
            hit = [(k, w) for k, w, s in ways if same(merit_ranks(s)[:, 0], one, 0).all()]
            if hit:
                why = Why(*hit[-1 if hit[0][0] == ROUNDED else 0])
            elif self._nearly(one, scores[:, g]):
                why = Why(ROUNDED, "nearly equal scores are ordered by digits not published")
            elif same(merit_ranks(score, "mean")[:, 0], one, 0).all():
                why = Why(ROUNDED, "ties share the mean rank instead of the best")
            else:
                why = explain(step, int(g))
            done |= set(why.others) if why.kind == SWAPPED else set()
            about = (listed[g], *(listed[i] for i in why.others))
            self._note(why.kind, "ranks", about, why.detail, **_moves(made[:, g], one))

    def _nearly(self, rank: np.ndarray, score: np.ndarray) -> bool:
        """Whether each rank is that of some score within the tolerance of the published one."""
        room = self._tol(score[:, None])[0]
        above = (score[None, :] > score[:, None] + 2 * room).sum(axis=1)
        near = (score[None, :] >= score[:, None] - 2 * room).sum(axis=1)
        return bool(((rank >= above + 1) & (rank <= near)).all())

    def _effect(self, columns: list[int], normalised, again, weights) -> dict[str, int | None]:
        if not columns:
            return {"moved": 0, "furthest": 0}
        right = self._used_matrix(normalised, again)
        before = self._index(right, weights)
        right[:, columns] = again[:, columns]
        return _moves(_rank(before), _rank(self._index(right, weights)))

    def _used_matrix(self, normalised, again) -> np.ndarray:
        right = normalised.copy()
        for j, name in enumerate(self.names):
            if self.used.get(name) == "made":
                right[:, j] = again[:, j]
        return right

    def _node_effect(self, which: tuple[str, ...], made, weights) -> dict[str, int | None]:
        """Ranks of the index with these nodes as published, against with them as stated."""
        said = self.public.scores
        if all(self.used.get(n) == "made" for n in which):
            return {"moved": 0, "furthest": 0}
        normalised = self.said["normalised"]
        right = self._used_matrix(normalised, self.made.get("normalised", normalised))
        kept = {n: said[n] for n in which if n in said}
        as_is = self._index(right, weights, kept)
        return _moves(_rank(as_is), _rank(self._index(right, weights)))

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


def _rank(scores: np.ndarray) -> np.ndarray:
    return merit_ranks(np.round(scores, 6)[:, None])[:, 0]


def _moves(before: np.ndarray, after: np.ndarray) -> dict[str, int | None]:
    apart = np.abs(np.nan_to_num(before) - np.nan_to_num(after))
    return {"moved": int((apart > 0).sum()), "furthest": int(apart.max(initial=0))}
