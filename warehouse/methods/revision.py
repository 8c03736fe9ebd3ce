"""Revisions: what changed between the editions of a dataset, when, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from warehouse import query, store
from warehouse.inputs import Inputs
from warehouse.methods.history import Edition, editions

KINDS = ("new", "revised", "flag only", "deleted", "re-appeared")


def revisions(history: pa.Table, known: Sequence[Edition]) -> pa.Table:
    """One row per source record and edition that changed it, first edition left out.

    history: intervals as `methods.history` keeps them; known: the editions that it holds. Columns:
    series_key, period, revised_at (naive UTC, when the edition was published), kind (of `KINDS`),
    value_before, value_after, change, change_percent (null without both values; percent also where
    the value before is 0), flags_before, flags_after, edition_before, edition_after (snapshots).
    """
    con = query.memory(serial=True)
    con.register("history", history)
    con.register(
        "edition",
        pa.table(
            {
                "at": pa.array([e.at for e in known], pa.timestamp("us")),
                "snapshot_id": pa.array([e.snapshot_id for e in known], pa.string()),
            }
        ),
    )
    return con.sql(query.text("revision")).to_arrow_table()


def make(given: Inputs) -> pa.Table:
    """Table `revision`, over all datasets with more than one edition."""
    found = [store.empty(given.statement)]
    for provider, dataset, _, path in given.histories():
        history = store.read(path)
        known = editions(store.metadata(path), history)
        if len(known) > 1:
            rows = revisions(history, known)
            for name, value in (("source_id", provider), ("dataset", dataset)):
                rows = rows.append_column(name, pa.repeat(pa.scalar(value), len(rows)))
            found.append(rows)
    return pa.concat_tables(found, promote_options="permissive")
