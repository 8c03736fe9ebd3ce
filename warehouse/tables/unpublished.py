"""Tables that are kept and not published: the file of one indicator, the history of one dataset."""

from __future__ import annotations

from dataclasses import replace

from warehouse.tables.columns.figure import FIGURE, FIGURE_KEY
from warehouse.tables.statement import (
    MOMENT,
    NUMBER,
    PERIOD,
    SERIES_KEY,
    TEXT,
    WHOLE,
    Column,
    Table,
)

# The file of one indicator: what became of every record that it claims.
HARMONISED = Table(
    "harmonised",
    "Every record that one indicator claims, with its fate; one file per indicator, not published.",
    (
        Column("fate", TEXT, "observation, part, context, quarantine or not_computable.", False),
        Column("reason", TEXT, "Why a record is not an observation: a rule's or reason's name."),
        Column("detail", TEXT, "The reason as a sentence that a person can act on."),
        Column("metro_id", TEXT, "The metropolis; null unless the fate is observation or part."),
        Column("iso3", TEXT, "Country, ISO 3166-1 alpha-3; null where unknown."),
        *(replace(c, null=True) for c in FIGURE),
        Column("value_text", TEXT, "The value as served."),
    ),
    FIGURE_KEY,
)

_RECORD = {
    "period": PERIOD,
    "value": Column("value", NUMBER, "The value as served, as a number; null for a status."),
    "value_text": Column("value_text", TEXT, "The value as served.", False),
    "flags": Column("flags", TEXT, "Flags as served.", False),
    "record_no": Column("record_no", WHOLE, "Place of the record in the snapshot, from 1.", False),
    "series_key": SERIES_KEY,
    "snapshot_id": Column("snapshot_id", TEXT, "Snapshot the record was first read from.", False),
    "recorded_from": Column("recorded_from", MOMENT, "When upstream published it, UTC.", False),
    "recorded_to": Column("recorded_to", MOMENT, "When upstream replaced it, UTC."),
}


def history(columns: tuple[str, ...]) -> Table:
    """The history of one dataset: its own dimensions and attributes beside the common columns."""
    return Table(
        "history",
        "Source records of one dataset in the provider's own codes, each with its validity.",
        tuple(
            _RECORD.get(c) or Column(c, TEXT, "As the provider serves it.", False) for c in columns
        ),
        ("series_key", "period", "recorded_from", "record_no"),
    )
