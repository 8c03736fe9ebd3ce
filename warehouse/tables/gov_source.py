"""Table `gov_source`."""

from __future__ import annotations

from warehouse.tables.columns.governance import CONFIDENCE
from warehouse.tables.statement import DAY, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_source",
    "The texts that desk research on governance rests on, each opened on the day that is said.",
    (
        Column("source_id", TEXT, "Short name of the text.", False),
        Column("title", TEXT, "Title.", False),
        Column("url", TEXT, "Address at which it was read.", False),
        Column("kind", TEXT, "law, official, encyclopaedia, press or scholarly.", False),
        Column("tier", WHOLE, "1 law, 2 official, 3 scholarly, 4 press, 5 encyclopaedia.", False),
        Column(
            "hosting",
            TEXT,
            "publisher; or copy, encyclopaedia, not_public (prototype, intranet), short_link: catalog/surveys/hosts.yaml.",
            False,
        ),
        Column(
            "document", TEXT, "The text itself by number, date or author, where a copy was read."
        ),
        CONFIDENCE,
        Column("read_on", DAY, "Day on which it was opened.", False),
        Column("facts", WHOLE, "Facts that rest on it, counted once a body.", False),
    ),
    ("source_id",),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
