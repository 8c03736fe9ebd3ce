"""Why a published column is not what its own inputs give: each class of slip tried in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

SHIFTED, SWAPPED, COPIED = "shifted column", "swapped columns", "copied column"
BOUNDS, UNKNOWN, OTHER_MEAN = "wrong bounds or direction", "unknown id", "different aggregation"
FILLED, ROUNDED = "undisclosed imputation", "rounding only"
UNVERIFIABLE, UNEXPLAINED = "cannot be verified", "unexplained difference"

ENOUGH = 0.95  # share of rows that an explanation must account for
_FAR = 60  # rows that a column is tried to be shifted by
_DISTINCT = 5  # a column of fewer different values may equal another by chance

Rule = Callable[[np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class Why:
    """One explanation: its class, words, other columns that it concerns, and which side is off.

    `side`: input (the stage before), output (the stage itself), or "" where either may be.
    """

    kind: str
    detail: str
    others: tuple[int, ...] = ()
    side: str = ""


@dataclass(frozen=True)
class Step:
    """What was published before (`given`), what it gives (`made`), what was published (`said`).

    Matrices (units, columns); `rule(columns, j)` carries any columns on under column j's rule;
    `tolerance` is one number a column; `low` and `high` are the scale of normalised values, if
    this is the step that normalises.
    """

    given: np.ndarray | None
    made: np.ndarray
    said: np.ndarray
    names: Sequence[str]
    units: Sequence[str]
    tolerance: np.ndarray
    rule: Rule | None = None
    scale: tuple[float, float] | None = None
    groups: Mapping[str, Sequence[str]] | None = None

    def off(self) -> np.ndarray:
        """Which columns differ anywhere."""
        return np.any(~same(self.made, self.said, self.tolerance), axis=0)


def same(a: np.ndarray, b: np.ndarray, tolerance: np.ndarray | float) -> np.ndarray:
    """Equal within the tolerance, or both missing."""
    with np.errstate(invalid="ignore"):
        return (np.abs(a - b) <= tolerance) | (np.isnan(a) & np.isnan(b))


def explain(step: Step, j: int) -> Why:
    """The simplest class that accounts for what is off in column j."""
    said, made, tol = step.said[:, j], step.made[:, j], step.tolerance[j]
    off = ~same(made, said, tol)
    given = None if step.given is None else step.given[:, j]
    if (off & np.isnan(said)).sum() == off.sum():
        return Why(UNVERIFIABLE, f"{off.sum()} values are not published ({_some(step, off)})")
    tries = (_rounded, _filled, _copied, _exchanged, _shifted, _bounds, _partly)
    for attempt in tries:
        if found := attempt(step, j, off, given):
            return found
    factor = _factor(made, said)
    more = f"; each is {factor:g} times as large" if factor else ""
    return Why(UNEXPLAINED, f"{off.sum()} values differ ({_some(step, off)}){more}")


def decimals(values: np.ndarray, most: int = 7) -> int | None:
    """The number of decimals that all values are written with; None for `most` or more.

    Values kept in single precision count as written with the decimals that they stand for.
    """
    there = values[~np.isnan(values)]
    single = bool((there == there.astype(np.float32)).all())
    for places in range(most):
        short = np.round(there, places)
        if single:
            short = short.astype(np.float32).astype(np.float64)
        if (np.abs(there - short) <= 1e-12 * np.abs(there)).all():
            return places
    return None


def guess(values: np.ndarray, rows: np.ndarray, known: np.ndarray, groups, tol: float) -> str:
    """How the filled cells `values[rows]` were made from the `known` column, in words, or ""."""
    rest = known.copy()
    rest[rows] = np.nan
    if np.isnan(rest).all():
        return ""
    options: list[tuple[str, np.ndarray]] = [
        ("the mean of the others", np.full(len(rest), np.nanmean(rest))),
        ("the median of the others", np.full(len(rest), np.nanmedian(rest))),
        ("0", np.zeros(len(rest))),
    ]
    for name, labels in (groups or {}).items():
        label = np.asarray(labels, dtype=object)
        means = np.full(len(rest), np.nan)
        for one in set(labels):
            inside = label == one
            if (~np.isnan(rest[inside])).any():
                means[inside] = np.nanmean(rest[inside])
        options.append((f"the mean of the unit's {name}", means))
    for words, made in options:
        if same(values[rows], made[rows], 10 * tol).all():
            return words
    return ""


def _rounded(step: Step, j: int, off: np.ndarray, given: np.ndarray | None) -> Why | None:
    said, made = step.said[:, j], step.made[:, j]
    if (np.isnan(said) != np.isnan(made)).any():
        return None
    apart = np.nan_to_num(np.abs(said - made))
    places = decimals(said)
    if places is not None and (apart <= 0.5000001 * 10.0**-places + step.tolerance[j]).all():
        return Why(ROUNDED, f"published with {places} decimals", side="output")
    if given is None:
        return None
    places = decimals(given)
    if places is None:
        return None
    half = 0.5 * 10.0**-places
    with np.errstate(divide="ignore", invalid="ignore"):
        by_unit = np.abs(made) * half / np.abs(given)
        slope = np.ptp(made[~np.isnan(made)]) / np.ptp(given[~np.isnan(given)])
    room = np.fmax(np.nan_to_num(by_unit, posinf=0), np.nan_to_num(slope * half, posinf=0))
    if (apart <= 2.01 * room + step.tolerance[j]).all():
        return Why(ROUNDED, f"what goes in is published with {places} decimals", side="input")
    return None


def _filled(step: Step, j: int, off: np.ndarray, given: np.ndarray | None) -> Why | None:
    said, made = step.said[:, j], step.made[:, j]
    gap = np.isnan(made) if given is None else np.isnan(given) | np.isnan(made)
    if not off.any() or (off & ~gap).any() or np.isnan(said[off]).any():
        return None
    how = guess(said, off, said, step.groups, step.tolerance[j])
    stated = "" if np.isnan(made[off]).all() else " otherwise than stated"
    return Why(
        FILLED,
        f"{off.sum()} values stand where there is none in the stage before{stated} "
        f"({_some(step, off)})" + (f"; they are {how}" if how else ""),
    )


def _copied(step: Step, j: int, off: np.ndarray, given: np.ndarray | None) -> Why | None:
    faulty = step.off()
    for side, matrix in (("output", step.said), ("input", step.given)):
        if matrix is None or _distinct(matrix[:, j]) < _DISTINCT:
            continue
        equal = same(matrix, matrix[:, [j]], 0.0).mean(axis=0) >= ENOUGH
        equal[j] = False
        if found := sorted(np.flatnonzero(equal), key=lambda i: (faulty[i], i)):
            other = int(found[0])
            return Why(COPIED, f"it holds the values of {step.names[other]}", (other,), side)
    return None


def _exchanged(step: Step, j: int, off: np.ndarray, given: np.ndarray | None) -> Why | None:
    """Column j holds what another should: swapped if the other holds what j should."""
    if _distinct(step.said[:, j]) < 3:
        return None
    others = [i for i in range(step.made.shape[1]) if i != j]
    ways = [("output", step.made[:, others])]
    if step.rule is not None and step.given is not None:
        ways.append(("input", step.rule(step.given[:, others], j)))
    fits = []
    for side, tried in ways:
        hit = same(tried, step.said[:, [j]], step.tolerance[j]).mean(axis=0) >= ENOUGH
        fits += [(side, others[n]) for n in np.flatnonzero(hit)]
    for side, i in fits:
        back = [step.made[:, j]]
        if step.rule is not None and step.given is not None:
            back.append(step.rule(step.given[:, [j]], i)[:, 0])
        if any(same(b, step.said[:, i], step.tolerance[i]).mean() >= ENOUGH for b in back):
            both = len({s for s, k in fits if k == i}) > 1
            return Why(
                SWAPPED, f"it and {step.names[i]} stand for one another", (i,), "" if both else side
            )
    if fits:
        side, i = fits[0]
        return Why(COPIED, f"it holds the values of {step.names[i]}", (i,), side)
    return None


def _rolls(step: Step, j: int, given: np.ndarray | None) -> list[tuple[str, int, np.ndarray]]:
    far = min(len(step.units) - 1, _FAR)
    by = [k for m in range(1, far + 1) for k in (m, -m)]
    made = [("output", k, np.roll(step.made[:, j], k)) for k in by]
    if given is None or step.rule is None:
        return made
    tried = step.rule(np.column_stack([np.roll(given, -k) for k in by]), j)
    return made + [("input", -k, tried[:, n]) for n, k in enumerate(by)]


def _shifted(step: Step, j: int, off: np.ndarray, given: np.ndarray | None) -> Why | None:
    if _distinct(step.said[:, j]) < 2:
        return None
    said, tol = step.said[:, j], step.tolerance[j]
    fits = []
    for side, k, tried in _rolls(step, j, given):
        good = same(tried, said, tol)
        share = good.mean()
        edge = abs(k) if abs(k) <= len(said) // 10 else 0  # rows that nothing was moved into
        wrong = (~good).sum()
        if wrong <= max(edge, (1 - ENOUGH) * len(said)) and wrong < 0.5 * off.sum():
            fits.append((-share, abs(k), side, k))
    if not fits:
        return None
    best = min(fits)
    sides = {f[2] for f in fits if f[:2] == best[:2]}
    return _moved(best[3], "" if len(sides) > 1 else best[2])


def _moved(k: int, side: str, rows: str = "") -> Why:
    plural = "s" if abs(k) > 1 else ""
    way = "down" if k > 0 else "up"
    return Why(SHIFTED, f"it is {abs(k)} row{plural} too far {way}{rows}", side=side)


def _bounds(step: Step, j: int, off: np.ndarray, given: np.ndarray | None) -> Why | None:
    if step.scale is None or given is None:
        return None
    low, high = step.scale
    said, tol = step.said[:, j], step.tolerance[j]
    if same(low + high - step.made[:, j], said, tol).mean() >= ENOUGH:
        return Why(BOUNDS, "the direction is reversed")
    inside = ~np.isnan(said) & ~np.isnan(given)
    free = inside & (said > low + tol) & (said < high - tol)
    if free.sum() < 4 or _distinct(given[free]) < 3:
        free = inside
    if free.sum() < 4 or _distinct(given[free]) < 3:
        return None
    x, y = given[free], said[free]
    slope = ((x - x.mean()) @ (y - y.mean())) / ((x - x.mean()) @ (x - x.mean()))
    if slope == 0:
        return None
    start = y.mean() - slope * x.mean()
    made = start + slope * given
    fits = same(made, said, 3 * tol) | same(np.clip(made, low, high), said, 3 * tol)
    if fits.mean() < ENOUGH:
        return None
    worst, best = (low - start) / slope, (high - start) / slope
    return Why(
        BOUNDS,
        f"its values were made with worst {worst:.6g} and best {best:.6g}, not as stated",
    )


def _partly(step: Step, j: int, off: np.ndarray, given: np.ndarray | None) -> Why | None:
    """Some rows only: moved, or taken from another column."""
    if off.sum() < 3 or _distinct(step.said[off, j]) < 3:
        return None
    said, tol = step.said[:, j], step.tolerance[j]
    for side, k, tried in sorted(_rolls(step, j, given), key=lambda r: abs(r[1])):
        if same(tried[off], said[off], tol).mean() >= 0.9:
            return _moved(k, side, f" in {off.sum()} rows ({_some(step, off)})")
    for i in range(step.made.shape[1]):
        if i != j and same(step.made[off, i], said[off], tol).mean() >= 0.9:
            return Why(
                COPIED, f"{off.sum()} rows hold the values of {step.names[i]}", (i,), "output"
            )
    return None


def _factor(made: np.ndarray, said: np.ndarray) -> float | None:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (said / made)[~np.isnan(said / made) & (made != 0)]
    if len(ratio) > 3 and np.ptp(ratio) <= 1e-6 * abs(ratio.mean()):
        return float(f"{ratio.mean():.6g}")
    return None


def _distinct(values: np.ndarray) -> int:
    return len(np.unique(values[~np.isnan(values)]))


def _some(step: Step, rows: np.ndarray, most: int = 4) -> str:
    at = np.flatnonzero(rows)
    more = f" and {len(at) - most} more" if len(at) > most else ""
    return ", ".join(str(step.units[i]) for i in at[:most]) + more
