"""Models come from stated rules, and what is lined up with them has enough metropolises behind it."""

import pyarrow as pa
import pyarrow.compute
import pytest

from catalog.models import typology as rules
from warehouse import tables
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.surveys.governance import tables as governance
from warehouse.surveys.governance import typology


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    made = {
        s.name: governance.made(home, s)
        for s in [
            t for t in tables.of_group("governance") if t.made_by.endswith("governance.tables")
        ]
    }
    return made | {"gov_model": typology.models(made, rules.load())}


def of(facts, body):
    rows = [r for r in facts["gov_model"].to_pylist() if r["body_id"] == body]
    return [(r["year_from"], r["year_to"], r["model"]) for r in rows]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("it-turin-citta-metropolitana", [(2015, None, "special_status")]),
        ("it-cagliari-citta-metropolitana", [(2016, None, "special_status")]),
        ("fr-paris-metropole", [(2016, None, "intermunicipal")]),
        ("fr-lyon-metropole", [(2015, None, "special_status")]),
        ("gb-manchester-gmca", [(2011, 2017, "intermunicipal"), (2017, None, "supramunicipal")]),
        ("es-barcelona-amb", [(2011, 2019, None), (2019, None, "intermunicipal")]),
        ("br-sao-paulo-rmsp", [(2011, 2023, None), (2023, None, "intermunicipal")]),
        ("jp-tokyo-metropolis", [(1943, 2024, None), (2024, None, "supramunicipal")]),
        ("br-recife-rmr", [(2018, None, None)]),
    ],
)
def test_models_by_year(facts, body, wanted):
    assert of(facts, body) == wanted


def test_every_model_has_its_reason_and_what_is_not_known_says_so(facts):
    for row in facts["gov_model"].to_pylist():
        assert row["reason"]
        assert (row["model"] is None) == row["reason"].startswith("not decided")


def test_a_rule_that_is_no_sql_is_a_sentence(facts):
    wrong = [rules.TypologyRule(id="x", model="none", when="no_such = 1", reason="r")]
    with pytest.raises(WarehouseError, match=r"typology\.yaml: a rule cannot be read"):
        typology.models(facts, wrong)


def figures(metros, dataset="open"):
    return [
        {
            "metro_id": m,
            "indicator_id": "population",
            "scale": "fua",
            "system": "s",
            "vintage": "2020",
            "unit_id": f"s:{m}",
            "unit": "PERSON",
            "period": "2020",
            "value": float(i),
            "source_id": "p",
            "dataset": dataset,
        }
        for i, m in enumerate(metros)
    ]


@pytest.fixture(scope="module")
def lined_up(facts):
    french = [f"fr-{n}" for n in ("lille", "nantes", "nice", "rennes", "rouen")]
    supra = ["gb-london", "gb-manchester"]
    latest = pa.Table.from_pylist(figures(french + supra) + figures(["fr-tours"], "closed"))
    source = pa.table(
        {"source_id": ["p", "p"], "dataset": ["open", "closed"], "redistributable": [True, False]}
    )
    beside = facts | {"latest": latest, "source": source}
    beside["governance_body"] = typology.bodies(beside)
    profile = typology.profile(beside)
    return profile, typology.outcome(beside | {"governance_profile": profile}).to_pylist()


def test_one_row_for_each_metropolis(lined_up):
    profile, _ = lined_up
    assert len(profile) >= 200 and len(profile) == len(set(profile["metro_id"].to_pylist()))
    (manchester,) = [r for r in profile.to_pylist() if r["metro_id"] == "gb-manchester"]
    assert manchester["model"] == "supramunicipal" and manchester["n_municipalities"] == 10
    assert manchester["competences"] == 5 and manchester["head_selection"] == "direct"
    assert manchester["status"] == "desk research, not confirmed by the city"


def test_five_metropolises_have_a_median_and_two_have_none(lined_up):
    _, rows = lined_up
    by = {r["of"]: r for r in rows if r["grouping"] == "model"}
    assert (by["intermunicipal"]["metropolises"], by["intermunicipal"]["median"]) == (5, 2.0)
    assert by["supramunicipal"]["metropolises"] == 2
    assert by["supramunicipal"]["median"] is None
    assert "fewer than 5" in by["supramunicipal"]["note"]


def test_what_is_not_known_of_competences_is_empty_and_never_zero(lined_up):
    profile, _ = lined_up
    known = [r["competences"] for r in profile.to_pylist()]
    assert None in known and 0 not in known


def test_an_undecided_body_says_which_fact_is_missing(facts):
    bodies = {r["body_id"]: r for r in typology.bodies(facts).to_pylist()}
    recife = bodies["br-recife-rmr"]
    assert recife["standing"] == "undecided" and "how its assembly is chosen" in recife["reason"]
    assert recife["rule"] == "missing_facts" and "assembly" in recife["missing_facts"].split(", ")
    # Its membership is known, so that it is not among what is missing.
    assert recife["membership"] == "compulsory" and "membership" not in recife["missing_facts"]
    for row in bodies.values():
        assert (row["standing"] == "undecided") <= (row["model"] is None)


def test_no_encyclopaedia_decides_a_model(facts):
    """With every text but encyclopaedias made one, no body has a model."""
    weak = dict(facts)
    for name in ("gov_body", "gov_representation", "gov_territory"):
        table = weak[name]
        every = ", ".join(table.column_names)
        at = table.column_names.index("weak_fields")
        weak[name] = table.set_column(at, "weak_fields", pa.array([every] * len(table)))
    made = typology.models(weak, rules.load())
    assert len(made) > 200 and made["model"].null_count == len(made)


def test_the_facts_of_one_body_decide_no_other(facts):
    """Without the facts on every other body, each body has the model that it has among them."""
    one = "fr-lille-eurometropole"
    alone = dict(facts)
    for name in ("gov_body", "gov_representation", "gov_territory"):
        rows = [r for r in facts[name].to_pylist() if r["body_id"] == one]
        alone[name] = pa.Table.from_pylist(rows, schema=facts[name].schema)
    made = typology.models(alone, rules.load()).to_pylist()
    assert made == [r for r in facts["gov_model"].to_pylist() if r["body_id"] == one]


def test_a_metropolis_of_several_bodies_names_them_all(lined_up):
    profile, _ = lined_up
    (valencia,) = [r for r in profile.to_pylist() if r["metro_id"] == "es-valencia"]
    assert valencia["bodies"] == 3 and valencia["governed_by"].count("(") >= 3


def test_a_number_without_a_year_has_no_year(facts):
    bodies = {r["body_id"]: r for r in typology.bodies(facts).to_pylist()}
    assert bodies["us-portland-metro"]["n_municipalities"] == 24
    assert bodies["us-portland-metro"]["n_municipalities_year"] is None
    assert bodies["fr-paris-metropole"]["n_municipalities_year"] == 2016
