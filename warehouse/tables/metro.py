"""Table `metro`."""

from __future__ import annotations

from warehouse.tables.statement import FLAG, ISO3, NUMBER, TEXT, Column, Must, Table

TABLE = Table(
    "metro",
    "Dictionary of metropolises: one row per metropolis of the registry.",
    (
        Column("metro_id", TEXT, "Our stable identifier.", False),
        Column("name", TEXT, "Name in English.", False),
        Column("name_ca", TEXT, "Name in Catalan, where known."),
        Column("name_es", TEXT, "Name in Spanish, where known."),
        Column("name_fr", TEXT, "Name in French, where known."),
        Column("name_local", TEXT, "Name in the local language and script, where known."),
        Column("iso2", TEXT, "Country, ISO 3166-1 alpha-2.", False),
        ISO3,
        Column("country", TEXT, "Country name in English.", False),
        Column("region", TEXT, "UN M49 region."),
        Column("subregion", TEXT, "UN M49 sub-region."),
        Column("latitude", NUMBER, "Latitude of the anchor point, WGS 84.", True, "degree"),
        Column("longitude", NUMBER, "Longitude of the anchor point, WGS 84.", True, "degree"),
        Column(
            "metropolis_member",
            FLAG,
            "Whether a government of it was seen to be a member of Metropolis.",
            False,
        ),
    ),
    ("metro_id",),
    kind="dictionary",
    group="registry",
    made_by="warehouse.methods.from_csv",
    rows="critical",
    rules=(
        Must(
            "point_on_earth",
            "ranges",
            "Latitude lies within 90 and longitude within 180 degrees; else correct catalog/metros/metro.csv.",
            "abs(latitude) > 90 or abs(longitude) > 180",
            show=("latitude", "longitude"),
        ),
    ),
)
