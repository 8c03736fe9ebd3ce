"""The registry: metropolises, their names, units, crosswalk and members."""

from __future__ import annotations

from warehouse.tables.statement import (
    FLAG,
    ISO3,
    METRO_ID,
    NUMBER,
    SCALE,
    SYSTEM,
    TEXT,
    VINTAGE,
    WHOLE,
    Column,
    Table,
)

METRO = Table(
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
)

METRO_NAME = Table(
    "metro_name",
    "Every name that a metropolis is known by, with its language and who calls it so.",
    (
        METRO_ID,
        Column("name", TEXT, "The name, in the script that its source writes.", False),
        Column("lang", TEXT, "Language, ISO 639-1; empty where the source does not say.", False),
        Column(
            "kind",
            TEXT,
            "primary (ours), translation, or label (of a unit that speaks of the metropolis).",
            False,
        ),
        Column("source", TEXT, "Who calls it so: registry, Natural Earth or a system.", False),
    ),
    ("metro_id", "name", "lang", "kind", "source"),
    kind="dictionary",
)

SPATIAL_UNIT = Table(
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
    ),
    ("system", "code", "vintage"),
    kind="dictionary",
)

CROSSWALK = Table(
    "crosswalk",
    "Which unit of which system speaks of which metropolis, how closely, and decided how.",
    (
        METRO_ID,
        SYSTEM,
        Column("code", TEXT, "Code in that system.", False),
        VINTAGE,
        Column(
            "relation",
            TEXT,
            "exact, close, broad (unit is wider), narrow (unit is smaller), part_of.",
            False,
        ),
        Column("method", TEXT, "How the link was found.", False),
        Column("score", NUMBER, "Confidence of the matcher, 0 to 1.", False),
        Column("evidence", TEXT, "What speaks for the link.", False),
        Column("decided_by", TEXT, "matcher, reviewer or source.", False),
    ),
    ("system", "code", "vintage"),
    kind="dictionary",
    order=("metro_id",),
)

MEMBER_ORG = Table(
    "member_org",
    "Governments seen in public sources to be members of Metropolis.",
    (
        Column("member_id", TEXT, "Identifier.", False),
        Column("name", TEXT, "Name of the government.", False),
        Column("kind", TEXT, "Kind of government.", False),
        METRO_ID,
        ISO3,
        Column("relation", TEXT, "How its own territory relates to the metropolis, where known."),
        Column("evidence", TEXT, "Where the membership was seen.", False),
    ),
    ("member_id",),
    kind="dictionary",
)

BOUNDARY_VERSION = Table(
    "boundary_version",
    "Delineations of a unit over the years within one system and vintage; a new one begins where its area jumps. Figures of two versions are of two territories.",
    (
        Column("unit_id", TEXT, "system:code.", False),
        SYSTEM,
        VINTAGE,
        Column("version", WHOLE, "1 for the earliest, then counted on.", False),
        Column(
            "valid_from",
            WHOLE,
            "First year of this delineation; empty where nothing earlier is known.",
        ),
        Column("valid_to", WHOLE, "Last year of this delineation; empty while it stands."),
        Column("area_km2", NUMBER, "Newest total area of this version.", True, "km2"),
        Column("population", NUMBER, "Population of this version, where known.", True, "person"),
        Column("evidence", TEXT, "What shows it.", False),
    ),
    ("system", "unit_id", "vintage", "version"),
    kind="dictionary",
)
