"""Units in the wrong place: rows exchanged, moved, under another's code, or in another order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from warehouse.indices.auditor.columns import Step
from warehouse.indices.auditor.findings import ROWS, Why
from warehouse.indices.auditor.intervals import misfit

_TWIN = 0.8  # of the values of a row that are in another, for it to be its copy
_SHARE = 0.6  # of the columns of a row that differ, for the row to be looked up among the others


def moved(
    step: Step, mask: np.ndarray | None = None
) -> Iterator[tuple[Why, tuple[str, ...], list[int]]]:
    """(why, units, their rows) of rows whose figures are those that another unit should have.

    `mask` are the columns that are looked at; those that differ throughout are not evidence.
    """
    off = step.off()
    use = ~np.isnan(step.said).all(axis=0) & (np.ptp(np.nan_to_num(step.made), axis=0) > 0)
    if mask is not None:
        use &= mask
    if use.sum() < 2:
        return
    told = off[:, use]
    if told.mean() < 0.5:  # a column that is wrong throughout says nothing of rows
        use[np.flatnonzero(use)[told.mean(axis=0) > 0.5]] = False
        told = off[:, use]
        if use.sum() < 2:
            return
    suspects = np.flatnonzero(told.mean(axis=1) >= _SHARE)
    if not len(suspects):
        return
    low, high = (step.made + s * step.room for s in (-1, 1))
    at: dict[int, int] = {}
    for row in suspects:
        # A gap that was filled is no evidence of whose row it is.
        there = ~np.isnan(step.made[:, use])
        bad = misfit(low[:, use], high[:, use], step.said[row, use], step.allow[use]) & there
        share = np.where(
            there.sum(axis=1) < 2, 1, bad.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        )
        share[row] = 1
        best = int(np.argmin(share))
        if share[best] <= 0.1 and (~np.isnan(step.made[best, use])).sum() >= 2:
            at[int(row)] = best
        elif (twin := _twin(step, int(row), use)) >= 0:
            names = (str(step.units[row]),)
            params = {"unit": names[0], "other": str(step.units[twin]), "n": 1}
            why = Why(ROWS, "row_other", params, names, "input")
            yield why, (*names, str(step.units[twin])), [int(row)]
    left = set(at)
    while left:
        start = min(left)
        chain, row = [start], at[start]
        while row in left and row != start and row not in chain:
            chain.append(row)
            row = at[row]
        left -= set(chain)
        closed = row == start
        yield _said(step, chain, at, closed, len(at))


def _twin(step: Step, row: int, use: np.ndarray) -> int:
    """The unit whose values of the stage before are in this row, too; -1 for none."""
    if step.given is None:
        return -1
    there = use & ~np.isnan(step.given[row])
    if there.sum() < 2:
        return -1
    same = (step.given[:, there] == step.given[row, there]).mean(axis=1) >= _TWIN
    same[row] = False
    return int(np.argmax(same)) if same.any() else -1


def _said(step: Step, chain: list[int], at, closed: bool, many: int):
    names = tuple(str(step.units[r]) for r in chain)
    if closed and len(chain) == 2:
        why = Why(ROWS, "rows_exchanged", {"unit": names[0], "other": names[1]}, names)
    elif closed and many > 0.5 * len(step.units):
        why = Why(ROWS, "rows_order", {"n": many}, names)
    elif closed:
        places = sorted(chain)
        steps = {r: at[r] - r for r in chain}
        common = [r for r in places if abs(steps[r]) == 1]
        one = next((r for r in places if abs(steps[r]) != 1), places[0])
        if len(common) >= len(chain) - 1:
            why = Why(
                ROWS, "row_moved", {"unit": str(step.units[at[one]]), "n": len(chain) - 1}, names
            )
        else:
            why = Why(ROWS, "rows_order", {"n": len(chain)}, names)
    else:
        other = str(step.units[at[chain[-1]]])
        why = Why(ROWS, "row_other", {"unit": names[-1], "other": other, "n": len(chain)}, names)
    return why, names, chain
