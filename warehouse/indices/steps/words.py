"""What an index is and which choices were tried, in words."""

from __future__ import annotations

from catalog.models.index_spec import IndexSpec

CHOICE = {
    "impute": "how missing values are filled",
    "treat": "how outliers are treated",
    "normalise": "the normalisation",
    "aggregate": "the kind of mean",
    "weights": "weights",
}


def method(spec: IndexSpec) -> str:
    """The steps in one or two sentences."""
    filled = (
        "missing figures are left out and the rest reweighted"
        if spec.impute.method == "none"
        else f"missing figures are filled by {spec.impute.method}"
    )
    treated = "" if spec.treat.method == "none" else f"outliers treated by {spec.treat.method}, "
    return (
        f"Normalised by {spec.normalise.method} from {spec.normalise.low:g} to "
        f"{spec.normalise.high:g}, {treated}joined by {spec.aggregate.method} means with "
        f"{spec.weight} weights; {filled}."
    )


def tried(spec: IndexSpec) -> str:
    """The choices over which ranges were made."""
    rob = spec.robustness
    moved = (
        "every set of weights alike"
        if rob.weights == "any"
        else f"each weight up to {float(rob.weights):.0%} more or less"
    )
    sets = {
        "imputation": [spec.impute.method, *(i.method for i in rob.impute)],
        "outliers": [spec.treat.method, *(t.method for t in rob.treat)],
        "normalisation": [spec.normalise.method, *(n.method for n in rob.normalise)],
        "mean": [spec.aggregate.method, *rob.aggregate],
    }
    listed = "; ".join(f"{k}: {', '.join(dict.fromkeys(v))}" for k, v in sets.items())
    return (
        f"{rob.draws} draws, seed {rob.seed}; {moved}; {listed}. A range holds {rob.level:.0%} of "
        "the draws. For geometric and harmonic means, scores that are not all above 0 are spread "
        "over 1 to 100."
    )
