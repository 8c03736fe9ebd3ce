"""Table `library_item`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, WHOLE, Column, Table

TABLE = Table(
    "library_item",
    "Laws, reforms, plans, programmes, projects, networks, reports and cases of metropolitan governance, each from a text that was opened.",
    (
        Column("item_id", TEXT, "Identifier of the item.", False),
        Column(
            "kind",
            TEXT,
            "law, reform, plan, programme, project, network, report or case.",
            False,
        ),
        Column("title", TEXT, "Title in the language of the item.", False),
        Column("title_en", TEXT, "Title or description in English.", False),
        Column("date", TEXT, "Year, month or day; empty where no text says it."),
        Column("year", WHOLE, "Year; empty where unknown."),
        Column("languages", TEXT, "ISO 639 codes of its languages, separated by spaces.", False),
        Column("publisher", TEXT, "Who publishes it, or where it was read.", False),
        Column("address", TEXT, "Address at which it was read.", False),
        Column(
            "hosting",
            TEXT,
            "publisher; or copy, encyclopaedia, not_public, short_link: catalog/surveys/hosts.yaml.",
            False,
        ),
        Column(
            "document", TEXT, "The text itself by number, date or author, where a copy was read."
        ),
        Column("source_kind", TEXT, "law, official, scholarly, press or encyclopaedia.", False),
        Column("what", TEXT, "What it is or does, in English.", False),
        *(
            Column(f"what_{x}", TEXT, f"The same in {name}; empty where it is not translated yet.")
            for x, name in (("ca", "Catalan"), ("es", "Spanish"), ("fr", "French"))
        ),
        Column("line_ca", TEXT, "Kind, date, metropolises and themes, in Catalan.", False),
        Column("line_es", TEXT, "The same in Spanish.", False),
        Column("line_fr", TEXT, "The same in French.", False),
        Column("line_en", TEXT, "The same in English.", False),
    ),
    ("item_id",),
    kind="dictionary",
    group="governance",
    inputs=("metro",),
    made_by="warehouse.library.tables",
)
