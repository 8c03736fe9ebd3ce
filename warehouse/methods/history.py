"""History of source records: what a source said, from when to when it stood.

Kept on source records, before any crosswalk, so that a change of our catalog is never a revision.
Keyed by (series_key, period); the series key is made in `sources.records.series`.
Editions are in the order in which upstream published them, whatever the order they came in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from sources.records.series import AS_SERVED, Identity, series_key
from warehouse import query, store

KEY = ("series_key", "period")
# The same number written otherwise (0.1 + 0.2 of a workbook, 0.3 of a CSV) is no revision.
RELATIVE = 1e-12
_PARTIAL = b"partial"


@dataclass(frozen=True)
class Edition:
    """One edition that a history holds: when upstream published it (naive UTC), its snapshot, and
    how many records were read from it (-1 where that is not known)."""

    at: datetime
    snapshot_id: str
    records: int = -1


def stamp(
    records: pa.Table,
    dimensions: tuple[str, ...],
    snapshot_id: str,
    recorded_from: datetime,
    identity: Identity = AS_SERVED,
    provenance: str = "upstream",
    partial: Sequence[str] = (),
) -> pa.Table:
    """Records of one snapshot as intervals that stand since `recorded_from` (naive UTC), texts that repeat
    as dictionaries.

    provenance: `upstream`, or `carrier` where a third party reshaped what upstream served. partial:
    columns (dimensions, or `period`) by whose codes the snapshot is a part of the dataset; it says
    nothing about other codes. It travels in the metadata of the schema until the records are merged.
    """
    n = len(records)
    stamped = query.encoded(records.replace_schema_metadata(None))
    added = {
        "series_key": _keys(records, dimensions, identity),
        "snapshot_id": _same(snapshot_id, n),
        "provenance": _same(provenance, n),
        "recorded_from": pa.repeat(pa.scalar(recorded_from, pa.timestamp("us")), n),
        "recorded_to": pa.nulls(n, pa.timestamp("us")),
    }
    for name, column in added.items():
        stamped = stamped.append_column(name, column)
    return stamped.replace_schema_metadata({_PARTIAL: ",".join(partial)}) if partial else stamped


def _keys(records: pa.Table, dimensions: tuple[str, ...], identity: Identity) -> pa.ChunkedArray:
    """The series key of each record, made some records at a time: a million plain keys are 60 MB."""
    parts = [
        series_key(records.slice(at, query.BATCH), dimensions, identity).dictionary_encode()
        for at in range(0, max(len(records), 1), query.BATCH)
    ]
    return pa.chunked_array(parts).unify_dictionaries()


def _same(text: str, n: int) -> pa.DictionaryArray:
    """One text `n` times."""
    return pa.DictionaryArray.from_arrays(pa.nulls(n, pa.int32()).fill_null(0), pa.array([text]))


def beside(previous: pa.Table | None, stamped: pa.Table) -> int:
    """How many records of the history a partial snapshot says nothing about; 0 for a whole one."""
    partial = _partial(stamped)
    if previous is None or not partial:
        return 0
    con = query.memory(serial=True)
    con.register("old", previous)
    con.register("new", stamped)
    asked = f"select * from old anti join (select distinct {_names(partial)} from new)"
    counted = f"select count(*) from ({asked} using ({_names(partial)})) where recorded_to is null"
    return con.sql(counted).fetchall()[0][0]


def merge(previous: pa.Table | None, stamped: pa.Table, now: datetime) -> pa.Table:
    """The history after one more snapshot, which upstream published at `now` (naive UTC).

    A figure is the same while value and flags are the same (where there is no value: its text), so
    that formatting, and the order of flags, is no revision; then the old row stays, with the
    snapshot it was first read from. Changed and vanished figures are closed at `now`. A snapshot
    that is older than what stands changes nothing; the edition that stands, read anew, replaces
    its own reading. Columns are the union of both; text that a
    side lacks is blank.

    A partial snapshot closes nothing that it does not speak of. Where upstream serves the value that
    a carried copy has, its row takes the place of the copy's, since the same moment: no revision. A
    copy without a flag says nothing about flags.
    """
    partial = _partial(stamped)
    stamped = stamped.replace_schema_metadata(None)
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
    # DuckDB does not tell `ISO3` from `iso3`: one column, named as the newer edition has it.
    newer = {c.casefold(): c for c in stamped.column_names}
    previous = previous.rename_columns([newer.get(c.casefold(), c) for c in previous.column_names])
    columns = list(dict.fromkeys([*stamped.column_names, *previous.column_names, "provenance"]))
    old, new = _widen(previous, columns), _widen(stamped, columns)
    con = query.memory(serial=True)
    con.register("old", old)
    con.register("new", new)
    con.execute(f"set variable now = timestamp '{now}'")
    con.execute(
        f"""
        create temp table agreed as
        select series_key, period, o.recorded_from,
            o.provenance = 'carrier' and n.provenance = 'upstream' as confirmed
        from old o join new n using (series_key, period)
        where o.recorded_to is null and {same_value("o", "n")}
            and ({same_flags("o", "n")}
                or o.provenance = 'carrier' and n.provenance = 'upstream'
                or n.provenance = 'carrier' and n.flags = '');
        create temp view spoken as select distinct {_names(partial or KEY)} from new
        """
    )
    closed = f"semi join spoken using ({_names(partial)})" if partial else ""
    untouched = (
        f"""
        union all by name
        select o.* from old o anti join spoken using ({_names(partial)})
        where o.recorded_to is null"""
        if partial
        else ""
    )
    merged = query.compact(
        con,
        f"""
        select * from old where recorded_to is not null
        union all by name
        select o.* from old o semi join (from agreed where not confirmed) using (series_key, period)
        where o.recorded_to is null
        union all by name
        select n.* replace (a.recorded_from as recorded_from)
        from new n join agreed a using (series_key, period) where a.confirmed
        union all by name
        select o.* replace (getvariable('now')::timestamp as recorded_to)
        from (select o.* from old o {closed} where o.recorded_to is null) o
        anti join agreed using (series_key, period)
        union all by name
        select n.* from new n anti join agreed using (series_key, period)
        {untouched}
        """,
    )
    return _ordered(merged.select(columns))


def same(one: str, other: str) -> str:
    """A SQL predicate: two rows say the same, whatever the formatting and the order of flags."""
    return f"({same_value(one, other)} and {same_flags(one, other)})"


def same_value(one: str, other: str) -> str:
    """A SQL predicate: two rows have the same value, or the same text where there is none."""
    a, b = one, other
    return f"""({a}.value = {b}.value or abs({a}.value - {b}.value) <= {RELATIVE!r} * abs({a}.value)
        or ({a}.value is null and {b}.value is null
            and trim({a}.value_text) = trim({b}.value_text)))"""


def same_flags(one: str, other: str) -> str:
    """A SQL predicate: two rows have the same flags, in whatever order."""
    a, b = one, other
    return f"""({a}.flags = {b}.flags or list_sort(string_split({a}.flags, ''))
        = list_sort(string_split({b}.flags, '')))"""


def insert(
    history: pa.Table | None,
    editions: Sequence[Edition],
    stamped: pa.Table,
    at: datetime,
    reread: Callable[[Edition], pa.Table | None] = lambda _: None,
) -> pa.Table:
    """The history with one more edition, wherever its date falls among those that it holds.

    editions: those that `history` holds. Of later ones what `reread` gives is merged anew; where it
    gives None, their bytes being gone, what the history says stood then (a figure that stood before
    and after then keeps the snapshot of its first reading). So any order of loading gives the same
    history.
    """
    later = sorted((e for e in editions if e.at > at), key=lambda e: e.at)
    if history is None or not later:
        return merge(history, stamped, at)
    grown = merge(_before(history, at), stamped, at)
    for edition in later:
        again = reread(edition)
        grown = merge(grown, stood(history, edition.at) if again is None else again, edition.at)
    return grown


def stood(history: pa.Table, at: datetime) -> pa.Table:
    """What stood at a moment, as rows that begin then: the edition that was current."""
    moment = pa.scalar(at, pa.timestamp("us"))
    open_ = pc.fill_null(pc.greater(history["recorded_to"], moment), True)
    found = history.filter(pc.and_(pc.less_equal(history["recorded_from"], moment), open_))
    n = len(found)
    for name, column in (
        ("recorded_from", pa.repeat(moment, n)),
        ("recorded_to", pa.nulls(n, pa.timestamp("us"))),
    ):
        found = found.set_column(found.column_names.index(name), name, column)
    return found


def rekeyed(history: pa.Table, dimensions: tuple[str, ...], identity: Identity) -> pa.Table:
    """The history under another identity; intervals that now follow each other unchanged are one,
    so that a change of our catalog is never a revision."""
    keyed = history.set_column(
        history.column_names.index("series_key"),
        "series_key",
        _keys(history, dimensions, identity),
    )
    con = query.memory(serial=True)
    con.register("keyed", keyed)
    columns = ", ".join(f'"{c}"' for c in keyed.column_names)
    said = ("value", "flags", "value_text", "recorded_to")
    before = ", ".join(f"lag({c}) over series as before_{c}" for c in said)
    alike = same("f", "b").replace("b.", "f.before_")
    joined = query.compact(
        con,
        f"""
        select {columns} from (select * replace (last_value(recorded_to) over run as recorded_to),
            row_number() over run as place from (
            select f.*, sum(if({alike} and f.before_recorded_to = f.recorded_from, 0, 1))
                over series as number
            from (
                select *, {before} from keyed
                window series as (partition by series_key, period order by recorded_from, record_no)
            ) f
            window series as (
                partition by series_key, period order by recorded_from, record_no
                rows between unbounded preceding and current row)
        )
        window run as (
            partition by series_key, period, number order by recorded_from, record_no
            rows between unbounded preceding and unbounded following)
) where place = 1
        """,
    )
    return _ordered(joined)


def noted(editions: Sequence[Edition]) -> str:
    """Editions as text for the footer of a history, in the order of their dates."""
    ordered = sorted(editions, key=lambda e: e.at)
    return json.dumps([[e.at.isoformat(), e.snapshot_id, e.records] for e in ordered])


def editions(said: Mapping[str, str], history: pa.Table | None) -> list[Edition]:
    """The editions that a history holds, by its footer; else those that left a trace in it."""
    if said.get("editions"):
        return [
            Edition(datetime.fromisoformat(at), snapshot, int(n))
            for at, snapshot, n in json.loads(said["editions"])
        ]
    if history is None or not len(history):
        return []
    first = history.select(["recorded_from", "snapshot_id"])
    first = first.set_column(1, "snapshot_id", first["snapshot_id"].cast(pa.string()))
    first = first.group_by("recorded_from").aggregate([("snapshot_id", "min")])
    named = dict(
        zip(first["recorded_from"].to_pylist(), first["snapshot_id_min"].to_pylist(), strict=True)
    )
    moments = {*named, *(t for t in pc.unique(history["recorded_to"]).to_pylist() if t)}
    return [Edition(at, named.get(at, "")) for at in sorted(moments)]


def _before(history: pa.Table, moment: datetime) -> pa.Table:
    """The history as it was before the edition of `moment` came."""
    at = pa.scalar(moment, pa.timestamp("us"))
    kept = history.filter(pc.less(history["recorded_from"], at))
    i = kept.column_names.index("recorded_to")
    ended = pc.fill_null(pc.greater_equal(kept["recorded_to"], at), False)
    never = pa.scalar(None, pa.timestamp("us"))
    return kept.set_column(i, "recorded_to", pc.if_else(ended, never, kept["recorded_to"]))


def _partial(stamped: pa.Table) -> tuple[str, ...]:
    said = (stamped.schema.metadata or {}).get(_PARTIAL, b"").decode()
    return tuple(said.split(",")) if said else ()


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{c}"' for c in columns)


def _ordered(table: pa.Table) -> pa.Table:
    return store.in_order(table, (*KEY, "recorded_from"))


def _widen(table: pa.Table, columns: list[str]) -> pa.Table:
    blank = _same("", len(table))
    for name in columns:
        if name not in table.column_names:
            table = table.append_column(name, blank)
    return table.select(columns)
