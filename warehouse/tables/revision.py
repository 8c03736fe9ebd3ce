"""Table `revision`."""

from __future__ import annotations

from warehouse.tables.statement import (
    DATASET,
    MOMENT,
    NUMBER,
    PERIOD,
    SOURCE_ID,
    TEXT,
    Column,
    Table,
)

TABLE = Table(
    "revision",
    "What each edition of a dataset changed in the one before it, source record by source record; join on source_id, dataset, series_key and period.",
    (
        SOURCE_ID,
        DATASET,
        Column(
            "series_key", TEXT, "The source's series, dimension=code pairs in name order.", False
        ),
        PERIOD,
        Column(
            "revised_at", MOMENT, "When upstream published the edition that changed it, UTC.", False
        ),
        Column(
            "kind",
            TEXT,
            "new, revised, flag only, deleted, or re-appeared (after an edition without it).",
            False,
        ),
        Column("value_before", NUMBER, "The value before, as served; null for none."),
        Column("value_after", NUMBER, "The value after, as served; null for none."),
        Column("change", NUMBER, "Value after minus value before."),
        Column(
            "change_percent", NUMBER, "The change in percent of the value before.", True, "percent"
        ),
        Column("flags_before", TEXT, "Flags before, as served; null where it did not stand."),
        Column("flags_after", TEXT, "Flags after, as served; null where it no longer stands."),
        Column("edition_before", TEXT, "Snapshot of the edition before, SHA-256."),
        Column("edition_after", TEXT, "Snapshot of the edition that changed it, SHA-256."),
    ),
    ("source_id", "dataset", "series_key", "period", "revised_at", "kind"),
    group="history",
    inputs=("history/*",),
    made_by="warehouse.methods.revision",
)
