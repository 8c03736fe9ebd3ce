"""Every published table, stated once: name, meaning, key; each column's type, unit and meaning.

Parquet schemas, comments in the DuckDB file, the dictionary page, Dagster's column metadata and
the expectations are derived from here. Types are DuckDB's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Column:
    """One column: DuckDB type, meaning in one sentence, unit, whether null is allowed.

    `among` names a dictionary table and column that holds the closed list of its values
    (`scale.scale`), or is empty.
    """

    name: str
    type: str
    meaning: str
    null: bool = True
    unit: str = ""
    among: str = ""


@dataclass(frozen=True)
class Table:
    """One table: meaning in one sentence, columns, key, and the order its rows are kept in.

    `redistributable` tables hold figures and pass the licence gate row by row; dictionaries are
    ours and carry CC BY 4.0.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    kind: str = "figures"  # figures | dictionary
    order: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)

    @property
    def sort(self) -> tuple[str, ...]:
        """The full order of rows: `order` first, the key last, so that it is total."""
        return self.order + tuple(k for k in self.key if k not in self.order)

    def column(self, name: str) -> Column:
        """The column of that name; `KeyError` if there is none."""
        return {c.name: c for c in self.columns}[name]


TEXT, NUMBER, WHOLE, DAY, MOMENT, FLAG = (
    "VARCHAR",
    "DOUBLE",
    "BIGINT",
    "DATE",
    "TIMESTAMP",
    "BOOLEAN",
)

METRO_ID = Column(
    "metro_id", TEXT, "Our stable identifier of the metropolis.", False, among="metro.metro_id"
)
ISO3 = Column("iso3", TEXT, "Country, ISO 3166-1 alpha-3.", False)
INDICATOR_ID = Column(
    "indicator_id", TEXT, "What is measured.", False, among="indicator.indicator_id"
)
SYSTEM = Column(
    "system", TEXT, "Identifier system of the territorial unit, such as eurostat_metro.", False
)
VINTAGE = Column(
    "vintage", TEXT, "Edition of the delineation of the unit, such as NUTS2021.", False
)
SCALE = Column(
    "scale", TEXT, "Kind of territory that the figure describes.", False, among="scale.scale"
)
SEX = Column("sex", TEXT, "SDMX CL_SEX code; _T is total.", False)
AGE = Column("age", TEXT, "SDMX CL_AGE code, such as Y15T64; _T is total.", False)
UNIT = Column("unit", TEXT, "Unit of the value.", False, among="unit.unit")
PERIOD = Column("period", TEXT, "Reference period, SDMX notation (2018, 2018-Q1).", False)
SOURCE_ID = Column("source_id", TEXT, "Provider of the figure.", False)
DATASET = Column("dataset", TEXT, "Dataset of the provider.", False)

# What every figure carries, in the order of the design.
FIGURE = (
    Column("unit_id", TEXT, "Territorial unit that the figure describes, as system:code.", False),
    SYSTEM,
    VINTAGE,
    SCALE,
    INDICATOR_ID,
    SEX,
    AGE,
    PERIOD,
    Column("period_start", DAY, "First day of the period.", False),
    Column("period_end", DAY, "Last day of the period.", False),
    Column("freq", TEXT, "SDMX CL_FREQ code of the period: A, S, Q, M, W, D.", False),
    Column(
        "value", NUMBER, "The figure; null where the source gives a status instead.", True, "unit"
    ),
    Column("lower", NUMBER, "Lower bound of the source's interval.", True, "unit"),
    Column("upper", NUMBER, "Upper bound of the source's interval.", True, "unit"),
    UNIT,
    Column("obs_status", TEXT, "SDMX CL_OBS_STATUS code.", False, among="status.obs_status"),
    Column("flags", TEXT, "All flags as the source served them; empty for none.", False),
    Column("conf_status", TEXT, "SDMX CL_CONF_STATUS code; F is free.", False),
    Column(
        "break_origin",
        TEXT,
        "Who says that the series breaks before this figure: source (a flag), observatory (a rule of the indicator); null for no break.",
    ),
    Column(
        "provenance",
        TEXT,
        "upstream (the provider's own file), carrier (derived by a third party), computed (by us by a stated formula).",
        False,
    ),
    SOURCE_ID,
    DATASET,
    Column("series_key", TEXT, "The source's series, dimension=code pairs in name order.", False),
    Column(
        "snapshot_id",
        TEXT,
        "Snapshot the record was read from, SHA-256.",
        False,
        among="snapshot.snapshot_id",
    ),
    Column("record_no", WHOLE, "Place of the record in the snapshot, from 1.", False),
    Column(
        "recorded_from",
        MOMENT,
        "When upstream published this value (else when we retrieved it), UTC.",
        False,
    ),
    Column("recorded_to", MOMENT, "When upstream replaced it, UTC; null while it stands."),
    Column(
        "stale_since",
        MOMENT,
        "Set when a newer edition was rejected: when that edition was published, UTC.",
    ),
)

