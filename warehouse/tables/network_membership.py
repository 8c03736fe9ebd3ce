"""Table `network_membership`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, WHOLE, Column, Table

TABLE = Table(
    "network_membership",
    "Members of networks of cities as texts name them, with year and source; only where `coverage` is whole does an absent city mean that it was no member.",
    (
        Column(
            "network",
            TEXT,
            "The network, a row of library_item.",
            False,
            among="library_item.item_id",
        ),
        Column("network_name", TEXT, "Its name.", False),
        Column("coverage", TEXT, "How much of its membership is known: whole or partial.", False),
        Column("member", TEXT, "The member, as the text names it.", False),
        Column("country", TEXT, "Its country, as the text names it.", False),
        Column(
            "metro_id",
            TEXT,
            "The metropolis; empty where the registry has none of that name.",
            among="metro.metro_id",
        ),
        Column(
            "inside_metro_id",
            TEXT,
            "The metropolis in which the member lies, where it is not its main city.",
            among="metro.metro_id",
        ),
        Column(
            "role",
            TEXT,
            "member, founder, board, participant, honorary member, or mention (named beside the network; membership is not said).",
            False,
        ),
        Column("member_since", TEXT, "Year or day of joining, where a text says it."),
        Column("year_seen", WHOLE, "Year of the text; empty where it has none."),
        Column("note", TEXT, "What the text says, in short."),
        Column("source", TEXT, "The text.", False),
    ),
    ("network", "member", "country", "role", "year_seen", "source", "note"),
    kind="dictionary",
    group="governance",
    made_by="warehouse.library.tables",
)
