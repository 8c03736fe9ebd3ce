"""Table `governance_trend`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, WHOLE, Column, Table

TABLE = Table(
    "governance_trend",
    "Metropolitan bodies by model, decade and region: how many there were at the end of the decade, how many were created and abolished in it.",
    (
        Column(
            "decade",
            WHOLE,
            "First year of the decade; empty for bodies whose creation no text dates.",
        ),
        Column("region", TEXT, "UN M49 region; empty for all.", False),
        Column(
            "model",
            TEXT,
            "Model at the end of the decade or at abolition; not_decided where no rule applied.",
            False,
        ),
        Column("bodies", WHOLE, "Bodies that existed at the end of the decade.", False),
        Column("created", WHOLE, "Bodies created in it.", False),
        Column("abolished", WHOLE, "Bodies abolished in it.", False),
    ),
    ("decade", "region", "model"),
    kind="dictionary",
    group="governance",
    inputs=("governance_body", "gov_model", "metro"),
    made_by="warehouse.surveys.governance.history",
)
