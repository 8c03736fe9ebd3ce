"""Why a published column is not what its own inputs give: each way tried, the cheapest that fits.

A way costs one, each value that it leaves unexplained one and a half. So one altered value is named
as one value, and a way is taken only where it accounts for more than it adds. A way may leave a few
values over, which are then findings of their own; a way that is fitted to the figures must account
for more of them than it has free numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from catalog.models.index_spec import Impute, IndicatorUse, Normalise, Treat
from warehouse.indices.auditor.findings import (
    BOUND,
    CAP,
    COPIED,
    DIRECTION,
    FILLED,
    SHIFTED,
    SWAPPED,
    TRANSFORM,
    UNEXPLAINED,
    UNIT,
    UNVERIFIABLE,
    VALUE,
    Why,
)
from warehouse.indices.auditor.intervals import misfit
from warehouse.indices.steps.impute import impute

_FAR = 60  # rows that a column is tried to be shifted by
_DISTINCT = 5  # a column of fewer different values may equal another by chance
_LEFT = 1.5  # what a value that is not explained costs
FACTORS = (
    *(10.0**p for p in range(-9, 10) if p),
    *(100 / 12, 12, 1 / 12, 52, 1 / 52, 365, 1 / 365, 60, 1 / 60, 3.6, 1 / 3.6),
    *(0.453592, 1 / 0.453592, 1.609344, 1 / 1.609344, 2.589988, 1 / 2.589988, 0.404686),
    *(1 / 0.404686, 3.785412, 1 / 3.785412, 0.3048, 1 / 0.3048),
)

Rule = Callable[[np.ndarray, Sequence[IndicatorUse]], np.ndarray]


@dataclass(frozen=True)
class Step:
    """What was published before (`given`), what it gives (`made`), what was published (`said`).

    Matrices (units, columns). `room` is how far `made` may be off because figures are rounded,
    `allow` the same of `said` with the tolerance (one number a column). `rule` carries columns on
    under the statements of indicators; `pointwise` says that it does so value by value. `scale` are
    the ends of normalised values.
    """

    given: np.ndarray | None
    made: np.ndarray
    room: np.ndarray
    said: np.ndarray
    names: Sequence[str]
    units: Sequence[str]
    allow: np.ndarray
    uses: Sequence[IndicatorUse] = ()
    rule: Rule | None = None
    normalise: Normalise | None = None
    treat: Treat | None = None
    groups: Mapping[str, Sequence[str]] | None = None
    skip: np.ndarray | None = None
    """Cells (units, columns) that are explained already."""

    def off(self) -> np.ndarray:
        """Which cells differ by more than rounding."""
        apart = misfit(self.made - self.room, self.made + self.room, self.said, self.allow)
        return apart if self.skip is None else apart & ~self.skip


@dataclass(frozen=True)
class Explanation:
    """An explanation, and the rows that it accounts for."""

    why: Why
    rows: np.ndarray
    join: Callable[[Sequence[np.ndarray]], np.ndarray] | None = None
    value: np.ndarray | None = None
    """The whole column as the explanation makes it, with more digits than are published."""


@dataclass(frozen=True)
class Way:
    """A way in which a column may have been made: what it gives, give or take `room`.

    `free` numbers were fitted; `edge` rows may differ, since nothing was moved into them.
    """

    why: Why
    value: np.ndarray
    room: np.ndarray | float = 0.0
    free: int = 0
    edge: int = 0
    join: Callable[[Sequence[np.ndarray]], np.ndarray] | None = None
    """How a group was joined, for the effect of other slips on the ranks."""


def explain(step: Step, j: int) -> list[Explanation]:
    """Why column j is not as it should be; nothing where it is, give or take rounding."""
    off = step.off()[:, j]
    if not off.any():
        return []
    said = step.said[:, j]
    if not (off & ~np.isnan(said)).any():
        why = Why(UNVERIFIABLE, "not_published", {"n": int(off.sum()), "units": some(step, off)})
        return [Explanation(why, off)]
    return choose(step, j, off, _ways(step, j, off))


def choose(step: Step, j: int, off: np.ndarray, ways: Iterator[Way]) -> list[Explanation]:
    """The cheapest way with what it leaves over, or the values one by one."""
    many = len(off)
    said = step.said[:, j]
    skip = np.zeros(many, dtype=bool) if step.skip is None else step.skip[:, j]
    best: tuple[float, Way | None, np.ndarray] = (_LEFT * off.sum(), None, off)
    for way in ways:
        room = np.asarray(way.room) + step.allow[j]
        bad = misfit(way.value, way.value, said, room) & ~skip
        left = max(int(bad.sum()) - way.edge, 0)
        gained = int((off & ~bad).sum())
        if left > max(2, 0.1 * many) or gained < (way.free + 2 if way.free else 1):
            continue
        cost = 1 + 0.2 * way.free + _LEFT * left
        if cost < best[0] - 1e-9:
            best = (cost, way, bad)
    _, way, bad = best
    told = []
    if way is not None:
        told.append(Explanation(way.why, off & ~bad, way.join, way.value))
        if way.edge and bad.sum() <= way.edge:
            return told
    rows = np.flatnonzero(bad)
    if len(rows) > max(3, 0.05 * many):
        factor = _factor(step.made[:, j], said)
        params = {"n": len(rows), "units": some(step, bad)} | ({"factor": factor} if factor else {})
        key = "unexplained_factor" if factor else "unexplained"
        return [*told, Explanation(Why(UNEXPLAINED, key, params), bad)]
    for row in rows:
        at = np.zeros(many, dtype=bool)
        at[row] = True
        told.append(Explanation(_value(step, j, int(row)), at))
    return told


def some(step: Step, rows: np.ndarray, most: int = 4) -> str:
    """The first of these units, and how many more."""
    at = np.flatnonzero(rows)
    more = f" (+{len(at) - most})" if len(at) > most else ""
    return ", ".join(str(step.units[i]) for i in at[:most]) + more


def distinct(values: np.ndarray) -> int:
    """Number of different values."""
    return len(np.unique(values[~np.isnan(values)]))


def _value(step: Step, j: int, row: int) -> Why:
    said, made = step.said[row, j], step.made[row, j]
    params = {"unit": str(step.units[row]), "said": f"{said:.6g}", "made": f"{made:.6g}"}
    if np.isnan(made):
        return Why(FILLED, "filled", {"n": 1, "units": str(step.units[row])}, side="output")
    if np.isnan(said):
        return Why(UNVERIFIABLE, "not_published", {"n": 1, "units": str(step.units[row])})
    return Why(VALUE, "value", params, (str(step.units[row]),), _digits(step, j, row))


def _digits(step: Step, j: int, row: int) -> str:
    """Which side was altered: a value that was really used is written with the column's decimals."""
    from warehouse.indices.auditor.intervals import decimals

    if step.given is None or step.rule is None:
        return "output"
    line = _line(step, j)
    places = decimals(step.given[:, j])
    if line is None or places is None or places > 4:
        return ""
    start, slope = line
    scale = step.normalise
    said = step.said[row, j]
    if scale is None or slope == 0 or not scale.low < said < scale.high:
        return ""
    room = step.allow[j]
    ends = [_back(step, j, (y - start) / slope) for y in (said - room, said, said + room)]
    wide = abs(ends[2] - ends[0])
    if wide > 0.1 * 10.0**-places:
        return ""  # rounded scores say too little of what went in
    return "input" if abs(ends[1] - round(ends[1], places)) <= wide + 1e-9 else "output"


