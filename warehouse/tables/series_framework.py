"""Table `series_framework`."""

from __future__ import annotations

from warehouse.tables.statement import DATASET, SOURCE_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "series_framework",
    "Which indicators of the 2030 Agenda a source's series answers to, as the source says; one "
    "observation appears once, whatever the number of its indicators.",
    (
        SOURCE_ID,
        DATASET,
        Column("series", TEXT, "The source's code of the series.", False),
        Column("framework", TEXT, "sdg: the 2030 Agenda.", False),
        Column("code", TEXT, "Number of the indicator.", False),
        Column("target", TEXT, "Number of its target.", False),
        Column("goal", TEXT, "Number of its goal.", False),
        Column("records", WHOLE, "Standing source records of the series under it.", False),
    ),
    ("source_id", "dataset", "series", "framework", "code"),
    kind="dictionary",
    group="dictionaries",
    inputs=("history/*",),
    made_by="warehouse.methods.frameworks",
)
