"""The registry: metropolises, their names, units, crosswalk and members."""

from __future__ import annotations

from warehouse.tables.statement import (
    DAY,
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
            "primary (ours), translation, transliteration (by rule), alias (by a person), or label (of a unit that speaks of the metropolis).",
            False,
        ),
        Column(
            "source",
            TEXT,
            "Who calls it so: registry, Natural Earth, anyascii, a system, or the text that was opened.",
            False,
        ),
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
        Column(
            "no_metro",
            TEXT,
            "Why it is on no metropolis, and what to do about it; empty where it is on one.",
        ),
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
        Column(
            "score",
            NUMBER,
            "How likely the link is right, 0 to 1: of the unit's candidates, by names, distance and population alone, calibrated on frozen pairs (docs/registry-quality.md). 1 where the metropolis is the unit itself; null where nothing measures it: a reviewer's decision, a shared number with no name in common, distance and population alone.",
            True,
            "probability",
        ),
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
        Column(
            "territory",
            TEXT,
            "The body whose territory it governs, as in `governance`; or local_unit: and its own municipality in `local_unit`. Null where no text or list says.",
        ),
        Column("municipalities", WHOLE, "Municipalities in that territory, where a text says it."),
        Column("municipalities_year", WHOLE, "Year for which the text says so."),
        Column("territory_source", TEXT, "Address of the text that was opened."),
    ),
    ("member_id",),
    kind="dictionary",
)

BOUNDARY_VERSION = Table(
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
)

LOCAL_UNIT = Table(
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
)

UNIT_RELATION = Table(
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
)

METRO_REDIRECT = Table(
    "metro_redirect",
    "Identifiers that were retired, and the metropolis that took their place; none is ever given again.",
    (
        Column("metro_id", TEXT, "The retired identifier.", False),
        Column("new_metro_id", TEXT, "The metropolis that took its place; empty for none."),
        Column("date", DAY, "When it was retired.", False),
        Column("reason", TEXT, "Why.", False),
    ),
    ("metro_id",),
    kind="dictionary",
)

METRO_CHANGE = Table(
    "metro_change",
    "Changelog of the registry: which metropolises were added, merged, removed or renamed, and when.",
    (
        Column("date", DAY, "Day of the build that changed it.", False),
        Column("metro_id", TEXT, "The metropolis; empty for the registry as a whole.", False),
        Column("change", TEXT, "founded (the registry), added, merged, removed, renamed.", False),
        Column("detail", TEXT, "What changed.", False),
    ),
    ("date", "metro_id", "change", "detail"),
    kind="dictionary",
)

_MEASURED = "null where there are fewer than 100 pairs."
CROSSWALK_QUALITY = Table(
    "crosswalk_quality",
    "Precision and recall of the crosswalk against frozen pairs, before and after review, by system and region, with Wilson 95 % intervals.",
    (
        Column(
            "stage",
            TEXT,
            "before_review (names, distance and population alone) or after_review (as published).",
            False,
        ),
        Column(
            "role",
            TEXT,
            "tune (looked at while the matcher was made), holdout (countries set apart by hash; their totals were seen while the truth rules changed), both, must_reject (never one metropolis).",
            False,
        ),
        Column(
            "system",
            TEXT,
            "Identifier system measured; all for all; without easy pairs for all but those tied by label or code alone.",
            False,
        ),
        Column("region", TEXT, "UN M49 region; all for all.", False),
        Column("pairs", WHOLE, "Pairs measured.", False),
        Column(
            "left_out",
            WHOLE,
            "Pairs left out because somebody wrote an alias for a unit of them.",
            False,
        ),
        Column("linked", WHOLE, "Pairs of which both units are on a metropolis.", False),
        Column("correct", WHOLE, "Pairs of which both units are on the same one.", False),
        Column("measured", FLAG, "Whether there are 100 pairs or more.", False),
        Column("precision", NUMBER, f"correct / linked; {_MEASURED}", True, "share"),
        Column("precision_low", NUMBER, "Lower bound of its 95 % interval.", True, "share"),
        Column("precision_high", NUMBER, "Upper bound of its 95 % interval.", True, "share"),
        Column("recall", NUMBER, f"correct / pairs; {_MEASURED}", True, "share"),
        Column("recall_low", NUMBER, "Lower bound of its 95 % interval.", True, "share"),
        Column("recall_high", NUMBER, "Upper bound of its 95 % interval.", True, "share"),
        Column("coverage", NUMBER, f"linked / pairs; {_MEASURED}", True, "share"),
        Column("abstention", NUMBER, f"1 - coverage; {_MEASURED}", True, "share"),
    ),
    ("stage", "role", "system", "region"),
    kind="dictionary",
)

CROSSWALK_COVERAGE = Table(
    "crosswalk_coverage",
    "How many units of each system and edition are on a metropolis, and what is odd about the links.",
    (
        SYSTEM,
        VINTAGE,
        Column("units", WHOLE, "Units that the system lists, countries and regions aside.", False),
        Column("matched", WHOLE, "Units on a metropolis.", False),
        Column("share", NUMBER, "matched / units.", False, "share"),
        Column("founders", WHOLE, "Units that founded their metropolis.", False),
        Column("part_of", WHOLE, "Units that are a part of their metropolis.", False),
        Column("reviewed", WHOLE, "Links that a reviewer decided.", False),
        Column("metros", WHOLE, "Metropolises with a unit of it.", False),
        Column(
            "one_to_one_violations",
            WHOLE,
            "Metropolises with two units of one scale of it that are not part_of.",
            False,
        ),
        Column(
            "populations_compared",
            WHOLE,
            "Main links of agglomerations, urban centres, functional urban areas and metro regions of which both populations are known.",
            False,
        ),
        Column(
            "population_outliers", WHOLE, "Of these, apart by more than a factor of 3.2.", False
        ),
    ),
    ("system", "vintage"),
    kind="dictionary",
)
