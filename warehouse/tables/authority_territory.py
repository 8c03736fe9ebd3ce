"""Table `authority_territory`."""

from __future__ import annotations

from warehouse.tables.statement import FLAG, METRO_ID, NUMBER, TEXT, WHOLE, Column, Table

TABLE = Table(
    "authority_territory",
    "Territories of metropolitan bodies as sums of local units of 2019, and how much of the metropolis each covers; a sum only where the municipalities found (in the United States the counties) are as many as a text states.",
    (
        Column("body_id", TEXT, "The metropolitan body, a row of governance_body.", False),
        METRO_ID,
        Column("list", TEXT, "List of local units, a file of catalog/territories.", False),
        Column("units_found", WHOLE, "Local units found.", False),
        Column(
            "counties_stated",
            WHOLE,
            "Counties that a text states, where the list is of counties; empty for municipalities.",
        ),
        Column("counties_source", TEXT, "That text, a row of gov_source."),
        Column(
            "municipalities_found",
            WHOLE,
            "Municipalities found; empty where the list is of counties.",
        ),
        Column(
            "municipalities_stated",
            WHOLE,
            "Municipalities that a text states for the year nearest to 2019.",
        ),
        Column("stated_year", WHOLE, "Year of that number; empty where the text has none."),
        Column("stated_source", TEXT, "The text, a row of gov_source."),
        Column("complete", FLAG, "Whether all were found, with their populations.", False),
        Column("population", NUMBER, "Sum of populations.", True, "person"),
        Column("area_km2", NUMBER, "Sum of areas, where the list has them.", True, "km2"),
        Column("density", NUMBER, "population / area_km2.", True, "person/km2"),
        Column("municipalities_per_100000", NUMBER, "Municipalities per 100,000 inhabitants."),
        Column("fua_unit_id", TEXT, "Functional urban area of the metropolis, eurostat_fua 2019."),
        Column("fua_population", NUMBER, "Population of that area, same list.", True, "person"),
        Column(
            "share_of_fua",
            NUMBER,
            "Inhabitants of that area who live in the territory, of all its inhabitants.",
            True,
            "percent",
        ),
        Column(
            "share_of_core",
            NUMBER,
            "Inhabitants of its core who live in the territory, of all of its core.",
            True,
            "percent",
        ),
        Column("agglomeration_unit_id", TEXT, "Urban agglomeration of the metropolis, un_wup2018."),
        Column("agglomeration_population", NUMBER, "Its population.", True, "person"),
        Column("agglomeration_year", WHOLE, "Year of that population."),
        Column(
            "percent_of_agglomeration",
            NUMBER,
            "Population of the territory in percent of that of the agglomeration: a ratio, not a share, "
            "because the United Nations publish no list of the units of an agglomeration; it may exceed 100.",
            True,
            "percent",
        ),
        Column("missing", TEXT, "What is missing for a sum, or for its area."),
        Column("evidence", TEXT, "What shows that the body covers these units.", False),
        Column("check_area_km2", NUMBER, "Area that a text publishes.", True, "km2"),
        Column("check_population", WHOLE, "Population that a text publishes.", True, "person"),
        Column("check_source", TEXT, "Where these published totals stand."),
        Column("area_difference", NUMBER, "Sum against the published area.", True, "percent"),
        Column(
            "population_difference",
            NUMBER,
            "Sum against the published population.",
            True,
            "percent",
        ),
    ),
    ("body_id",),
    kind="dictionary",
    group="governance",
    inputs=("crosswalk", "spatial_unit", "local_unit"),
    made_by="warehouse.registry.authority",
)
