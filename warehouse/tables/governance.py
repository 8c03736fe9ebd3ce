"""Who governs metropolises: the answers of survey waves that may be published, and the facts in them."""

from __future__ import annotations

from warehouse.tables.statement import (
    DAY,
    FLAG,
    METRO_ID,
    NUMBER,
    TEXT,
    WHOLE,
    Column,
    Table,
)

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
_CONFIDENCE = Column(
    "confidence",
    TEXT,
    "high (law, official), medium (scholarly, press) or low (encyclopaedia).",
    False,
)
_SINCE = (VALID_FROM, VALID_TO, WAVE, RESPONSE, ORIGIN)
_KEPT = ("valid_from", "wave")

GOV_ANSWER = Table(
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
            "dont_know, not_applicable, invalid, ambiguous, or withheld (looked like personal data).",
            False,
        ),
        Column("secrecy", TEXT, "CL_CONF_STATUS of the question; published answers are F.", False),
        Column(
            "standing", FLAG, "Whether the response stands: it was not replaced by an edit.", False
        ),
    ),
    ("wave", "response_id", "place"),
    kind="dictionary",
)

GOV_TERRITORY = Table(
    "gov_territory",
    "The territory of each metropolitan body, and of the metropolis as a city or a text describes it, since when.",
    (
        METRO_ID,
        Column(
            "body_id",
            TEXT,
            "The body whose territory it is; empty for the metropolis as a whole.",
            False,
        ),
        Column("perimeter", TEXT, "Territory that the figures describe.", among="scale.scale"),
        Column("n_municipalities", WHOLE, "Number of municipalities."),
        Column("n_districts", WHOLE, "Number of districts, where they are counted instead."),
        Column("area_km2", NUMBER, "Area.", True, "km2"),
        Column("population", WHOLE, "Population.", True, "person"),
        Column(
            "delimitation", TEXT, "What delimits it: law, agreement, statistical, province, other."
        ),
        Column(
            "matches_fua",
            TEXT,
            "Whether it coincides with the functional urban area: yes, no, dk, na.",
        ),
        Column(
            "n_bodies",
            WHOLE,
            "Number of metropolitan bodies; 0 where it is said that there is none.",
        ),
        WEAK,
        *_SINCE,
    ),
    ("metro_id", "body_id", *_KEPT),
    kind="dictionary",
)

GOV_BODY = Table(
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
        *_SINCE,
    ),
    ("body_id", *_KEPT),
    kind="dictionary",
)

GOV_COMPETENCE = Table(
    "gov_competence",
    "Which body has which role in which field, and whether it may issue binding rules there.",
    (
        BODY_ID,
        METRO_ID,
        Column("field", TEXT, "Field of competence.", False),
        Column("role", TEXT, "exclusive, shared, coordination, advisory, funding or none."),
        Column(
            "regulates", FLAG, "Whether it may issue binding rules in the field, where it was said."
        ),
        WEAK,
        *_SINCE,
    ),
    ("body_id", "field", *_KEPT),
    kind="dictionary",
)

GOV_FINANCE = Table(
    "gov_finance",
    "Money of each body by fiscal year: expenditure, investment, debt, revenue by source.",
    (
        BODY_ID,
        METRO_ID,
        Column("fiscal_year", WHOLE, "Fiscal year; empty where it was not said."),
        Column("item", TEXT, "expenditure, investment, debt, or revenue_<source>.", False),
        Column("amount", NUMBER, "The amount, in the unit of the row.", False, "unit"),
        Column("unit", TEXT, "million (of the currency) or percent (of the revenue).", False),
        Column("currency", TEXT, "ISO 4217 code, for amounts of money."),
        Column("price_basis", TEXT, "current: as executed in that year.", False),
        *_SINCE,
    ),
    ("body_id", "fiscal_year", "item", *_KEPT),
    kind="dictionary",
)

GOV_REPRESENTATION = Table(
    "gov_representation",
    "Organs of each body: how they are chosen, seats, seats held by women.",
    (
        BODY_ID,
        METRO_ID,
        Column("organ", TEXT, "head or assembly.", False),
        Column("selection", TEXT, "direct, indirect, appointed, ex_officio or none."),
        Column("seats", WHOLE, "Seats; 1 for the head."),
        Column("women_seats", WHOLE, "Seats held by women."),
        Column("civil_society_seats", WHOLE, "Seats for civil society."),
        WEAK,
        *_SINCE,
    ),
    ("body_id", "organ", *_KEPT),
    kind="dictionary",
)

