"""Table `crosswalk_quality`."""

from __future__ import annotations

from warehouse.tables.statement import FLAG, NUMBER, TEXT, WHOLE, Column, Table

_MEASURED = "null where there are fewer than 100 pairs."

TABLE = Table(
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
    group="registry",
    made_by="warehouse.methods.from_csv",
)
