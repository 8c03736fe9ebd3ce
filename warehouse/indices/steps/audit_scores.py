"""The part of the audit that looks at scores of groups and index, and at ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from warehouse.indices.steps.audit_base import Base, moves, ranks_of
from warehouse.indices.steps.explain import (
    BOUNDS,
    FILLED,
    OTHER_MEAN,
    ROUNDED,
    SWAPPED,
    UNEXPLAINED,
    Step,
    Why,
    decimals,
    explain,
    guess,
    same,
)
from warehouse.indices.steps.findings import Finding
from warehouse.indices.steps.means import alternatives
from warehouse.indices.steps.rank import merit_ranks


class Scores(Base):
    """Scores and ranks, from the bottom up."""

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
            self._note(why.kind, "ranks", about, why.detail, **moves(made[:, g], one))

    def _nearly(self, rank: np.ndarray, score: np.ndarray) -> bool:
        """Whether each rank is that of some score within the tolerance of the published one."""
        room = self._tol(score[:, None])[0]
        above = (score[None, :] > score[:, None] + 2 * room).sum(axis=1)
        near = (score[None, :] >= score[:, None] - 2 * room).sum(axis=1)
        return bool(((rank >= above + 1) & (rank <= near)).all())

    def _node_effect(self, which: tuple[str, ...], made, weights) -> dict[str, int | None]:
        """Ranks of the index with these nodes as published, against with them as stated."""
        said = self.public.scores
        if all(self.used.get(n) == "made" for n in which):
            return {"moved": 0, "furthest": 0}
        normalised = self.said["normalised"]
        right = self._used_matrix(normalised, self.made.get("normalised", normalised))
        kept = {n: said[n] for n in which if n in said}
        as_is = self._index(right, weights, kept)
        return moves(ranks_of(as_is), ranks_of(self._index(right, weights)))
