"""Table `comparability_rule`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, Column, Table, in_languages

TABLE = Table(
    "comparability_rule",
    "The reasons why two figures may not be compared, or only with care.",
    (
        Column("code", TEXT, "Name of the reason.", False),
        Column("verdict", TEXT, "no, or with care.", False),
        *in_languages("sentence", "The reason"),
        Column("rule", TEXT, "When it applies: SQL over the two figures a and b.", False),
    ),
    ("code",),
    kind="dictionary",
    group="comparability",
    made_by="warehouse.methods.comparability",
)
