"""Table `gov_wave`."""

from __future__ import annotations

from warehouse.tables.columns.governance import WAVE
from warehouse.tables.statement import DAY, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_wave",
    "Survey waves: form, versions, when answers came, how many.",
    (
        WAVE,
        Column("form_id", TEXT, "Questionnaire, a file of catalog/surveys.", False),
        Column("form_versions", TEXT, "Versions of the form that were answered."),
        Column("opened", DAY, "Day of the first answer, where the tools say it."),
        Column("closed", DAY, "Day of the last answer, where the tools say it."),
        Column(
            "responses",
            WHOLE,
            "Responses, those replaced by an edit included: statements of institutions (class F), each "
            "in gov_answer; persons are counted in governance_statistics alone, protected.",
            False,
        ),
        Column(
            "metropolises", WHOLE, "Metropolises of which it says something that stands.", False
        ),
    ),
    ("wave",),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
