"""What is published, and what an audit of it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from warehouse.indices.auditor.why import Candidate, Effect, Why
from warehouse.indices.steps.engine import Data

SHIFTED, SWAPPED, COPIED = "shifted column", "swapped columns", "copied column"
VALUE, ROWS, UNIT = "one value", "rows in the wrong place", "values in another unit"
BOUND, DIRECTION, EXCHANGED = "wrong bound", "wrong direction", "exchanged bounds"
WEIGHT, AGGREGATION, FILLED = "other weights", "different aggregation", "undisclosed imputation"
CAP, TRANSFORM, RANKING = (
    "cap not as stated",
    "transformation not as stated",
    "ranks by another rule",
)
YEAR, UNKNOWN = "values of another year", "unknown id"
ROUNDED, UNVERIFIABLE = "ranks of rounded scores", "cannot be verified"
UNEXPLAINED, APART = "unexplained difference", "cannot be told apart"

NOTES = frozenset({ROUNDED, UNVERIFIABLE})


@dataclass(frozen=True)
class Finding:
    """One discrepancy: why, at which stage, what it concerns, and its effect on the ranks.

    `candidates` are the explanations that the published figures do not tell apart, each of one slip or
    several together.
    """

    why: Why
    stage: str
    about: tuple[str, ...]
    effect: Effect = field(default_factory=Effect)
    candidates: tuple[tuple[Candidate, ...], ...] = ()
    follows: str = ""
    """A second sentence (group `follows`): which stage the index was made from."""

    @property
    def kind(self) -> str:
        """Its class."""
        return self.why.kind

    @property
    def moved(self) -> int | None:
        """Units whose rank it moved."""
        return self.effect.moved

    @property
    def furthest(self) -> int | None:
        """The furthest move."""
        return self.effect.furthest

    @property
    def is_defect(self) -> bool:
        """Whether it is an error, and not only a note."""
        return self.kind not in NOTES

    @property
    def detail(self) -> str:
        """The evidence as an English sentence."""
        from warehouse.indices.wording import detail

        return detail(self.why, self.follows, self.candidates, "en")


@dataclass(frozen=True)
class PublishedIndex:
    """What was published: `stages` from raw on (units, indicators), scores and ranks by node.

    A column that was not found is all NaN and named in `absent` as (stage, id); `spare` holds the
    other numeric columns of each stage's sheet. `groupings` are columns of labels, tried as the
    groups of an imputation that nobody stated.
    """

    data: Data
    stages: Mapping[str, np.ndarray]
    scores: Mapping[str, np.ndarray] = field(default_factory=dict)
    ranks: Mapping[str, np.ndarray] = field(default_factory=dict)
    absent: frozenset[tuple[str, str]] = frozenset()
    spare: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    groupings: Mapping[str, list[str]] = field(default_factory=dict)
    goalposts: Mapping[str, tuple[float, float, str]] = field(default_factory=dict)
    found: tuple[Finding, ...] = ()


@dataclass
class Audit:
    """The findings, every stage made again, and what is right but worth a second look."""

    findings: list[Finding]
    made: dict[str, np.ndarray]
    scores: dict[str, np.ndarray]
    remarks: list[str]
    names: list[str] = field(default_factory=list)
