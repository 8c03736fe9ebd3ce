"""Table `crosswalk`."""

from __future__ import annotations

from warehouse.tables.statement import METRO_ID, NUMBER, SYSTEM, TEXT, VINTAGE, Column, Must, Table

TABLE = Table(
    "crosswalk",
    "Which unit of which system speaks of which metropolis, how closely, and decided how.",
    (
        METRO_ID,
        SYSTEM,
        Column("code", TEXT, "Code in that system.", False),
        VINTAGE,
        Column(
            "relation",
            TEXT,
            "exact, close, broad (unit is wider), narrow (unit is smaller), part_of.",
            False,
        ),
        Column("method", TEXT, "How the link was found.", False),
        Column(
            "score",
            NUMBER,
            "How likely the link is right, 0 to 1: of the unit's candidates, by names, distance and population alone, calibrated on frozen pairs (docs/registry-quality.md). 1 where the metropolis is the unit itself; null where nothing measures it: a reviewer's decision, a shared number with no name in common, distance and population alone.",
            True,
            "probability",
        ),
        Column("evidence", TEXT, "What speaks for the link.", False),
        Column("decided_by", TEXT, "matcher, reviewer or source.", False),
    ),
    ("system", "code", "vintage"),
    kind="dictionary",
    order=("metro_id",),
    group="registry",
    made_by="warehouse.methods.from_csv",
    rows="critical",
    rules=(
        Must(
            "relation_known",
            "structure",
            "A link is exact, close, broad, narrow or part_of, with a score from 0 to 1; else correct catalog/metros/crosswalk.csv.",
            "relation not in ('exact', 'close', 'broad', 'narrow', 'part_of') or score < 0 or score > 1",
            show=("metro_id", "relation", "score"),
        ),
    ),
)
