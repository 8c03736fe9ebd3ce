"""The proof that no record is lost: every record that a reader found has one fate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.model import Dataset, Indicator
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.methods.claimed import claimed
from warehouse.methods.derive import UNIT, taken
from warehouse.methods.harmonise import excluded
from warehouse.methods.where import condition, literal
from warehouse.query import Rows
from warehouse.tables import HARMONISED

ACCOUNTING, QUARANTINE = tables.of("accounting"), tables.of("quarantine")


def quarantined(
    provider: str, dataset: str, statement: Dataset, history: Rows, claims: pa.Table
) -> pa.Table:
    """Standing records of one dataset that became no figure, in the shape of table `quarantine`.

    history: its source records with intervals; claims: rows of the harmonised tables of the
    indicators (all fates), of this dataset at least. Records that no indicator claims and no exclusion names are quarantined
    as `unbound`.
    """
    con, left_out, _ = _connect(provider, dataset, statement, history, claims)
    of = f"{literal(provider)} as source_id, {literal(dataset)} as dataset"
    return con.sql(
        f"""
        select {", ".join(QUARANTINE.names)} from (
            select {of}, snapshot_id, record_no, indicator_id, reason, detail, series_key, period,
                value_text, flags
            from claimed where fate = 'quarantine'
            union all by name
            select {of}, snapshot_id, record_no, null as indicator_id, 'unbound' as reason,
                'no indicator claims this record; bind it in catalog/indicators or exclude it, with '
                || 'the reason, in catalog/providers/{provider}.yaml' as detail,
                series_key, period, value_text, flags
            from history h
            where recorded_to is null and not ({left_out})
              and not exists (select 1 from claimed c
                              where (c.series_key, c.period) = (h.series_key, h.period)))
        order by {", ".join(QUARANTINE.sort)}
        """
    ).to_arrow_table()


def account(
    provider: str,
    dataset: str,
    statement: Dataset,
    history: Rows,
    read: int,
    claims: pa.Table,
    quarantine: pa.Table,
) -> pa.Table:
    """The accounting of one dataset, one row in the shape of table `accounting`.

    read: how many records the reader found in the newest snapshot; quarantine: the table as it
    stands; the others as in `quarantined`. Balanced when records = observations + parts +
    context + quarantined + excluded and the standing history has as many rows as the reader found.
    """
    con, left_out, columns = _connect(provider, dataset, statement, history, claims)
    con.register("quarantine", quarantine)
    about = f"catalog/providers/{provider}.yaml: {dataset}"
    names = []
    for e in statement.exclude:
        where = condition(e.where, columns, about)
        count = con.sql(
            f"select count(*) from history where recorded_to is null and {where}"
        ).fetchall()[0][0]
        names.append(f"{e.reason}: {count}")
    return con.sql(
        f"""
        select {", ".join(ACCOUNTING.names)} from (
            select *, records = observations + parts + context + quarantined
                + excluded and records = standing as balanced
            from (select {literal(provider)} as source_id, {literal(dataset)} as dataset,
                coalesce((select arg_max(snapshot_id, recorded_from) from history), '')
                    as snapshot_id,
                {read}::bigint as records,
                (select count(*) from claimed where fate = 'observation') as observations,
                (select count(*) from claimed where fate = 'part') as parts,
                (select count(*) from claimed where fate = 'context') as context,
                (select count(*) from quarantine where source_id = {literal(provider)}
                    and dataset = {literal(dataset)}) as quarantined,
                (select count(*) from history where recorded_to is null and ({left_out}))
                    as excluded, 0 as not_computable,
                {literal("; ".join(names))} as exclusions,
                (select count(*) from history where recorded_to is null) as standing))
        """
    ).to_arrow_table()


def computed(indicator: Indicator, lead: Rows, claims: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Quarantined figures and the account of a derived indicator (table `quarantine`, one row of
    table `accounting`).

    lead: the harmonised table of the leading part of its formula, whose current figures are the
    records; claims: as in `quarantined`. Balanced when each of them became a figure of a metropolis
    or of a part, a row of `not_computable`, or one of `quarantine`.
    """
    assert indicator.derived is not None, "called for derived indicators only"
    part = next(iter(indicator.derived.inputs.values()))
    con = query.memory(serial=True)
    query.show(con, "lead_part", lead)
    con.register("claims", claims)
    con.execute(
        "create temp view made as select * from claims where source_id = 'observatory' and "
        f"dataset = {literal(indicator.id)} and recorded_to is null"
    )
    out = con.sql(
        f"select {', '.join(QUARANTINE.names)} from made where fate = 'quarantine' "
        f"order by {', '.join(QUARANTINE.sort)}"
    ).to_arrow_table()
    fates = ", ".join(
        f"count(*) filter (fate = '{fate}') as {column}"
        for fate, column in (
            ("observation", "observations"),
            ("part", "parts"),
            ("quarantine", "quarantined"),
            ("not_computable", "not_computable"),
        )
    )
    row = con.sql(
        f"""
        select {", ".join(ACCOUNTING.names)} from (
            select *, records = observations + parts + quarantined + not_computable as balanced
            from (
                select 'observatory' as source_id, {literal(indicator.id)} as dataset,
                    '' as snapshot_id, 0 as context, 0 as excluded, '' as exclusions,
                    (select count(*) from (select distinct {", ".join(UNIT)}, sex, age
                        from lead_part where {taken(part)})) as records, {fates}
                from made))
        """
    ).to_arrow_table()
    return out, row


