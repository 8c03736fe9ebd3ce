"""What may be compared with what: the shape of `comparability.yaml`, and its loader."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from catalog.models.model import Identifier, Strict, Texts
from catalog.yaml_files import CatalogError, one

FILE = Path(__file__).parents[1] / "comparability.yaml"
Verdict = Literal["yes", "with care", "no"]


class Rule(Strict):
    """One reason why two figures may not be compared, or only with care."""

    code: Identifier
    verdict: Verdict
    when: str
    """SQL over figures a and b; `{tolerance_years}` stands for the tolerance."""
    text: Texts


class Copied(Strict):
    """When a figure that is the same in all cities of a country counts as the national one."""

    cities: int = Field(ge=2)
    """As many cities at least."""
    ignore: list[float]
    """Values that cities share by nature."""
    whole_below: float
    """Whole numbers below this are small counts, which cities share by chance."""


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
    """Flags of a provider that begin so say what was measured."""

    provider: Identifier
    begins: str
    concept: Identifier


class Comparability(Strict):
    """The whole of `comparability.yaml`."""

    tolerance_years: int = Field(ge=0)
    copied: Copied
    breaks: Breaks
    flag_concepts: list[FlagConcept]
    rules: list[Rule]


def load(file: Path = FILE) -> Comparability:
    """Read and check the rules; raises `CatalogError`, naming file and field."""
    found = one(Comparability, file)
    codes = [r.code for r in found.rules]
    if twice := sorted({c for c in codes if codes.count(c) > 1}):
        raise CatalogError(f"{file}: the code {', '.join(twice)} is given twice; rename one.")
    return found
