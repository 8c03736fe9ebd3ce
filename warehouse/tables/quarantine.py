"""Table `quarantine`."""

from __future__ import annotations

from warehouse.tables.statement import DATASET, SERIES_KEY, SOURCE_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "quarantine",
    "Records that became no observation, each with the reason and what would mend it; nothing is dropped silently.",
    (
        SOURCE_ID,
        DATASET,
        Column("snapshot_id", TEXT, "Snapshot the record was read from, SHA-256.", False),
        Column("record_no", WHOLE, "Place of the record in the snapshot, from 1.", False),
        Column("indicator_id", TEXT, "Indicator that claims the record; null if none does."),
        Column(
            "reason",
            TEXT,
            "Name of the rule or reason: no_metro (the territory is on no metropolis), part_of_metro (a part of one, whose figure is not the metropolis's), correction, unknown_code, unknown_unit, no_territory_rule, period_unreadable, unit_shift (another unit inside the column), one_year_spike, impossible_zero, unlike_all_others (of its series), or the rule that it broke.",
            False,
        ),
        Column("detail", TEXT, "What is wrong and how to mend it.", False),
        SERIES_KEY,
        Column("period", TEXT, "Reference period as served.", False),
        Column("value_text", TEXT, "The value as served.", False),
        Column("flags", TEXT, "Flags as served.", False),
    ),
    ("source_id", "dataset", "series_key", "period", "record_no", "reason"),
    group="figures",
    inputs=("indicator/*", "history/*"),
    made_by="warehouse.methods.account",
)
