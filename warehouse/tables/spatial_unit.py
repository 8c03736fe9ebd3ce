"""Table `spatial_unit`."""

from __future__ import annotations

from warehouse.tables.statement import (
    NUMBER,
    SCALE,
    SYSTEM,
    TEXT,
    VINTAGE,
    WHOLE,
    Column,
    Must,
    Table,
)

TABLE = Table(
    "spatial_unit",
    "Dictionary of territorial units, one per system, code and vintage, with scale, population and area.",
    (
        Column("unit_id", TEXT, "system:code.", False),
        SYSTEM,
        Column("code", TEXT, "Code in that system.", False),
        VINTAGE,
        SCALE,
        Column("name", TEXT, "Name in that system.", False),
        Column("iso3", TEXT, "Country, ISO 3166-1 alpha-3."),
        Column(
            "population",
            NUMBER,
            "Population, where the system's own list gives it.",
            True,
            "person",
        ),
        Column("population_year", WHOLE, "Year of that population."),
        Column("area_km2", NUMBER, "Area, where the system's own list gives it.", True, "km2"),
        Column("latitude", NUMBER, "Latitude, WGS 84.", True, "degree"),
        Column("longitude", NUMBER, "Longitude, WGS 84.", True, "degree"),
        Column("valid_from", TEXT, "First year of the delineation, where known."),
        Column("valid_to", TEXT, "Last year of the delineation, where known."),
        Column(
            "composition", TEXT, "What it is made of, such as the NUTS 3 regions of a metro region."
        ),
        Column("note", TEXT, "What a reader must know about this unit."),
        Column(
            "no_metro",
            TEXT,
            "Why it is on no metropolis, and what to do about it; empty where it is on one.",
        ),
    ),
    ("system", "code", "vintage"),
    kind="dictionary",
    group="registry",
    made_by="warehouse.methods.from_csv",
    rows="critical",
    rules=(
        Must(
            "point_on_earth",
            "ranges",
            "Latitude lies within 90 and longitude within 180 degrees, population and area are not negative; else correct catalog/metros/spatial_unit.csv.",
            "abs(latitude) > 90 or abs(longitude) > 180 or population < 0 or area_km2 < 0",
            show=("latitude", "longitude", "population", "area_km2"),
        ),
    ),
)
