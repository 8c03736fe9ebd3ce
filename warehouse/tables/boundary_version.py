"""Table `boundary_version`."""

from __future__ import annotations

from warehouse.tables.statement import NUMBER, SYSTEM, TEXT, VINTAGE, WHOLE, Column, Table

TABLE = Table(
    "boundary_version",
    "Delineations of a unit: a new one begins where its area jumps within an edition of its list (years from and to), or where a later edition redrew it (edition, redraws). Figures of two versions are of two territories.",
    (
        Column("unit_id", TEXT, "system:code.", False),
        SYSTEM,
        VINTAGE,
        Column(
            "version",
            WHOLE,
            "1 for the earliest, then counted on, over editions too.",
            False,
        ),
        Column(
            "valid_from",
            WHOLE,
            "First year of this delineation; empty where nothing earlier is known.",
        ),
        Column("valid_to", WHOLE, "Last year of this delineation; empty while it stands."),
        Column("area_km2", NUMBER, "Newest total area of this version.", True, "km2"),
        Column("population", NUMBER, "Population of this version, where known.", True, "person"),
        Column("evidence", TEXT, "What shows it.", False),
        Column(
            "edition",
            WHOLE,
            "Year of the edition that redrew it: all figures of that edition, of earlier years too, are of this territory; null for none.",
        ),
        Column("redraws", TEXT, "system:code of what it takes the place of; empty where none."),
        Column("earlier", TEXT, "Edition of that; empty where none."),
    ),
    ("system", "unit_id", "vintage", "version"),
    kind="dictionary",
    group="registry",
    made_by="warehouse.methods.from_csv",
)
