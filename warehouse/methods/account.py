"""The proof that no record is lost: every record that a reader found has one fate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa

from catalog.models.model import Dataset, Indicator
from warehouse import query, store, tables
from warehouse.errors import WarehouseError
from warehouse.inputs import Inputs
from warehouse.methods.derive import UNIT, taken
from warehouse.methods.harmonise import excluded
from warehouse.methods.where import condition, literal
from warehouse.query import Rows
from warehouse.tables import HARMONISED

# Rows of harmonised tables, all fates, or the files that hold them.
Claims = Rows | Sequence[Path]

ACCOUNTING, QUARANTINE = tables.of("accounting"), tables.of("quarantine")


def quarantined(
    provider: str, dataset: str, statement: Dataset, history: Rows, claims: Claims
) -> pa.Table:
    """Standing records of one dataset that became no figure, in the shape of table `quarantine`.

    history: its source records with intervals; claims: rows of the harmonised tables of the
    indicators (all fates), of this dataset at least. Records that no indicator claims and no exclusion names are quarantined
    as `unbound`.
    """
    con = query.memory()
    left_out, _ = _connect(con, provider, dataset, statement, history, claims)
    of = f"{literal(provider)} as source_id, {literal(dataset)} as dataset"
    return query.compact(
        con,
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
        """,
    )


def account(
    provider: str,
    dataset: str,
    statement: Dataset,
    history: Rows,
    read: int,
    claims: Claims,
    quarantine: pa.Table,
) -> pa.Table:
    """The accounting of one dataset, one row in the shape of table `accounting`.

    read: how many records the reader found in the newest snapshot; quarantine: the table as it
    stands; the others as in `quarantined`. Balanced when records = observations + parts +
    context + quarantined + excluded and the standing history has as many rows as the reader found.
    """
    con = query.memory(serial=True)
    left_out, columns = _connect(con, provider, dataset, statement, history, claims)
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
                observations, parts, context,
                (select count(*) from quarantine where source_id = {literal(provider)}
                    and dataset = {literal(dataset)}) as quarantined,
                (select count(*) from history where recorded_to is null and ({left_out}))
                    as excluded, 0 as not_computable,
                {literal("; ".join(names))} as exclusions,
                (select count(*) from history where recorded_to is null) as standing
                from (select count(*) filter (fate = 'observation') as observations,
                    count(*) filter (fate = 'part') as parts,
                    count(*) filter (fate = 'context') as context from claimed)))
        """
    ).to_arrow_table()


def computed(indicator: Indicator, lead: Rows, claims: Claims) -> tuple[pa.Table, pa.Table]:
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
    query.show(con, "claims", claims)
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
    con: duckdb.DuckDBPyConnection,
    provider: str,
    dataset: str,
    statement: Dataset,
    history: Rows,
    claims: Claims,
) -> tuple[str, set[str]]:
    """Show `history` and the standing `claimed` records; (exclusions as SQL, columns of the history)."""
    query.show(con, "history", history)
    query.show(con, "claims", claims)
    con.execute(
        f"""
        create temp view claimed as
        select fate, reason, detail, indicator_id, series_key, period, snapshot_id, record_no,
            value_text, flags
        from claims
        where source_id = {literal(provider)} and dataset = {literal(dataset)}
          and recorded_to is null
        """
    )
    columns = set(con.table("history").columns)
    about = f"catalog/providers/{provider}.yaml: {dataset}"
    return excluded(statement, columns, about), columns


def make(given: Inputs) -> pa.Table:
    """Table `quarantine` or `accounting`; a rejected candidate counts as what it is."""
    claims = _claims(given)
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
    made = [query.encoded(table) for table in (store.empty(given.statement), *found)]
    return pa.concat_tables(made, promote_options="permissive")


def _claims(given: Inputs) -> Mapping[tuple[str, str], Claims]:
    """By (provider, dataset), the files of the indicators that claim records of it."""
    files = [str(p) for p in given.indicator_files(rejected=True)]
    if not files:
        raise WarehouseError("No indicator was ever made, so there are no figures; build them.")
    con = query.memory()
    con.execute("set variable files = $files", {"files": files})
    found = con.sql(
        "select distinct source_id, dataset, filename "
        "from read_parquet(getvariable('files'), filename = true) order by all"
    ).fetchall()
    claims = defaultdict(lambda: store.empty(HARMONISED))
    for pair, of in groupby(found, key=lambda row: row[:2]):
        claims[pair] = [Path(file) for _, _, file in of]
    return claims


def _derived(given: Inputs) -> Iterator[tuple[Indicator, Rows]]:
    """Each derived indicator that was made, with the figures of the leading part of its formula."""
    for indicator in given.catalog.indicators.values():
        if indicator.derived and given.home.indicator(indicator.id).exists():
            lead = given.home.indicator(next(iter(indicator.derived.inputs.values())).indicator)
            yield indicator, lead if lead.exists() else store.empty(HARMONISED)
