"""The declarative statement of a composite index: what goes in, and each of the ten steps.

Source of the steps and their order: OECD/JRC (2008), *Handbook on Constructing Composite
Indicators*. The same file serves to make an index and to check a published one.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from catalog.models.model import Strict, Texts

Filling = Literal["none", "mean", "median", "group_mean", "group_median", "nearest", "em"]
Treating = Literal["none", "winsorise", "log", "box_cox"]
Transforming = Literal["none", "log", "sqrt"]
Scaling = Literal[
    "none",
    "min_max",
    "goalposts",
    "target",
    "percent_of_best",
    "z",
    "rank",
    "percentile",
    "log_min_max",
]
Weighing = Literal["given", "equal", "pca", "optimised"]
Joining = Literal["arithmetic", "geometric", "harmonic", "quadratic", "median", "min", "max", "mpi"]
Ties = Literal["min", "max", "mean", "dense"]
Stage = Literal["raw", "denominated", "imputed", "treated", "normalised"]
ByYear = float | dict[int, float]


class _Finite(Strict):
    """A part of the statement; a number in it is never infinite or NaN."""

    model_config = ConfigDict(allow_inf_nan=False)


class Treat(_Finite):
    """How outliers are treated, where |skewness| and excess kurtosis both pass the limits."""

    method: Treating = "none"
    skewness: float = Field(2.0, gt=0)
    kurtosis: float = Field(3.5, gt=0)
    max_points: int = Field(5, ge=1)
    """winsorise moves at most so many values of one indicator."""


class TablePlace(_Finite):
    """Where a table is in a workbook, CSV file or folder of CSV files, and which of its rows count."""

    sheet: str = ""
    """Sheet of the workbook or file (without .csv) of the folder; the only one if not said. `{year}`
    stands for the year."""
    key: str = ""
    """Column with the codes of the units, where this table names it otherwise than `units.key`."""
    header: int | list[int] | None = None
    """Line of the column names, or lines whose cells together are the names. If not said: the first
    line that has the key column."""
    skip: int = Field(0, ge=0)
    """Lines between the names and the first unit, such as a line of units of measurement."""
    last: int | None = None
    """Line of the last unit, where notes follow that would be read as units."""
    keep: dict[str, list[str]] = Field(default_factory=dict)
    """Column: the texts of the rows that count; `*` stands for any letters."""
    leave_out: dict[str, list[str]] = Field(default_factory=dict)
    """Column: the texts of rows that do not count, such as aggregates; `*` stands for any letters."""


class GoalpostTable(TablePlace):
    """A sheet of goalposts, one row an indicator."""

    id: str
    worst: str
    best: str
    direction: str = ""
    """Column of directions (ascending, descending; higher, lower; 1, -1)."""


class Normalise(_Finite):
    """How indicators come onto one scale, better always being more."""

    method: Scaling = "min_max"
    low: float = 0.0
    high: float = 100.0
    """Ends of the scale, for all but z and none."""
    mean: float = 0.0
    sd: float = Field(1.0, gt=0)
    """For z: 100 and 10 with aggregate mpi give the Mazziotta-Pareto index."""
    clip: bool | Literal["low", "high"] = True
    """goalposts and target: values beyond them score the end of the scale; low or high: on that
    side alone."""
    over: Literal["year", "years"] = "year"
    """For several years: whether the ends, means and ranks are those of each year or of all."""
    bounds: GoalpostTable | None = None
    """goalposts: the sheet that has them, where they are not with the indicators."""

    @model_validator(mode="after")
    def _ends(self) -> Normalise:
        if self.low >= self.high:
            raise ValueError(f"'low' ({self.low:g}) must be below 'high' ({self.high:g})")
        return self


class IndicatorUse(_Finite):
    """One indicator of the index."""

    id: str = Field(min_length=1)
    column: str = ""
    """Column of the data; the id where it is not said. `{year}` stands for the year."""
    title: str = ""
    parent: str = ""
    """The group it belongs to; the index itself where it is not said."""
    direction: Literal["higher", "lower"] = "higher"
    """Which values are better."""
    weight: float = Field(1.0, gt=0, le=1e9)
    """Weight within its group; only ratios count."""
    denominator: str = ""
    """Column that the value is divided by."""
    worst: ByYear | None = None
    """Goalpost that scores lowest; by year where it changes."""
    best: ByYear | None = None
    """Goalpost that scores highest; by year where it changes."""
    bounds_id: str = ""
    """Its name in the sheet of goalposts, where it differs from the id."""
    error: float | str | None = None
    """Standard error of each value: one number, or the column that has it."""
    scores: dict[str, float] = Field(default_factory=dict)
    """For categories: the number that each text counts as."""
    cap_low: float | None = None
    cap_high: float | None = None
    """Values, once divided by their denominator, count as these where they are beyond them."""
    transform: Transforming = "none"
    """Taken of values and goalposts when they are normalised: log between goalposts, as in the HDI."""
    treat: Treat | None = None
    """How its outliers are treated, where that differs from the rest."""
    normalise: Normalise | None = None
    """How it is normalised, where that differs from the rest."""

    @model_validator(mode="after")
    def _caps(self) -> IndicatorUse:
        if self.cap_low is not None and self.cap_high is not None and self.cap_low >= self.cap_high:
            raise ValueError(f"'cap_low' ({self.cap_low:g}) must be below 'cap_high'")
        return self


class Fill(_Finite):
    """What a group without a score counts as."""

    method: Literal["value", "mean", "median", "group_mean", "group_median"] = "value"
    value: float | None = None
    by: str = ""
    """Column of groups of units, for group_mean and group_median."""

    @model_validator(mode="after")
    def _whole(self) -> Fill:
        if (self.method == "value") != (self.value is not None):
            raise ValueError("give 'value' for method value, and for no other")
        if self.method.startswith("group") and not self.by:
            raise ValueError(f"method '{self.method}' needs 'by', the column of groups; add it")
        return self


class IndexGroup(_Finite):
    """A dimension of the index; groups may be in groups, to any depth."""

    id: str = Field(min_length=1)
    title: str = ""
    parent: str = ""
    """The group it belongs to; the index itself where it is not said."""
    weight: float = Field(1.0, gt=0, le=1e9)
    aggregate: Joining | None = None
    """How its parts are joined, where that differs from the rest."""
    fill: Fill | None = None
    """What it counts as for a unit that has too few of its parts."""


class Units(_Finite):
    """Which column names the units."""

    key: str
    """Column with a code that appears once."""
    name: str = ""
    """Column with a name for people."""


class Impute(_Finite):
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


class Aggregate(_Finite):
    """How parts are joined, from indicators up to the index."""

    method: Joining = "arithmetic"
    penalty: Literal["negative", "positive"] = "negative"
    """mpi: imbalance lowers the score (the index is a good) or raises it."""
    outranking: list[Literal["copeland", "borda"]] = Field(default_factory=list)
    """Ranks by these, written beside those of the means."""


class Ranking(_Finite):
    """How scores become ranks."""

    decimals: int | None = Field(None, ge=0, le=12)
    """Scores are rounded to so many decimals first; not rounded where it is not said."""
    ties: Ties = "min"
    """Ranks of equal scores: 1 2 2 4 (min), 1 3 3 4 (max), 1 2.5 2.5 4 (mean), 1 2 2 3 (dense)."""


class Years(_Finite):
    """Several years in one statement: by a column of years, or by names that hold `{year}`."""

    column: str = ""
    """Column of years of a panel; if not said, sheets and columns hold `{year}`."""
    first: int | None = None
    last: int | None = None
    only: list[int] = Field(default_factory=list)
    """The years; of a panel all that there are, if nothing is said."""
    fill: Literal["none", "previous", "linear"] = "none"
    """How a unit's missing value is filled from its other years, before all else: the one before,
    or on the line between the one before and the one after."""
    at_most: int = Field(5, ge=1)
    """fill: over so many years at most."""

    @model_validator(mode="after")
    def _stated(self) -> Years:
        if (self.first is None) != (self.last is None):
            raise ValueError("give both 'first' and 'last', or 'only'")
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError(f"'first' ({self.first}) is after 'last' ({self.last})")
        if not (self.column or self.only or self.first is not None):
            raise ValueError("say which years: 'column', 'only', or 'first' and 'last'")
        return self

    def stated(self) -> list[int]:
        """The years that are said, in order; empty where the panel tells."""
        if self.only:
            return sorted(set(self.only))
        if self.first is None or self.last is None:
            return []
        return list(range(self.first, self.last + 1))


class Coverage(_Finite):
    """The least share of what must be there, from 0 to 1; what falls short is told."""

    indicator: float = Field(0.0, ge=0, le=1)
    """Share of units with a value, for an indicator to be used."""
    unit: float = Field(0.0, ge=0, le=1)
    """Share of indicators with a value, for a unit to be scored."""
    group: float = Field(0.0, ge=0, le=1)
    """Share of a group's weight that is there, for the group to be scored."""


