"""Find a change of unit inside a column by its order of magnitude.

A column that states one unit may hold two: rents by the month among rents by the year, lengths in
metres among kilometres. Such a value is wrong by a factor that no growth explains. It is sought among
its neighbours in time (the same series) and in its country (the other series); how often the rule errs
is stated in docs/simulations-units.md, which `python -m benchmarks.simulations.units` makes.
"""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from warehouse import query
from warehouse.methods.where import literal

REASON = "unit_shift"
# Dimension of a unit (catalog/units.csv): the least factor between two units. Prices move slowly; a
# number of things may really double and double again. Shares, indices, concentrations, times and
# temperatures come near to zero by themselves and have no order of magnitude to lose.
FACTOR = {"money": 5.0, "count": 8.0, "area": 8.0, "mass": 8.0, "volume": 8.0, "length": 8.0}
YEARLY = 1.10  # growth that each year of a gap may bring besides
SERIES = 3  # of one country that must shift alike before the others of the country are looked at
LEAST = {"size": 100.0, "rate": 20.0, "money": 0.0}  # what is smaller jumps by chance


def shifted(
    candidate: pa.Table, dimension: str, per: bool, smooth: Collection[tuple[str, str]] = ()
) -> pa.Table:
    """The harmonised rows of one indicator, those in another unit in quarantine (`unit_shift`).

    candidate: in the shape of `tables.HARMONISED`; dimension: of the indicator's unit, from
    catalog/units.csv; per: whether the unit has a denominator, so that territories of any size have
    like values; smooth: (provider, dataset) of series that the source interpolates, which hold one
    unit by their making. Dimensions that are not in `FACTOR` come back as they are. Of two levels of a series
    the one nearer to the median of the other countries is right, or for sizes the one with more
    years.
    """
    if dimension not in FACTOR or not len(candidate):
        return candidate
    found = _found(candidate, dimension, per, smooth)
    if not len(found):
        return candidate
    at = dict(zip(found["place"].to_pylist(), found["detail"].to_pylist(), strict=True))
    details = pa.array([at.get(n) for n in range(len(candidate))], pa.string())
    shift = pc.is_valid(details)
    for name, told in (("fate", "quarantine"), ("reason", REASON), ("detail", details)):
        column = candidate[name].cast(pa.string())
        value = told if isinstance(told, pa.Array) else pa.scalar(told)
        i = candidate.column_names.index(name)
        candidate = candidate.set_column(i, name, pc.if_else(shift, value, column))
    return candidate


def _found(
    candidate: pa.Table, dimension: str, per: bool, smooth: Collection[tuple[str, str]]
) -> pa.Table:
    """Columns place (of the row in `candidate`) and detail, of the rows in another unit."""
    con = query.memory(serial=True)
    numbered = candidate.select(
        ["fate", "iso3", "source_id", "dataset", "series_key", "sex", "age", "unit", "period",
         "period_start", "value", "recorded_to"]
    ).append_column("place", pa.array(range(len(candidate)), pa.int64()))  # fmt: skip
    left_out = " or ".join(
        f"(source_id = {literal(p)} and dataset = {literal(d)})" for p, d in sorted(smooth)
    )
    con.register("numbered", numbered)
    con.execute(f"create temp view candidate as from numbered where not ({left_out or 'false'})")
    money = dimension == "money"
    kind = "money" if money else "rate" if per else "size"
    for name, value in (
        *(("factor", FACTOR[dimension]), ("yearly", YEARLY), ("series", SERIES)),
        *(("least", LEAST[kind]), ("intensive", money or per), ("country", money)),
    ):
        con.execute(f"set variable {name} = {value!r}")
    told = (
        "'the value ' || printf('%.6g', value) || ' is ' || printf('%.3g', pow(10, abs(shift))) || "
        "if(shift > 0, ' times', ' times less than') || ' what the same ' || "
        "if(own, 'series has in other years', 'country has in other cities') || "
        f"{literal('; another unit, or an error: correct it in catalog/corrections')}"
    )
    return con.sql(
        f"{query.text('unit_shift')} select place, {told} as detail from found"
    ).to_arrow_table()
