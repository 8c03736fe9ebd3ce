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
