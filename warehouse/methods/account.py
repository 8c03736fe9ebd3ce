"""The proof that no record is lost: every record that a reader found has one fate."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from catalog.model import Dataset
from warehouse.methods.harmonise import excluded
from warehouse.methods.where import condition, literal
from warehouse.tables import ACCOUNTING, QUARANTINE


def account(
    provider: str,
    dataset: str,
    statement: Dataset,
    history: pa.Table,
    read: int,
    claims: pa.Table,
) -> tuple[pa.Table, pa.Table]:
    """(quarantine rows, one accounting row) of one dataset.

    history: its source records with intervals; read: how many records the reader found in the
    newest snapshot; claims: rows of the harmonised tables of all indicators (all fates). Records
    that no indicator claims and no exclusion names are quarantined as `unbound`. The row is balanced when
    records = observations + context + quarantined + excluded and the standing history has as many
    rows as the reader found.
    """
    con = duckdb.connect(config={"threads": 1})
    con.register("history", history)
    columns = set(history.column_names)
    about = f"catalog/providers/{provider}.yaml: {dataset}"
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
    left_out = excluded(statement, columns, about)
    con.execute(
        f"""
        create temp table quarantined as
        select {literal(provider)} as source_id, {literal(dataset)} as dataset, snapshot_id,
            record_no, indicator_id, reason, detail, series_key, period, value_text, flags
        from claimed where fate = 'quarantine'
        union all by name
        select {literal(provider)} as source_id, {literal(dataset)} as dataset, snapshot_id,
            record_no, null as indicator_id, 'unbound' as reason,
            'no indicator claims this record; bind it in catalog/indicators or exclude it, with '
            || 'the reason, in catalog/providers/{provider}.yaml' as detail,
            series_key, period, value_text, flags
        from history h
        where recorded_to is null and not ({left_out})
          and not exists (select 1 from claimed c
                          where (c.series_key, c.period) = (h.series_key, h.period))
        """
    )
    names = []
    for e in statement.exclude:
        where = condition(e.where, columns, about)
        count = con.sql(
            f"select count(*) from history where recorded_to is null and {where}"
        ).fetchall()[0][0]
        names.append(f"{e.reason}: {count}")
    counts = con.sql(
        f"""
        select *, records = observations + context + quarantined + excluded
                and records = standing as balanced
        from (select {literal(provider)} as source_id, {literal(dataset)} as dataset,
            coalesce((select arg_max(snapshot_id, recorded_from) from history), '') as snapshot_id,
            {read}::bigint as records,
            (select count(*) from claimed where fate = 'observation') as observations,
            (select count(*) from claimed where fate = 'context') as context,
            (select count(*) from quarantined) as quarantined,
            (select count(*) from history where recorded_to is null and ({left_out})) as excluded,
            {literal("; ".join(names))} as exclusions,
            (select count(*) from history where recorded_to is null) as standing)
        """
    ).to_arrow_table()
    columns_of = ", ".join(QUARANTINE.names)
    rows = con.sql(
        f"select {columns_of} from quarantined order by {', '.join(QUARANTINE.sort)}"
    ).to_arrow_table()
    return rows, counts.select(list(ACCOUNTING.names))
