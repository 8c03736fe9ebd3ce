"""A fault that was found in an upstream: the shape of the files in `known_issues`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from catalog.models.model import Identifier, Strict, Texts
from catalog.yaml_files import one

FILE = Path(__file__).parents[1] / "known_issues.yaml"

Action = Literal["corrected", "kept_out", "marked", "not_used", "none"]


class KnownIssue(Strict):
    """One fault that no correction of `corrections` and no rule of the build states already."""

    id: Identifier
    provider: Identifier
    """A provider of the catalog, or a list that the registry or a carrier reads."""
    dataset: str | None = None
    """The dataset, where it is one of the catalog."""
    figures: Texts
    """Which figures or units: series, places, periods."""
    fault: Texts
    """What is wrong, in one or two sentences."""
    evidence: Texts
    """What shows it, so that a reader can look for himself."""
    action: Action
    """corrected, kept_out (of the figures), marked (where they are shown), not_used (the file), none."""
    done: Texts
    """What the observatory did, in one sentence."""
    since: date
    """Day on which the observatory came to know of it."""
    told: date | None = None
    """Day on which the upstream was told; empty where it was not."""


class OfCorrections(Strict):
    """Sentences made from a correction; their gaps are its fields."""

    served: Texts
    """Which figures, where one value is corrected."""
    within: Texts
    """Which figures, where all values between two bounds are corrected."""
    either: Texts
    """Between codes of which any may be meant."""
    done: dict[Literal["drop", "override", "scale", "flag"], Texts]
    """What was done, by the action."""
    in_list: Texts
    """What was done in a list that the registry reads."""


class OfRule(Strict):
    """Sentences made from what a rule of the build found in one dataset and indicator."""

    figures: Texts
    evidence: Texts
    done: Texts
    faults: dict[Identifier, Texts]
    """What is wrong, by the rule."""


class IssueTexts(Strict):
    """The whole of `known_issues.yaml`."""

    corrections: OfCorrections
    kept_out: OfRule
    shared: OfRule


def texts(file: Path = FILE) -> IssueTexts:
    """The sentences of issues that nobody wrote one by one; raises `CatalogError`."""
    return one(IssueTexts, file)
