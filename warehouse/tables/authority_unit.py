"""Table `authority_unit`."""

from __future__ import annotations

from warehouse.tables.statement import FLAG, NUMBER, TEXT, Column, Table

TABLE = Table(
    "authority_unit",
    "Lineage of the figures at scale authority: every local unit of the territory of each metropolitan body.",
    (
        Column("body_id", TEXT, "The metropolitan body, a row of governance_body.", False),
        Column("list", TEXT, "List of local units, a file of catalog/territories.", False),
        Column("code", TEXT, "Code of the local unit in its list.", False),
        Column("name", TEXT, "Its name.", False),
        Column(
            "municipality",
            TEXT,
            "Code of the municipality that it is, or is a part of; empty for a county.",
        ),
        Column("population", NUMBER, "Population.", True, "person"),
        Column("area_km2", NUMBER, "Area, where the list has it.", True, "km2"),
        Column("fua", TEXT, "Code of its functional urban area in eurostat_fua 2019."),
        Column("core", FLAG, "Whether it is in the core of that area.", False),
    ),
    ("body_id", "code"),
    kind="dictionary",
    group="governance",
    inputs=("crosswalk", "spatial_unit", "local_unit"),
    made_by="warehouse.registry.authority",
)