FIGURE_KEY = (
    "indicator_id",
    "system",
    "vintage",
    "unit_id",
    "sex",
    "age",
    "unit",
    "period",
    "source_id",
    "dataset",
    "series_key",
    "recorded_from",
)

# The file of one indicator: what became of every record that it claims.
HARMONISED = Table(
    "harmonised",
    "Every record that one indicator claims, with its fate; one file per indicator, not published.",
    (
        Column("fate", TEXT, "observation, context, quarantine or not_computable.", False),
        Column("reason", TEXT, "Why a record is not an observation: a rule's or reason's name."),
        Column("detail", TEXT, "The reason as a sentence that a person can act on."),
        Column("metro_id", TEXT, "The metropolis; null unless the fate is observation."),
        Column("iso3", TEXT, "Country, ISO 3166-1 alpha-3; null where unknown."),
        *(replace(c, null=True) for c in FIGURE),
        Column("value_text", TEXT, "The value as served."),
    ),
    FIGURE_KEY,
)

OBSERVATION = Table(
    "observation",
    "Every figure about a metropolis, with its scale, unit, flags, source and validity; revisions included.",
    (METRO_ID, *FIGURE),
    FIGURE_KEY,
    order=("indicator_id", "metro_id"),
)

CONTEXT = Table(
    "country_context",
    "Country and regional figures that stand beside a metropolis but never for it; join on iso3.",
    (ISO3, *FIGURE),
    FIGURE_KEY,
    order=("indicator_id", "iso3"),
)

LATEST = Table(
    "latest",
    "The newest standing, measured figure per metropolis, indicator, scale and system; no projections, and totals only: sex and age groups stand in observation.",
    (METRO_ID, *FIGURE),
    ("metro_id", "indicator_id", "system", "vintage", "unit_id", "unit"),
)

RANKING = Table(
    "ranking",
    "Metropolises ordered within one indicator, scale, system, delineation, variant and period.",
    (
        INDICATOR_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        SEX,
        AGE,
        UNIT,
        PERIOD,
        METRO_ID,
        Column("unit_id", TEXT, "Territorial unit that the figure describes.", False),
        Column("value", NUMBER, "The figure ranked.", False, "unit"),
        Column(
            "rank",
            WHOLE,
            "Competition rank (ties share the smaller), 1 is best, or largest where no direction is better.",
            False,
        ),
        Column("of", WHOLE, "Number of units ranked together.", False),
        Column(
            "percentile",
            NUMBER,
            "Share of the other units that this one beats or ties, 0 to 100; null for a unit alone.",
            True,
            "percent",
        ),
        Column("obs_status", TEXT, "SDMX CL_OBS_STATUS code.", False, among="status.obs_status"),
        Column("provenance", TEXT, "upstream, carrier or computed.", False),
        SOURCE_ID,
        DATASET,
    ),
    (
        "indicator_id",
        "scale",
        "system",
        "vintage",
        "sex",
        "age",
        "unit",
        "period",
        "dataset",
        "unit_id",
    ),
)

