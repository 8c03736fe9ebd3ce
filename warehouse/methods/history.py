"""History of source records: what a source said, from when to when it stood.

Kept on source records, before any crosswalk, so that a change of our catalog is never a revision.
Keyed by (series_key, period): the series key is the record's dimensions as `name=code` pairs in
name order, blank ones left out, so that neither column order nor a new blank column changes it.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

KEY = ("series_key", "period")


def series_key(records: pa.Table, dimensions: tuple[str, ...]) -> pa.Array:
    """`name=code` pairs of the non-blank dimensions, joined by `;` in name order.

    records: one string column per dimension, never null. Returns a string array.
    """
    parts = []
    for name in sorted(dimensions):
        codes = records[name].combine_chunks()
        if not pa.types.is_dictionary(codes.type):
            codes = codes.dictionary_encode()
        entries = codes.dictionary.cast(pa.string())
        pairs = pc.if_else(
            pc.equal(entries, ""), "", pc.binary_join_element_wise(f";{name}=", entries, "")
        )
        parts.append(pc.take(pairs, codes.indices))
    if not parts:
        return pa.array([""] * len(records))
    joined = pc.binary_join_element_wise(*parts, "") if len(parts) > 1 else parts[0]
    return pc.utf8_slice_codeunits(joined, 1)


def stamp(
    records: pa.Table, dimensions: tuple[str, ...], snapshot_id: str, recorded_from: datetime
) -> pa.Table:
    """Records of one snapshot as intervals that stand since `recorded_from` (naive UTC)."""
    n = len(records)
    plain = records.replace_schema_metadata(None)
    added = {
        "series_key": series_key(records, dimensions),
        "snapshot_id": pa.array([snapshot_id]).take(pa.nulls(n, pa.int32()).fill_null(0)),
        "recorded_from": pa.repeat(pa.scalar(recorded_from, pa.timestamp("us")), n),
        "recorded_to": pa.nulls(n, pa.timestamp("us")),
    }
    for name, column in added.items():
        plain = plain.append_column(name, column)
    fields = [
        pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type)
        for f in plain.schema
    ]
    return plain.cast(pa.schema(fields))


def merge(previous: pa.Table | None, stamped: pa.Table, now: datetime) -> pa.Table:
    """The history after one more snapshot, which upstream published at `now` (naive UTC).

    A figure is the same while value and flags are the same (where there is no value: its text), so
    that formatting is no revision; then the old row stays, with the snapshot it was first read
    from. Changed and vanished figures are closed at `now`. A snapshot
    that is older than what stands changes nothing; the edition that stands, read anew, replaces
    its own reading. Columns are the union of both; text that a
    side lacks is blank.
    """
    if previous is None or len(previous) == 0:
        return _ordered(stamped)
    ends = [pc.max(previous[c]).as_py() for c in ("recorded_from", "recorded_to")]
    last = max(e for e in ends if e is not None)
    if now < last:
        return previous
    if now == last:
        previous = _before(previous, now)
        if not len(previous):
            return _ordered(stamped)
    columns = list(dict.fromkeys([*stamped.column_names, *previous.column_names]))
    old, new = _widen(previous, columns), _widen(stamped, columns)
    con = duckdb.connect(config={"threads": 1})
    con.register("old", old)
    con.register("new", new)
    con.execute(f"set variable now = timestamp '{now}'")
    con.execute(
        """
        create temp view same as
        select o.series_key, o.period
        from old o join new n using (series_key, period)
        where o.recorded_to is null
          and o.value is not distinct from n.value and o.flags = n.flags
          and (o.value is not null or o.value_text = n.value_text)
        """
    )
    merged = con.sql(
        """
        select * from old where recorded_to is not null
        union all by name
        select o.* from old o semi join same using (series_key, period)
        where o.recorded_to is null
        union all by name
        select o.* replace (getvariable('now')::timestamp as recorded_to)
        from old o anti join same using (series_key, period)
        where o.recorded_to is null
        union all by name
        select n.* from new n anti join same using (series_key, period)
        """
    ).to_arrow_table()
    return _ordered(merged.select(columns))


def _before(history: pa.Table, moment: datetime) -> pa.Table:
    """The history as it was before the edition of `moment` came."""
    at = pa.scalar(moment, pa.timestamp("us"))
    kept = history.filter(pc.less(history["recorded_from"], at))
    i = kept.column_names.index("recorded_to")
    ended = pc.fill_null(pc.equal(kept["recorded_to"], at), False)
    never = pa.scalar(None, pa.timestamp("us"))
    return kept.set_column(i, "recorded_to", pc.if_else(ended, never, kept["recorded_to"]))


def _ordered(table: pa.Table) -> pa.Table:
    return table.sort_by(
        [("series_key", "ascending"), ("period", "ascending"), ("recorded_from", "ascending")]
    )


def _widen(table: pa.Table, columns: list[str]) -> pa.Table:
    blank = pa.array([""]).take(pa.nulls(len(table), pa.int32()).fill_null(0))
    for name in columns:
        if name not in table.column_names:
            table = table.append_column(name, blank)
    return table.select(columns)
