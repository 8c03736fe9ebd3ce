"""Table `headline`."""

from __future__ import annotations

from warehouse.tables.columns.figure import FIGURE
from warehouse.tables.statement import METRO_ID, TEXT, WHOLE, Column, Must, Table

_LEFT_OUT = frozenset({"sex", "age", "recorded_to"})  # the same in every row

TABLE = Table(
    "headline",
    "One figure per metropolis and indicator, for pages that show a single one: chosen among those of latest by a stated order of age, scales and systems (catalog/headline.yaml). Never rank by it: the territories differ from row to row.",
    (
        METRO_ID,
        *(c for c in FIGURE if c.name not in _LEFT_OUT),
        Column("alternatives", WHOLE, "Other figures of latest that were considered.", False),
        Column(
            "preferred_over",
            TEXT,
            "The other figures in the order of preference, each as scale, system, vintage, period and the criterion that decided against it: age, scale, system, period, or code (order of vintage and unit); null where there was no other.",
        ),
    ),
    ("metro_id", "indicator_id"),
    group="comparisons",
    inputs=("latest", "indicator", "source"),
    made_by="warehouse.methods.headline",
    rows="critical",
    rules=(
        Must(
            "says_what_it_was_preferred_over",
            "structure",
            "A figure with alternatives names them, and one without has none to name; else mend the query.",
            "(alternatives = 0) <> (preferred_over is null)",
            show=("alternatives", "preferred_over"),
        ),
    ),
)