TREND = Table(
    "trend",
    "Theil-Sen slope and Mann-Kendall test per series since its last break, at least 5 measured points.",
    (
        METRO_ID,
        Column("unit_id", TEXT, "Territorial unit that the series describes.", False),
        INDICATOR_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        SEX,
        AGE,
        UNIT,
        SOURCE_ID,
        DATASET,
        Column("first_period", TEXT, "First period used.", False),
        Column("last_period", TEXT, "Last period used.", False),
        Column("points", WHOLE, "Number of figures used.", False),
        Column("slope", NUMBER, "Theil-Sen slope per year.", False, "unit per year"),
        Column(
            "slope_percent",
            NUMBER,
            "Slope as percent of the median value, per year.",
            True,
            "percent per year",
        ),
        Column("kendall_s", WHOLE, "Mann-Kendall S.", False),
        Column(
            "p_value",
            NUMBER,
            "Two-sided p of Mann-Kendall: exact below 10 points without ties, else normal with tie correction; null for interpolated series.",
        ),
        Column("method", TEXT, "exact, normal, or none for interpolated series.", False),
        Column("direction", TEXT, "rising, falling or unclear at p < 0.05; null without p."),
    ),
    ("indicator_id", "system", "vintage", "unit_id", "sex", "age", "unit", "dataset"),
    order=("indicator_id", "metro_id"),
)

COVERAGE = Table(
    "coverage",
    "How much there is: units, metros, periods and figures per indicator, scale, system and source.",
    (
        INDICATOR_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        SOURCE_ID,
        DATASET,
        Column("provenance", TEXT, "upstream, carrier or computed.", False),
        Column("figures", WHOLE, "Standing observations with a value.", False),
        Column("projections", WHOLE, "Of these, projections (obs_status F).", False),
        Column("missing", WHOLE, "Standing observations with a status instead of a value.", False),
        Column("metros", WHOLE, "Metropolises with at least one figure.", False),
        Column("countries", WHOLE, "Countries of these metropolises.", False),
        Column("first_period", TEXT, "Earliest period."),
        Column("last_period", TEXT, "Latest period that is not a projection."),
    ),
    ("indicator_id", "scale", "system", "vintage", "source_id", "dataset", "provenance"),
)

QUARANTINE = Table(
    "quarantine",
    "Records that became no observation, each with the reason and what would mend it; nothing is dropped silently.",
    (
        SOURCE_ID,
        DATASET,
        Column("snapshot_id", TEXT, "Snapshot the record was read from, SHA-256.", False),
        Column("record_no", WHOLE, "Place of the record in the snapshot, from 1.", False),
        Column("indicator_id", TEXT, "Indicator that claims the record; null if none does."),
        Column("reason", TEXT, "Name of the rule or reason.", False),
        Column("detail", TEXT, "What is wrong and how to mend it.", False),
        Column("series_key", TEXT, "The source's series.", False),
        Column("period", TEXT, "Reference period as served.", False),
        Column("value_text", TEXT, "The value as served.", False),
        Column("flags", TEXT, "Flags as served.", False),
    ),
    ("source_id", "dataset", "series_key", "period", "record_no", "reason"),
)

NOT_COMPUTABLE = Table(
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
)

ACCOUNTING = Table(
    "accounting",
    "Proof that no record is lost: records = observations + context + quarantined + excluded, per dataset.",
    (
        SOURCE_ID,
        DATASET,
        Column("snapshot_id", TEXT, "Snapshot counted.", False),
        Column("records", WHOLE, "Records that the reader found.", False),
        Column("observations", WHOLE, "Records that became observations.", False),
        Column("context", WHOLE, "Records that became country or regional context.", False),
        Column("quarantined", WHOLE, "Records in quarantine.", False),
        Column("excluded", WHOLE, "Records excluded by a rule of the catalog.", False),
        Column("exclusions", TEXT, "The rules and how many records each excludes.", False),
        Column("balanced", FLAG, "Whether the sum holds.", False),
    ),
    ("source_id", "dataset"),
)