def _ways(step: Step, j: int, off: np.ndarray) -> Iterator[Way]:
    yield from _settings(step, j)
    yield from _filled(step, j, off)
    yield from _others(step, j)
    yield from _rolled(step, j)
    yield from _scaled(step, j, off)


def _settings(step: Step, j: int) -> Iterator[Way]:  # noqa: PLR0912
    """The same column under another direction, cap, transformation or treatment."""
    made, room = step.made[:, j], step.room[:, j]
    if step.normalise is None or step.rule is None or step.given is None:
        return
    use = step.uses[j]
    how = use.normalise or step.normalise
    column = step.given[:, [j]]

    def under(**change: object) -> np.ndarray | None:
        from warehouse.errors import WarehouseError

        assert step.rule is not None
        try:
            return step.rule(column, [use.model_copy(update=change)])[:, 0]
        except WarehouseError:  # no logarithm, for example
            return None

    if how.method in ("goalposts", "target"):
        for clip in (True, False, "low", "high"):
            if clip != how.clip:
                key = "cap_left" if how.clip else "cap_added"
                if (value := under(normalise=how.model_copy(update={"clip": clip}))) is not None:
                    yield Way(Why(CAP, key, side="output"), value, room)
    capped = use.cap_low is not None or use.cap_high is not None
    if capped and (value := under(cap_low=None, cap_high=None)) is not None:
        yield Way(Why(CAP, "cap_left", side="output"), value, room)
    for transform in ("none", "log", "sqrt"):
        if transform != use.transform and (value := under(transform=transform)) is not None:
            key = "transform_left" if transform == "none" else f"transform_{transform}"
            yield Way(Why(TRANSFORM, key, side="output"), value, room)
    treated = use.treat or step.treat
    for method in ("none", "winsorise", "log", "box_cox"):
        if treated is not None and method != treated.method:
            rule = treated.model_copy(update={"method": method})
            if (value := under(treat=rule)) is not None:
                key = "treatment_left" if method == "none" else "treatment_other"
                yield Way(Why(TRANSFORM, key, {"method": method}, side="output"), value, room)
    if how.method == "z":
        value = 2 * how.mean - made
    elif how.method == "none" or how.method in ("percent_of_best",):
        flipped = "lower" if use.direction == "higher" else "higher"
        value = under(direction=flipped)
    else:
        value = how.low + how.high - made
    if value is not None:
        yield Way(Why(DIRECTION, "direction", side="output"), value, room)


