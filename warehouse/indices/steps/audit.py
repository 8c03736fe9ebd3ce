"""Check a published index: every published stage is made again from the one before it.

Differences are told by class, with what they did to the ranks. What fits within the tolerance is
right, however it was made; what cannot be made again from what was published is said to be so.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from catalog.models.index_spec import IndexSpec
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.audit_base import moves, ranks_of
from warehouse.indices.steps.audit_scores import Scores
from warehouse.indices.steps.engine import STAGES
from warehouse.indices.steps.explain import (
    BOUNDS,
    COPIED,
    FILLED,
    ROUNDED,
    SWAPPED,
    UNKNOWN,
    UNVERIFIABLE,
    Step,
    Why,
    explain,
    same,
)
from warehouse.indices.steps.findings import Audit, Finding, Publication


def audit(spec: IndexSpec, public: Publication) -> Audit:
    """Everything that does not follow from what was published; rows are in the order of the raw."""
    return _Auditor(spec, public).run()


class _Auditor(Scores):
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
        self.findings.sort(key=lambda f: (not f.is_defect, rank.get(f.stage, 9), f.kind, f.about))
        return Audit(self.findings, {"raw": self.said["raw"], **self.made}, scores, self.remarks)

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

    def _effect(self, columns: list[int], normalised, again, weights) -> dict[str, int | None]:
        if not columns:
            return {"moved": 0, "furthest": 0}
        right = self._used_matrix(normalised, again)
        before = self._index(right, weights)
        right[:, columns] = again[:, columns]
        return moves(ranks_of(before), ranks_of(self._index(right, weights)))

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