class Robustness(_Finite):
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


class LongTable(_Finite):
    """A table with one value a row: which column names the indicator, and which has the value."""

    id: str
    value: str


class PublishedTable(TablePlace):
    """Where a table stands, and how its columns are named."""

    prefix: str = ""
    """What is before the id in the names of columns."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Id: column, where that is not prefix and id. `{year}` stands for the year."""
    long: LongTable | None = None
    """For a table with one value a row."""
    years: list[int] = Field(default_factory=list)
    """The years that this table has, if not all."""


class Published(_Finite):
    """Which stages were published, and where; `index audit` makes each again and compares."""

    denominated: PublishedTable | None = None
    imputed: PublishedTable | None = None
    treated: PublishedTable | None = None
    normalised: PublishedTable | None = None
    scores: PublishedTable | None = None
    """Scores of groups and of the index."""
    ranks: PublishedTable | None = None
    tolerance: float = Field(1e-9, gt=0)
    """Differences up to this count as none (relative to the column's largest value)."""


class DefinitionDecision(_Finite):
    """What a person decided of two definitions that words alone do not tell apart."""

    verdict: Literal["yes", "with care", "no"]
    """Whether values of the two editions may be compared."""
    reason: str = Field(min_length=1)


class Codebook(TablePlace):
    """Where an edition says how its indicators are defined: one row an indicator, by column."""

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
    """Goal or dimension that the indicator is under."""
    changes: str = ""
    """What changed since the edition before, as a note."""
    decisions: dict[str, DefinitionDecision] = Field(default_factory=dict)
    """Indicator: what a person decided, where the two codebooks leave it open."""


