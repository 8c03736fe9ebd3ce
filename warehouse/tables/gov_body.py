"""Table `gov_body`."""

from __future__ import annotations

from warehouse.tables.columns.governance import BODY_ID, KEPT, SINCE, WEAK
from warehouse.tables.statement import METRO_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "gov_body",
    "Metropolitan bodies: their model, legal basis and members, since when.",
    (
        BODY_ID,
        METRO_ID,
        Column("name", TEXT, "Official name.", False),
        Column("model", TEXT, "informal, intermunicipal, supramunicipal, special_status or none."),
        Column("tier", TEXT, "Tier of government."),
        Column(
            "legal_form", TEXT, "Legal form, in the words of the law, where desk research found it."
        ),
        Column(
            "legal_basis",
            TEXT,
            "constitution, national_law, regional_law, decree, statute or none.",
        ),
        Column("legal_citation", TEXT, "The act that creates it."),
        Column("year_created", WHOLE, "Year of creation."),
        Column("year_abolished", WHOLE, "Year of abolition; empty while it exists."),
        Column("membership", TEXT, "compulsory, voluntary or mixed."),
        Column("n_members", WHOLE, "Number of member municipalities."),
        Column("larger_than_metro", TEXT, "Whether its territory exceeds the metropolis."),
        Column("levies_taxes", TEXT, "Whether it may levy own taxes."),
        WEAK,
        *SINCE,
    ),
    ("body_id", *KEPT),
    kind="dictionary",
    group="governance",
    inputs=("raw/survey/governance",),
    made_by="warehouse.surveys.governance.tables",
)
