"""Table `not_computable`."""

from __future__ import annotations

from warehouse.tables.statement import (
    AGE,
    INDICATOR_ID,
    METRO_ID,
    PERIOD,
    SCALE,
    SEX,
    SYSTEM,
    TEXT,
    VINTAGE,
    Column,
    Table,
)

TABLE = Table(
    "not_computable",
    "Derived figures that could not be made, each with the reason; never filled by guess.",
    (
        INDICATOR_ID,
        METRO_ID,
        Column("unit_id", TEXT, "Territorial unit of the part that is there.", False),
        SCALE,
        SYSTEM,
        VINTAGE,
        SEX,
        AGE,
        PERIOD,
        Column(
            "reason", TEXT, "Which part is missing for the same unit, delineation and year.", False
        ),
    ),
    ("indicator_id", "system", "vintage", "unit_id", "sex", "age", "period"),
    group="figures",
    inputs=("indicator/*", "authority_territory"),
    made_by="warehouse.registry.not_computable",
)
