"""An intruder with a released file: hidden cells are bounded by all that the release says of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from warehouse.surveys.secrecy import disclosure

Cell = tuple[str, str]


def told(con, wave: str, question: str) -> dict[Cell, tuple[float, float]]:
    """(least, greatest) of every hidden cell of class C, by region and category ('' is all).

    The intruder reads `governance_statistics`, knows from `gov_answer` that a cell without a row is of
    nobody, and that nothing is negative; each hidden cell is the answer of two linear programmes.
    """
    rows = con.execute(
        "select region, category, total, conf_status from governance_statistics "
        "where wave = ? and question = ?",
        [wave, question],
    ).fetchall()
    regions = [*sorted({r[0] for r in rows} - {""}), ""]
    categories = [*sorted({r[1] for r in rows} - {""}), ""]
    shape = (len(regions), len(categories))
    values, hidden, secret = np.zeros(shape), np.zeros(shape, bool), np.zeros(shape, bool)
    for region, category, total, status in rows:
        place = regions.index(region), categories.index(category)
        values[place], hidden[place] = total or 0.0, total is None
        secret[place] = status == "C"
    if shape[0] == 1:  # a count by choice alone
        values, hidden = values[0], hidden[0]
    low, high = (b.reshape(shape) for b in disclosure.attack(values, hidden))
    return {
        (regions[i], categories[j]): (low[i, j], high[i, j])
        for i, j in np.argwhere(secret).tolist()
    }


def recovered(
    bounds: Mapping[Cell, tuple[float, float]], truth: Mapping[Cell, tuple[float, float]]
) -> list[Cell]:
    """Cells told more closely than asked; truth: cell to (its total, how far nobody may bound it)."""
    close = 1e-6
    return [
        cell
        for cell, (low, high) in bounds.items()
        if high - truth[cell][0] < truth[cell][1] - close
        or truth[cell][0] - low < min(truth[cell][1], truth[cell][0]) - close
    ]
