"""Table `metro_name`."""

from __future__ import annotations

from warehouse.tables.statement import METRO_ID, TEXT, Column, Table

TABLE = Table(
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
    group="registry",
    made_by="warehouse.methods.from_csv",
    rows="critical",
)
