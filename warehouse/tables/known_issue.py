"""Table `known_issue`."""

from __future__ import annotations

from warehouse.tables.statement import DAY, TEXT, WHOLE, Column, Must, Table, in_languages

TABLE = Table(
    "known_issue",
    "Faults that were found in what upstreams serve: which figures, what shows it, what the observatory did, since when, and whether the upstream was told.",
    (
        Column(
            "issue_id", TEXT, "Identifier; the same as long as the fault is stated the same.", False
        ),
        Column("source_id", TEXT, "Provider, or list that the registry reads.", False),
        Column("dataset", TEXT, "Dataset of the provider; null for a list that is none."),
        Column(
            "origin",
            TEXT,
            "Where it is stated: stated (catalog/known_issues), correction (catalog/corrections, catalog/metros/correction.csv), rule (found by a rule of the build; not every case was looked at by a person).",
            False,
        ),
        Column(
            "indicator_id",
            TEXT,
            "The indicator, for what a rule found.",
            among="indicator.indicator_id",
        ),
        Column("number", WHOLE, "How many figures, where they were counted."),
        *in_languages("figures", "Which figures or units"),
        *in_languages("fault", "What is wrong"),
        *in_languages("evidence", "What shows it"),
        *in_languages("done", "What the observatory did"),
        Column(
            "action",
            TEXT,
            "corrected, kept_out (of the figures), marked (where they are shown), not_used (the file), or none.",
            False,
        ),
        Column(
            "since",
            DAY,
            "Day on which the observatory came to know of it; null for what a rule finds anew in each build.",
        ),
        Column("told_on", DAY, "Day on which the upstream was told; null where it was not."),
    ),
    ("issue_id",),
    kind="dictionary",
    order=("source_id", "dataset", "origin"),
    group="dictionaries",
    inputs=("quarantine", "shared_value", "source"),
    made_by="warehouse.registry.known_issues",
    rules=(
        Must(
            "origin_and_action_known",
            "structure",
            "The origin is stated, correction or rule, and the action is one of five; else mend warehouse/registry/known_issues.py.",
            "origin not in ('stated', 'correction', 'rule') or "
            "action not in ('corrected', 'kept_out', 'marked', 'not_used', 'none')",
            show=("origin", "action"),
        ),
    ),
)
