"""What a stated table is: name, meaning, key; each column's type, unit and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from catalog.languages import languages

Kind = Literal["structure", "keys", "ranges", "coverage"]
Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Column:
    """One column: DuckDB type, meaning in one sentence, unit, whether null is allowed.

    `among` names a dictionary table and column that holds the closed list of its values
    (`scale.scale`), or is empty.
    """

    name: str
    type: str
    meaning: str
    null: bool = True
    unit: str = ""
    among: str = ""


# The chapters of the dictionary, in the order in which a reader wants them.
GROUPS = (
    *("figures", "comparisons", "comparability", "history", "indices", "governance"),
    *("dictionaries", "registry"),
)


@dataclass(frozen=True)
class Must:
    """A rule on the rows of a table that its columns alone do not say, as plain data.

    `sql`: for level `row` a predicate that is true for bad rows; for level `table` a query on
    `candidate` that returns a row for each failing case. `kind` is structure, keys, ranges or
    coverage; `severity` critical or warning; `show` the columns shown beside the key; `needs` the
    other tables that the SQL reads.
    """

    name: str
    kind: Kind
    sentence: str
    sql: str
    level: Literal["row", "table"] = "row"
    severity: Severity = "critical"
    column: str = ""
    show: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: meaning in one sentence, columns, key, the order its rows are kept in, its making.

    `made_by` is the module whose `make(given)` answers the table from its `inputs`: other tables by
    name, or every file of a kind (`indicator/*`, `history/*`, `raw/*`). `rows` says how bad it is
    when the table is empty: critical, warning, or "" where it may be.

    A column of `order` with a minus before it counts down, what has no value first.
    `redistributable` tables hold figures and pass the licence gate row by row; dictionaries are
    ours and carry CC BY 4.0.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    kind: str = "figures"  # figures | dictionary
    order: tuple[str, ...] = ()
    group: str = "figures"  # of GROUPS
    inputs: tuple[str, ...] = ()
    made_by: str = ""
    rows: Literal["critical", "warning", ""] = ""
    rules: tuple[Must, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)

    @property
    def sort(self) -> tuple[str, ...]:
        """The full order of rows: `order` first, the key last, so that it is total."""
        named = {o.removeprefix("-") for o in self.order}
        return self.order + tuple(k for k in self.key if k not in named)

    def column(self, name: str) -> Column:
        """The column of that name; `KeyError` if there is none."""
        return {c.name: c for c in self.columns}[name]


TEXT, NUMBER, WHOLE, DAY, MOMENT, FLAG = (
    "VARCHAR",
    "DOUBLE",
    "BIGINT",
    "DATE",
    "TIMESTAMP",
    "BOOLEAN",
)


def in_languages(stem: str, meaning: str, *, null: bool = False) -> tuple[Column, ...]:
    """One column for each language, `<stem>_<code>`; English is used where a translation lacks."""
    return tuple(Column(f"{stem}_{x}", TEXT, f"{meaning} ({x}).", null) for x in languages())


METRO_ID = Column(
    "metro_id", TEXT, "Our stable identifier of the metropolis.", False, among="metro.metro_id"
)
ISO3 = Column("iso3", TEXT, "Country, ISO 3166-1 alpha-3.", False)
INDICATOR_ID = Column(
    "indicator_id", TEXT, "What is measured.", False, among="indicator.indicator_id"
)
SYSTEM = Column(
    "system", TEXT, "Identifier system of the territorial unit, such as eurostat_metro.", False
)
VINTAGE = Column(
    "vintage", TEXT, "Edition of the delineation of the unit, such as NUTS2021.", False
)
SCALE = Column(
    "scale", TEXT, "Kind of territory that the figure describes.", False, among="scale.scale"
)
UNIT_ID = Column("unit_id", TEXT, "Territorial unit that is described, as system:code.", False)
SEX = Column("sex", TEXT, "SDMX CL_SEX code; _T is total.", False)
AGE = Column("age", TEXT, "SDMX CL_AGE code, such as Y15T64; _T is total.", False)
UNIT = Column("unit", TEXT, "Unit of the value.", False, among="unit.unit")
PERIOD = Column("period", TEXT, "Reference period, SDMX notation (2018, 2018-Q1).", False)
SOURCE_ID = Column("source_id", TEXT, "Provider of the figure.", False)
DATASET = Column("dataset", TEXT, "Dataset of the provider.", False)
SERIES_KEY = Column(
    "series_key", TEXT, "The source's series, dimension=code pairs in name order.", False
)

# What tells one series of a metropolis from another, but for the source's own key of it.
SERIES = (
    *(METRO_ID, UNIT_ID, INDICATOR_ID, SCALE, SYSTEM, VINTAGE, SEX, AGE, UNIT),
    *(SOURCE_ID, DATASET),
)
