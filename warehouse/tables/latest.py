"""Table `latest`."""

from __future__ import annotations

from warehouse.tables.columns.figure import FIGURE
from warehouse.tables.statement import METRO_ID, Must, Table

TABLE = Table(
    "latest",
    "The newest current, measured figure per metropolis, indicator, scale and system; no projections, and totals only: sex and age groups are in observation.",
    (METRO_ID, *FIGURE),
    ("metro_id", "indicator_id", "system", "vintage", "unit_id", "unit"),
    group="comparisons",
    inputs=("observation",),
    made_by="warehouse.methods.latest",
    rows="critical",
    rules=(
        Must(
            "no_projection",
            "structure",
            "No projection (obs_status F) is the latest figure; else mend the step that chooses it.",
            "obs_status = 'F'",
            show=("period", "value", "obs_status"),
        ),
        Must(
            "stands_with_value",
            "structure",
            "Each latest figure stands and has a value; else mend the step that chooses it.",
            "recorded_to is not null or value is null",
            show=("period", "value", "recorded_to"),
        ),
    ),
)
