"""Table `metro_change`."""

from __future__ import annotations

from warehouse.tables.statement import DAY, TEXT, Column, Table

TABLE = Table(
    "metro_change",
    "Changelog of the registry: which metropolises were added, merged, removed or renamed, and when.",
    (
        Column("date", DAY, "Day of the build that changed it.", False),
        Column("metro_id", TEXT, "The metropolis; empty for the registry as a whole.", False),
        Column("change", TEXT, "founded (the registry), added, merged, removed, renamed.", False),
        Column("detail", TEXT, "What changed.", False),
    ),
    ("date", "metro_id", "change", "detail"),
    kind="dictionary",
    group="registry",
    made_by="warehouse.methods.from_csv",
)
