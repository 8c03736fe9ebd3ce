"""Columns and key of a figure."""

from __future__ import annotations

from warehouse.tables.columns.series import MEASURED, SAID_BY
from warehouse.tables.statement import (
    AGE,
    DATASET,
    DAY,
    INDICATOR_ID,
    MOMENT,
    NUMBER,
    PERIOD,
    SCALE,
    SERIES_KEY,
    SEX,
    SOURCE_ID,
    SYSTEM,
    TEXT,
    UNIT,
    UNIT_ID,
    VINTAGE,
    WHOLE,
    Column,
)

# What every figure carries, in the order of the design.
FIGURE = (
    UNIT_ID,
    SYSTEM,
    VINTAGE,
    SCALE,
    INDICATOR_ID,
    SEX,
    AGE,
    PERIOD,
    Column("period_start", DAY, "First day of the period.", False),
    Column("period_end", DAY, "Last day of the period.", False),
    Column(
        "freq",
        TEXT,
        "SDMX CL_FREQ code of the period: A, S, Q, M, W, D; A2 for a mean of two years.",
        False,
    ),
    Column(
        "value", NUMBER, "The figure; null where the source gives a status instead.", True, "unit"
    ),
    Column(
        "lower",
        NUMBER,
        "Lower bound of the interval that the source publishes, or the figure less its published margin of error; null for none.",
        True,
        "unit",
    ),
    Column(
        "upper",
        NUMBER,
        "Upper bound of the interval that the source publishes, or the figure plus its published margin of error; null for none.",
        True,
        "unit",
    ),
    UNIT,
    Column("obs_status", TEXT, "SDMX CL_OBS_STATUS code.", False, among="status.obs_status"),
    Column("flags", TEXT, "All flags as the source served them; empty for none.", False),
    Column("conf_status", TEXT, "SDMX CL_CONF_STATUS code; F is free.", False),
    Column(
        "break_origin",
        TEXT,
        "Who says that the series breaks before this figure: source (a flag), observatory (a rule of the indicator); null for no break.",
    ),
    Column(
        "note",
        TEXT,
        "What the provider says of the figure: its footnote, method and source; null for nothing.",
    ),
    Column(
        "provenance",
        TEXT,
        "upstream (the provider's own file), carrier (derived by a third party), computed (by us by a stated formula).",
        False,
    ),
    SOURCE_ID,
    DATASET,
    SERIES_KEY,
    Column(
        "snapshot_id",
        TEXT,
        "Snapshot the record was read from, SHA-256.",
        False,
        among="snapshot.snapshot_id",
    ),
    Column("record_no", WHOLE, "Place of the record in the snapshot, from 1.", False),
    Column(
        "recorded_from",
        MOMENT,
        "When upstream published this value (else when we retrieved it), UTC.",
        False,
    ),
    Column("recorded_to", MOMENT, "When upstream replaced it, UTC; null while it stands."),
    Column(
        "stale_since",
        MOMENT,
        "Set when a newer edition was rejected: when that edition was published, UTC.",
    ),
)

FIGURE_KEY = (*MEASURED, "period", *SAID_BY, "recorded_from")

# What is current comes first, then what was replaced, the latest first: whoever asks what is known today
# reads no more than that, in a file that is smaller for it (docs/adr/0014).
STANDING_FIRST = ("-recorded_to",)
