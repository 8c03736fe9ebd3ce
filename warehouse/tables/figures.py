"""Figures one by one: observations, country context, what became no observation, the accounts."""

from __future__ import annotations

from dataclasses import replace

from warehouse.tables.statement import (
    AGE,
    DATASET,
    DAY,
    FLAG,
    INDICATOR_ID,
    ISO3,
    METRO_ID,
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
    Table,
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
    Column("lower", NUMBER, "Lower bound of the source's interval.", True, "unit"),
    Column("upper", NUMBER, "Upper bound of the source's interval.", True, "unit"),
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

FIGURE_KEY = (
    "indicator_id",
    "system",
    "vintage",
    "unit_id",
    "sex",
    "age",
    "unit",
    "period",
    "source_id",
    "dataset",
    "series_key",
    "recorded_from",
)

# What stands comes first, then what was replaced, the latest first: whoever asks what is known today
# reads no more than that, in a file that is smaller for it (docs/adr/0014).
STANDING_FIRST = ("-recorded_to",)

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

OBSERVATION = Table(
    "observation",
    "Every figure about a metropolis, with its scale, unit, flags, source and validity; revisions included.",
    (METRO_ID, *FIGURE),
    FIGURE_KEY,
    order=(*STANDING_FIRST, "indicator_id", "metro_id"),
)

PART = Table(
    "part",
    "Figures of territories that are only a part of a metropolis, such as a suburb or one of several cities in it (crosswalk relation part_of); never the figure of the metropolis, so no other table of figures is made from them.",
    (
        Column(
            "metro_id",
            TEXT,
            "The metropolis that the territory is a part of.",
            False,
            among="metro.metro_id",
        ),
        *FIGURE,
    ),
    FIGURE_KEY,
    order=(*STANDING_FIRST, "indicator_id", "metro_id"),
)

CONTEXT = Table(
    "country_context",
    "Country and regional figures that stand beside a metropolis but never for it; join on iso3.",
    (ISO3, *FIGURE),
    FIGURE_KEY,
    order=(*STANDING_FIRST, "indicator_id", "iso3"),
)

QUARANTINE = Table(
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
            "Name of the rule or reason: no_metro (the territory is on no metropolis), part_of_metro (a part of one, whose figure is not the metropolis's), correction, unknown_code, unknown_unit, no_territory_rule, period_unreadable, or the rule that it broke.",
            False,
        ),
        Column("detail", TEXT, "What is wrong and how to mend it.", False),
        SERIES_KEY,
        Column("period", TEXT, "Reference period as served.", False),
        Column("value_text", TEXT, "The value as served.", False),
        Column("flags", TEXT, "Flags as served.", False),
    ),
    ("source_id", "dataset", "series_key", "period", "record_no", "reason"),
)

NOT_COMPUTABLE = Table(
    "not_computable",
    "Derived figures that could not be made, each with the reason; never filled by guess.",
    (
        INDICATOR_ID,
        METRO_ID,
        Column("unit_id", TEXT, "Territorial unit of the part that is there.", False),
        SCALE,
        SYSTEM,
        VINTAGE,
        SEX,
        AGE,
        PERIOD,
        Column(
            "reason", TEXT, "Which part is missing for the same unit, delineation and year.", False
        ),
    ),
    ("indicator_id", "system", "vintage", "unit_id", "sex", "age", "period"),
)

ACCOUNTING = Table(
    "accounting",
    "Proof that nothing is lost: records = observations + parts + context + quarantined + excluded + not_computable, per dataset; of a computed indicator (source observatory) the records are the figures of the leading part of its formula.",
    (
        SOURCE_ID,
        DATASET,
        Column("snapshot_id", TEXT, "Snapshot counted; empty for a computed indicator.", False),
        Column("records", WHOLE, "Records that the reader found.", False),
        Column("observations", WHOLE, "Records that became observations.", False),
        Column("parts", WHOLE, "Records that became figures of a part of a metropolis.", False),
        Column("context", WHOLE, "Records that became country or regional context.", False),
        Column("quarantined", WHOLE, "Records in quarantine.", False),
        Column("excluded", WHOLE, "Records excluded by a rule of the catalog.", False),
        Column(
            "not_computable",
            WHOLE,
            "Figures that lack another part of the formula; see not_computable.",
            False,
        ),
        Column("exclusions", TEXT, "The rules and how many records each excludes.", False),
        Column("balanced", FLAG, "Whether the sum holds.", False),
    ),
    ("source_id", "dataset"),
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
