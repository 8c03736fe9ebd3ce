"""A fault that was found in an upstream: the shape of the files in `known_issues`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from catalog.models.model import Identifier, Strict

Action = Literal["corrected", "kept_out", "marked", "not_used", "none"]


class KnownIssue(Strict):
    """One fault that no correction of `corrections` and no rule of the build states already."""

    id: Identifier
    provider: Identifier
    """A provider of the catalog, or a list that the registry or a carrier reads."""
    dataset: str | None = None
    """The dataset, where it is one of the catalog."""
    figures: str
    """Which figures or units: series, places, periods."""
    fault: str
    """What is wrong, in one or two sentences."""
    evidence: str
    """What shows it, so that a reader can look for himself."""
    action: Action
    """corrected, kept_out (of the figures), marked (where they are shown), not_used (the file), none."""
    done: str
    """What the observatory did, in one sentence."""
    since: date
    """Day on which the observatory came to know of it."""
    told: date | None = None
    """Day on which the upstream was told; empty where it was not."""