def _filled(step: Step, j: int, off: np.ndarray) -> Iterator[Way]:
    """Values where there should be none, or other ones than the stated filling gives."""
    said, made = step.said[:, j], step.made[:, j]
    given = made if step.given is None else step.given[:, j]
    gap = np.isnan(given) | np.isnan(made)
    if not gap.any() or not (off & gap).any():
        return
    for key, group, value in fillings(given, gap, step.groups, step.given, j):
        full = np.where(gap, value, given)
        if step.rule is not None and step.given is not None:
            carried = np.where(gap, step.rule(full[:, None], [step.uses[j]])[:, 0], made)
        else:
            carried = full
        if np.isnan(carried[gap & off]).any():
            continue
        params = {"n": int((off & gap).sum()), "units": some(step, off & gap), "group": group}
        yield Way(Why(FILLED, f"filled_{key}", params, side="output"), carried, step.room[:, j])
    if step.normalise is not None:
        for key, of in (("mean", np.nanmean), ("median", np.nanmedian)):
            params = {"n": int((off & gap).sum()), "units": some(step, off & gap), "group": ""}
            value = np.where(gap, of(np.where(gap, np.nan, made)), made)
            yield Way(Why(FILLED, f"filled_{key}", params, side="output"), value, step.room[:, j])
        for key, end in (("worst", step.normalise.low), ("best", step.normalise.high)):
            params = {"n": int((off & gap).sum()), "units": some(step, off & gap), "group": ""}
            value = np.where(gap, end, made)
            yield Way(Why(FILLED, f"filled_{key}", params, side="output"), value, step.room[:, j])
    if (off & gap).sum() > 1 or not (off & ~gap).any():
        params = {"n": int((off & gap).sum()), "units": some(step, off & gap)}
        taken = np.where(gap & off, said, made)
        if not np.isnan(taken[gap & off]).all():
            yield Way(Why(FILLED, "filled", params), taken, step.room[:, j] + 1e-12)


def fillings(given, gap, groups, matrix=None, j: int = 0) -> Iterator[tuple[str, str, np.ndarray]]:
    """(key, column of groups, values) of the usual ways to fill the rows of `gap` in a column."""
    rest = np.where(gap, np.nan, given)
    if np.isnan(rest).all():
        return
    yield "mean", "", np.full(len(rest), np.nanmean(rest))
    yield "median", "", np.full(len(rest), np.nanmedian(rest))
    yield "zero", "", np.zeros(len(rest))
    for name, labels in (groups or {}).items():
        for method in ("group_mean", "group_median"):
            how = Impute(method=method, by=name)
            yield method, name, impute(rest[:, None], how, {name: labels})[:, 0]
    if matrix is not None and matrix.shape[1] > 1:
        whole = matrix.copy()
        whole[:, j] = rest
        jointly: tuple[Literal["nearest", "em"], ...] = ("nearest", "em")
        for method in jointly:
            yield method, "", _completed(whole.tobytes(), whole.shape, method)[:, j]


