"""What may be compared with what: the shape of `comparability.yaml`, and its loader."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from catalog.models.model import Identifier, Strict, Texts
from catalog.yaml_files import CatalogError, one

FILE = Path(__file__).parents[1] / "comparability.yaml"
Verdict = Literal["yes", "with care", "no"]


class ComparabilityRule(Strict):
    """One reason why two figures may not be compared, or only with care."""

    code: Identifier
    verdict: Verdict
    when: str
    """SQL over figures a and b; `{tolerance_years}` stands for the tolerance."""
    text: Texts


class SharedFigures(Strict):
    """When a figure that several places of a country share is not of the place alone."""

    units: int = Field(ge=2)
    """As many places at least."""
    share: float = Field(gt=0, le=1)
    """Of the places of the country in the whole file."""
    chance: float = Field(gt=0, lt=1)
    """Largest probability that so many are alike by chance."""
    whole_below: float
    """Whole numbers below this are small counts, which places share by nature."""
    distinct: int = Field(ge=2)
    """Different figures that two places of a region share, at least."""
    expected: float = Field(gt=0)
    """Number of such pairs that rounding would give in the country, at most."""
    not_units: list[str]
    """Units of what is set for several places at once, such as prices."""
    follows: dict[Identifier, list[Identifier]] = Field(default_factory=dict)
    """Indicator to those that the provider computes it from."""


class Breaks(Strict):
    """The statistical rule that finds breaks without a flag, over steps of the logarithm."""

    threshold: float = Field(gt=0)
    """A step is a break above so many of its robust standard deviations."""
    least_change: float = Field(gt=0)
    """Least absolute step of the logarithm."""
    floor: float = Field(ge=0)
    """Least standard deviation."""
    least_points: int = Field(ge=4)
    most_years: int = Field(ge=1)
    """Figures further apart are no steps of an annual series."""
    not_units: list[str]
    """Units of what is set by decision, such as prices, which step by nature."""
    lasting: float = Field(gt=0, le=1)
    """Share of the step that the level of the next figures keeps."""


class FlagConcept(Strict):
    """Flags of a provider that begin so, or a note with these words, say what was measured."""

    provider: Identifier
    begins: str = ""
    note: str = ""
    concept: Identifier


class Comparability(Strict):
    """The whole of `comparability.yaml`."""

    tolerance_years: int = Field(ge=0)
    shared: SharedFigures
    breaks: Breaks
    flag_concepts: list[FlagConcept]
    rules: list[ComparabilityRule]


def load(file: Path = FILE) -> Comparability:
    """Read and check the rules; raises `CatalogError`, naming file and field."""
    found = one(Comparability, file)
    codes = [r.code for r in found.rules]
    if twice := sorted({c for c in codes if codes.count(c) > 1}):
        raise CatalogError(f"{file}: the code {', '.join(twice)} is given twice; rename one.")
    return found
