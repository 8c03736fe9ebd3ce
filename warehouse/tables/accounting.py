"""Table `accounting`."""

from __future__ import annotations

from warehouse.tables.statement import DATASET, FLAG, SOURCE_ID, TEXT, WHOLE, Column, Must, Table

TABLE = Table(
    "accounting",
    "Proof that nothing is lost: records = observations + parts + context + quarantined + excluded + not_computable, per dataset; of a computed indicator (source observatory) the records are the figures of the leading part of its formula.",
    (
        SOURCE_ID,
        DATASET,
        Column("snapshot_id", TEXT, "Snapshot counted; empty for a computed indicator.", False),
        Column("records", WHOLE, "Records that the reader found.", False),
        Column("observations", WHOLE, "Records that became observations.", False),
        Column("parts", WHOLE, "Records that became figures of a part of a metropolis.", False),
        Column("context", WHOLE, "Records that became country or regional context.", False),
        Column("quarantined", WHOLE, "Records in quarantine.", False),
        Column("excluded", WHOLE, "Records excluded by a rule of the catalog.", False),
        Column(
            "not_computable",
            WHOLE,
            "Figures that lack another part of the formula; see not_computable.",
            False,
        ),
        Column("exclusions", TEXT, "The rules and how many records each excludes.", False),
        Column("balanced", FLAG, "Whether the sum holds.", False),
    ),
    ("source_id", "dataset"),
    group="figures",
    inputs=("indicator/*", "history/*", "quarantine"),
    made_by="warehouse.methods.account",
    rows="critical",
    rules=(
        Must(
            "balanced",
            "coverage",
            "No record is lost: records = observations + parts + context + quarantined + excluded "
            "+ not_computable; else a step between reading and harmonising drops or doubles records.",
            "not balanced or records <> observations + parts + context + quarantined + excluded + "
            "not_computable",
            show=(
                "records",
                "observations",
                "parts",
                "context",
                "quarantined",
                "excluded",
                "balanced",
            ),
        ),
    ),
)
