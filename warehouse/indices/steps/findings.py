"""What is published, and what an audit of it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from warehouse.indices.steps.engine import Data
from warehouse.indices.steps.explain import (
    ROUNDED,
    UNVERIFIABLE,
)

NOTES = frozenset({ROUNDED, UNVERIFIABLE})


@dataclass(frozen=True)
class Finding:
    """One discrepancy: class, stage, what it concerns, words, and the ranks that it moved.

    `moved` and `furthest` are None where the effect cannot be worked out.
    """

    kind: str
    stage: str
    about: tuple[str, ...]
    detail: str
    moved: int | None = None
    furthest: int | None = None

    @property
    def is_defect(self) -> bool:
        """Whether it is an error, and not only a note."""
        return self.kind not in NOTES


@dataclass(frozen=True)
class Publication:
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
    """The findings, and every stage made again."""

    findings: list[Finding]
    made: dict[str, np.ndarray]
    scores: dict[str, np.ndarray]
    remarks: list[str]