@lru_cache(maxsize=4)  # the same matrix for each of its columns, which may take seconds
def _completed(
    content: bytes, shape: tuple[int, int], method: Literal["nearest", "em"]
) -> np.ndarray:
    """A matrix of numbers, as bytes, with its gaps filled from all its columns."""
    return impute(np.frombuffer(content).reshape(shape), Impute(method=method), {})


def _others(step: Step, j: int) -> Iterator[Way]:
    """The values of another column: swapped if that one has those of this, else copied."""
    if distinct(step.said[:, j]) < _DISTINCT:
        return
    others = [i for i in range(step.made.shape[1]) if i != j]
    ways = [("output", step.made[:, others], step.room[:, others])]
    if step.rule is not None and step.given is not None:
        tried = step.rule(step.given[:, others], [step.uses[j]] * len(others))
        ways.append(("input", tried, np.broadcast_to(step.room[:, [j]], tried.shape)))
    fitting: dict[int, dict[str, Way]] = {}
    for side, values, rooms in ways:
        for n, i in enumerate(others):
            bad = misfit(values[:, n], values[:, n], step.said[:, j], rooms[:, n] + step.allow[j])
            if bad.mean() > 0.1:
                continue
            swapped = _back_again(step, j, i)
            why = Why(
                SWAPPED if swapped else COPIED,
                "swapped" if swapped else "copied",
                {"other": step.names[i]},
                (step.names[i],),
                side if swapped else "output",
            )
            fitting.setdefault(i, {})[side] = Way(why, values[:, n], rooms[:, n])
    for sides in fitting.values():
        for way in sides.values():
            why = way.why
            if why.kind == SWAPPED and len(sides) > 1:  # the same whichever was swapped
                why = replace(why, side="")
            yield replace(way, why=why)
    for side, matrix in (("output", step.said), ("input", step.given)):
        if matrix is None or distinct(matrix[:, j]) < _DISTINCT:
            continue
        for i in others:
            same = (matrix[:, i] == matrix[:, j]) | np.isnan(matrix[:, [i, j]]).all(axis=1)
            if same.mean() < 0.9 or (step.off()[:, i].any() and not step.off()[:, j].any()):
                continue
            why = Why(COPIED, "copied", {"other": step.names[i]}, (step.names[i],), side)
            yield Way(why, step.said[:, j], 1e-12)


def _back_again(step: Step, j: int, i: int) -> bool:
    """Whether column i has what column j should."""
    back = [step.made[:, j]]
    if step.rule is not None and step.given is not None:
        back.append(step.rule(step.given[:, [j]], [step.uses[i]])[:, 0])
    room = step.room[:, j] + step.allow[i]
    back += [line for b in back[1:] if (line := _on_line(step, b, i)) is not None]
    return any(misfit(b, b, step.said[:, i], room).mean() <= 0.1 for b in back)


def _on_line(step: Step, made: np.ndarray, i: int) -> np.ndarray | None:
    """`made` with other ends of the scale, which one altered row moves; None where ends are stated."""
    how = step.uses[i].normalise or step.normalise
    if how is None or how.method not in ("min_max", "log_min_max", "z"):
        return None
    said = step.said[:, i]
    there = np.isfinite(made) & np.isfinite(said)
    if step.skip is not None:
        there &= ~step.skip[:, i]
    if there.sum() < 10 or distinct(made[there]) < _DISTINCT:
        return None
    slope, start = np.polyfit(made[there], said[there], 1)
    return start + slope * made if slope > 0 else None


def _rolled(step: Step, j: int) -> Iterator[Way]:
    made, room = step.made[:, j], step.room[:, j]
    if distinct(made) < _DISTINCT:
        return
    far = min(len(made) - 1, _FAR)
    if step.skip is not None:  # a row that is another unit's says nothing where it was moved to
        room = np.where(step.skip[:, j], np.inf, room)
    for k in (s * m for m in range(1, far + 1) for s in (1, -1)):
        value = np.roll(made, k)
        bad = misfit(value, value, step.said[:, j], np.roll(room, k) + step.allow[j])
        edge = abs(k) if abs(k) <= len(made) // 10 else 0
        if bad.sum() > edge + max(2, 0.1 * len(made)):
            continue
        params = {"n": abs(k)}
        key = "shifted_down" if k > 0 else "shifted_up"
        yield Way(Why(SHIFTED, key, params), value, np.roll(room, k), edge=edge)


