"""Source records to figures: the indicator file says which records and unit, the registry which
territory, metropolis and scale.

Every record that an indicator claims comes out with a fate: `observation` (its territory is the
metropolis), `part` (its territory is only a part of one), `context` (a country or region) or
`quarantine` (with the reason). Nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.model import Binding, Correction, Dataset, Indicator
from warehouse import query, store
from warehouse.methods import periods, statuses
from warehouse.methods.where import code, condition, literal, name
from warehouse.tables import HARMONISED

CONTEXT_SCALES = ("region", "country")
# How `spatial_unit.no_metro` begins for a territory within a metropolis, whose figure is not its own.
PART = "a part of "


def harmonise(
    indicator: Indicator,
    histories: Mapping[tuple[str, str], tuple[query.Rows, str]],
    datasets: Mapping[tuple[str, str], Dataset],
    *,
    spatial_unit: pa.Table,
    crosswalk: pa.Table,
    status: pa.Table,
    corrections: Sequence[Correction] = (),
    unknown: Mapping[tuple[str, str], Sequence[tuple[str, str]]] | None = None,
) -> tuple[pa.Table, list[str]]:
    """All records that a source indicator claims, in the shape of `tables.HARMONISED`.

    histories: (provider, dataset) to (history of its source records, or its Parquet file, of which only
    what is claimed is then read; stale_since or ""); datasets: the same keys to the catalog's statement; unknown: the same keys to (column, code) that were
    never served before and are not accepted yet; the others as in `tables`. Returns the table and the
    sentences of corrections that no longer match (each makes the indicator red). Raises
    `WarehouseError` where the catalog names a dimension that the data do not have.
    """
    con = query.memory(serial=True)
    systems = {r.system for key in histories for r in datasets[key].territory}
    con.register("spatial_unit", _of_systems(spatial_unit, systems))
    con.register("crosswalk", _of_systems(crosswalk, systems))
    flag_rows = status.to_pylist()
    for n, (key, (history, _)) in enumerate(histories.items()):
        query.show(con, f"history_{n}", history)
        _lookups(con, n, key[0], flag_rows)
    at = {key: n for n, key in enumerate(histories)}
    selects, problems = [], []
    for n, binding in enumerate(indicator.bindings):
        key = (binding.provider, binding.dataset)
        if key not in histories:  # nothing of this dataset was ever retrieved
            continue
        history, stale_since = histories[key]
        columns = set(query.names(history))
        about = f"catalog/indicators/{indicator.id}.yaml: binding {n}"
        claimed = _claim(binding, datasets[key], columns, about)
        con.execute(f"create temp view claimed_{n} as from history_{at[key]} where {claimed}")
        mended, stale = _correct(con, n, [c for c in corrections if _is(c, key)], columns)
        problems += stale
        mended["drifted"] = _drifted((unknown or {}).get(key, ()), columns)
        made = (indicator, n, at[key], binding, datasets[key], columns, mended, stale_since)
        selects.append(_figures(*made))
    shape = ", ".join(f"{name(c.name)}::{c.type} as {name(c.name)}" for c in HARMONISED.columns)
    if not selects:
        return con.sql(f"select {shape} from ({_nothing()})").to_arrow_table(), problems
    union = " union all by name ".join(selects)
    found = query.compact(con, f"select {shape} from ({union})")
    return store.ordered(found, HARMONISED), problems


def _of_systems(table: pa.Table, systems: set[str]) -> pa.Table:
    """The territories of these systems: a join builds its index of all that it is given."""
    return table.filter(pc.is_in(table["system"], pa.array(sorted(systems), pa.string())))


def excluded(dataset: Dataset, columns: set[str], about: str) -> str:
    """A SQL predicate: the catalog deliberately leaves the record out."""
    tests = [f"({condition(e.where, columns, about)})" for e in dataset.exclude]
    return " or ".join(tests) or "false"


def _nothing() -> str:
    nulls = ", ".join(f"null as {name(c.name)}" for c in HARMONISED.columns)
    return f"select {nulls} where false"


def _claim(binding: Binding, dataset: Dataset, columns: set[str], about: str) -> str:
    left_out = excluded(dataset, columns, f"{about}: an exclusion of {binding.dataset}")
    return f"({condition(binding.where, columns, about)}) and not ({left_out})"


def _lookups(
    con: duckdb.DuckDBPyConnection, n: int, provider: str, flag_rows: list[dict[str, object]]
) -> None:
    """Small tables for what is decided once per distinct text of a history: periods and flags."""
    found = con.sql(f"select distinct period, flags from history_{n}").fetchall()
    texts, flags = ({row[i] for row in found} for i in (0, 1))
    parsed = [(t, *(periods.parse(t) or (None, None, None))) for t in sorted(texts)]
    columns = list(zip(*parsed, strict=True)) or [(), (), (), ()]
    con.register(
        f"period_{n}",
        pa.table(
            {
                "period": pa.array(columns[0], pa.string()),
                "period_start": pa.array(columns[1], pa.date32()),
                "period_end": pa.array(columns[2], pa.date32()),
                "freq": pa.array(columns[3], pa.string()),
            }
        ),
    )
    resolved = statuses.resolve(provider, flags, flag_rows)
    con.register(
        f"flag_{n}",
        pa.table(
            {
                "flags": pa.array([r.flags for r in resolved], pa.string()),
                "obs_status": pa.array([r.obs_status for r in resolved], pa.string()),
                "conf_status": pa.array([r.conf_status for r in resolved], pa.string()),
                "is_break": pa.array([r.is_break for r in resolved], pa.bool_()),
                "is_forecast": pa.array([r.is_forecast for r in resolved], pa.bool_()),
            }
        ),
    )


def _correct(
    con: duckdb.DuckDBPyConnection, n: int, corrections: Sequence[Correction], columns: set[str]
) -> tuple[dict[str, str], list[str]]:
    """SQL expressions that apply the corrections, and a sentence for each that fits no record."""
    value, dropped, flag, stale = "value", "null::varchar", "''", []
    claims = [condition(c.match, columns, "a correction") for c in corrections]
    wheres = [f"{claim} and {_served(c)}" for claim, c in zip(claims, corrections, strict=True)]
    found = _any(con, n, [*wheres, *claims])
    served, claimed = found[: len(wheres)], found[len(wheres) :]
    for c, where, is_served, is_claimed in zip(corrections, wheres, served, claimed, strict=True):
        if not is_served:
            if is_claimed:
                stale.append(
                    f"catalog/corrections: {c.provider}/{c.dataset} {c.match} no longer says "
                    f"{_told(c)}; look at the new value and remove or renew the correction."
                )
            continue
        match c.action:
            case "override":
                value = f"case when {where} then {c.value!r} else {value} end"
            case "scale":
                value = f"case when {where} then value * {c.value!r} else {value} end"
            case "drop":
                dropped = f"case when {where} then {literal(c.reason.en)} else {dropped} end"
            case "flag":
                flag = f"case when {where} then {literal(c.flag or '')} else {flag} end"
    return {"value": value, "dropped": dropped, "flag": flag}, stale


def _any(con: duckdb.DuckDBPyConnection, n: int, predicates: Sequence[str]) -> Sequence[bool]:
    """Whether any claimed record fulfils each predicate; all are asked at once."""
    if not predicates:
        return []
    asked = ", ".join(f"coalesce(bool_or({p}), false)" for p in predicates)
    [found] = con.sql(f"select {asked} from claimed_{n}").fetchall()
    return found


def _served(c: Correction) -> str:
    if c.within:
        return f"value between {c.within[0]!r} and {c.within[1]!r}"
    return f"value_text = {literal(c.expect or '')}"


def _told(c: Correction) -> str:
    return f"anything from {c.within[0]:g} to {c.within[1]:g}" if c.within else str(c.expect)


def _drifted(unknown: Sequence[tuple[str, str]], columns: set[str]) -> str:
    """A SQL expression: what is unknown about a record, as `column 'code'`, else null."""
    cases = [
        f"when {name(c)} = {literal(code)} then {literal(c + ' ' + repr(code))}"
        for c, code in unknown
        if c in columns
    ]
    return f"case {' '.join(cases)} end" if cases else "null::varchar"


def _figures(
    indicator: Indicator,
    n: int,
    of: int,
    binding: Binding,
    dataset: Dataset,
    columns: set[str],
    mended: dict[str, str],
    stale_since: str,
) -> str:
    """SQL of binding `n`, of history `of`: records with unit, scale, metropolis, status and fate."""
    about = f"catalog/providers/{binding.provider}.yaml: {binding.dataset}"
    unit_code, system, vintage = "case", "case", "case"
    for rule in dataset.territory:
        when = condition(rule.where, columns, f"{about}: a territory rule")
        unit_code += f" when {when} then {code(rule.code, columns, about)}"
        system += f" when {when} then {literal(rule.system)}"
        vintage += f" when {when} then {literal(rule.vintage)}"
    bound = {
        side: f"try_cast({name(getattr(dataset.bounds, side))} as double) * {binding.factor!r}"
        if dataset.bounds and getattr(dataset.bounds, side) in columns
        else "null::double"
        for side in ("lower", "upper")
    }
    margin, beside = "", "c.series_key"
    for dimension, at in binding.margin.items():
        own, other = (literal(f"{dimension}={x}") for x in (binding.where[dimension], at))
        beside = f"replace({beside}, {own}, {other})"
    if binding.margin:
        size = f"m.margin * {binding.factor!r}"
        bound = {"lower": f"round(c.value * {binding.factor!r} - {size}, 6)"}
        bound["upper"] = f"round(c.value * {binding.factor!r} + {size}, 6)"
        # The margin that was served when the figure was.
        margin = f"""
    left join (
        select series_key, period, value as margin, recorded_from, recorded_to
        from history_{of} where value >= 0
    ) m on m.series_key = {beside} and m.period = c.period and m.recorded_from <= c.recorded_from
        and (m.recorded_to is null or m.recorded_to > c.recorded_from)"""
    projected = (
        f"c.period > {literal(binding.projection_after)}" if binding.projection_after else "false"
    )
    said = [f"nullif(trim(c.{name(n)}), '')" for n in dataset.notes or [] if n in columns]
    noted = f"nullif(concat_ws('; ', {', '.join(said)}), '')" if said else "null::varchar"
    drawn = "true" if binding.interpolated or binding.modelled else "false"
    jump = "false"
    if indicator.break_rule:
        jump = (
            "(c.recorded_to is null and c.value > 0 and abs(c.value / lag(c.value) over "
            "(partition by c.series_key, c.recorded_to is null order by c.period) - 1) > "
            f"{indicator.break_rule.relative_change!r})"
        )
    factor = "" if binding.factor == 1 else f" * {binding.factor!r}"
    # Six decimals are beyond any source's; without rounding 4221.532 * 1000 is not a whole number.
    figure = f"round(c.value{factor}, 6)" if factor else "c.value"
    contexts = ", ".join(map(literal, CONTEXT_SCALES))
    missing = ", ".join(map(literal, statuses.MISSING))
    return f"""
    select
        case
            when c.dropped is not null or c.drifted is not null or p.freq is null or u.scale is null then 'quarantine'
            when u.scale in ({contexts}) then 'context'
            when x.metro_id is null then 'quarantine'
            when x.relation = 'part_of' then 'part'
            else 'observation'
        end as fate,
        case
            when c.dropped is not null then 'correction'
            when c.drifted is not null then 'unknown_code'
            when p.freq is null then 'period_unreadable'
            when c.system is null then 'no_territory_rule'
            when u.scale is null then 'unknown_unit'
            when u.scale in ({contexts}) then null
            when x.metro_id is null and starts_with(u.no_metro, {literal(PART)}) then 'part_of_metro'
            when x.metro_id is null then 'no_metro'
        end as reason,
        case reason
            when 'correction' then 'dropped by catalog/corrections: ' || c.dropped
            when 'unknown_code' then c.drifted || ' was never served before; if it is right, run '
                || '`observatory snapshots accept {binding.provider}/{binding.dataset} --reason ...`'
            when 'period_unreadable' then 'period ''' || c.period || ''' is no SDMX period; '
                || 'mend the reader of {binding.provider} or exclude it in {about}'
            when 'no_territory_rule' then 'no territory rule of {about} fits this record; add one'
            when 'unknown_unit' then 'unit ''' || c.code || ''' of ' || c.system || ' (' || c.vintage
                || ') is not in catalog/metros/spatial_unit.csv; add it there'
            when 'part_of_metro' then '''' || u.name || ''' (' || c.system || ' ' || c.code || ') is '
                || u.no_metro
            when 'no_metro' then '''' || u.name || ''' (' || c.system || ' ' || c.code
                || ') is on no metropolis: ' || coalesce(nullif(u.no_metro, ''), 'add a row to '
                || 'catalog/metros/review.csv if it belongs to one')
        end as detail,
        case when fate in ('observation', 'part') then x.metro_id end as metro_id,
        u.iso3,
        c.system || ':' || c.code as unit_id, c.system, c.vintage, u.scale,
        {literal(indicator.id)} as indicator_id, {literal(binding.sex)} as sex,
        {literal(binding.age)} as age, c.period, p.period_start, p.period_end, p.freq,
        {figure} as value, {bound["lower"]} as lower, {bound["upper"]} as upper,
        {literal(binding.unit)} as unit,
        case when {projected} or f.is_forecast then 'F'
             when c.value is null and f.obs_status not in ({missing}) then 'O'
             when {drawn} and f.obs_status = 'A' then 'E'
             else f.obs_status end as obs_status, c.flags, f.conf_status,
        case when f.is_break or contains(c.mark, 'b') then 'source'
             when {jump} then 'observatory' end as break_origin,
        {noted} as note, {_provenance(dataset, columns)} as provenance,
        {literal(binding.provider)} as source_id, {literal(binding.dataset)} as dataset,
        c.series_key, c.snapshot_id, c.record_no, c.recorded_from, c.recorded_to,
        {literal(stale_since) + "::timestamp" if stale_since else "null::timestamp"} as stale_since,
        c.value_text
    from (
        select * replace ({mended["value"]} as value),
            {mended["dropped"]} as dropped, {mended["drifted"]} as drifted, {mended["flag"]} as mark,
            {unit_code} end as code, {system} end as system, {vintage} end as vintage
        from claimed_{n}
    ) c
    left join period_{of} p using (period)
    left join flag_{of} f using (flags)
    left join spatial_unit u on (u.system, u.vintage, u.code) = (c.system, c.vintage, c.code)
    left join crosswalk x on (x.system, x.vintage, x.code) = (c.system, c.vintage, c.code){margin}
    """


def _provenance(dataset: Dataset, columns: set[str]) -> str:
    """SQL: as the snapshot of the record says, since a carried copy may be in upstream's place."""
    stated = literal(dataset.provenance or "upstream")
    return f"coalesce(nullif(c.provenance, ''), {stated})" if "provenance" in columns else stated


def _is(correction: Correction, key: tuple[str, str]) -> bool:
    return (correction.provider, correction.dataset) == key
