"""Models of metropolitan governance, by stated rules, and what stands beside them in figures."""

from __future__ import annotations

from warehouse.tables.statement import (
    INDICATOR_ID,
    METRO_ID,
    NUMBER,
    SCALE,
    SYSTEM,
    TEXT,
    UNIT,
    VINTAGE,
    WHOLE,
    Column,
    Table,
)

_MODEL = Column(
    "model",
    TEXT,
    "informal, intermunicipal, supramunicipal, special_status or none; empty where not known.",
)

GOV_MODEL = Table(
    "gov_model",
    "Model of governance of each body by year, derived by stated rules: our reading, comparable with Ahrend, Gamper and Schumann (OECD 2014), said by no city.",
    (
        Column("body_id", TEXT, "The metropolitan body.", False),
        METRO_ID,
        Column("year_from", WHOLE, "First year of which the facts say so.", False),
        Column(
            "year_to",
            WHOLE,
            "Year from which they say otherwise, or of abolition; empty while it stands.",
        ),
        _MODEL,
        Column("rule", TEXT, "Rule of catalog/surveys/typology.yaml that decided."),
        Column("reason", TEXT, "Why, in words.", False),
    ),
    ("body_id", "year_from"),
    kind="dictionary",
)

GOVERNANCE_BODY = Table(
    "governance_body",
    "Every metropolitan body by the newest facts on it: its model and why, territory, organs, powers; former ones too.",
    (
        Column("body_id", TEXT, "The metropolitan body.", False),
        METRO_ID,
        Column("name", TEXT, "Its name.", False),
        Column(
            "standing",
            TEXT,
            "main (it says the model of the metropolis), also (another one with a model), undecided (no rule holds) or former (abolished).",
            False,
        ),
        _MODEL,
        Column(
            "reason", TEXT, "Why the model; where none is decided, which facts are missing.", False
        ),
        Column("year_created", WHOLE, "Year of creation."),
        Column("year_abolished", WHOLE, "Year of abolition."),
        Column("legal_form", TEXT, "Its legal form."),
        Column("legal_basis", TEXT, "Kind of act that it rests on."),
        Column("legal_citation", TEXT, "The act."),
        Column("membership", TEXT, "compulsory, voluntary or mixed."),
        Column("n_members", WHOLE, "Number of members."),
        Column(
            "levies_taxes", TEXT, "Whether it may levy own taxes: yes, no; empty where not known."
        ),
        Column("n_municipalities", WHOLE, "Municipalities of its territory, newest known."),
        Column("n_municipalities_year", WHOLE, "Year of that number."),
        Column("n_districts", WHOLE, "Districts of its territory, where they are counted instead."),
        Column("n_districts_year", WHOLE, "Year of that number."),
        Column("area_km2", NUMBER, "Area as a text states it.", True, "km2"),
        Column("area_km2_year", WHOLE, "Year of that area."),
        Column("population", WHOLE, "Population as a text states it.", True, "person"),
        Column("population_year", WHOLE, "Year of that population."),
        Column("head_selection", TEXT, "How its head is chosen."),
        Column("assembly_selection", TEXT, "How its assembly is chosen."),
        Column("assembly_seats", WHOLE, "Seats of its assembly."),
        Column(
            "competences",
            WHOLE,
            "Fields, of ten, in which it is known to have a role; empty where no text speaks of any.",
        ),
        Column("competence_fields", TEXT, "Those fields."),
        Column("sources", WHOLE, "Texts behind the facts on it.", False),
        Column("facts", WHOLE, "Facts that count.", False),
        Column("weak_facts", WHOLE, "Of them, those that rest on an encyclopaedia alone.", False),
        Column("status", TEXT, "survey, or desk research not confirmed by the city.", False),
    ),
    ("body_id",),
    kind="dictionary",
)

GOVERNANCE_PROFILE = Table(
    "governance_profile",
    "Who governs each metropolis today, with which powers, since when: one row per metropolis of which something is known.",
    (
        METRO_ID,
        _MODEL,
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
)

GOVERNANCE_OUTCOME = Table(
    "governance_outcome",
    "Figures of metropolises by model of governance and by field of competence, each at one scale and delineation. It lines up; it does not say that one brings about the other.",
    (
        Column(
            "grouping",
            TEXT,
            "model, or competence (the body has a known role in the field).",
            False,
        ),
        Column("of", TEXT, "The model or field.", False),
        INDICATOR_ID,
        SCALE,
        SYSTEM,
        VINTAGE,
        UNIT,
        Column("metropolises", WHOLE, "Metropolises with a figure behind the row.", False),
        Column("median", NUMBER, "Median; empty below 5 metropolises.", True, "unit"),
        Column("quartile_1", NUMBER, "First quartile; empty below 5 metropolises.", True, "unit"),
        Column("quartile_3", NUMBER, "Third quartile; empty below 5 metropolises.", True, "unit"),
        Column("first_period", TEXT, "Earliest period among the figures.", False),
        Column("last_period", TEXT, "Latest period among the figures.", False),
        Column("note", TEXT, "Why there is no figure, where there is none."),
    ),
    ("grouping", "of", "indicator_id", "scale", "system", "vintage", "unit"),
    kind="dictionary",
)

GOVERNANCE_STATISTICS = Table(
    "governance_statistics",
    "Confidential answers of survey waves as protected sums: magnitudes by region and model, persons who answered by their role. What would tell somebody's figure, directly or by subtraction, is empty.",
    (
        Column("wave", TEXT, "Wave of the survey.", False),
        Column("question", TEXT, "Question of class N in catalog/surveys.", False),
        Column("region", TEXT, "UN M49 region; empty for all.", False),
        Column(
            "category",
            TEXT,
            "Model of governance, for a magnitude; the choice, for a count; empty for all.",
            False,
        ),
        Column(
            "metropolises",
            WHOLE,
            "Metropolises behind a magnitude: who answers is public; empty for counts of persons.",
        ),
        Column("total", NUMBER, "Sum, or number of persons; empty where suppressed.", True, "unit"),
        Column(
            "median",
            NUMBER,
            "Median to two digits; empty below 10 metropolises and where suppressed.",
            True,
            "unit",
        ),
        Column("unit", TEXT, "Unit of the question; person for counts.", False),
        Column("obs_status", TEXT, "CL_OBS_STATUS: A normal, Q suppressed.", False),
        Column(
            "conf_status",
            TEXT,
            "CL_CONF_STATUS: F free; C confidential (fewer than 3 behind it, or one or two that dominate); "
            "D hidden so that nobody computes a C.",
            False,
        ),
    ),
    ("wave", "question", "region", "category"),
    kind="dictionary",
)

MODELS = (GOV_MODEL, GOVERNANCE_BODY, GOVERNANCE_PROFILE, GOVERNANCE_OUTCOME, GOVERNANCE_STATISTICS)
