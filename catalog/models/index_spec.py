"""The declarative statement of a composite index: what goes in, and each of the ten steps.

Source of the steps and their order: OECD/JRC (2008), *Handbook on Constructing Composite
Indicators*. The same file serves to make an index and to check a published one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from catalog.models.model import Strict, Texts

Filling = Literal["none", "mean", "median", "group_mean", "group_median", "nearest", "em"]
Treating = Literal["none", "winsorise", "log", "box_cox"]
Scaling = Literal["min_max", "goalposts", "z", "rank", "percentile", "log_min_max"]
Weighing = Literal["given", "equal", "pca"]
Joining = Literal["arithmetic", "geometric", "harmonic", "mpi"]
Stage = Literal["raw", "denominated", "imputed", "treated", "normalised"]


class IndicatorUse(Strict):
    """One indicator of the index."""

    id: str = Field(min_length=1)
    column: str = ""
    """Column of the data; the id where it is not said."""
    title: str = ""
    parent: str = ""
    """The group it belongs to; the index itself where it is not said."""
    direction: Literal["higher", "lower"] = "higher"
    """Which values are better."""
    weight: float = Field(1.0, gt=0)
    """Weight within its group; only ratios count."""
    denominator: str = ""
    """Column that the value is divided by."""
    worst: float | None = None
    """Goalpost that scores lowest."""
    best: float | None = None
    """Goalpost that scores highest."""
    bounds_id: str = ""
    """Its name in the sheet of goalposts, where it differs from the id."""
    error: float | str | None = None
    """Standard error of each value: one number, or the column that has it."""


class Group(Strict):
    """A dimension of the index; groups may stand in groups, to any depth."""

    id: str = Field(min_length=1)
    title: str = ""
    parent: str = ""
    """The group it belongs to; the index itself where it is not said."""
    weight: float = Field(1.0, gt=0)
    aggregate: Joining | None = None
    """How its parts are joined, where that differs from the rest."""


class Units(Strict):
    """Which column names the units."""

    key: str
    """Column with a code that stands once."""
    name: str = ""
    """Column with a name for people."""


class Impute(Strict):
    """How missing values are filled, after denominating; every filled cell is marked."""

    method: Filling = "none"
    by: str = ""
    """Column of groups, for group_mean and group_median."""
    neighbours: int = Field(5, ge=1)
    """For nearest: the mean of so many most similar units."""

    @model_validator(mode="after")
    def _group(self) -> Impute:
        if self.method.startswith("group") and not self.by:
            raise ValueError(f"method '{self.method}' needs 'by', the column of groups; add it")
        return self


class Treat(Strict):
    """How outliers are treated, where |skewness| and excess kurtosis both pass the limits."""

    method: Treating = "none"
    skewness: float = Field(2.0, gt=0)
    kurtosis: float = Field(3.5, gt=0)
    max_points: int = Field(5, ge=1)
    """winsorise moves at most so many values of one indicator."""


class Bounds(Strict):
    """A sheet of goalposts, one row an indicator."""

    sheet: str = ""
    id: str
    worst: str
    best: str
    direction: str = ""
    """Column of directions (ascending, descending; higher, lower; 1, -1)."""


class Normalise(Strict):
    """How indicators come onto one scale, better always being more."""

    method: Scaling = "min_max"
    low: float = 0.0
    high: float = 100.0
    """Ends of the scale, for all but z."""
    mean: float = 0.0
    sd: float = Field(1.0, gt=0)
    """For z: 100 and 10 with aggregate mpi give the Mazziotta-Pareto index."""
    clip: bool = True
    """goalposts: values beyond them score the end of the scale."""
    bounds: Bounds | None = None
    """goalposts: the sheet that has them, where they do not stand with the indicators."""

    @model_validator(mode="after")
    def _ends(self) -> Normalise:
        if self.low >= self.high:
            raise ValueError(f"'low' ({self.low:g}) must be below 'high' ({self.high:g})")
        return self


class Aggregate(Strict):
    """How parts are joined, from indicators up to the index."""

    method: Joining = "arithmetic"
    penalty: Literal["negative", "positive"] = "negative"
    """mpi: imbalance lowers the score (the index is a good) or raises it."""


class Coverage(Strict):
    """The least share of what must be there, from 0 to 1; what falls short is told."""

    indicator: float = Field(0.0, ge=0, le=1)
    """Share of units with a value, for an indicator to be used."""
    unit: float = Field(0.0, ge=0, le=1)
    """Share of indicators with a value, for a unit to be scored."""
    group: float = Field(0.0, ge=0, le=1)
    """Share of a group's weight that is there, for the group to be scored."""


class Robustness(Strict):
    """The choices over which ranks are tried; the first of each list need not be the index's own."""

    draws: int = Field(1000, ge=10, le=100_000)
    seed: int = 1
    level: float = Field(0.9, gt=0, lt=1)
    """Share of draws that a range holds, and the confidence of rank_ci."""
    weights: float | Literal["any"] = 0.25
    """Each weight moves by up to this share; any: every set of weights is equally likely."""
    impute: list[Impute] = Field(default_factory=list)
    treat: list[Treat] = Field(default_factory=list)
    normalise: list[Normalise] = Field(default_factory=list)
    aggregate: list[Joining] = Field(default_factory=list)

    @model_validator(mode="after")
    def _weights(self) -> Robustness:
        if not isinstance(self.weights, str) and not 0 <= self.weights < 1:
            raise ValueError(f"'weights' is {self.weights:g}; give 0 to less than 1, or 'any'")
        return self


