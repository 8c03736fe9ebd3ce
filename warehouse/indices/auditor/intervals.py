"""A published figure stands for every number that rounds to it: intervals instead of figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from catalog.models.index_spec import IndexSpec, IndicatorUse
from warehouse.errors import WarehouseError
from warehouse.indices.steps.engine import Data, through
from warehouse.indices.steps.normalise import normalise

_FEW = 12  # whole numbers of so few kinds are categories or ranks, not rounded figures
_MOST = 7  # decimals; with more a figure counts as exact
_SLACK = 1.0001


def decimals(values: np.ndarray) -> int | None:
    """The number of decimals that all values are written with; None for 7 or more.

    Values kept in single precision count as written with the decimals that they stand for.
    """
    there = values[~np.isnan(values)]
    single = bool((there == there.astype(np.float32)).all())
    for places in range(_MOST):
        short = np.round(there, places)
        if single:
            short = short.astype(np.float32).astype(np.float64)
        if (np.abs(there - short) <= 1e-12 * np.abs(there)).all():
            return places
    return None


def half_width(values: np.ndarray) -> float:
    """Half of the last decimal that a column is written with; 0 for exact figures and categories."""
    places = decimals(values)
    if places is None or not (~np.isnan(values)).any():
        return 0.0
    if places == 0 and len(np.unique(values[~np.isnan(values)])) <= _FEW:
        return 0.0
    return 0.5 * 10.0**-places * _SLACK


def half_widths(matrix: np.ndarray) -> np.ndarray:
    """`half_width` of each column."""
    return np.array([half_width(column) for column in matrix.T])


def tolerances(matrix: np.ndarray, relative: float) -> np.ndarray:
    """Per column the difference that counts as none: `relative` to its largest value."""
    with np.errstate(all="ignore"):
        size = np.fmax.reduce(np.abs(matrix), axis=0)
    return relative * np.nan_to_num(size)


def misfit(
    low: np.ndarray, high: np.ndarray, said: np.ndarray, room: np.ndarray | float
) -> np.ndarray:
    """Where what follows, from `low` to `high`, is not what is said, give or take `room`.

    Both missing is no misfit; one of them missing is.
    """
    with np.errstate(invalid="ignore"):
        apart = (said < low - room) | (said > high + room)
    return np.where(np.isnan(said) | np.isnan(low), np.isnan(said) != np.isnan(low), apart)


def carried(
    spec: IndexSpec,
    given: np.ndarray,
    half: np.ndarray,
    data: Data,
    before: str,
    after: str,
    uses: Sequence[IndicatorUse] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """(what follows at stage `after`, how far it may be off because `given` is rounded by `half`)."""
    uses = spec.indicators if uses is None else uses
    last = "treated" if after == "normalised" else after
    steps = [through(spec, given + s * half, data, before, last, uses)[0] for s in (0, 1, -1)]
    if after != "normalised":
        made = steps[0]
        room = np.fmax(np.abs(steps[1] - made), np.abs(steps[2] - made))
        return made, np.nan_to_num(room)
    steps[0] = _possible(steps[0], uses, spec)
    made = normalise(steps[0], uses, spec.normalise)
    if not half.any():
        return made, np.zeros_like(made)
    ends = [_safely(s, uses, spec, steps[0]) for s in steps[1:]]
    room = np.nan_to_num(np.fmax(np.abs(ends[0] - made), np.abs(ends[1] - made)))
    for column, use in enumerate(uses):
        how = use.normalise or spec.normalise
        if how.method in ("min_max", "log_min_max", "z", "target", "percent_of_best"):
            room[:, column] *= 2  # the ends of the scale are rounded, too
        elif how.method in ("rank", "percentile"):
            one = given[:, column]
            with np.errstate(invalid="ignore"):
                near = (np.abs(one[:, None] - one[None, :]) <= 2 * half[column]).sum(axis=1) - 1
            n = max(int((~np.isnan(one)).sum()) - 1, 1)
            room[:, column] = (how.high - how.low) * near / n if half[column] else 0
    return made, room


def _possible(values: np.ndarray, uses: Sequence[IndicatorUse], spec: IndexSpec) -> np.ndarray:
    """Values without those that the normalisation of their column refuses, such as a logarithm of 0."""
    found = values
    for column, use in enumerate(uses):
        how = use.normalise or spec.normalise
        one = values[:, column]
        kind = "log" if how.method == "log_min_max" else use.transform
        bad = one <= 0 if kind == "log" else one < 0
        if kind == "none" and how.method != "percent_of_best":
            continue
        if how.method == "percent_of_best":
            bad = bad | (one == 0)
        if not bad.any():
            continue
        try:
            normalise(values[:, [column]], [use], spec.normalise)
        except WarehouseError:
            found = found.copy() if found is values else found
            found[bad, column] = np.nan
    return found


def _safely(values: np.ndarray, uses, spec: IndexSpec, among: np.ndarray) -> np.ndarray:
    """Rounding may take a small figure to 0, which has no logarithm."""
    low = np.array([u.transform != "none" or spec.normalise.method == "log_min_max" for u in uses])
    safe = np.where(low & (values <= 0), among, values)
    return normalise(safe, uses, spec.normalise, among)
