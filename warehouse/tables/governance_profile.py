"""Table `governance_profile`."""

from __future__ import annotations

from warehouse.tables.columns.governance import MODEL
from warehouse.tables.statement import METRO_ID, NUMBER, TEXT, WHOLE, Column, Table

TABLE = Table(
    "governance_profile",
    "Who governs each metropolis today, with which powers, since when: one row per metropolis of which something is known.",
    (
        METRO_ID,
        MODEL,
        Column("reason", TEXT, "Why the model, in words.", False),
        Column("body_id", TEXT, "The body that decides the model; empty where there is none."),
        Column("body", TEXT, "Its name."),
        Column("bodies", WHOLE, "Bodies known that exist today.", False),
        Column("governing_bodies", WHOLE, "Of them, those of which a model is decided.", False),
        Column(
            "governed_by",
            TEXT,
            "All of them with their models, the one that says the model of the metropolis first.",
        ),
        Column("year_created", WHOLE, "Year in which the body was created."),
        Column("legal_form", TEXT, "Its legal form."),
        Column("legal_basis", TEXT, "Kind of act that it rests on."),
        Column("legal_citation", TEXT, "The act."),
        Column("n_municipalities", WHOLE, "Municipalities of its territory, newest known."),
        Column("n_municipalities_year", WHOLE, "Year of that number."),
        Column(
            "levies_taxes", TEXT, "Whether it may levy own taxes: yes, no; empty where not known."
        ),
        Column("head_selection", TEXT, "How its head is chosen."),
        Column("assembly_selection", TEXT, "How its assembly is chosen."),
        Column("assembly_seats", WHOLE, "Seats of its assembly."),
        Column(
            "competences",
            WHOLE,
            "Fields, of ten, in which it is known to have a role; empty where no text speaks of any.",
        ),
        Column("competence_fields", TEXT, "Those fields."),
        Column(
            "fragmentation",
            NUMBER,
            "Local units per 100,000 inhabitants of the functional urban area, where nesting is known.",
        ),
        Column("fragmentation_period", TEXT, "Year of that figure."),
        Column("sources", WHOLE, "Texts that desk research on it rests on.", False),
        Column("status", TEXT, "survey, or desk research not confirmed by the city.", False),
    ),
    ("metro_id",),
    kind="dictionary",
    group="governance",
    inputs=("governance_body", "gov_territory", "gov_fact", "latest", "source"),
    made_by="warehouse.surveys.governance.typology",
)
