"""Table `availability`."""

from __future__ import annotations

from warehouse.tables.statement import (
    DATASET,
    SOURCE_ID,
    TEXT,
    WHOLE,
    Column,
    Must,
    Table,
)

TABLE = Table(
    "availability",
    "For each indicator and each dataset that it is bound to: how many figures there are, and where there are none, why, in one of five ways.",
    (
        # Looked up nowhere: table indicator is made from this one.
        Column("indicator_id", TEXT, "What is measured.", False),
        SOURCE_ID,
        DATASET,
        Column(
            "figures", WHOLE, "Current measured figures of metropolises in this release.", False
        ),
        Column("context", WHOLE, "Current figures of countries and regions.", False),
        Column(
            "absence",
            TEXT,
            "Why there are none: never_asked (nothing was ever asked or added), not_refreshed (the files at hand do not hold it, and upstream was not asked for it yet), licence (the figures may not be published), refused (what came is kept back: the download or every record of it), upstream_has_none (upstream's own answer holds none); null where there are figures.",
        ),
        Column("says", TEXT, "The same in words.", False),
    ),
    ("indicator_id", "source_id", "dataset"),
    kind="dictionary",
    group="dictionaries",
    inputs=("raw/*", "indicator/*"),
    made_by="warehouse.methods.availability",
    rows="critical",
    rules=(
        Must(
            "absence_is_one_of_five",
            "structure",
            "Where there are no figures, one of five codes says why, and where there are some, none; else mend warehouse/methods/availability.py.",
            "(absence is null) <> (figures + context > 0) or absence not in "
            "('never_asked', 'not_refreshed', 'licence', 'refused', 'upstream_has_none')",
            show=("figures", "context", "absence"),
        ),
    ),
)
