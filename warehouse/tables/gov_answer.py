"""Table `gov_answer`."""

from __future__ import annotations

from warehouse.tables.columns.governance import RESPONSE, WAVE
from warehouse.tables.statement import FLAG, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_answer",
    "Every published answer of every survey wave, as it was given and as it was read.",
    (
        WAVE,
        RESPONSE,
        Column(
            "metro_id",
            TEXT,
            "The metropolis that it speaks of, where known.",
            among="metro.metro_id",
        ),
        Column(
            "form_version", TEXT, "Version of the form that was answered, where the tool says it."
        ),
        Column(
            "tool",
            TEXT,
            "Tool whose export was read: kobo, kobocat, odk, limesurvey, template.",
            False,
        ),
        Column("question", TEXT, "Name of the question in catalog/surveys.", False),
        Column(
            "entry", TEXT, "Entry of a repeat, such as body[2]; empty for the metropolis.", False
        ),
        Column("option", TEXT, "Option of a multiple choice, for its own column.", False),
        Column("place", WHOLE, "Place of the cell in the export, counted from 0.", False),
        Column("value_raw", TEXT, "The answer as it was given."),
        Column("value_norm", TEXT, "The answer as it was read: number, date, code of a choice."),
        Column("scale", TEXT, "Territory that the answer describes.", among="scale.scale"),
        Column(
            "status",
            TEXT,
            "answered, chosen, not_chosen (asked, and not chosen), not_asked, empty (skipped), "
            "dont_know, not_applicable, invalid, ambiguous, out_of_range (outside what the question allows), or "
            "withheld (looked like personal data).",
            False,
        ),
        Column("secrecy", TEXT, "CL_CONF_STATUS of the question; published answers are F.", False),
        Column(
            "standing", FLAG, "Whether the response stands: it was not replaced by an edit.", False
        ),
    ),
    ("wave", "response_id", "place"),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