GOV_PLAN = Table(
    "gov_plan",
    "Instruments of planning and participation of each metropolis.",
    (
        METRO_ID,
        Column("kind", TEXT, "plan or participation.", False),
        Column("instrument", TEXT, "The instrument.", False),
        Column("exists", TEXT, "yes, no, dk or na."),
        Column("year_approved", WHOLE, "Year of approval."),
        Column("binding", TEXT, "Whether it binds: yes, no, dk or na."),
        *_SINCE,
    ),
    ("metro_id", "kind", "instrument", *_KEPT),
    kind="dictionary",
)

GOV_CONFLICT = Table(
    "gov_conflict",
    "Answers of several respondents of one wave that differ; all are kept, one is chosen.",
    (
        METRO_ID,
        WAVE,
        Column("body_id", TEXT, "The body, for a question on one; else empty.", False),
        Column("question", TEXT, "Name of the question.", False),
        RESPONSE,
        Column("value_norm", TEXT, "The answer of that response."),
        Column("chosen", FLAG, "Whether it is the one that the tables hold.", False),
        Column("rule", TEXT, "latest_validated, or the decision of a person.", False),
        Column("reason", TEXT, "Why, in words."),
    ),
    ("metro_id", "wave", "body_id", "question", "response_id"),
    kind="dictionary",
)

GOV_WAVE = Table(
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
)

GOV_FACT = Table(
    "gov_fact",
    "Every fact of desk research, of all waves: what one text that was opened says of one body. No city confirmed it.",
    (
        Column("body_id", TEXT, "The body; empty for a fact of the metropolis.", False),
        METRO_ID,
        Column("field", TEXT, "What it speaks of, such as n_municipalities or competence.", False),
        Column("value", TEXT, "What is said.", False),
        Column("role", TEXT, "Role in a field of competence, where the source states it."),
        Column("valid_from", WHOLE, "Year from which it is taken to hold.", False),
        Column(
            "dated",
            FLAG,
            "Whether the source dates it; if not, it is taken to hold since the body was created.",
            False,
        ),
        Column("note", TEXT, "What else the source says of it."),
        Column("source_id", TEXT, "The text, a row of gov_source.", False),
        Column(
            "tier", TEXT, "Kind of its text: law, official, scholarly, press, encyclopaedia.", False
        ),
        _CONFIDENCE,
        Column(
            "weak",
            FLAG,
            "Whether this value rests on an encyclopaedia alone in all waves; it then decides no model.",
            False,
        ),
        Column("withdrawn_in", TEXT, "The later wave that withdrew it; empty while it counts."),
        Column("withdrawn_reason", TEXT, "Why it was withdrawn."),
        Column("status", TEXT, "What it is worth: not confirmed by the city.", False),
        WAVE,
    ),
    ("body_id", "metro_id", "field", "value", "valid_from", "wave"),
    kind="dictionary",
)

GOV_SOURCE = Table(
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
        _CONFIDENCE,
        Column("read_on", DAY, "Day on which it was opened.", False),
        Column("facts", WHOLE, "Facts that rest on it, counted once a body.", False),
    ),
    ("source_id",),
    kind="dictionary",
)

GOV_EVENT = Table(
    "gov_event",
    "History of metropolitan bodies: creation, abolition, reforms, predecessors and successors, each from a text.",
    (
        Column("body_id", TEXT, "The body; empty for an event of the metropolis.", False),
        METRO_ID,
        Column("event", TEXT, "created, abolished, reform, predecessor or successor.", False),
        Column(
            "date", TEXT, "Day, month or year (2017, 2017-02, 2017-02-10); empty where unknown."
        ),
        Column("year", WHOLE, "Year; empty where unknown."),
        Column("what", TEXT, "What happened, or the name of the other body.", False),
        Column("other_body_id", TEXT, "The other body, where it has an identifier."),
        Column("note", TEXT, "What else the source says of it."),
        Column("source_id", TEXT, "The text, a row of gov_source.", False),
        WAVE,
    ),
    ("body_id", "metro_id", "event", "what"),
    kind="dictionary",
)

TYPED = (
    GOV_TERRITORY,
    GOV_BODY,
    GOV_COMPETENCE,
    GOV_FINANCE,
    GOV_REPRESENTATION,
    GOV_PLAN,
)
GOVERNANCE = (GOV_ANSWER, *TYPED, GOV_CONFLICT, GOV_WAVE, GOV_FACT, GOV_EVENT, GOV_SOURCE)
