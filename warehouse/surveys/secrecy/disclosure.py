"""Statistical disclosure control of tables with totals: what is sensitive, what else must be hidden.

Classes are SDMX CL_CONF_STATUS: F free, N not for publication, C confidential, D hidden so that
nobody computes a C (set by the sender), S the same set by the receiver. Rules after Hundepool et al.,
Statistical Disclosure Control (2012), ch. 4; complementary cells after Kelly, Golden and Assad,
Networks 22 (1992): a cell is protected when another table exists that agrees on all that is published
and differs in the cell by what is asked, upwards and downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_TINY = 1e-7


@dataclass(frozen=True)
class DisclosureLimits:
    """When a cell is sensitive. `k`: fewest contributors; dominance: the largest `n` hold more than
    `share` percent; p%: the second contributor could know the first to within `p` percent."""

    k: int = 3
    n: int = 2
    share: float = 85.0
    p: float = 15.0


def sensitive(contributions: Sequence[float], limits: DisclosureLimits = DisclosureLimits()) -> str:
    """Which rule a cell of non-negative contributions breaks: threshold, dominance, p_percent or ''."""
    x = np.sort(np.asarray(contributions, float))[::-1]
    if (x < 0).any():
        raise ValueError("contributions must not be negative: the rules do not speak of them")
    if not len(x):
        return ""
    if len(x) < limits.k:
        return "threshold"
    total = x.sum()
    if x[: limits.n].sum() > limits.share / 100 * total:
        return "dominance"
    return "p_percent" if total - x[:2].sum() < limits.p / 100 * x[0] else ""


def protection(
    contributions: Sequence[float], limits: DisclosureLimits = DisclosureLimits()
) -> float:
    """How far from its value nobody may bound a sensitive cell: that which each rule asks, the most.

    Upper protection levels of Hundepool et al. (2012), table 4.2; a cell of too few, p percent of the largest.
    """
    x = np.sort(np.asarray(contributions, float))[::-1]
    if not len(x):
        return 0.0
    asked = limits.p / 100 * x[0]
    dominance = 100 / limits.share * x[: limits.n].sum() - x.sum()
    return float(max(asked, dominance)) if len(x) >= limits.k else float(asked)


def rare(counts: np.ndarray, k: int = DisclosureLimits.k) -> np.ndarray:
    """Which counts of persons are of somebody and of fewer than `k`."""
    return (counts > 0) & (counts < k)


def with_totals(inner: np.ndarray) -> np.ndarray:
    """A one- or two-way table with its totals as last row, column or cell."""
    for axis in range(inner.ndim):
        inner = np.concatenate([inner, inner.sum(axis=axis, keepdims=True)], axis=axis)
    return inner


def relations(shape: tuple[int, ...]) -> np.ndarray:
    """Every "cells minus total = 0" of a table with totals, (equations, cells), cells row by row."""
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    rows = []
    for axis in range(len(shape)):
        for line in np.moveaxis(numbers, axis, -1).reshape(-1, shape[axis]):
            equation = np.zeros(numbers.size)
            equation[line[:-1]], equation[line[-1]] = 1.0, -1.0
            rows.append(equation)
    return np.array(rows)


def suppress(
    table: np.ndarray,
    primary: np.ndarray,
    need: np.ndarray | float,
    *,
    secondary: str = "D",
    fixed: np.ndarray | None = None,
) -> np.ndarray:
    """The class of every cell, as text: F, C where `primary`, else `secondary` where it must go too.

    table: a one- or two-way table with totals, not negative; primary: cells to hide; need: how far from
    its value nobody may bound each (at most to 0); fixed: cells that everybody knows from elsewhere,
    such as those of nobody: hiding them hides nothing. Where no other table agrees with these, the
    whole table is hidden. Raises `ValueError` for a table that does not add up.
    """
    values, equations = table.astype(float).ravel(), relations(table.shape)
    if np.abs(equations @ values).max() > _TINY * max(1.0, values.max()):
        raise ValueError("the table does not add up to its totals, so it cannot be protected")
    if values.min() < 0:
        raise ValueError("the table has negative cells, which can be neither bounded nor protected")
    wanted = np.broadcast_to(np.asarray(need, float), table.shape).ravel()
    hidden = primary.ravel().copy()
    known = np.zeros(len(values), bool) if fixed is None else fixed.ravel()
    # The most demanding first: what it hides serves the others for nothing.
    for cell in sorted(np.flatnonzero(hidden), key=lambda i: (-wanted[i], i)):
        for step in (wanted[cell], -min(wanted[cell], values[cell])):
            if step:
                hidden |= np.abs(_other(values, equations, hidden, cell, step, known)) > _TINY
    marks = np.where(primary.ravel(), "C", np.where(hidden, secondary, "F"))
    return marks.reshape(table.shape)


def attack(
    table: np.ndarray, hidden: np.ndarray, fixed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """What an intruder can tell of each cell: the least and the greatest value, shape of `table`.

    They see every cell that is not `hidden`, know those that are `fixed` (of nobody), know that the table adds up and that nothing is negative.
    """
    from scipy.optimize import linprog

    values, equations = table.astype(float).ravel(), relations(table.shape)
    hidden = hidden if fixed is None else hidden & ~fixed
    cells = np.flatnonzero(hidden.ravel())
    low, high = values.copy(), values.copy()
    known = np.where(hidden.ravel(), 0.0, values)
    for i, cell in enumerate(cells):
        for sign, found in ((1, low), (-1, high)):
            cost = np.zeros(len(cells))
            cost[i] = sign
            answer = linprog(
                cost,
                A_eq=equations[:, cells],
                b_eq=-(equations @ known),
                bounds=(0, None),
                method="highs",
            )
            found[cell] = sign * answer.fun if answer.status == 0 else -sign * np.inf
    return low.reshape(table.shape), high.reshape(table.shape)


def _other(
    values: np.ndarray,
    equations: np.ndarray,
    hidden: np.ndarray,
    cell: int,
    step: float,
    fixed: np.ndarray,
) -> np.ndarray:
    """The cheapest change of the table by which `cell` moves by `step` and all still adds up.

    Every cell that is not `fixed` changes where there is no such table.
    """
    from scipy.optimize import linprog

    count = len(values)
    price = np.where(hidden, 0.0, 1.0 + np.sqrt(values))  # few and small cells first
    up = [(0.0, 0.0 if f else None) for f in fixed]
    down = [(0.0, 0.0 if f else v) for v, f in zip(values, fixed, strict=True)]
    up[cell], down[cell] = ((step, step), (0, 0)) if step > 0 else ((0, 0), (-step, -step))
    answer = linprog(
        np.concatenate([price, price]),
        A_eq=np.hstack([equations, -equations]),
        b_eq=np.zeros(len(equations)),
        bounds=up + down,
        method="highs",
    )
    if answer.status != 0:
        return np.where(fixed, 0.0, 1.0)
    return answer.x[:count] - answer.x[count:]
