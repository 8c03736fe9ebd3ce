"""Table `latest`."""

from __future__ import annotations

from warehouse.tables.columns.figure import FIGURE
from warehouse.tables.statement import METRO_ID, Must, Table

TABLE = Table(
    "latest",
    "The newest measured figure that nothing has replaced, per metropolis, indicator, territorial unit, delineation (system and vintage) and unit of measure; no projections, and totals only: figures by sex and age are in observation.",
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
            "Nothing has replaced a latest figure, and it has a value; else mend the step that chooses it.",
            "recorded_to is not null or value is null",
            show=("period", "value", "recorded_to"),
        ),
        Must(
            "unit_has_one_scale_and_metropolis",
            "keys",
            "A territorial unit in one vintage has one scale and one metropolis, so that the key tells territories apart; else mend the crosswalk.",
            "select unit_id, vintage, count(distinct scale) as scales, count(distinct metro_id) as metropolises "
            "from candidate group by all having scales > 1 or metropolises > 1",
            level="table",
        ),
    ),
)
