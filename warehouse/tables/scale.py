"""Table `scale`."""

from __future__ import annotations

from warehouse.tables.statement import FLAG, TEXT, WHOLE, Column, Table

TABLE = Table(
    "scale",
    "Dictionary of scales, from the smallest territory to the largest.",
    (
        Column("scale", TEXT, "Identifier.", False),
        Column("size_order", WHOLE, "Order from small to large.", False),
        Column("name", TEXT, "Name in English.", False),
        Column("meaning", TEXT, "What territory it is.", False),
        Column(
            "metropolitan",
            FLAG,
            "Whether a figure at this scale is about a metropolis (false: context).",
            False,
        ),
    ),
    ("scale",),
    kind="dictionary",
    group="dictionaries",
    made_by="warehouse.methods.from_csv",
    rows="critical",
)
