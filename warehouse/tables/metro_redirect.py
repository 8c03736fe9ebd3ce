"""Table `metro_redirect`."""

from __future__ import annotations

from warehouse.tables.statement import DAY, TEXT, Column, Table

TABLE = Table(
    "metro_redirect",
    "Identifiers that were retired, and the metropolis that took their place; none is ever given again.",
    (
        Column("metro_id", TEXT, "The retired identifier.", False),
        Column("new_metro_id", TEXT, "The metropolis that took its place; empty for none."),
        Column("date", DAY, "When it was retired.", False),
        Column("reason", TEXT, "Why.", False),
    ),
    ("metro_id",),
    kind="dictionary",
    group="registry",
    made_by="warehouse.methods.from_csv",
)
