"""How often the confidence sets of ranks hold the true rank.

    python -m benchmarks.simulations.index

writes docs/simulations-index.md: the sets of `rank_ci` on scores with known errors, and on whole
indices whose indicators are measured with error and made again from the start.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from catalog.models.index_spec import IndexSpec
from warehouse.indices.steps import engine
from warehouse.indices.steps.confidence import BOOTSTRAPS, RankSets, rank_ci, rank_sets

SEED = 20261123
LEVEL = 0.9
REPEATS = 500
INDICES = 150
PAGE = Path(__file__).parents[2] / "docs" / "simulations-index.md"
TRUTHS = ("evenly spread", "all alike", "ten ties", "few far ahead")


def truth(kind: str, units: int, rng: np.random.Generator) -> np.ndarray:
    """True scores; errors are about 1."""
    match kind:
        case "evenly spread":
            return np.linspace(0, units / 3, units)
        case "all alike":
            return np.zeros(units)
        case "ten ties":
            return np.repeat(np.arange(-(-units // 10)), 10)[:units] * 3.0
        case _:
            return np.sort(np.exp(rng.normal(0, 1.2, units)) * 2)


def held(sets: RankSets, scores: np.ndarray) -> tuple[np.ndarray, bool, float]:
    """Per unit whether its set holds its rank; whether the joint sets hold all; the mean width.

    A unit tied with others has every rank from the first to the last of them, and all must be in.
    """
    better = (scores[None, :] > scores[:, None]).sum(axis=1)
    worse = (scores[None, :] < scores[:, None]).sum(axis=1)
    first, last = 1 + better, len(scores) - worse
    own = (sets.low <= first) & (sets.high >= last)
    joint = ((sets.low_together <= first) & (sets.high_together >= last)).all()
    return own, bool(joint), float((sets.high - sets.low + 1).mean())


def known_errors(kind: str, units: int, uneven: bool) -> tuple[float, float, float, float]:
    """Least and mean share of units' sets that hold, of joint sets, and the mean width."""
    rng = np.random.default_rng([SEED, units, TRUTHS.index(kind), uneven])
    scores = truth(kind, units, rng)
    errors = rng.uniform(0.3, 2, units) if uneven else np.ones(units)
    own, joint, width = np.zeros(units), 0, 0.0
    for _ in range(REPEATS):
        seen = scores + errors * rng.standard_normal(units)
        drawn = seen + errors * rng.standard_normal((BOOTSTRAPS, units))
        one, both, wide = held(rank_sets(seen, drawn, LEVEL), scores)
        own += one
        joint += both
        width += wide
    return own.min() / REPEATS, own.mean() / REPEATS, joint / REPEATS, width / REPEATS


def spec(mean: str, scaling: str) -> IndexSpec:
    """Two groups of three indicators."""
    uses = [{"id": f"i{n}", "parent": f"g{n // 3}"} for n in range(6)]
    return IndexSpec.model_validate(
        {
            "units": {"key": "unit"},
            "indicators": uses,
            "groups": [{"id": "g0"}, {"id": "g1"}],
            "normalise": {"method": scaling, "low": 1, "high": 100},
            "aggregate": {"method": mean},
            "robustness": {"level": LEVEL},
        }
    )


def whole_index(mean: str, scaling: str, size: float) -> tuple[float, float, float, float]:
    """The same shares for indices of 25 units, errors `size` standard deviations of each indicator."""
    rng = np.random.default_rng([SEED, round(1000 * size), len(mean), len(scaling)])
    stated = spec(mean, scaling)
    names = [f"u{n}" for n in range(25)]
    common = rng.standard_normal((25, 1))
    true = 50 + 10 * (common + rng.standard_normal((25, 6)))
    errors = np.broadcast_to(size * true.std(axis=0), true.shape).copy()
    scores = engine.run(stated, engine.Data(names, names, true)).scores[stated.id]
    own, joint, width = np.zeros(25), 0, 0.0
    for _ in range(INDICES):
        seen = true + errors * rng.standard_normal(true.shape)
        result = engine.run(stated, engine.Data(names, names, seen))
        result = replace(result, data=replace(result.data, errors=errors))
        sets = rank_ci(stated, result)
        if sets is None:
            raise AssertionError("errors were given")
        one, both, wide = held(sets, scores)
        own += one
        joint += both
        width += wide
    return own.min() / INDICES, own.mean() / INDICES, joint / INDICES, width / INDICES


def row(labels: list[str], found: tuple[float, float, float, float]) -> str:
    """One line of a table, shares as percent."""
    shares = [f"{100 * f:.1f}" for f in found[:3]]
    return f"| {' | '.join(labels)} | {' | '.join(shares)} | {found[3]:.1f} |"


def page() -> str:
    """The page in Markdown."""
    head = "least of a unit, % | mean of units, % | all at once, % | mean width, ranks |"
    lines = [
        "# Do the confidence sets of ranks hold the true rank",
        "",
        "`python -m benchmarks.simulations.index` writes this page "
        f"(seed {SEED}, {BOOTSTRAPS:,} bootstraps a set). `rank_ci` follows Mogstad, Romano, Shaikh "
        "and Wilhelm (2024), Review of Economic Studies 91(1), in one step. Sets of "
        f"{LEVEL:.0%} should hold in {LEVEL:.0%} of the repeats at least: a unit's own set in the "
        "first two columns of figures, the joint sets of all units at once in the third. Sets hold "
        "more often than that where units are easy to tell apart. A tied unit counts as held only "
        "if every rank that the tie gives it is in its set.",
        "",
        f"## Scores with known normal errors, {REPEATS:,} repeats",
        "",
        f"| true scores | units | errors | {head}",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in TRUTHS:
        for units in (10, 30):
            for uneven in (False, True):
                name = "0.3 to 2" if uneven else "1"
                lines.append(row([kind, str(units), name], known_errors(kind, units, uneven)))
    lines += [
        "",
        f"## Whole indices: 25 units, 6 indicators in 2 groups, {INDICES} repeats",
        "",
        "Each value has an error of so many standard deviations of its indicator; normalisation and "
        "groups are made anew in each bootstrap.",
        "",
        f"| mean | normalised by | error | {head}",
        "|---|---|---|---|---|---|---|",
    ]
    for mean, scaling in (("arithmetic", "min_max"), ("arithmetic", "z"), ("geometric", "min_max")):
        for size in (0.1, 0.3):
            lines.append(row([mean, scaling, str(size)], whole_index(mean, scaling, size)))
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
