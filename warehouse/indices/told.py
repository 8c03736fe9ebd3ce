"""What a run of an index found, as its report and its page tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from catalog.models.index_spec import IndexSpec
from warehouse.indices.panel import Run
from warehouse.indices.steps import picture, robustness
from warehouse.indices.steps.confidence import RankSets
from warehouse.indices.steps.correlation import Coherence
from warehouse.indices.steps.engine import IndexResult

# A cell that a spreadsheet would run as a formula gets an apostrophe (OWASP, "CSV injection").


@dataclass(frozen=True)
class YearResults:
    """All that is worked out of one year's index for tables, words and pictures."""

    run: Run
    ranges: robustness.Ranges
    sets: RankSets | None
    sobol: robustness.Sobol
    coherence: Coherence

    @property
    def spec(self) -> IndexSpec:
        """The statement of the year."""
        return self.run.spec

    @property
    def result(self) -> IndexResult:
        """The index of the year."""
        return self.run.result


def title_of(spec: IndexSpec, language: str = "en") -> str:
    """The title of the index, its id where there is none."""
    title = spec.title if isinstance(spec.title, str) else getattr(spec.title, language)
    return title or spec.id


def ranks_picture(
    told: YearResults, language: str = "en", *, narrow: bool = False, **style: Mapping[str, str]
) -> str:
    """The ranks with their ranges as an SVG; `style` are `words` and `colours` of the picture."""
    sets, ranges = told.sets, told.ranges
    shares = None if sets is None else share_of_choices(ranges, sets)
    return picture.ranks(
        title_of(told.spec, language) + (f", {told.run.year}" if told.run.year else ""),
        told.result.data.names,
        told.result.ranks[told.spec.id],
        ranges.low,
        ranges.high,
        None if sets is None else (sets.low, sets.high),
        told.spec.robustness.level,
        shares,
        narrow=narrow,
        **style,
    )


def share_of_choices(ranges: robustness.Ranges, sets: RankSets) -> np.ndarray:
    """Per unit the share of the two variances of its rank that is due to choices; NaN for none."""
    both = ranges.variance + sets.variance
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(both > 0, ranges.variance / both, np.nan)
