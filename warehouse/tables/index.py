"""Tables of the observatory's own indices: ranges and groups, never a league table."""

from __future__ import annotations

from warehouse.tables.statement import (
    DATASET,
    INDICATOR_ID,
    METRO_ID,
    NUMBER,
    PERIOD,
    SCALE,
    SOURCE_ID,
    SYSTEM,
    TEXT,
    UNIT,
    UNIT_ID,
    VINTAGE,
    WHOLE,
    Column,
    Table,
)

INDEX_ID = Column("index_id", TEXT, "Composite index.", False, among="index_definition.index_id")

INDEX_DEFINITION = Table(
    "index_definition",
    "Composite indices of the observatory: what each measures, of which units, made how, and what to beware of.",
    (
        Column("index_id", TEXT, "Composite index.", False),
        Column("theme", TEXT, "Theme of the observatory.", False),
        Column("title_ca", TEXT, "Title in Catalan.", False),
        Column("title_es", TEXT, "Title in Spanish.", False),
        Column("title_fr", TEXT, "Title in French.", False),
        Column("title_en", TEXT, "Title in English.", False),
        Column("note", TEXT, "What a reader must know.", False),
        SCALE,
        SYSTEM,
        VINTAGE,
        Column("first_year", WHOLE, "First year of reference admitted.", False),
        Column("last_year", WHOLE, "Last year of reference admitted.", False),
        Column("indicators", WHOLE, "Number of indicators.", False),
        Column("units", WHOLE, "Number of units scored.", False),
        Column(
            "left_out", WHOLE, "Units with a figure but too few indicators to be scored.", False
        ),
        Column(
            "not_comparable",
            WHOLE,
            "Figures left out because they may not be compared with the others; they stand in table not_comparable, with the reasons.",
            False,
        ),
        Column("method", TEXT, "Steps in words.", False),
        Column("choices", TEXT, "Choices over which the ranges of ranks were tried.", False),
    ),
    ("index_id",),
    kind="dictionary",
)

INDEX_PART = Table(
    "index_part",
    "Indicators and groups of each composite index, with weights, treatment and how they hang together.",
    (
        INDEX_ID,
        Column("part", TEXT, "Indicator or group.", False),
        Column("kind", TEXT, "indicator or group.", False),
        Column("parent", TEXT, "Group, or the index, that it belongs to.", False),
        Column("weight", NUMBER, "Weight within its parent, summing to 1.", False),
        Column("direction", TEXT, "higher or lower values are better; null for groups."),
        Column("treatment", TEXT, "What was done to outliers; null for nothing."),
        Column("units", WHOLE, "Units scored that have a figure; null for groups."),
        Column("r_with_index", NUMBER, "Correlation with the index."),
        Column("cronbach_alpha", NUMBER, "Internal consistency of a group of indicators."),
        Column("redundant_with", TEXT, "Indicators of the same group with r above 0.92."),
    ),
    ("index_id", "part"),
    kind="dictionary",
)

INDEX_SENSITIVITY = Table(
    "index_sensitivity",
    "Which choice moves the ranks of a composite index most: Sobol indices of all units' ranks together.",
    (
        INDEX_ID,
        Column("choice", TEXT, "impute, treat, normalise, aggregate or weights.", False),
        Column(
            "first_order",
            NUMBER,
            "Share of the variance of ranks due to it alone; an estimate, which may fall just below 0.",
            False,
        ),
        Column("total", NUMBER, "Share due to it with all others.", False),
    ),
    ("index_id", "choice"),
    kind="dictionary",
)

INDEX_CELL = Table(
    "index_cell",
    "Every figure that goes into a composite index, as it came, after treatment and normalised.",
    (
        INDEX_ID,
        METRO_ID,
        UNIT_ID,
        INDICATOR_ID,
        PERIOD,
        Column("value", NUMBER, "The figure.", False, "unit"),
        UNIT,
        Column("treated", NUMBER, "After outliers were treated.", False, "unit"),
        Column("normalised", NUMBER, "On the scale of the index; more is better.", False, "points"),
        SOURCE_ID,
        DATASET,
    ),
    ("index_id", "unit_id", "indicator_id"),
)

INDEX_SCORE = Table(
    "index_score",
    "Scores of each unit in a composite index and its groups; read them with index_rank_range.",
    (
        INDEX_ID,
        METRO_ID,
        UNIT_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        Column("part", TEXT, "The index itself, or one of its groups.", False),
        Column("score", NUMBER, "Score; more is better.", False, "points"),
        Column("indicators", WHOLE, "Indicators of the index with a figure.", False),
        Column("imputed", WHOLE, "Indicators whose figure was imputed.", False),
    ),
    ("index_id", "unit_id", "part"),
)

INDEX_RANK_RANGE = Table(
    "index_rank_range",
    "Where each unit ranks in a composite index when its choices change: sensitivity, never confidence.",
    (
        INDEX_ID,
        METRO_ID,
        UNIT_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        Column("rank_low", WHOLE, "Best rank of the range; 1 is best.", False),
        Column("rank_median", WHOLE, "Middle of the ranks over all draws.", False),
        Column("rank_high", WHOLE, "Worst rank of the range.", False),
        Column("of", WHOLE, "Number of units ranked together.", False),
        Column(
            "third",
            TEXT,
            "The thirds of the list that the range touches: upper, middle, lower, upper or middle, middle or lower, anywhere.",
            False,
        ),
        Column("leave_one_out", WHOLE, "Furthest move when one indicator is left out.", False),
        Column("level", NUMBER, "Share of draws that the range holds.", False),
        Column("draws", WHOLE, "Number of draws.", False),
    ),
    ("index_id", "unit_id"),
)

INDICES = (INDEX_SCORE, INDEX_RANK_RANGE, INDEX_CELL)
INDEX_DICTIONARIES = (INDEX_DEFINITION, INDEX_PART, INDEX_SENSITIVITY)