def _line(step: Step, j: int) -> tuple[float, float] | None:
    """(start, slope) of said against the transformed given values, by the most of the rows."""
    if step.given is None or step.normalise is None:
        return None
    x, y = _forth(step, j, step.given[:, j]), step.said[:, j]
    how = step.uses[j].normalise or step.normalise
    if how.method in ("rank", "percentile", "none"):
        return None
    inside = ~np.isnan(x) & ~np.isnan(y) & np.isfinite(x)
    if how.method != "z":
        edge = step.allow[j] + 1e-9 * (how.high - how.low)
        inside &= (np.abs(y - how.low) > edge) & (np.abs(y - how.high) > edge)
    at = np.flatnonzero(inside)[:200]
    if len(at) < 4 or distinct(x[at]) < 3:
        return None
    apart_x, apart_y = x[at][:, None] - x[at], y[at][:, None] - y[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (apart_y / apart_x)[np.abs(apart_x) > 0.1 * np.median(np.abs(apart_x))]
    if not len(slopes):
        return None
    slope = float(np.median(slopes))
    start = float(np.median(y[at] - slope * x[at]))
    rest = np.abs(y - start - slope * x)
    near = inside & (rest <= 5 * np.median(rest[at]) + 3 * step.allow[j])
    if near.sum() >= 4 and distinct(x[near]) > 2:
        a, b = x[near], y[near]
        slope = float(((a - a.mean()) @ (b - b.mean())) / ((a - a.mean()) @ (a - a.mean())))
        start = float(b.mean() - slope * a.mean())
    return (start, slope) if slope else None


def _scaled(step: Step, j: int, off: np.ndarray) -> Iterator[Way]:
    """Other goalposts, or input values in another unit."""
    line = _line(step, j)
    if step.normalise is None or step.given is None or step.rule is None:
        return
    given, said = step.given[:, j], step.said[:, j]
    use = step.uses[j]
    how = use.normalise or step.normalise
    yield from _units(step, j, off)
    if line is None:
        return
    start, slope = line
    if how.method != "z":
        worst, best = (_back(step, j, (e - start) / slope) for e in (how.low, how.high))
        stated = [p if isinstance(p, (int, float)) else np.nan for p in (use.worst, use.best)]
        for ends in _rounds(worst, best, stated):
            value = _between(step, j, *ends)
            if value is None:
                continue
            params = {"worst": f"{ends[0]:.6g}", "best": f"{ends[1]:.6g}"}
            room = step.room[:, j] + 0.5 * step.allow[j]
            yield Way(Why(BOUND, "bound", params, side="output"), value, room, free=2)
    # Input that was altered moves the ends of the scale, so that all rows differ from what is made.
    value = start + slope * _forth(step, j, given)
    far = misfit(value, value, said, step.room[:, j] + 2 * step.allow[j] + 1e-9)
    if not 0 < far.sum() <= 0.35 * len(far) or np.isnan(said[far]).any():
        return
    corrected = given.copy()
    corrected[far] = _back(step, j, (said[far] - start) / slope)
    again = step.rule(corrected[:, None], [use])[:, 0]
    with np.errstate(all="ignore"):
        ratio = corrected[far] / given[far]
    room = step.room[:, j] + step.allow[j]
    params = {"n": int(far.sum()), "units": some(step, far)}
    if far.sum() == 1 and off.sum() > 1:
        unit = str(step.units[int(np.flatnonzero(far)[0])])
        row = int(np.flatnonzero(far)[0])
        params = {"unit": unit, "said": f"{given[row]:.6g}", "made": f"{corrected[row]:.6g}"}
        yield Way(Why(VALUE, "value", params, (unit,), "input"), again, room, free=0)
    elif (
        far.sum() > 1
        and np.isfinite(ratio).all()
        and np.ptp(ratio) <= 0.02 * abs(float(np.median(ratio)))
    ):
        factor = f"{1 / float(np.median(ratio)):.4g}"
        why = Why(UNIT, "unit", params | {"factor": factor}, side="input")
        yield Way(why, again, room, free=1)


def _units(step: Step, j: int, off: np.ndarray) -> Iterator[Way]:
    """Input values of the rows that differ, times a factor."""
    given, made = step.given, step.made[:, j]
    assert given is not None and step.rule is not None
    if off.sum() < 2:
        return
    factors = list(FACTORS)
    line = _line(step, j)
    if line is not None:
        with np.errstate(all="ignore"):
            implied = _back(step, j, (step.said[off, j] - line[0]) / line[1]) / given[off, j]
        implied = implied[np.isfinite(implied) & (implied > 0)]
        if len(implied) > 2:
            factors.append(float(np.median(implied)))
    columns = np.column_stack([np.where(off, given[:, j] * f, given[:, j]) for f in factors])
    how = step.uses[j].normalise or step.normalise
    if how is not None and how.method == "goalposts":
        tried = step.rule(columns, [step.uses[j]] * len(factors))
    else:
        tried = np.column_stack([step.rule(c[:, None], [step.uses[j]])[:, 0] for c in columns.T])
    params = {"n": int(off.sum()), "units": some(step, off)}
    for n, factor in enumerate(factors):
        room = step.room[:, j] * np.where(off, max(1.0, factor), 1.0)
        if how is not None and room.max() > 0.05 * (how.high - how.low):
            continue  # so coarse a unit would explain anything
        why = Why(UNIT, "unit", params | {"factor": f"{1 / factor:.4g}"}, side="input")
        free = 1 if n >= len(FACTORS) else 0
        if (np.abs(tried[off, n] - made[off]) > 1e-9).any():
            yield Way(why, tried[:, n], room, free=free)


def _rounds(worst: float, best: float, stated: list[float]) -> Iterator[tuple[float, float]]:
    """Goalposts near the fitted ones, the roundest first; a stated one where it is near."""
    ends = []
    wide = abs(best - worst)
    for fitted, given in zip((worst, best), stated, strict=True):
        options = [given] if np.isfinite(given) and abs(given - fitted) < 0.01 * wide else []
        options += [float(f"{fitted:.{p}g}") for p in (2, 3, 4)]
        ends.append([*dict.fromkeys(o for o in options if abs(o - fitted) < 0.02 * wide), fitted])
    for a in ends[0][:3]:
        for b in ends[1][:3]:
            if a != b:
                yield a, b
    yield worst, best


def _between(step: Step, j: int, worst: float, best: float) -> np.ndarray | None:
    """The column between other goalposts."""
    how = step.uses[j].normalise or step.normalise
    assert how is not None and step.given is not None
    ends = _forth(step, j, np.array([worst, best]))
    if not np.isfinite(ends).all() or ends[0] == ends[1]:
        return None
    with np.errstate(all="ignore"):
        share = (_forth(step, j, step.given[:, j]) - ends[0]) / (ends[1] - ends[0])
    if how.method in ("goalposts", "target") and how.clip is not False:
        share = np.clip(
            share,
            0.0 if how.clip in (True, "low") else -np.inf,
            1.0 if how.clip in (True, "high") else np.inf,
        )
    return how.low + (how.high - how.low) * share


def _forth(step: Step, j: int, values: np.ndarray) -> np.ndarray:
    """Values under the transformation of column j."""
    how = step.uses[j].normalise or step.normalise
    kind = step.uses[j].transform
    kind = "log" if how is not None and how.method == "log_min_max" else kind
    with np.errstate(all="ignore"):
        return np.log(values) if kind == "log" else np.sqrt(values) if kind == "sqrt" else values


def _back(step: Step, j: int, values):
    how = step.uses[j].normalise or step.normalise
    kind = step.uses[j].transform
    kind = "log" if how is not None and how.method == "log_min_max" else kind
    with np.errstate(all="ignore"):
        return np.exp(values) if kind == "log" else values**2 if kind == "sqrt" else values


def _factor(made: np.ndarray, said: np.ndarray) -> str:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (said / made)[~np.isnan(said / made) & (made != 0)]
    if len(ratio) > 3 and np.ptp(ratio) <= 1e-6 * abs(ratio.mean()):
        return f"{ratio.mean():.6g}"
    return ""
