"""Table `ranking`."""

from __future__ import annotations

from warehouse.tables.columns.series import COMPARED_UNIT, KEY_OF_COMPARED
from warehouse.tables.statement import (
    DATASET,
    NUMBER,
    SOURCE_ID,
    TEXT,
    WHOLE,
    Column,
    Must,
    Table,
)

_GROUP = ", ".join(f'"{name}"' for name in (*KEY_OF_COMPARED, "dataset"))

TABLE = Table(
    "ranking",
    "Metropolises ordered within one indicator, scale, system, delineation, variant and period.",
    (
        *COMPARED_UNIT,
        Column("value", NUMBER, "The figure ranked.", False, "unit"),
        Column(
            "rank",
            WHOLE,
            "Competition rank (ties share the smaller), 1 is best, or largest where no direction is better.",
            False,
        ),
        Column("of", WHOLE, "Number of units ranked together.", False),
        Column(
            "percentile",
            NUMBER,
            "Share of the other units that this one beats or ties, 0 to 100; null for a unit alone.",
            True,
            "percent",
        ),
        Column("obs_status", TEXT, "SDMX CL_OBS_STATUS code.", False, among="status.obs_status"),
        Column("provenance", TEXT, "upstream, carrier or computed.", False),
        SOURCE_ID,
        DATASET,
    ),
    (*KEY_OF_COMPARED, "dataset", "unit_id"),
    group="comparisons",
    inputs=("observation", "indicator", "not_comparable"),
    made_by="warehouse.methods.ranking",
    rows="warning",
    rules=(
        Must(
            "rank_within_group",
            "ranges",
            "A rank lies between 1 and the number of units ranked together, a percentile between 0 and 100; else mend the ranking.",
            'rank < 1 or rank > "of" or percentile < 0 or percentile > 100',
            show=("rank", "of", "percentile"),
        ),
        Must(
            "no_projection",
            "structure",
            "No projection (obs_status F) is ranked; else mend the ranking.",
            "obs_status = 'F'",
            show=("value", "obs_status"),
        ),
        Must(
            "never_mixes",
            "keys",
            "Units are ranked only with units of the same indicator, scale, system, delineation, "
            "variant, period and dataset: each group has as many rows as it says were ranked "
            "together, and its best rank is 1; else the ranking mixes what may not be compared.",
            f'select {_GROUP}, count(*) as rows, min("of") as least, max("of") as most, '
            'min(rank) as best from candidate group by all having min("of") <> count(*) '
            'or max("of") <> count(*) or min(rank) <> 1',
            level="table",
            column="rank",
        ),
    ),
)
