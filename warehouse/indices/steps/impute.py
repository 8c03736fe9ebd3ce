"""Step: missing values filled by a named method; the caller marks every cell that was missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from catalog.models.index_spec import Impute


def impute(values: np.ndarray, how: Impute, groups: Mapping[str, Sequence[str]]) -> np.ndarray:
    """The matrix with NaN filled where the method can; a group with no value at all stays NaN.

    `nearest`: the mean of the k units closest in the indicators that both have (root mean square
    of standardised differences). `em`: expectation of the missing given the present under one
    multivariate normal distribution (Dempster, Laird and Rubin 1977), with a ridge of 1e-6.
    """
    missing = np.isnan(values)
    if how.method == "none" or not missing.any():
        return values.copy()
    match how.method:
        case "mean" | "median":
            guess = np.broadcast_to(_centre(values, how.method), values.shape)
        case "group_mean" | "group_median":
            guess = np.full_like(values, np.nan)
            labels = np.asarray(groups[how.by], dtype=object)
            for label in sorted(set(groups[how.by])):
                rows = labels == label
                guess[rows] = _centre(values[rows], how.method.removeprefix("group_"))
        case "nearest":
            guess = _nearest(values, how.neighbours)
        case _:
            guess = _em(values)
    return np.where(missing, guess, values)


def _centre(values: np.ndarray, method: str) -> np.ndarray:
    found = np.full(values.shape[1], np.nan)
    some = ~np.isnan(values).all(axis=0)
    if some.any():
        of = np.nanmean if method == "mean" else np.nanmedian
        found[some] = of(values[:, some], axis=0)
    return found


def _standard(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean = _centre(values, "mean")
    spread = np.sqrt(_centre((values - mean) ** 2, "mean"))
    spread = np.where(np.nan_to_num(spread) > 0, spread, 1.0)
    return (values - mean) / spread, mean, spread


def _nearest(values: np.ndarray, neighbours: int) -> np.ndarray:
    z, _, _ = _standard(values)
    present, filled = ~np.isnan(z), np.nan_to_num(z)
    there = present.astype(float)
    shared = there @ there.T
    square = (filled**2) @ there.T
    apart = square + square.T - 2 * filled @ filled.T
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(shared > 0, np.maximum(apart, 0) / shared, np.inf)
    np.fill_diagonal(distance, np.inf)
    guess = values.copy()
    for column in np.flatnonzero((~present).any(axis=0)):
        has = np.flatnonzero(present[:, column])
        rows = np.flatnonzero(~present[:, column])
        if len(has):
            order = np.argsort(distance[np.ix_(rows, has)], axis=1, kind="stable")
            guess[rows, column] = values[has[order[:, :neighbours]], column].mean(axis=1)
    return guess


def _em(values: np.ndarray, rounds: int = 200, enough: float = 1e-8) -> np.ndarray:
    z, mean, spread = _standard(values)
    missing = np.isnan(z)
    filled = np.nan_to_num(z)
    patterns, of = np.unique(missing, axis=0, return_inverse=True)
    unsure = np.zeros((z.shape[1], z.shape[1]))  # what filling takes away from the covariance
    for _ in range(rounds):
        centre = filled.mean(axis=0)
        cov = (filled - centre).T @ (filled - centre) / len(filled) + unsure
        cov += 1e-6 * np.eye(len(cov))
        before, unsure = filled.copy(), np.zeros_like(unsure)
        for number, gap in enumerate(patterns):
            rows = of.ravel() == number
            if not gap.any():
                continue
            known = ~gap
            slope = np.linalg.solve(cov[np.ix_(known, known)], cov[np.ix_(known, gap)])
            filled[np.ix_(rows, gap)] = (
                centre[gap] + (filled[np.ix_(rows, known)] - centre[known]) @ slope
            )
            left = cov[np.ix_(gap, gap)] - cov[np.ix_(gap, known)] @ slope
            unsure[np.ix_(gap, gap)] += rows.sum() * left / len(filled)
        if np.abs(filled - before).max() < enough:
            break
    return filled * spread + mean
