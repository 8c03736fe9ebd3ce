"""How the parts of a group may have been joined otherwise than stated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from warehouse.indices.auditor.columns import Way, fillings
from warehouse.indices.auditor.findings import AGGREGATION, FILLED, WEIGHT, Why
from warehouse.indices.steps.weight import Node

Parts = Sequence[np.ndarray]
"""For each part its values, (units, 1) or (units, ways)."""
Join = Callable[[Parts], np.ndarray]
MEANS = (
    *("arithmetic", "geometric", "harmonic", "quadratic"),
    *("median", "min", "max", "sum", "mpi_negative", "mpi_positive"),
)


@dataclass(frozen=True)
class Joining:
    """What is stated of means: the penalty of mpi, and the least share of weight that is asked."""

    penalty: str = "negative"
    least: float = 0.0


def mean(parts: Parts, weight: np.ndarray, method: str, how: Joining) -> np.ndarray:
    """The scores of a group, (units, ways); NaN where less than `how.least` of the weight is there.

    A geometric or harmonic mean with a part of 0 or less is 0, so that a published one can be
    compared.
    """
    if method == "mpi":
        method = f"mpi_{how.penalty}"
    there = sum(w * ~np.isnan(p) for p, w in zip(parts, weight, strict=True))
    gone = (there <= 0) | (there < how.least * weight.sum() - 1e-12)

    def average(function) -> np.ndarray:
        total = sum(
            np.where(np.isnan(p), 0.0, function(p)) * w for p, w in zip(parts, weight, strict=True)
        )
        return total / there

    with np.errstate(all="ignore"):
        match method:
            case "arithmetic":
                found = average(lambda p: p)
            case "geometric":
                found = np.exp(average(lambda p: np.log(np.maximum(p, 0))))
            case "harmonic":
                found = 1 / average(lambda p: 1 / np.maximum(p, 0))
            case "quadratic":
                found = np.sqrt(average(np.square))
            case "sum":
                found = sum(np.nan_to_num(p) for p in parts) + np.zeros_like(there)
            case "median" | "min" | "max":
                shape = np.broadcast_shapes(*(p.shape for p in parts))
                cube = np.stack([np.broadcast_to(p, shape) for p in parts])
                found = (
                    _median(cube)
                    if method == "median"
                    else (np.fmin if method == "min" else np.fmax).reduce(cube, axis=0)
                )
            case _:
                centre = average(lambda p: p)
                spread = np.maximum(average(np.square) - centre**2, 0)
                off = np.where(spread > 0, spread / centre, 0.0)
                found = centre - off if method == "mpi_negative" else centre + off
    return np.where(gone, np.nan, found)


def _median(cube: np.ndarray) -> np.ndarray:
    found = np.full(cube.shape[1:], np.nan)
    some = ~np.isnan(cube).all(axis=0)
    found[some] = np.nanmedian(cube[:, some], axis=0)
    return found


def spread(parts: Parts, rooms: Parts, join: Join) -> tuple[np.ndarray, np.ndarray]:
    """(scores, how far they may be off because their parts are rounded)."""
    made = join(parts)
    if not any(np.any(r) for r in rooms):
        return made, np.zeros_like(made)
    ends = [join([p + s * r for p, r in zip(parts, rooms, strict=True)]) for s in (1, -1)]
    return made, np.nan_to_num(np.fmax(np.abs(ends[0] - made), np.abs(ends[1] - made)))


def others(node: Node, weight: np.ndarray, how: Joining) -> Iterator[tuple[Why, Join]]:
    """Each other way to join the parts of a group that needs no number to be fitted."""
    stated = f"mpi_{how.penalty}" if node.method == "mpi" else node.method
    for method in MEANS:
        if method != stated and len(weight) > 1:
            why = Why(AGGREGATION, "mean", {"used": method, "stated": node.method})
            yield why, lambda p, m=method: mean(p, weight, m, how)
    equal = np.ones(len(weight))
    if np.ptp(weight) > 1e-12:
        yield Why(WEIGHT, "weights_equal"), lambda p: mean(p, equal, node.method, how)
    if len(weight) > 1:
        for n, name in enumerate(node.parts):
            less = weight.copy()
            less[n] = 0
            why = Why(AGGREGATION, "dropped", {"part": name})
            yield why, lambda p, w=less: mean(p, w, node.method, Joining(how.penalty))
    for least in (0.0, 1.0):
        if least != how.least:
            why = Why(FILLED, "gaps_reweighted" if not least else "gaps_no_score")
            other = Joining(how.penalty, least)
            yield why, lambda p, o=other: mean(p, weight, node.method, o)
    for key in ("zero", "mean", "median"):

        def joined(parts: Parts, key: str = key) -> np.ndarray:
            return mean([_filled(p, key) for p in parts], weight, node.method, how)

        yield Why(FILLED, f"gaps_{key}"), joined


def _filled(part: np.ndarray, key: str) -> np.ndarray:
    if not np.isnan(part).any() or np.isnan(part).all():
        return part
    of = {"zero": lambda p: 0.0, "mean": np.nanmean, "median": np.nanmedian}[key]
    return np.where(np.isnan(part), of(part), part)


def weighed(
    node: Node, parts: np.ndarray, weight: np.ndarray, target: np.ndarray, how: Joining
) -> Iterator[tuple[Why, Join, int]]:
    """(why, way to join, numbers fitted) of the weights that give `target` from `parts` (units, parts).

    One weight at a time, then all of them; for arithmetic and geometric means.
    """
    if node.method not in ("arithmetic", "geometric") or len(weight) < 2:
        return
    x, y = parts, target
    if node.method == "geometric":
        with np.errstate(all="ignore"):
            x, y = np.log(np.where(parts > 0, parts, np.nan)), np.log(np.where(y > 0, y, np.nan))
    there = ~np.isnan(x)
    for n, name in enumerate(node.parts):
        rest = np.delete(np.arange(len(weight)), n)
        rows = there[:, n] & ~np.isnan(y) & there[:, rest].any(axis=1)
        if rows.sum() < 4:
            continue
        total = np.where(there, x, 0)[:, rest] @ weight[rest]
        of = there[:, rest] @ weight[rest]
        a, b = (y - x[:, n])[rows], (total - y * of)[rows]
        if not (a @ a) > 0:
            continue
        # The median of the rows' own answers withstands a few altered values.
        with np.errstate(all="ignore"):
            own = b / a
        big = np.abs(a) >= np.quantile(np.abs(a), 0.3)
        for value in dict.fromkeys((float((a @ b) / (a @ a)), float(np.median(own[big])))):
            if not 0 < value < 100 * weight.sum():
                continue
            for rounded in (_neat(value / weight.min()) * weight.min(), value):
                again = weight.copy()
                again[n] = rounded
                params = {"part": name, "used": f"{rounded:.4g}", "stated": f"{weight[n]:.4g}"}
                why = Why(WEIGHT, "weight_one", params)
                yield why, lambda p, w=again: mean(p, w, node.method, how), 1
    whole = there.all(axis=1) & ~np.isnan(y)
    if whole.sum() < len(weight) + 3:
        return
    a, b = x[whole], y[whole]
    for _ in range(3):  # without the rows that fit worst, so that a few altered values do no harm
        found, *_ = np.linalg.lstsq(a, b, rcond=None)
        rest = np.abs(a @ found - b)
        keep = rest <= max(4 * float(np.median(rest)), 1e-9)
        if keep.sum() < len(weight) + 3:
            break
        a, b = a[keep], b[keep]
    if (found < -1e-3).any() or not 0.5 < found.sum() < 1.5:
        return
    found = np.maximum(found, 0) / np.maximum(found, 0).sum()
    listed = ", ".join(
        f"{n} {round(float(w), 3):g}" for n, w in zip(node.parts, found, strict=True)
    )
    why = Why(WEIGHT, "weights_all", {"weights": listed})
    yield why, lambda p: mean(p, found, node.method, how), len(weight) - 1


def _neat(value: float) -> float:
    """A ratio of weights as somebody would have written it."""
    for of in (1, 2, 3, 4, 5, 10):
        near = round(value * of) / of
        if near > 0 and abs(near - value) < 0.01 * value:
            return near
    return value


def ways(
    node: Node,
    parts: np.ndarray,
    rooms: np.ndarray,
    weight: np.ndarray,
    target: np.ndarray,
    how: Joining,
    groups,
) -> Iterator[Way]:
    """The ways in which a published group of scores may have been joined."""
    split = [parts[:, [n]] for n in range(parts.shape[1])]
    widths = [rooms[:, [n]] for n in range(parts.shape[1])]
    for why, join in others(node, weight, how):
        value, room = spread(split, widths, join)
        yield Way(why, value[:, 0], room[:, 0], join=join)
    for n, name in enumerate(node.parts):
        gap = np.isnan(parts[:, n])
        if not gap.any() or gap.all():
            continue
        for key, group, value in fillings(parts[:, n], gap, groups, parts, n):
            again = [*split]
            again[n] = np.where(gap, value, parts[:, n])[:, None]
            made, room = spread(again, widths, lambda p: mean(p, weight, node.method, how))
            params = {"part": name, "n": int(gap.sum()), "group": group}
            yield Way(Why(FILLED, f"part_{key}", params), made[:, 0], room[:, 0])
    for why, join, free in weighed(node, parts, weight, target, how):
        value, room = spread(split, widths, join)
        yield Way(why, value[:, 0], room[:, 0], free=free, join=join)
