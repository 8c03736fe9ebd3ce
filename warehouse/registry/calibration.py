"""What a link is worth: how likely it is right, calibrated on frozen pairs and measured held out.

The matcher's scores of one unit's candidates become probabilities (`warehouse.registry.matching.calibrated`),
fitted on the countries tuned on alone. A gazetteer's point has no candidates, so its links have the
share that is right of their kind. No decision changes by any of it.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from warehouse.registry.assemble import Joined
from warehouse.registry.matching.calibrated import Case, Worth, fit
from warehouse.registry.matching.match import MatchLink
from warehouse.registry.quality import ENOUGH
from warehouse.registry.truth import Pair

FILE = "calibration.json"
Key = tuple[str, str, str]
EDGES = (0.0, 0.1, 0.5, 0.9, 0.98, 0.995, 1.0001)
GAZETTEERS = ("geonames", "wikidata")


def cases(
    pairs: Iterable[Pair],
    links: Mapping[Key, MatchLink],
    home: Mapping[Key, str],
    aliased: set[Key],
    role: str,
) -> list[Case]:
    """Every unit with a pair of that role: its candidates' scores, and which of them is right."""
    found: dict[Key, Case] = {}
    for p in pairs:
        if p.role != role or p.one not in links or p.other not in home:
            continue
        listed = links[p.one].candidates
        if listed and not {p.one, p.other} & aliased:
            names = [key for key, _ in listed]
            right = names.index(home[p.other]) if home[p.other] in names else None
            found[p.one] = (tuple(score for _, score in listed), right)
    return [found[k] for k in sorted(found)]


def rates(
    pairs: Iterable[Pair], joined: Iterable[Joined], home: Mapping[Key, str], aliased: set[Key]
) -> list[dict[str, Any]]:
    """How often links of a gazetteer are right, by system and method, where 100 pairs tuned on say so.

    The score is Laplace's (right + 1) / (pairs + 2), to 3 decimals.
    """
    method = {(j.unit.system, j.unit.code, j.unit.vintage): j.method for j in joined}
    count: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(
        lambda: {"tune": [0, 0], "holdout": [0, 0]}
    )
    for p in pairs:
        known = p.one in home and p.other in home and not {p.one, p.other} & aliased
        if p.one[0] in GAZETTEERS and p.role != "must_reject" and known:
            at = count[p.one[0], method[p.one]][p.role]
            at[0] += 1
            at[1] += home[p.one] == home[p.other]
    return [
        {
            "system": system,
            "method": how,
            "score": round((at["tune"][1] + 1) / (at["tune"][0] + 2), 3),
            **{role: {"pairs": at[role][0], "right": at[role][1]} for role in at},
        }
        for (system, how), at in sorted(count.items())
        if at["tune"][0] >= ENOUGH
    ]


def calibrated(
    tune: Sequence[Case], holdout: Sequence[Case], measured: list[dict[str, Any]]
) -> dict[str, Any]:
    """The content of `calibration.json`: coefficients, how reliable they are held out, and rates."""
    worth = fit(tune)
    said = _said(holdout, worth.of)
    bins = []
    for low, high in itertools.pairwise(EDGES):
        inside = [(p, r) for p, r in said if low <= p < high]
        if inside:
            bins.append(
                {
                    "from": low,
                    "to": min(high, 1.0),
                    "candidates": len(inside),
                    "said": round(sum(p for p, _ in inside) / len(inside), 4),
                    "right": round(sum(r for _, r in inside) / len(inside), 4),
                }
            )
    known = _said(tune, worth.of)
    base = sum(r for _, r in known) / len(known)
    off = sum(b["candidates"] * abs(b["said"] - b["right"]) for b in bins)
    return {
        "method": "conditional logit of which candidate is right on scores, units of the role tune",
        "intercept": worth.intercept,
        "slope": worth.slope,
        "tune": _counts(tune, known),
        "holdout": {
            **_counts(holdout, said),
            "brier": _brier(said),
            "brier_of_score": _brier(_said(holdout, lambda scores: scores)),
            "brier_of_base_rate": _brier([(base, r) for _, r in said]),
            "expected_calibration_error": round(off / len(said), 4),
            "bins": bins,
        },
        "rates": measured,
    }


