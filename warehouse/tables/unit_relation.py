"""Table `unit_relation`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, VINTAGE, Column, Table

TABLE = Table(
    "unit_relation",
    "How units hang together: city in greater city in functional urban area, its metro region, and what became of a unit in a later edition.",
    (
        Column("unit_id", TEXT, "system:code.", False),
        VINTAGE,
        Column(
            "relation",
            TEXT,
            "part_of, core_of (its main city), approximated_by (by NUTS 3 regions), successor_of (the same unit in an earlier edition), merged_into, split_from.",
            False,
        ),
        Column("other_unit_id", TEXT, "system:code of the other unit.", False),
        Column("other_vintage", TEXT, "Edition of the other unit.", False),
        Column("evidence", TEXT, "What shows it, and what changed where that is known.", False),
    ),
    ("unit_id", "vintage", "relation", "other_unit_id", "other_vintage"),
    kind="dictionary",
    group="registry",
    made_by="warehouse.methods.from_csv",
)
