"""Table `unit`."""

from __future__ import annotations

from warehouse.tables.statement import NUMBER, TEXT, Column, Table

TABLE = Table(
    "unit",
    "Dictionary of units.",
    (
        Column("unit", TEXT, "Identifier.", False),
        Column("name", TEXT, "Name in English.", False),
        Column("symbol", TEXT, "Symbol for charts.", False),
        Column("dimension", TEXT, "Kind of quantity: count, area, share, money, ...", False),
        Column("multiplier", NUMBER, "Factor to the base unit of the dimension.", False),
        Column("denominator", TEXT, "What it is per, such as person or km2; empty for none."),
        Column("note", TEXT, "Twins and traps."),
    ),
    ("unit",),
    kind="dictionary",
    group="dictionaries",
    made_by="warehouse.methods.from_csv",
    rows="critical",
)
