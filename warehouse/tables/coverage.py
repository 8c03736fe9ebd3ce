"""Table `coverage`."""

from __future__ import annotations

from warehouse.tables.statement import (
    DATASET,
    INDICATOR_ID,
    SCALE,
    SOURCE_ID,
    SYSTEM,
    TEXT,
    VINTAGE,
    WHOLE,
    Column,
    Must,
    Table,
)

TABLE = Table(
    "coverage",
    "How much there is: units, metros, periods and figures per indicator, scale, system and source.",
    (
        INDICATOR_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        SOURCE_ID,
        DATASET,
        Column("provenance", TEXT, "upstream, carrier or computed.", False),
        Column("figures", WHOLE, "Standing observations with a value.", False),
        Column("projections", WHOLE, "Of these, projections (obs_status F).", False),
        Column("missing", WHOLE, "Standing observations with a status instead of a value.", False),
        Column("metros", WHOLE, "Metropolises with at least one figure.", False),
        Column("countries", WHOLE, "Countries of these metropolises.", False),
        Column("first_period", TEXT, "Earliest period."),
        Column("last_period", TEXT, "Latest period that is not a projection."),
    ),
    ("indicator_id", "scale", "system", "vintage", "source_id", "dataset", "provenance"),
    group="comparisons",
    inputs=("observation", "metro"),
    made_by="warehouse.methods.coverage",
    rows="critical",
    rules=(
        Must(
            "counts_agree",
            "ranges",
            "Projections are part of the figures, metropolises are no more than figures; else mend the count.",
            "projections > figures or metros > figures or countries > metros",
            show=("figures", "projections", "metros", "countries"),
        ),
    ),
)
