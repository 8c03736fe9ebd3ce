"""Revisions: what changed between the editions of a dataset, when, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from warehouse import query
from warehouse.methods.history import Edition

KINDS = ("new", "revised", "flag only", "deleted", "re-appeared")


def revisions(history: pa.Table, editions: Sequence[Edition]) -> pa.Table:
    """One row per source record and edition that changed it, first edition left out.

    history: intervals as `methods.history` keeps them; editions: those that it holds. Columns:
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
                "at": pa.array([e.at for e in editions], pa.timestamp("us")),
                "snapshot_id": pa.array([e.snapshot_id for e in editions], pa.string()),
            }
        ),
    )
    return con.sql(query.text("revision")).to_arrow_table()
