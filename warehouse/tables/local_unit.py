"""Table `local_unit`."""

from __future__ import annotations

from warehouse.tables.statement import ISO3, NUMBER, TEXT, WHOLE, Column, Table

TABLE = Table(
    "local_unit",
    "Local administrative units (LAU) of the European list of 2019, with the city and functional urban area that each lies in.",
    (
        Column("lau", TEXT, "GISCO identifier of the unit, such as ES_08019.", False),
        ISO3,
        Column("name", TEXT, "Name, in Latin letters where the list has it.", False),
        Column("nuts3", TEXT, "NUTS 3 region of 2016.", False),
        Column("population", NUMBER, "Population, where the list has it.", True, "person"),
        Column("area_km2", NUMBER, "Area, where the list has it.", True, "km2"),
        Column("degurba", WHOLE, "Degree of urbanisation: 1 city, 2 town or suburb, 3 rural."),
        Column("city", TEXT, "Code of its city in eurostat_city 2019; empty for none."),
        Column("greater_city", TEXT, "Code of its greater city in eurostat_city 2019."),
        Column("fua", TEXT, "Code of its functional urban area in eurostat_fua 2019."),
        Column(
            "part",
            TEXT,
            "core (in a city or greater city) or hinterland of the functional urban area.",
        ),
    ),
    ("lau",),
    kind="dictionary",
    group="registry",
    made_by="warehouse.methods.from_csv",
)
