"""Where series break: by a flag, an indicator's own rule, a redrawn boundary, or a step too large.

The statistical rule looks at steps of the logarithm of an annual series. Their robust standard
deviation is 1.4826 times the median absolute deviation (Rousseeuw and Croux 1993, Journal of the
American Statistical Association 88), never below the median over the series of the same indicator
and dataset nor below a floor; a count adds its Poisson noise. A step beyond the threshold is a break
where the level of the next figures keeps it. The newest figure is never one: nothing follows it yet. Only
stocks that a year hardly moves, such as the population, break at smaller steps and at the newest
figure, and with them the other amounts of the same unit: the territory is another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import pyarrow as pa

from catalog.contents import Catalog
from catalog.models import comparability
from catalog.models.comparability import Breaks
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.tables import Table
from warehouse.tables.columns.series import MEASURED, SAID_BY

SERIES = (*MEASURED, *SAID_BY)
SHARED = ("national_copied", "regional_value")  # reasons of catalog/comparability.yaml


def breaks(
    observation: pa.Table, boundary_version: pa.Table, rule: Breaks, counts: Sequence[str] = ("NR",)
) -> pa.Table:
    """Table `series_break` from rows of table `observation`.

    counts: units whose figures are counts of events. A boundary counts where `boundary_version` has
    a later version that begins in that year.
    """
    return store.conform(
        find(observation, boundary_version, rule, counts), tables.of("series_break")
    )


def find(
    observation: pa.Table, boundary_version: pa.Table, rule: Breaks, counts: Sequence[str] = ("NR",)
) -> pa.Table:
    """As `breaks`, the rows in no order."""
    numbered = query.numbered(
        observation,
        row_no=(),
        series_no=SERIES,
        figure_no=("series_no", "period"),
        kind_no=("indicator_id", "dataset", "unit"),
    )
    with query.memory(over=[numbered]) as con:
        con.register("observation", numbered)
        con.register("boundary_version", boundary_version)
        given = {"counts": list(counts), **rule.model_dump(exclude={"slow"}), **_slow(rule)}
        return con.sql(query.text("breaks"), params=given).to_arrow_table()


def _slow(rule: Breaks) -> dict[str, object]:
    """The statement of slow stocks under the names of `breaks.sql`."""
    slow = rule.slow
    return {
        "slow": slow.indicators,
        "slow_change": slow.least_change,
        "slow_floor": slow.floor,
        "of_a_territory": slow.territory,
        "amounts": slow.amounts,
        "noise": slow.noise,
    }


def marked(
    observation: pa.Table, series_break: pa.Table, not_comparable: pa.Table | None = None
) -> pa.Table:
    """The observations as trends and changes take them.

    `break_origin` stands also where a break was found without a flag. A figure that
    `not_comparable` (table `not_comparable`) calls the national one given to every city, or that of
    a region, has no value: its years would tell of the country or region. The other reasons hold between metropolises only,
    or end with a break. The row stays, since a break may be flagged on it.
    """
    left_out = (
        store.empty(tables.of("not_comparable")) if not_comparable is None else not_comparable
    )
    with query.memory(over=[observation]) as con:
        con.register("o", observation)
        con.register("b", series_break)
        con.register("n", left_out)
        named = ", ".join(SERIES)
        return query.compact(
            con,
            f"""
            select o.* replace (
                coalesce(o.break_origin, b.origin) as break_origin,
                if(n.copied is null, o.value, null) as value
            )
            from o left join b using ({named}, period)
            left join (
                select distinct {named}, period, true as copied from n
                where list_has_any(string_split(reasons, '; '), {list(SHARED)})
            ) as n using ({named}, period)
            """,
        )


def unbroken(given: Inputs, only: Collection[str] | None = None) -> Iterator[pa.Table]:
    """The observations by indicator, with every known break marked: no trend or change runs across it, nor
    along a national or regional figure given to every city. only: as in `Inputs.by_indicator`."""
    broken, left_out = given["series_break"], given["not_comparable"]
    return (marked(part, broken, left_out) for part in given.by_indicator("observation", only))


def make(given: Inputs) -> pa.Table:
    """Table `series_break`: of all observations at once, since a redrawn territory breaks every amount of it."""
    versions = given["boundary_version"]
    return breaks(given.encoded("observation"), versions, comparability.load().breaks)


def facts(catalog: Catalog, statement: Table) -> object:
    """What of the catalog decides the table."""
    return comparability.load().breaks
