"""Table `governance_statistics`."""

from __future__ import annotations

from warehouse.tables.statement import NUMBER, TEXT, WHOLE, Column, Table

TABLE = Table(
    "governance_statistics",
    "Confidential answers of survey waves as protected sums: magnitudes by region and model, persons who answered by their role. What would tell somebody's figure, directly or by subtraction, is empty.",
    (
        Column("wave", TEXT, "Wave of the survey.", False),
        Column("question", TEXT, "Question of class N in catalog/surveys.", False),
        Column("region", TEXT, "UN M49 region; empty for all.", False),
        Column(
            "category",
            TEXT,
            "Model of governance, for a magnitude; the choice, for a count; empty for all.",
            False,
        ),
        Column(
            "metropolises",
            WHOLE,
            "Metropolises behind a magnitude: who answers is public; empty for counts of persons.",
        ),
        Column("total", NUMBER, "Sum, or number of persons; empty where suppressed.", True, "unit"),
        Column(
            "median",
            NUMBER,
            "Median to two digits; empty below 10 metropolises and where suppressed.",
            True,
            "unit",
        ),
        Column("unit", TEXT, "Unit of the question; person for counts.", False),
        Column("obs_status", TEXT, "CL_OBS_STATUS: A normal, Q suppressed.", False),
        Column(
            "conf_status",
            TEXT,
            "CL_CONF_STATUS: F free; C confidential (fewer than 3 behind it, or one or two that dominate); "
            "D hidden so that nobody computes a C.",
            False,
        ),
    ),
    ("wave", "question", "region", "category"),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance", "governance_profile", "metro"),
    made_by="warehouse.surveys.governance.statistics",
)
