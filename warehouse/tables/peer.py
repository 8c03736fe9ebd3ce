"""Table `peer`."""

from __future__ import annotations

from warehouse.tables.statement import METRO_ID, NUMBER, TEXT, WHOLE, Column, Table

TABLE = Table(
    "peer",
    "The metropolises most alike by size, growth, built-up land per inhabitant, income and governance, with what is alike and what is not.",
    (
        METRO_ID,
        Column("place", WHOLE, "1 is the most alike.", False),
        Column("peer_id", TEXT, "The metropolis that is alike.", False, among="metro.metro_id"),
        Column(
            "distance",
            NUMBER,
            "Distance per property known of the metropolis.",
            False,
            "standard deviations",
        ),
        Column(
            "similar_in",
            TEXT,
            "Properties at most 0.5 standard deviations apart; governance of the same model.",
            False,
        ),
        Column(
            "different_in",
            TEXT,
            "Properties more than 0.5 standard deviations apart; governance of another model.",
            False,
        ),
        Column("unknown_in", TEXT, "Properties that are not known of both.", False),
    ),
    ("metro_id", "place"),
    group="comparisons",
    inputs=("latest", "not_comparable", "trend", "governance_profile"),
    made_by="warehouse.methods.peers",
)