INDICATOR = Table(
    "indicator",
    "Dictionary of indicators: titles and definitions in four languages, unit, direction, references, caveats.",
    (
        Column("indicator_id", TEXT, "Identifier.", False),
        Column("theme", TEXT, "Theme of the observatory.", False),
        *(Column(f"title_{x}", TEXT, f"Title ({x}).", False) for x in ("ca", "es", "fr", "en")),
        *(
            Column(f"definition_{x}", TEXT, f"Definition ({x}).", False)
            for x in ("ca", "es", "fr", "en")
        ),
        UNIT,
        Column("direction", TEXT, "higher or lower is better, or none.", False),
        Column("kind", TEXT, "source (read), derived (computed from others) or context.", False),
        Column("formula", TEXT, "Formula of a derived indicator."),
        Column("sdg", TEXT, "SDG indicators it answers to, comma-separated."),
        Column("nua", TEXT, "New Urban Agenda indicators it answers to, comma-separated."),
        Column("range_min", NUMBER, "Smallest plausible value; below it a record is quarantined."),
        Column("range_max", NUMBER, "Largest plausible value; above it a record is quarantined."),
        Column("caveats", TEXT, "What a reader must know before using it."),
    ),
    ("indicator_id",),
    kind="dictionary",
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

UNIT_TABLE = Table(
    "unit",
    "Dictionary of units.",
    (
        Column("unit", TEXT, "Identifier.", False),
        Column("name", TEXT, "Name in English.", False),
        Column("symbol", TEXT, "Symbol for charts.", False),
        Column("dimension", TEXT, "Kind of quantity: count, area, share, money, ...", False),
        Column("multiplier", NUMBER, "Factor to the base unit of the dimension.", False),
        Column("denominator", TEXT, "What it is per, such as person or km2; empty for none."),
        Column("note", TEXT, "Twins and traps."),
    ),
    ("unit",),
    kind="dictionary",
)

SCALE_TABLE = Table(
    "scale",
    "Dictionary of scales, from the smallest territory to the largest.",
    (
        Column("scale", TEXT, "Identifier.", False),
        Column("size_order", WHOLE, "Order from small to large.", False),
        Column("name", TEXT, "Name in English.", False),
        Column("meaning", TEXT, "What territory it is.", False),
        Column(
            "metropolitan",
            FLAG,
            "Whether a figure at this scale is about a metropolis (false: context).",
            False,
        ),
    ),
    ("scale",),
    kind="dictionary",
)

STATUS = Table(
    "status",
    "Mapping of every source flag to one SDMX CL_OBS_STATUS code, in the official order of precedence.",
    (
        Column("provider", TEXT, "Whose flag; sdmx for the code list itself.", False),
        Column("flag", TEXT, "The flag as the source writes it; empty for none.", False),
        Column("obs_status", TEXT, "SDMX CL_OBS_STATUS code.", False),
        Column("conf_status", TEXT, "SDMX CL_CONF_STATUS code, where the flag says so."),
        Column("precedence", WHOLE, "Smaller wins when a figure has several flags.", False),
        Column("meaning", TEXT, "Meaning of the flag.", False),
        Column("source", TEXT, "Where the mapping comes from.", False),
    ),
    ("provider", "flag"),
    kind="dictionary",
)

FRAMEWORK = Table(
    "framework",
    "Dictionary of the frameworks that indicators refer to (2030 Agenda, New Urban Agenda).",
    (
        Column("framework", TEXT, "sdg or nua.", False),
        Column("code", TEXT, "Number in the framework.", False),
        Column("title", TEXT, "Title in our words.", False),
        Column("source", TEXT, "Where the number was read.", False),
    ),
    ("framework", "code"),
    kind="dictionary",
)

SOURCE = Table(
    "source",
    "Dictionary of datasets: provider, licence, attribution, what the figures are.",
    (
        SOURCE_ID,
        DATASET,
        Column("provider_title", TEXT, "Name of the provider.", False),
        Column("title", TEXT, "Title of the dataset.", False),
        Column("provenance", TEXT, "upstream, carrier or computed.", False),
        Column("derived_by", TEXT, "Who derived it, for carriers."),
        Column("licence", TEXT, "Licence of the figures.", False),
        Column("licence_url", TEXT, "Text of the licence."),
        Column("attribution", TEXT, "What to cite.", False),
        Column(
            "redistributable", FLAG, "Whether the figures may stand in the public release.", False
        ),
        Column("homepage", TEXT, "Page of the dataset."),
    ),
    ("source_id", "dataset"),
    kind="dictionary",
)

SNAPSHOT = Table(
    "snapshot",
    "Every snapshot that a figure of this release was read from.",
    (
        Column("snapshot_id", TEXT, "SHA-256 of the bytes.", False),
        SOURCE_ID,
        DATASET,
        Column("url", TEXT, "Where the bytes came from.", False),
        Column("upstream_vintage", TEXT, "Upstream's own name of the edition."),
        Column("published_at", MOMENT, "Upstream's own update stamp, UTC."),
        Column("retrieved_at", MOMENT, "When the bytes were retrieved, UTC.", False),
        Column("origin", TEXT, "live, or bundled with the software.", False),
        Column(
            "rewritten",
            TEXT,
            "Whether and how the bytes differ from what upstream served; empty for not at all.",
        ),
        Column("bytes", WHOLE, "Size.", False, "byte"),
        Column("media_type", TEXT, "Media type.", False),
        Column("licence", TEXT, "Licence of this edition.", False),
        Column("attribution", TEXT, "What to cite for this edition.", False),
    ),
    ("snapshot_id", "source_id", "dataset"),
    kind="dictionary",
)

_RECORD = {
    "period": PERIOD,
    "value": Column("value", NUMBER, "The value as served, as a number; null for a status."),
    "value_text": Column("value_text", TEXT, "The value as served.", False),
    "flags": Column("flags", TEXT, "Flags as served.", False),
    "record_no": Column("record_no", WHOLE, "Place of the record in the snapshot, from 1.", False),
    "series_key": Column("series_key", TEXT, "Dimension=code pairs in name order.", False),
    "snapshot_id": Column("snapshot_id", TEXT, "Snapshot the record was first read from.", False),
    "recorded_from": Column("recorded_from", MOMENT, "When upstream published it, UTC.", False),
    "recorded_to": Column("recorded_to", MOMENT, "When upstream replaced it, UTC."),
}


def history(columns: tuple[str, ...]) -> Table:
    """The history of one dataset: its own dimensions and attributes beside the common columns."""
    return Table(
        "history",
        "Source records of one dataset in the provider's own codes, each with its validity.",
        tuple(
            _RECORD.get(c) or Column(c, TEXT, "As the provider serves it.", False) for c in columns
        ),
        ("series_key", "period", "recorded_from", "record_no"),
    )


FIGURES = (
    OBSERVATION,
    CONTEXT,
    LATEST,
    RANKING,
    TREND,
    COVERAGE,
    QUARANTINE,
    NOT_COMPUTABLE,
    ACCOUNTING,
)
DICTIONARIES = (
    INDICATOR,
    METRO,
    METRO_NAME,
    SPATIAL_UNIT,
    CROSSWALK,
    MEMBER_ORG,
    UNIT_TABLE,
    SCALE_TABLE,
    STATUS,
    FRAMEWORK,
    SOURCE,
    SNAPSHOT,
)


def comparison(theme: str, indicators: tuple[tuple[str, str, str], ...]) -> Table:
    """The wide table of one theme: a row per metropolis and scale, a column per indicator.

    `indicators` are (indicator_id, title, unit) in catalog order; each figure brings its year as
    `<indicator_id>__period` and its status as `<indicator_id>__status`.
    """
    columns: list[Column] = [
        METRO_ID,
        Column("metro_name", TEXT, "Name of the metropolis in English.", False),
        ISO3,
        SCALE,
        SYSTEM,
        VINTAGE,
        Column("unit_id", TEXT, "Territorial unit that the row describes.", False),
    ]
    for indicator_id, title, unit in indicators:
        columns += [
            Column(indicator_id, NUMBER, f"{title}: newest measured figure, total.", True, unit),
            Column(f"{indicator_id}__period", TEXT, f"Period of {indicator_id}."),
            Column(f"{indicator_id}__status", TEXT, f"SDMX CL_OBS_STATUS code of {indicator_id}."),
        ]
    return Table(
        f"comparison_{theme}",
        f"Wide comparison of the theme {theme}: newest figures side by side, one scale and delineation per row.",
        tuple(columns),
        ("metro_id", "system", "vintage", "unit_id"),
    )
