"""What the matcher's score is worth: the probability that a candidate is right, by logistic regression.

Fitted on candidates of the countries tuned on (Platt 1999, Probabilistic outputs for support vector
machines), measured on those held out. It rises with the score, so no decision changes by it.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assets.registry.truth import Pair
from warehouse.methods.match import Link

FILE = "calibration.json"
Key = tuple[str, str, str]
EDGES = (0.0, 0.6, 0.72, 0.8, 0.85, 0.9, 0.95, 1.0001)


def candidates(
    pairs: Iterable[Pair],
    links: Mapping[Key, Link],
    home: Mapping[Key, str],
    aliased: set[Key],
    role: str,
) -> list[tuple[float, bool]]:
    """(score, whether right) of every candidate of a unit with a pair of that role, each once."""
    found: dict[tuple[Key, str], tuple[float, bool]] = {}
    for p in pairs:
        if p.role == role and p.one in links and p.other in home and not {p.one, p.other} & aliased:
            for target, value in links[p.one].candidates:
                found[p.one, target] = (value, target == home[p.other])
    return [found[k] for k in sorted(found)]


def fit(points: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Intercept and slope of the logistic regression, by Newton's method, to 3 decimals."""
    import numpy as np

    x = np.array([[1.0, score] for score, _ in points])
    y = np.array([float(right) for _, right in points])
    beta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        beta += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, x.T @ (y - p))
    return round(float(beta[0]), 3), round(float(beta[1]), 3)


def probability(score: float, intercept: float, slope: float) -> float:
    """Of a score of 0 to 1, to 3 decimals."""
    return round(1 / (1 + math.exp(-(intercept + slope * score))), 3)


def calibrated(
    tune: Sequence[tuple[float, bool]], holdout: Sequence[tuple[float, bool]]
) -> dict[str, Any]:
    """The content of `calibration.json`: coefficients, and how reliable they are held out."""
    intercept, slope = fit(tune)
    bins = []
    for low, high in itertools.pairwise(EDGES):
        inside = [(s, r) for s, r in holdout if low <= s < high]
        if inside:
            said = [probability(s, intercept, slope) for s, _ in inside]
            bins.append(
                {
                    "from": low,
                    "to": min(high, 1.0),
                    "candidates": len(inside),
                    "said": round(sum(said) / len(said), 3),
                    "right": round(sum(r for _, r in inside) / len(inside), 3),
                }
            )
    base = sum(r for _, r in tune) / len(tune)
    return {
        "method": "logistic regression of right on score, candidates of the role tune",
        "intercept": intercept,
        "slope": slope,
        "tune": {"candidates": len(tune), "wrong": sum(not r for _, r in tune)},
        "holdout": {
            "candidates": len(holdout),
            "wrong": sum(not r for _, r in holdout),
            "brier": _brier([(probability(s, intercept, slope), r) for s, r in holdout]),
            "brier_of_score": _brier(holdout),
            "brier_of_base_rate": _brier([(base, r) for _, r in holdout]),
            "bins": bins,
        },
    }


def _brier(said: Sequence[tuple[float, bool]]) -> float:
    return round(sum((p - r) ** 2 for p, r in said) / len(said), 4)


def write(out: Path, made: Mapping[str, Any]) -> None:
    """Write `calibration.json` into a folder."""
    (out / FILE).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any]:
    """What `calibration.json` of a folder says."""
    return json.loads((folder / FILE).read_text(encoding="utf-8"))


def page(made: Mapping[str, Any]) -> str:
    """The part of the quality page that says how reliable the probability is."""
    held = made["holdout"]
    rows = "\n".join(
        f"| {b['from']:.2f}-{b['to']:.2f} | {b['candidates']} | {b['said']:.3f} | {b['right']:.3f} |"
        for b in held["bins"]
    )
    return f"""## What a score is worth

A candidate's score says how alike two places are; how likely it is right is
1 / (1 + exp(-({made["intercept"]} + {made["slope"]} x score))), rounded to 3 decimals: a logistic
regression on the {made["tune"]["candidates"]} candidates ({made["tune"]["wrong"]} wrong) of the countries
tuned on, kept in `catalog/metros/calibration.json`. It rises with the score; decisions rest on the score
alone and are not changed by it. On {held["candidates"]} candidates held out ({held["wrong"]} wrong) its Brier
score is {held["brier"]:.4f}, that of the score itself {held["brier_of_score"]:.4f}, that of always saying the
share that is right {held["brier_of_base_rate"]:.4f}. So few are wrong that low probabilities are rough.

| score | candidates | probability said | share right |
| --- | --- | --- | --- |
{rows}
"""
