"""Table `indicator`."""

from __future__ import annotations

from warehouse.tables.statement import (
    FLAG,
    NUMBER,
    TEXT,
    UNIT,
    WHOLE,
    Column,
    Must,
    Table,
    in_languages,
)

TABLE = Table(
    "indicator",
    "Dictionary of indicators: titles and definitions in every language, unit, direction, references, caveats.",
    (
        Column("indicator_id", TEXT, "Identifier.", False),
        Column("theme", TEXT, "Theme of the observatory.", False),
        *in_languages("title", "Title"),
        *in_languages("definition", "Definition"),
        UNIT,
        Column("direction", TEXT, "higher or lower is better, or none.", False),
        Column(
            "between_places",
            FLAG,
            "Whether places may be compared by it; a total that grows with the size of the place is not ranked.",
            False,
        ),
        Column(
            "compare_instead",
            TEXT,
            "The rate by which places are compared where the indicator is a total; null for none.",
        ),
        Column("kind", TEXT, "source (read), derived (computed from others) or context.", False),
        Column("formula", TEXT, "Formula of a derived indicator."),
        Column("sdg", TEXT, "SDG indicators it answers to, comma-separated."),
        Column("nua", TEXT, "New Urban Agenda indicators it answers to, comma-separated."),
        Column("range_min", NUMBER, "Smallest plausible value; below it a record is quarantined."),
        Column("range_max", NUMBER, "Largest plausible value; above it a record is quarantined."),
        *in_languages("caveats", "What a reader must know before using it", null=True),
        Column(
            "figures",
            WHOLE,
            "How many current figures of metropolises there are, projections and missing "
            "values apart.",
            False,
        ),
        Column("metropolises", WHOLE, "How many metropolises these figures speak of.", False),
        Column(
            "provenance",
            TEXT,
            "Where these figures come from: upstream, carrier, computed, comma-separated.",
        ),
        Column(
            "absence",
            TEXT,
            "Why there are no figures: never_asked, not_refreshed, licence, refused or upstream_has_none (table availability says it by dataset); null where there are some, of metropolises or of countries.",
        ),
        Column("availability", TEXT, "In words: what there is of it, or why nothing yet.", False),
    ),
    ("indicator_id",),
    kind="dictionary",
    group="dictionaries",
    inputs=("indicator/*", "availability"),
    made_by="warehouse.methods.indicators",
    rows="critical",
    rules=(
        Must(
            "range_ordered",
            "ranges",
            "The smallest plausible value is below the largest; else correct 'range' in the indicator's file.",
            "range_min >= range_max",
            show=("range_min", "range_max"),
        ),
    ),
)