class Table(Strict):
    """Where a table stands in a workbook or folder of CSV files."""

    sheet: str = ""
    """Sheet of the workbook or file (without .csv) of the folder; the only one if not said."""
    prefix: str = ""
    """What stands before the id in the names of columns."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Id: column, where that is not prefix and id."""


class Published(Strict):
    """Which stages were published, and where; `index audit` makes each again and compares."""

    denominated: Table | None = None
    imputed: Table | None = None
    treated: Table | None = None
    normalised: Table | None = None
    scores: Table | None = None
    """Scores of groups and of the index."""
    ranks: Table | None = None
    tolerance: float = Field(1e-9, gt=0)
    """Differences up to this count as none (relative to the column's largest value)."""


class Codebook(Strict):
    """Where an edition says how its indicators are defined: one row an indicator, by column."""

    sheet: str = ""
    """Sheet of the workbook or file (without .csv) of the folder; the only one if not said."""
    id: str
    concept: str
    """What is measured, in few words."""
    description: str = ""
    unit: str = ""
    level: str = ""
    """Geographic level of the values."""
    year: str = ""
    source: str = ""
    place: str = ""
    """Goal or dimension that the indicator stands under."""
    changes: str = ""
    """What changed since the edition before, as a note."""


class Latest(Strict):
    """For the observatory's own indices: which figures of table latest go in."""

    theme: str
    scale: str
    system: str
    vintage: str
    first: int
    last: int
    """Years of reference that count as one period."""


class IndexSpec(Strict):
    """A composite index."""

    id: str = Field("index", pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    title: str | Texts = ""
    note: str = ""
    """What a reader must know: sources, licence, what was left out and why."""
    units: Units
    data: Table = Table()
    """Where the values stand."""
    denominators: Table | None = None
    """Where the columns of denominators stand, if not with the values."""
    decimal: Literal[".", ","] = "."
    missing: list[str] = Field(default_factory=lambda: ["", "NA"])
    """Cells that mean: no value."""
    latest: Latest | None = None
    indicators: list[IndicatorUse] = Field(min_length=2)
    groups: list[Group] = Field(default_factory=list)
    impute: Impute = Impute()
    treat: Treat = Treat()
    normalise: Normalise = Normalise()
    weight: Weighing = "given"
    aggregate: Aggregate = Aggregate()
    coverage: Coverage = Coverage()
    robustness: Robustness = Robustness()
    published: Published | None = None
    codebook: Codebook | None = None
    """How the indicators are defined; `index definitions` compares two editions by it."""

    @model_validator(mode="after")
    def _tree(self) -> IndexSpec:
        names = [i.id for i in self.indicators] + [g.id for g in self.groups] + [self.id]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"'{twice[0]}' names two things; give each its own id")
        parents = {g.id: g.parent or self.id for g in self.groups}
        for kind, items in (("indicator", self.indicators), ("group", self.groups)):
            for item in items:
                if (item.parent or self.id) not in {*parents, self.id}:
                    raise ValueError(
                        f"{kind} '{item.id}' has parent '{item.parent}', which is no group; "
                        "add it under 'groups' or correct the name"
                    )
        for start in parents:
            at, seen = start, set()
            while at != self.id:
                if at in seen:
                    raise ValueError(f"group '{at}' stands within itself; correct its 'parent'")
                seen.add(at)
                at = parents[at]
        used = {i.parent or self.id for i in self.indicators} | set(parents.values())
        if idle := sorted(set(parents) - used):
            raise ValueError(f"group '{idle[0]}' has no indicator; give it one or remove it")
        return self

    @model_validator(mode="after")
    def _goalposts(self) -> IndexSpec:
        if self.normalise.method == "goalposts" and self.normalise.bounds is None:
            for i in self.indicators:
                if i.worst is None or i.best is None or i.worst == i.best:
                    raise ValueError(
                        f"indicator '{i.id}' needs two different goalposts, 'worst' and 'best'; "
                        "add them, or name their sheet in 'normalise.bounds'"
                    )
                if (i.best > i.worst) != (i.direction == "higher"):
                    raise ValueError(
                        f"indicator '{i.id}': direction '{i.direction}' does not fit worst "
                        f"{i.worst:g} and best {i.best:g}; correct one of them"
                    )
        return self


def read(path: Path) -> IndexSpec:
    """The spec in a YAML file; `CatalogError`, one sentence a mistake, where it is not as stated."""
    from catalog.loader import CatalogError, parsed

    problems: list[str] = []
    spec = parsed(IndexSpec, path, problems)
    if spec is None:
        raise CatalogError("\n".join(problems) or f"{path.name}: the file is empty; fill it.")
    return spec
