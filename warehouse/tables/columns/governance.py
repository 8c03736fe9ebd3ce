"""Columns of the tables on who governs."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, WHOLE, Column

WAVE = Column("wave", TEXT, "Wave of the survey in which it was said.", False)
RESPONSE = Column(
    "response_id", TEXT, "The response that says it; made from no person's data.", False
)
BODY_ID = Column(
    "body_id",
    TEXT,
    "The metropolitan body: its name in catalog/surveys/desk, or metro_id/name of one that only a city named.",
    False,
)
WEAK = Column(
    "weak_fields",
    TEXT,
    "Columns of this row whose value rests on an encyclopaedia alone; such a value decides no model.",
)
ORIGIN = Column("origin", TEXT, "survey, or desk research not confirmed by the city.", False)
VALID_FROM = Column("valid_from", WHOLE, "Reference year from which it is said to hold.", False)
VALID_TO = Column(
    "valid_to",
    WHOLE,
    "Reference year from which something else is said; empty while it stands; equal to valid_from "
    "where a later wave says otherwise of the same year.",
)
CONFIDENCE = Column(
    "confidence",
    TEXT,
    "high (law, official), medium (scholarly, press) or low (encyclopaedia).",
    False,
)
SINCE = (VALID_FROM, VALID_TO, WAVE, RESPONSE, ORIGIN)
KEPT = ("valid_from", "wave")
MODEL = Column(
    "model",
    TEXT,
    "informal, intermunicipal, supramunicipal, special_status or none; empty where not known.",
)
MISSING_FACTS = Column(
    "missing_facts",
    TEXT,
    "Where no rule decides: what no source states, or an encyclopaedia alone: legal_form, legal_basis, membership, n_municipalities, head, assembly (how they are chosen).",
)
RULE = Column(
    "rule",
    TEXT,
    "Rule of catalog/surveys/typology.yaml that decided the model; where none did: missing_facts, undecided (all is known and no rule holds), abolished_before (no fact is dated before its abolition), and of a metropolis without a body that decides: no_body_city, no_body_text, no_body_weak, abolished, no_body_known.",
    False,
)
# What is said of a body, alone in governance_body and of the main one in governance_profile.
YEAR_CREATED = Column("year_created", WHOLE, "Year of creation of the body.")
LAW = (
    Column("legal_form", TEXT, "Its legal form."),
    Column("legal_basis", TEXT, "Kind of act that it rests on."),
    Column("legal_citation", TEXT, "The act."),
)
MUNICIPALITIES = (
    Column("n_municipalities", WHOLE, "Municipalities of its territory, newest known."),
    Column("n_municipalities_year", WHOLE, "Year of that number."),
)
LEVIES_TAXES = Column(
    "levies_taxes", TEXT, "Whether it may levy own taxes: yes, no; empty where not known."
)
ORGANS = (
    Column("head_selection", TEXT, "How its head is chosen."),
    Column("assembly_selection", TEXT, "How its assembly is chosen."),
    Column("assembly_seats", WHOLE, "Seats of its assembly."),
)
POWERS = (
    Column(
        "competences",
        WHOLE,
        "Fields, of ten, in which it is known to have a role; empty where no text speaks of any.",
    ),
    Column("competence_fields", TEXT, "Those fields."),
)
STATUS = Column("status", TEXT, "survey, or desk research not confirmed by the city.", False)