class Latest(_Finite):
    """For the observatory's own indices: which figures of table latest go in."""

    theme: str
    scale: str
    system: str
    vintage: str
    first: int
    last: int
    """Years of reference that count as one period."""


class IndexSpec(_Finite):
    """A composite index."""

    id: str = Field("index", pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    title: str | Texts = ""
    note: str = ""
    """What a reader must know: sources, licence, what was left out and why."""
    units: Units
    data: PublishedTable = PublishedTable()
    """Where the values stand."""
    denominators: PublishedTable | None = None
    """Where the columns of denominators stand, if not with the values."""
    years: Years | None = None
    """For an index of several years."""
    encoding: str = "utf-8"
    """Encoding of CSV files, such as cp1252."""
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    """What separates thousands in texts; a number of a workbook is a number."""
    missing: list[str] = Field(default_factory=lambda: ["", "NA"])
    """Cells that mean: no value."""
    latest: Latest | None = None
    indicators: list[IndicatorUse] = Field(min_length=2)
    groups: list[IndexGroup] = Field(default_factory=list)
    impute: Impute = Impute()
    treat: Treat = Treat()
    normalise: Normalise = Normalise()
    weight: Weighing = "given"
    aggregate: Aggregate = Aggregate()
    coverage: Coverage = Coverage()
    ranking: Ranking = Ranking()
    robustness: Robustness = Robustness()
    published: Published | None = None
    codebook: Codebook | None = None
    """How the indicators are defined; `index definitions` compares two editions by it."""

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            codecs.lookup(name)
        except LookupError:
            raise ValueError(f"'{name}' is no encoding; say utf-8 or cp1252, for example") from None
        return name

    @model_validator(mode="after")
    def _separators(self) -> IndexSpec:
        if self.decimal == self.thousands:
            raise ValueError(f"'decimal' and 'thousands' are both '{self.decimal}'; change one")
        return self

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
                    raise ValueError(f"group '{at}' is within itself; correct its 'parent'")
                seen.add(at)
                at = parents[at]
        used = {i.parent or self.id for i in self.indicators} | set(parents.values())
        if idle := sorted(set(parents) - used):
            raise ValueError(f"group '{idle[0]}' has no indicator; give it one or remove it")
        return self

    @model_validator(mode="after")
    def _goalposts(self) -> IndexSpec:
        years = self.years.stated() if self.years else []
        for i in self.indicators:
            how = i.normalise or self.normalise
            for name, stated in (("worst", i.worst), ("best", i.best)):
                if isinstance(stated, dict) and (gone := [y for y in years if y not in stated]):
                    raise ValueError(f"indicator '{i.id}' has no '{name}' of {gone[0]}; add it")
            if how.method not in ("goalposts", "target") or how.bounds is not None:
                continue
            if how.method == "target":
                if i.best is None:
                    raise ValueError(f"indicator '{i.id}' needs its target as 'best'; add it")
                continue
            for year in years or [None]:
                worst, best = at(i.worst, year), at(i.best, year)
                if worst is None or best is None or worst == best:
                    raise ValueError(
                        f"indicator '{i.id}' needs two different goalposts, 'worst' and 'best'; "
                        "add them, or name their sheet in 'normalise.bounds'"
                    )
                if (best > worst) != (i.direction == "higher"):
                    raise ValueError(
                        f"indicator '{i.id}': direction '{i.direction}' does not fit worst "
                        f"{worst:g} and best {best:g}; correct one of them"
                    )
                if i.transform == "log" and min(worst, best) <= 0:
                    raise ValueError(
                        f"indicator '{i.id}': a goalpost of 0 or less has no logarithm; correct it"
                    )
        return self


def at(stated: ByYear | None, year: int | None) -> float | None:
    """A goalpost in a year; of goalposts by year the newest where the year is not said."""
    if not isinstance(stated, dict):
        return stated
    return stated.get(max(stated) if year is None else year)


def of_year(spec: IndexSpec, year: int) -> IndexSpec:
    """The statement of one year: `{year}` replaced in names, goalposts of the year."""

    def named(item: Any) -> Any:
        if isinstance(item, str):
            return item.replace("{year}", str(year))
        if isinstance(item, list):
            return [named(x) for x in item]
        if isinstance(item, dict):
            return {k: named(v) for k, v in item.items()}
        return item

    def place(table: Any) -> Any:
        return None if table is None else type(table)(**named(table.model_dump(exclude_unset=True)))

    uses = [
        u.model_copy(
            update={
                "column": named(u.column),
                "error": named(u.error),
                "denominator": named(u.denominator),
                "worst": at(u.worst, year),
                "best": at(u.best, year),
            }
        )
        for u in spec.indicators
    ]
    published = spec.published
    if published is not None:
        tables = {
            name: place(table)
            for name in ("denominated", "imputed", "treated", "normalised", "scores", "ranks")
            if (table := getattr(published, name)) and (not table.years or year in table.years)
        }
        published = Published(tolerance=published.tolerance, **tables)
    how = spec.normalise
    if how.bounds is not None:
        how = how.model_copy(update={"bounds": place(how.bounds)})
    change = {
        "indicators": uses,
        "data": place(spec.data),
        "denominators": place(spec.denominators),
        "published": published,
        "normalise": how,
        "years": spec.years and spec.years.model_copy(update={"only": [year]}),
    }
    return spec.model_copy(update=change)


def read(path: Path) -> IndexSpec:
    """The spec in a YAML file; `CatalogError`, one sentence a mistake, where it is not as stated."""
    from catalog.yaml_files import CatalogError, parsed

    problems: list[str] = []
    spec = parsed(IndexSpec, path, problems)
    if spec is None:
        raise CatalogError("\n".join(problems) or f"{path.name}: the file is empty; fill it.")
    return spec
