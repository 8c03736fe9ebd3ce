"""Find figures that leave their series for one year alone, zeros that stand for nothing, and figures
unlike all others of their series.

A typing error of a source lasts one year: the figures before and after agree with each other and not
with it. A figure is a spike where it departs from what its neighbours in time give by many times the
noise of its series (median absolute step, in logarithms for sizes), from what its country did in the
year too, and the series comes back. A zero is sought where the rest of the series never comes near to
zero. A figure unlike all others is far from each of them while they are near to each other; it may be
the newest, which no figure after it can bear out: it waits in quarantine for the next edition. After the
rule of `unit_shift`. The parameters are in catalog/comparability.yaml; how often the
rule errs is stated in docs/simulations-spikes.md, which `python -m benchmarks.simulations.spikes` makes.
Source of the robust scale: Hampel (1974), Journal of the American Statistical Association 69.
"""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.comparability import Spikes
from warehouse import query
from warehouse.methods.where import literal

REASON = "one_year_spike"
ZERO = "impossible_zero"
ALONE = "unlike_all_others"


def without_spikes(
    candidate: pa.Table,
    indicator: str,
    unit: tuple[str, str, bool],
    rule: Spikes,
    smooth: Collection[tuple[str, str]] = (),
) -> pa.Table:
    """The harmonised rows of one indicator, spikes and impossible zeros in quarantine with the reason.

    candidate: in the shape of `tables.HARMONISED`; unit: code, dimension and whether it has a
    denominator, from catalog/units.csv; smooth: (provider, dataset) of series that the source
    interpolates. What is excepted by the rule comes back as it is.
    """
    code, dimension, per = unit
    rule = rule.of(indicator)
    if (
        code in rule.not_units
        or dimension in rule.not_dimensions
        or rule.not_indicators
        or not len(candidate)
    ):
        return candidate
    found = _found(candidate, dimension, per, rule, smooth)
    if not len(found):
        return candidate
    at = {r["place"]: (r["reason"], r["detail"]) for r in found.to_pylist()}
    told = [at.get(n, (None, None)) for n in range(len(candidate))]
    reasons = pa.array([r for r, _ in told], pa.string())
    details = pa.array([d for _, d in told], pa.string())
    hit = pc.is_valid(reasons)
    for name, value in (
        ("fate", pa.scalar("quarantine")),
        ("reason", reasons),
        ("detail", details),
    ):
        i = candidate.column_names.index(name)
        column = candidate[name].cast(pa.string())
        candidate = candidate.set_column(i, name, pc.if_else(hit, value, column))
    return candidate


def _found(
    candidate: pa.Table,
    dimension: str,
    per: bool,
    rule: Spikes,
    smooth: Collection[tuple[str, str]],
) -> pa.Table:
    """Columns place (of the row in `candidate`), reason and detail."""
    con = query.memory(serial=True)
    numbered = candidate.select(
        ["fate", "iso3", "source_id", "dataset", "series_key", "unit_id", "sex", "age", "unit",
         "period", "period_start", "freq", "value", "obs_status", "recorded_to"]
    ).append_column("place", pa.array(range(len(candidate)), pa.int64()))  # fmt: skip
    con.register("numbered", numbered)
    left_out = [f"(source_id = {literal(p)} and dataset = {literal(d)})" for p, d in sorted(smooth)]
    con.execute(
        f"create temp view candidate as from numbered where not ({' or '.join(left_out) or 'false'})"
    )
    for name in type(rule).numbers():
        con.execute(f"set variable {name} = {getattr(rule, name)!r}")
    for name, yes in (
        ("logs", dimension in rule.logs),
        ("counts", dimension == "count" and not per),
        ("money", dimension == "money"),
    ):
        con.execute(f"set variable {name} = {yes}")
    real = [
        f"(period in ({', '.join(literal(str(y)) for y in s.years)}) and value < expected)"
        for s in rule.shocks
    ]
    real += [
        f"(unit_id = {literal(c.unit_id)} and period = {literal(c.period)})" for c in rule.confirmed
    ]
    told = (
        "'the value ' || printf('%.6g', value) || ' is alone in its series: ' "
        "|| if(rule = 3, 'the nearest of the others is ', 'the years beside it give ') "
        "|| printf('%.4g', expected) || "
        f"{literal('; correct it in catalog/corrections, or confirm it in catalog/comparability.yaml')}"
    )
    return con.sql(
        f"""{query.text("spike")}
        select place, ['{REASON}', '{ZERO}', '{ALONE}'][rule] as reason, {told} as detail
        from (select distinct on (place) * from found order by place, rule)
        where not ({" or ".join(real) or "false"})
        order by place"""
    ).to_arrow_table()
