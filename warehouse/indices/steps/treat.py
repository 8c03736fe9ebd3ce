"""Step: outliers treated where both skewness and kurtosis say so.

Skewness G1 and excess kurtosis G2 are the sample-adjusted forms (Joanes and Gill 1998). An
indicator is treated where |G1| and G2 both pass their limits. Winsorising moves the most extreme
value to the next one, one point at a time on the side of the skew, as COINr does (Becker et al.
2022, JOSS 7(78), 4567).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from catalog.models.index_spec import IndicatorUse, Treat


def shape(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sample-adjusted skewness and excess kurtosis of each column, NaN left out.

    A column of fewer than 4 values, or of one value, has neither (0).
    """
    n = (~np.isnan(values)).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = values - np.nansum(values, axis=0) / n
        m2, m3, m4 = (np.nansum(off**p, axis=0) / n for p in (2, 3, 4))
        skew = np.sqrt(n * (n - 1)) / (n - 2) * m3 / m2**1.5
        kurt = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / m2**2 - 3) + 6)
    fine = (n >= 4) & (m2 > 0)
    return np.where(fine, skew, 0.0), np.where(fine, kurt, 0.0)


def outlying(values: np.ndarray, how: Treat) -> np.ndarray:
    """For each column whether it passes both limits."""
    skew, kurt = shape(values)
    return (np.abs(skew) > how.skewness) & (kurt > how.kurtosis)


def treat(
    values: np.ndarray, how: Treat, uses: Sequence[IndicatorUse] | None = None
) -> tuple[np.ndarray, list[str]]:
    """The treated matrix, and what was done to each column ("" for nothing).

    An indicator of `uses` that states its own treatment gets that one.
    """
    found, notes = values.copy(), [""] * values.shape[1]
    rules = [how] * values.shape[1] if uses is None else [u.treat or how for u in uses]
    for column, rule in enumerate(rules):
        one = values[:, column]
        if rule.method == "none" or not outlying(one[:, None], rule)[0]:
            continue
        match rule.method:
            case "winsorise":
                found[:, column], notes[column] = _winsorise(one, rule)
            case "log":
                found[:, column], notes[column] = _log(one)
            case _:
                found[:, column], notes[column] = _box_cox(one)
    return found, notes


def _winsorise(one: np.ndarray, how: Treat) -> tuple[np.ndarray, str]:
    order = np.flatnonzero(~np.isnan(one))
    order = order[np.argsort(one[order], kind="stable")]
    found, low, high = one.copy(), 0, 0
    limit = min(how.max_points, len(order) - 2)
    while low + high < limit and outlying(found[:, None], how)[0]:
        if shape(found[:, None])[0][0] > 0:
            high += 1
            found[order[-high:]] = one[order[-high - 1]]
        else:
            low += 1
            found[order[:low]] = one[order[low]]
    sides = [f"{k} highest" for k in (high,) if k] + [f"{k} lowest" for k in (low,) if k]
    note = f"winsorised: {' and '.join(sides)}"
    return found, note + ("; still skewed" if outlying(found[:, None], how)[0] else "")


def _log(one: np.ndarray) -> tuple[np.ndarray, str]:
    """ln(x - min + 1 % of the range), so that zero and negative values have one (COINr's log_CT)."""
    least, most = np.nanmin(one), np.nanmax(one)
    return np.log(one - least + 0.01 * (most - least)), "logarithm of x - min + 1 % of range"


def _box_cox(one: np.ndarray) -> tuple[np.ndarray, str]:
    """Box and Cox (1964), lambda of the largest likelihood among -2, -1.95, ..., 2."""
    least, most = np.nanmin(one), np.nanmax(one)
    shifted = one if least > 0 else one - least + 0.01 * (most - least)
    logs = np.log(shifted)
    n = (~np.isnan(one)).sum()

    def power(by: float) -> np.ndarray:
        return logs if by == 0 else (shifted**by - 1) / by

    tried = np.round(np.arange(-2, 2.001, 0.05), 2)
    likely = [-n / 2 * np.log(np.nanvar(power(by))) + (by - 1) * np.nansum(logs) for by in tried]
    best = float(tried[int(np.argmax(likely))])
    return power(best), f"Box-Cox, lambda {best:g}"
