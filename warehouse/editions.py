"""From snapshots to the history of a dataset: which editions are new, from when each counts, what is kept of it.

Judgement is the caller's: a function gets a candidate and answers with the sentences of the rules that it breaks.
The methods on rows (`insert`, `stamp`, `rekeyed`) are in `warehouse.methods.history`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from sources.errors import SourceError
from sources.read import read
from sources.records import records as source_records
from sources.records.series import AS_SERVED, Identity
from sources.refresh.ask import waiting
from sources.store.snapshots import Snapshot, Store
from warehouse import store, tables
from warehouse.errors import WarehouseError
from warehouse.methods.history import (
    Edition,
    beside,
    editions,
    insert,
    noted,
    rekeyed,
    stamp,
    stood,
)

# What the footer of a history says of the edition that it took in last.
KEPT = (
    *("records", "snapshot_id", "edition", "editions", "identity", "dimensions"),
    *("unknown", "meant"),
)
# (candidate, the table before it, its snapshot) -> sentences of the rules that the candidate breaks.
Judge = Callable[[pa.Table, pa.Table | None, Snapshot], Sequence[str]]


class Unreadable(WarehouseError):
    """A snapshot cannot be read. `final`: reading it again gives the same, until the bytes or the reader change."""

    def __init__(self, sentence: str, *, final: bool) -> None:
        super().__init__(sentence)
        self.final = final


@dataclass(frozen=True)
class DatasetSnapshots:
    """The snapshots of one dataset, and the columns by which its series are known."""

    snapshots: Store
    provider: str
    dataset: str
    identity: Identity

    @property
    def name(self) -> str:
        """`provider/dataset`, as messages call it."""
        return f"{self.provider}/{self.dataset}"

    def accepted(self) -> list[Snapshot]:
        """The accepted snapshots, oldest first."""
        return self.snapshots.editions(self.provider, self.dataset)

    def waiting(self) -> Snapshot | None:
        """The newest download, where a person has yet to accept it."""
        return waiting(self.snapshots, self.provider, self.dataset)


@dataclass(frozen=True)
class History:
    """The last good history of a dataset: its rows (None before the first edition), the editions in it (oldest first)
    and what the footer of its file says."""

    table: pa.Table | None = None
    editions: list[Edition] = field(default_factory=list)
    footer: Mapping[str, str] = field(default_factory=dict)

    def until(self, at: datetime) -> pa.Table | None:
        """The rows as they were just before an edition of `at`; None where no edition is older."""
        older = self.table is not None and any(e.at < at for e in self.editions)
        return stood(self.table, at) if older else None


@dataclass(frozen=True)
class Reading:
    """The records of one snapshot as intervals since `at`, with the columns that the reader found."""

    snapshot: Snapshot
    at: datetime
    records: pa.Table
    dimensions: tuple[str, ...]


def last_good(path: Path, identity: Identity) -> History:
    """The history in a file, its series keyed as the catalog says today.

    Raises `WarehouseError` for a damaged file: it is never taken as absent, for it may hold what upstream no longer has.
    """
    if not path.exists():
        return History()
    try:
        table, footer = store.read(path, dictionary=True), store.metadata(path)
    except WarehouseError as error:
        raise WarehouseError(
            f"{error} It holds editions that upstream may no longer serve: restore it from a "
            "backup, or remove it to begin its history anew from the newest snapshot."
        ) from None
    kept = editions(footer, table)
    was = footer.get("identity") or AS_SERVED.text()
    if was != identity.text() and footer.get("dimensions"):
        table = rekeyed(table, tuple(json.loads(footer["dimensions"])), identity)
    return History(table, kept, footer)


def moment(snapshot: Snapshot, history: History) -> datetime:
    """From when the figures of a snapshot count (naive UTC): upstream's stamp, else when it was retrieved.

    The same snapshot read again counts from when it did before; one that changed while upstream's stamp did not
    counts from its retrieval.
    """
    last = history.footer
    if last.get("edition") and last.get("snapshot_id") == snapshot.snapshot_id:
        return datetime.fromisoformat(last["edition"])
    if not history.editions or snapshot.recorded_from > max(e.at for e in history.editions):
        return snapshot.recorded_from
    return max(snapshot.recorded_from, snapshot.retrieved_at)


def reading(dataset: DatasetSnapshots, snapshot: Snapshot, at: datetime) -> Reading:
    """What a snapshot says, as intervals since `at`. Raises `Unreadable`."""
    edition = f"snapshot {snapshot.snapshot_id[:12]} of {snapshot.recorded_from:%Y-%m-%d}"
    final = False  # bytes that are damaged today may be restored tomorrow
    try:
        file = dataset.snapshots.path(snapshot)
        final = True
        records = read(snapshot.reader, file, dataset.dataset)
    except SourceError as error:
        # A person knows the file by the name that upstream gives it, not by its hash.
        text = str(error).replace(snapshot.snapshot_id, snapshot.filename)
        text = text if dataset.name in text else f"{dataset.name}, {edition}: {text}"
        raise Unreadable(text, final=final) from error
    except Exception as error:
        raise Unreadable(
            f"{dataset.name}, {edition}: reading {snapshot.filename} stopped unexpectedly "
            f"({type(error).__name__}: {error}); mend the reader in sources/providers/{dataset.provider}.",
            final=False,
        ) from error
    dimensions = source_records.about(records).dimensions
    stamped = stamp(
        *(records, dimensions, snapshot.snapshot_id, at, dataset.identity),
        *(snapshot.provenance, snapshot.partial),
    )
    return Reading(snapshot, at, stamped, dimensions)


def caught_up(
    dataset: DatasetSnapshots, history: History, newest: Snapshot, judge: Judge
) -> tuple[History, list[str]]:
    """The history with the accepted snapshots before the newest that it never took in, and a sentence on each left out.

    Each is judged as it would have been on its day; one that cannot be read or does not pass is left out.
    """
    known = {e.snapshot_id for e in history.editions} | {newest.snapshot_id}
    accepted = {s.snapshot_id: s for s in dataset.accepted()}
    left_out = []

    def again(edition: Edition) -> pa.Table | None:
        try:
            return reading(dataset, accepted[edition.snapshot_id], edition.at).records
        except (KeyError, Unreadable):
            return None

    for snapshot in (s for i, s in accepted.items() if i not in known):
        at = snapshot.recorded_from
        what = f"{dataset.name}, snapshot {snapshot.snapshot_id[:12]} of {at:%Y-%m-%d}"
        if any(e.at == at for e in history.editions):
            left_out.append(f"{what} is left out: there is another edition of that moment.")
            continue
        try:
            new = reading(dataset, snapshot, at)
        except Unreadable as error:
            left_out.append(f"{what} is left out: {error}")
            continue
        grown = insert(history.table, history.editions, new.records, at, again)
        # A part of a dataset is judged with what it leaves as it was.
        candidate = stood(grown, at) if snapshot.partial else new.records
        broken = judge(candidate, history.until(at), snapshot)
        if broken:
            left_out.append(f"{what} is left out: {' '.join(broken)}")
            continue
        edition = Edition(at, snapshot.snapshot_id, len(new.records))
        history = History(grown, [*history.editions, edition], history.footer)
    return history, left_out


def with_newest(history: History, new: Reading) -> pa.Table:
    """The rows of a history after its newest snapshot."""
    return insert(history.table, history.editions, new.records, new.at)


def missing_columns(new: Reading, wanted: Iterable[str], provider: str) -> list[str]:
    """A sentence for each column that the catalog reads and the snapshot does not have."""
    snapshot = new.snapshot
    return [
        f"snapshot {snapshot.snapshot_id[:12]} of {snapshot.recorded_from:%Y-%m-%d}: "
        f"{snapshot.filename} has no column '{column}', which the catalog reads "
        f"(it has {', '.join(new.dimensions)}); see whether the source renamed it and correct "
        f"catalog/providers/{provider}.yaml and the bindings."
        for column in wanted
        if column not in new.records.column_names
    ]


def footer(dataset: DatasetSnapshots, history: History, new: Reading) -> dict[str, str]:
    """What the file of a history says of itself once it took in its newest snapshot."""
    snapshot = new.snapshot
    others = [
        e for e in history.editions if e.snapshot_id != snapshot.snapshot_id and e.at != new.at
    ]
    taken = Edition(new.at, snapshot.snapshot_id, len(new.records))
    before = json.loads(history.footer.get("dimensions") or "[]")
    return {
        "records": str(len(new.records) + beside(history.table, new.records)),
        "snapshot_id": snapshot.snapshot_id,
        "edition": new.at.isoformat(),
        "editions": noted([*others, taken]),
        "identity": dataset.identity.text(),
        "unknown": json.dumps(snapshot.unknown),
        "meant": snapshot.accepted_because,
        "dimensions": json.dumps(sorted({*new.dimensions, *before})),
        "stale_since": _stale_since(dataset, history),
    }


def _stale_since(dataset: DatasetSnapshots, history: History) -> str:
    """Since when a download waits for a person beside what is used; empty where none does."""
    held = dataset.waiting()
    return (history.footer.get("stale_since") or str(held.recorded_from)) if held else ""


def mark_stale(path: Path, history: History, snapshot: Snapshot) -> str:
    """Keep the last good history and say since when a newer edition waits. Returns its data version."""
    if history.table is None:
        raise ValueError("there is no good history to mark")
    last = store.metadata(path)
    extra = {k: last.get(k, "") for k in KEPT}
    extra["stale_since"] = last.get("stale_since") or str(snapshot.recorded_from)
    return store.write(history.table, shape(history.table), path, extra)


def shape(table: pa.Table) -> tables.Table:
    """The statement of a history with the columns of its provider."""
    return tables.history(tuple(table.column_names))


def version_of(accepted: Sequence[Snapshot], held: Snapshot | None = None) -> str:
    """The data version of a dataset: its newest snapshot, or a hash over all that decides what is made of it: its
    snapshots, one that waits (then the figures are stale), and what a person said."""
    newest = accepted[-1]
    told = [newest.accepted_because, *(f"{c}={code}" for c, code in newest.unknown)]
    ids = [s.snapshot_id for s in accepted] + [t for t in told if t]
    ids += [f"held {held.snapshot_id}"] if held else []
    return ids[-1] if len(ids) == 1 else hashlib.sha256("".join(ids).encode()).hexdigest()