def _said(found: Sequence[Case], of: Any) -> list[tuple[float, bool]]:
    """(what is said, whether right) of every candidate."""
    return [
        (p, n == right)
        for scores, right in found
        for n, p in enumerate(of(scores))
    ]  # fmt: skip


def _counts(found: Sequence[Case], said: Sequence[tuple[float, bool]]) -> dict[str, int]:
    return {
        "units": len(found),
        "candidates": len(said),
        "wrong": sum(not r for _, r in said),
        "alone": sum(len(scores) == 1 for scores, _ in found),
    }


def _brier(said: Sequence[tuple[float, bool]]) -> float:
    return round(sum((p - r) ** 2 for p, r in said) / len(said), 4)


def score(link: Joined, made: Mapping[str, Any]) -> float | None:
    """The published score of a link: how likely it is right; None where nothing measures it.

    1 where the metropolis is the unit itself. A shared number is not counted in: the score says what
    names, distance and population alone do.
    """
    if link.method == "founder":
        return 1.0
    if link.unit.system in GAZETTEERS:
        kinds = {(r["system"], r["method"]): r["score"] for r in made["rates"]}
        return kinds.get((link.unit.system, link.method))
    keys = [key for key, _ in link.candidates]
    if link.decided_by != "matcher" or link.metro not in keys:
        return None
    return worth(made).of([value for _, value in link.candidates])[keys.index(link.metro)]


def worth(made: Mapping[str, Any]) -> Worth:
    """The coefficients that a `calibration.json` says."""
    return Worth(made["intercept"], made["slope"])


def write(out: Path, made: Mapping[str, Any]) -> None:
    """Write `calibration.json` into a folder."""
    (out / FILE).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any]:
    """What `calibration.json` of a folder says."""
    return json.loads((folder / FILE).read_text(encoding="utf-8"))


def page(made: Mapping[str, Any]) -> str:
    """The part of the quality page that says how reliable the probability is."""
    held, tune = made["holdout"], made["tune"]
    bins = "\n".join(
        f"| {b['from']:.3f}-{b['to']:.3f} | {b['candidates']} | {b['said']:.3f} | {b['right']:.3f} |"
        for b in held["bins"]
    )
    kinds = "\n".join(
        f"| {r['system']} | {r['method']} | {r['tune']['pairs']} | {r['tune']['right']} | "
        f"{r['score']:.3f} | {_of(r['holdout'])} |"
        for r in made["rates"]
    )
    return f"""## What a score is worth

`score`, in `crosswalk` and in the answers of `observatory match`, is how likely a candidate is the right
one. The matcher's raw score says how alike two places are; of one place's candidates each has the weight
exp({made["intercept"]} + {made["slope"]} x raw score), none of them has the weight 1, and the probability
is a weight's share (conditional logit; rounded to 3 decimals). It rises with the candidate's own raw score
and falls with its rivals'. Fitted on {tune["units"]} units ({tune["candidates"]} candidates, {tune["wrong"]} wrong) of the
countries tuned on, kept in `catalog/metros/calibration.json`. Decisions rest on the raw score and on what
speaks against a candidate, and are not changed by it.

On {held["units"]} units held out ({held["candidates"]} candidates, {held["wrong"]} wrong) its Brier score is {held["brier"]:.4f}, that of
the raw score {held["brier_of_score"]:.4f}, that of always saying the share that is right {held["brier_of_base_rate"]:.4f}; the expected
calibration error over the rows below is {held["expected_calibration_error"]:.4f}. A first form, a logistic regression of every
candidate by itself, came to 0.0092 and was far too low for raw scores below 0.9: it was left after held-out
rows were seen, so they are not blind to that choice. {held["alone"]} units have one candidate, and almost all
wrong ones lose to a better rival: what a low score without a rival is worth is an extrapolation.

| probability | candidates | said | share right |
| --- | --- | --- | --- |
{bins}

Links of a gazetteer's point have no raw score: theirs is the share that is right of the pairs tuned on,
(right + 1) / (pairs + 2), where there are {ENOUGH} pairs.

| system | method | pairs tuned on | right | score | held out |
| --- | --- | --- | --- | --- | --- |
{kinds}

No score: a reviewer's decision, a shared number without a name in common, distance and population alone.
A shared number is not counted into a score; 1 is where the metropolis is the unit itself.
"""


def _of(held: Mapping[str, int]) -> str:
    return f"{held['right']} of {held['pairs']} right" if held["pairs"] else "not measured"
