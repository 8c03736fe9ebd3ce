"""Dictionaries: indicators, units, scales, statuses, frameworks, sources, snapshots."""

from __future__ import annotations

from warehouse.tables.statement import (
    DATASET,
    FLAG,
    MOMENT,
    NUMBER,
    SOURCE_ID,
    TEXT,
    UNIT,
    WHOLE,
    Column,
    Table,
)

INDICATOR = Table(
    "indicator",
    "Dictionary of indicators: titles and definitions in four languages, unit, direction, references, caveats.",
    (
        Column("indicator_id", TEXT, "Identifier.", False),
        Column("theme", TEXT, "Theme of the observatory.", False),
        *(Column(f"title_{x}", TEXT, f"Title ({x}).", False) for x in ("ca", "es", "fr", "en")),
        *(
            Column(f"definition_{x}", TEXT, f"Definition ({x}).", False)
            for x in ("ca", "es", "fr", "en")
        ),
        UNIT,
        Column("direction", TEXT, "higher or lower is better, or none.", False),
        Column("kind", TEXT, "source (read), derived (computed from others) or context.", False),
        Column("formula", TEXT, "Formula of a derived indicator."),
        Column("sdg", TEXT, "SDG indicators it answers to, comma-separated."),
        Column("nua", TEXT, "New Urban Agenda indicators it answers to, comma-separated."),
        Column("range_min", NUMBER, "Smallest plausible value; below it a record is quarantined."),
        Column("range_max", NUMBER, "Largest plausible value; above it a record is quarantined."),
        Column("caveats", TEXT, "What a reader must know before using it."),
        Column(
            "figures",
            WHOLE,
            "How many standing figures of metropolises there are, projections and missing "
            "values apart.",
            False,
        ),
        Column("metropolises", WHOLE, "How many metropolises these figures speak of.", False),
        Column(
            "provenance",
            TEXT,
            "Where these figures come from: upstream, carrier, computed, comma-separated.",
        ),
        Column("availability", TEXT, "In words: what there is of it, or why nothing yet.", False),
    ),
    ("indicator_id",),
    kind="dictionary",
)

UNIT_TABLE = Table(
    "unit",
    "Dictionary of units.",
    (
        Column("unit", TEXT, "Identifier.", False),
        Column("name", TEXT, "Name in English.", False),
        Column("symbol", TEXT, "Symbol for charts.", False),
        Column("dimension", TEXT, "Kind of quantity: count, area, share, money, ...", False),
        Column("multiplier", NUMBER, "Factor to the base unit of the dimension.", False),
        Column("denominator", TEXT, "What it is per, such as person or km2; empty for none."),
        Column("note", TEXT, "Twins and traps."),
    ),
    ("unit",),
    kind="dictionary",
)

SCALE_TABLE = Table(
    "scale",
    "Dictionary of scales, from the smallest territory to the largest.",
    (
        Column("scale", TEXT, "Identifier.", False),
        Column("size_order", WHOLE, "Order from small to large.", False),
        Column("name", TEXT, "Name in English.", False),
        Column("meaning", TEXT, "What territory it is.", False),
        Column(
            "metropolitan",
            FLAG,
            "Whether a figure at this scale is about a metropolis (false: context).",
            False,
        ),
    ),
    ("scale",),
    kind="dictionary",
)

STATUS = Table(
    "status",
    "Mapping of every source flag to one SDMX CL_OBS_STATUS code, in the official order of precedence.",
    (
        Column("provider", TEXT, "Whose flag; sdmx for the code list itself.", False),
        Column("flag", TEXT, "The flag as the source writes it; empty for none.", False),
        Column("obs_status", TEXT, "SDMX CL_OBS_STATUS code.", False),
        Column("conf_status", TEXT, "SDMX CL_CONF_STATUS code, where the flag says so."),
        Column("precedence", WHOLE, "Smaller wins when a figure has several flags.", False),
        Column("meaning", TEXT, "Meaning of the flag.", False),
        Column("source", TEXT, "Where the mapping comes from.", False),
    ),
    ("provider", "flag"),
    kind="dictionary",
)

FRAMEWORK = Table(
    "framework",
    "Dictionary of the frameworks that indicators refer to (2030 Agenda, New Urban Agenda).",
    (
        Column("framework", TEXT, "sdg or nua.", False),
        Column("code", TEXT, "Number in the framework.", False),
        Column("title", TEXT, "Title in our words.", False),
        Column("source", TEXT, "Where the number was read.", False),
    ),
    ("framework", "code"),
    kind="dictionary",
)

SERIES_FRAMEWORK = Table(
    "series_framework",
    "Which indicators of the 2030 Agenda a source's series answers to, as the source says; one "
    "observation stands once, whatever the number of its indicators.",
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
)

SOURCE = Table(
    "source",
    "Dictionary of datasets: provider, licence, attribution, what the figures are.",
    (
        SOURCE_ID,
        DATASET,
        Column("provider_title", TEXT, "Name of the provider.", False),
        Column("title", TEXT, "Title of the dataset.", False),
        Column("provenance", TEXT, "upstream, carrier or computed.", False),
        Column("derived_by", TEXT, "Who derived it, for carriers."),
        Column("licence", TEXT, "Licence of the figures.", False),
        Column("licence_url", TEXT, "Text of the licence."),
        Column("attribution", TEXT, "What to cite.", False),
        Column(
            "redistributable", FLAG, "Whether the figures may stand in the public release.", False
        ),
        Column("homepage", TEXT, "Page of the dataset."),
    ),
    ("source_id", "dataset"),
    kind="dictionary",
)

SNAPSHOT = Table(
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
)
