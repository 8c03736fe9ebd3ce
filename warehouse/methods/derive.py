"""Derived figures: a formula over parts that share unit, delineation, period and variant.

A figure is made only where all parts speak of the same territorial unit of the same system and
vintage, in the same period (handbook practice: numerator and denominator of one delineation). Where
the leading part stands and another is missing or zero, the row says so as `not_computable`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from catalog.models.model import Indicator, Input
from warehouse import query, store
from warehouse.methods.where import literal, name
from warehouse.tables import HARMONISED

UNIT = ("system", "vintage", "unit_id", "period")


def derive(indicator: Indicator, parts: Mapping[str, pa.Table]) -> pa.Table:
    """All figures of a derived indicator, in the shape of `tables.HARMONISED`.

    parts: indicator id to its harmonised table. Only current figures with a value are used; where
    two datasets give a part for the same unit and period, upstream goes before carrier, then the
    dataset's name decides.
    """
    spec = indicator.derived
    assert spec is not None, "called for derived indicators only"
    con = query.memory(serial=True)
    lead, *others = spec.inputs
    for key, part in spec.inputs.items():
        con.register(f"all_{key}", parts[part.indicator])
        con.execute(
            f"""
            create temp view {name(key)} as
            select *, case obs_status when 'F' then 3 when 'E' then 2 when 'P' then 1 else 0 end as doubt
            from all_{key}
            where {taken(part)}
            qualify row_number() over (
                partition by {", ".join(UNIT)}, sex, age
                order by provenance desc, source_id, dataset, series_key) = 1
            """
        )
    joins = "".join(
        f" left join {name(key)} on {_on(lead, key, spec.inputs[key].sex, spec.inputs[key].age)}"
        for key in others
    )
    used = [lead, *others]
    numbers = ", ".join(f"{name(k)}.value as {name('v_' + k)}" for k in used)
    formula = _formula(spec.formula, used)
    worst = f"greatest({', '.join(f'coalesce({name(k)}.doubt, 0)' for k in used)})"
    newest = f"greatest({', '.join(f'{name(k)}.recorded_from' for k in used)})"
    stale = f"greatest({', '.join(f'{name(k)}.stale_since' for k in used)})"
    broken = " or ".join(f"{name(k)}.break_origin is not null" for k in used)
    missing = " ".join(
        f"when {name('v_' + k)} is null then "
        + literal(
            f"no figure of {spec.inputs[k].indicator} for the same unit, delineation and period"
        )
        for k in others
    )
    zero = "'the denominator is zero'"
    why = f"case {missing} else {zero} end" if missing else zero
    con.execute(
        f"""
        create temp view made as
        select *, case when isfinite(made) then made end as figure from (
            select {name(lead)}.* exclude (value, doubt, recorded_from, stale_since, break_origin),
                {numbers}, {worst} as doubt, {newest} as recorded_from, {stale} as stale_since,
                case when {broken} then 'observatory' end as break_origin,
                {formula} as made
            from {name(lead)}{joins})
        """
    )
    shape = ", ".join(f"{name(c.name)}::{c.type} as {name(c.name)}" for c in HARMONISED.columns)
    figures = query.compact(
        con,
        f"""
        select {shape} from (
            select * exclude (figure, made, sex, age, doubt, fate, reason, detail, indicator_id, unit, lower,
                    upper, obs_status, flags, conf_status, note, provenance, source_id, dataset,
                    value_text),
                case when figure is null then 'not_computable' else fate end as fate,
                case when figure is null then 'not_computable' end as reason,
                case when figure is null then {why} end as detail,
                {literal(indicator.id)} as indicator_id, {literal(indicator.unit)} as unit,
                {_variant("sex", spec.inputs[lead].sex)}, {_variant("age", spec.inputs[lead].age)},
                figure as value, null as lower, null as upper,
                case doubt when 3 then 'F' when 2 then 'E' when 1 then 'P' else 'A' end as obs_status,
                '' as flags, 'F' as conf_status, null as note, 'computed' as provenance,
                'observatory' as source_id, {literal(indicator.id)} as dataset,
                coalesce(figure::varchar, '') as value_text
            from made)
        """,
    )
    return store.ordered(figures, HARMONISED)


def taken(part: Input) -> str:
    """A SQL predicate: which rows of a harmonised table a formula takes as this part."""
    pins = (("unit", part.unit), ("sex", part.sex), ("age", part.age))
    return " and ".join(
        ["fate in ('observation', 'part')", "recorded_to is null", "value is not null"]
        + [f"{column} = {literal(wanted)}" for column, wanted in pins if wanted is not None]
    )


def _variant(column: str, pinned: str | None) -> str:
    """A variant that the leading part pins is part of what is measured: the figure is a total."""
    return column if pinned is None else f"'_T' as {column}"


def _on(lead: str, key: str, sex: str | None, age: str | None) -> str:
    same = [*UNIT, *(["sex"] if sex is None else []), *(["age"] if age is None else [])]
    return " and ".join(f"{name(lead)}.{c} = {name(key)}.{c}" for c in same)


def _formula(formula: str, inputs: list[str]) -> str:
    """The catalog's formula with each input replaced by its value; division stays exact double."""

    return re.sub(
        r"[a-z][a-z0-9_]*",
        lambda m: f"{name(m[0])}.value" if m[0] in inputs else m[0],
        formula,
    )
