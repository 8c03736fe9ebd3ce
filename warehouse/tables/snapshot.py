"""Table `snapshot`."""

from __future__ import annotations

from warehouse.tables.statement import DATASET, MOMENT, SOURCE_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "snapshot",
    "Every snapshot that a figure of this release was read from.",
    (
        Column("snapshot_id", TEXT, "SHA-256 of the bytes.", False),
        SOURCE_ID,
        DATASET,
        Column("url", TEXT, "Where the bytes came from.", False),
        Column("upstream_vintage", TEXT, "Upstream's own name of the edition."),
        Column("published_at", MOMENT, "Upstream's own update stamp, UTC."),
        Column("retrieved_at", MOMENT, "When the bytes were retrieved, UTC.", False),
        Column("origin", TEXT, "live, or bundled with the software.", False),
        Column(
            "provenance",
            TEXT,
            "upstream, or carrier where a third party reshaped what upstream served.",
            False,
        ),
        Column("derived_by", TEXT, "Who reshaped it, for carriers."),
        Column(
            "rewritten",
            TEXT,
            "Whether and how the bytes differ from what upstream served; empty for not at all.",
        ),
        Column("bytes", WHOLE, "Size.", False, "byte"),
        Column("media_type", TEXT, "Media type.", False),
        Column("licence", TEXT, "Licence of this edition.", False),
        Column("attribution", TEXT, "What to cite for this edition.", False),
    ),
    ("snapshot_id", "source_id", "dataset"),
    kind="dictionary",
    group="dictionaries",
    inputs=("raw/*", "observation", "part", "country_context"),
    made_by="warehouse.methods.sources",
    rows="critical",
)