def _connect(
    provider: str, dataset: str, statement: Dataset, history: Rows, claims: pa.Table
) -> tuple[duckdb.DuckDBPyConnection, str, set[str]]:
    """(connection with `history` and the standing `claimed` records, exclusions as SQL, columns)."""
    con = query.memory(serial=True)
    query.show(con, "history", history)
    con.register("claims", claims)
    con.execute(
        f"""
        create temp table claimed as
        select fate, reason, detail, indicator_id, series_key, period, snapshot_id, record_no,
            value_text, flags
        from claims
        where source_id = {literal(provider)} and dataset = {literal(dataset)}
          and recorded_to is null
        """
    )
    columns = set(con.table("history").columns)
    about = f"catalog/providers/{provider}.yaml: {dataset}"
    return con, excluded(statement, columns, about), columns


# What the accounting needs to know of a record that an indicator claims.
CLAIMED = (
    *("fate", "reason", "detail", "indicator_id", "source_id", "dataset", "series_key", "period"),
    *("snapshot_id", "record_no", "value_text", "flags", "recorded_to"),
)


def make(given: Inputs) -> pa.Table:
    """Table `quarantine` or `accounting`; a rejected candidate counts as what it is."""
    claims = _by_dataset(claimed(given, CLAIMED, "recorded_to is null", rejected=True))
    formulas = [computed(i, lead, claims["observatory", i.id]) for i, lead in _derived(given)]
    if given.statement.name == "quarantine":
        found = [quarantined(p, d, s, f, claims[p, d]) for p, d, s, f in given.histories()]
        found += [out for out, _ in formulas]
    else:
        quarantine = given["quarantine"]
        found = [
            account(p, d, s, f, int(store.metadata(f)["records"]), claims[p, d], quarantine)
            for p, d, s, f in given.histories()
        ]
        found += [row for _, row in formulas]
    return pa.concat_tables([store.empty(given.statement), *found], promote_options="permissive")


def _by_dataset(claims: pa.Table) -> Mapping[tuple[str, str], pa.Table]:
    """Claims by (provider, dataset), none where a dataset has none: read once, not once a dataset."""
    pair = pc.binary_join_element_wise(claims["source_id"], claims["dataset"], "/")
    order = pc.sort_indices(pair.combine_chunks())
    ordered, runs = claims.take(order), pc.run_end_encode(pair.take(order).combine_chunks())
    found, start = defaultdict(lambda: claims.slice(0, 0)), 0
    for name, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        provider, _, dataset = name.partition("/")
        found[provider, dataset] = ordered.slice(start, end - start)
        start = end
    return found


def _derived(given: Inputs) -> Iterator[tuple[Indicator, Rows]]:
    """Each derived indicator that was made, with the figures of the leading part of its formula."""
    for indicator in given.catalog.indicators.values():
        if indicator.derived and given.home.indicator(indicator.id).exists():
            lead = given.home.indicator(next(iter(indicator.derived.inputs.values())).indicator)
            yield indicator, lead if lead.exists() else store.empty(HARMONISED)
