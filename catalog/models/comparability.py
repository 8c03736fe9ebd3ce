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
    bound_share: float = Field(gt=0, le=1)
    """Of the places of the country, where real figures pile up: at none, at all."""
    full: dict[str, list[float]] = Field(default_factory=dict)
    """Unit to the figures beyond which nothing can lie, where real figures pile up."""
    bases: list[float] = Field(default_factory=list)
    """Values of an index in its base period, which all places of a file show."""
    not_units: list[str]
    """Units of what is set for several places at once, such as prices."""
    not_indicators: list[Identifier] = Field(default_factory=list)
    """Indicators whose figures several places choose or reach alike by nature."""
    follows: dict[Identifier, list[Identifier]] = Field(default_factory=dict)
    """Indicator to those that the provider computes it from."""


class Slow(Strict):
    """Stocks that a year hardly changes, by which a redrawn territory is known."""

    indicators: list[Identifier]
    least_change: float = Field(gt=0)
    """Least absolute step of the logarithm of their totals."""
    floor: float = Field(ge=0)
    """Least standard deviation."""
    territory: Identifier
    """The indicator whose total tells of the territory."""
    amounts: list[str]
    """Units of amounts: what grows with the territory."""
    noise: float = Field(gt=0)
    """Robust standard deviations above which an amount steps with the territory."""


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
    slow: Slow


class Shock(Strict):
    """Years in which what these indicators lost was lost indeed."""

    years: list[int]
    indicators: list[Identifier]
    reason: str


class Confirmed(Strict):
    """A figure that looks like an error and is none."""

    indicator: Identifier
    unit_id: str
    period: str
    reason: str
    source: str


class Spikes(Strict):
    """The rule that finds errors of one year, and zeros that stand for nothing."""

    threshold: float = Field(gt=0)
    """Distance from what the neighbours give, in robust standard deviations of the series."""
    returns: float = Field(gt=0, le=1)
    """The two neighbours differ by at most this share of the distance."""
    least: float = Field(gt=0)
    """Least distance, as a share of what the neighbours give."""
    floor: float = Field(ge=0)
    """Least standard deviation, as a share of the figure."""
    most_years: int = Field(ge=1)
    """Figures further apart are no neighbours."""
    steps: int = Field(ge=3)
    """Least number of steps of a series."""
    country: int = Field(ge=2)
    """So many series of a country in a period tell what befell all of it."""
    counting: float = Field(gt=0)
    """Least distance of a count, in square roots of it (Poisson)."""
    zeros: float = Field(gt=0, lt=1)
    """Zeros of a series at most, for each of its other figures."""
    zero_from: float = Field(gt=0, le=1)
    """The least other figure of such a series, as a share of their median, at least."""
    zero_count: float = Field(gt=0)
    """The least other figure where things are counted, at least."""
    others: int = Field(ge=3)
    """A figure unlike all others of its series has at least so many."""
    alike: float = Field(gt=1)
    """The largest of the others is at most so many times the least."""
    apart: float = Field(gt=1)
    """The figure is at least so many times, or one of so many, of the nearest other."""
    logs: list[str]
    """Dimensions of units whose steps are taken in logarithms."""
    not_dimensions: list[str]
    not_units: list[str]
    not_indicators: list[Identifier]
    """What really leaps for one year."""
    shocks: list[Shock] = Field(default_factory=list)
    confirmed: list[Confirmed] = Field(default_factory=list)

    def of(self, indicator: str) -> Spikes:
        """What of the rule concerns one indicator."""
        return self.model_copy(
            update={
                "not_indicators": [i for i in self.not_indicators if i == indicator],
                "shocks": [s for s in self.shocks if indicator in s.indicators],
                "confirmed": [c for c in self.confirmed if c.indicator == indicator],
            }
        )

    @classmethod
    def numbers(cls) -> list[str]:
        """Names of the parameters that are numbers."""
        return [n for n, f in cls.model_fields.items() if f.annotation in (int, float)]


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
    spikes: Spikes
    flag_concepts: list[FlagConcept]
    rules: list[ComparabilityRule]


def load(file: Path = FILE) -> Comparability:
    """Read and check the rules; raises `CatalogError`, naming file and field."""
    found = one(Comparability, file)
    codes = [r.code for r in found.rules]
    if twice := sorted({c for c in codes if codes.count(c) > 1}):
        raise CatalogError(f"{file}: the code {', '.join(twice)} is given twice; rename one.")
    return found
