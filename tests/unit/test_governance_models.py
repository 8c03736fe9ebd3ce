"""Models come from stated rules, and what is lined up with them has enough metropolises behind it."""

import pyarrow as pa
import pytest

from catalog.models import typology as rules
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.surveys.governance import tables as governance
from warehouse.surveys.governance import typology
from warehouse.tables import governance as tables


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    made = {s.name: governance.make(home, s) for s in tables.GOVERNANCE}
    return made | {"gov_model": typology.models(made, rules.load())}


def of(facts, metro):
    rows = [r for r in facts["gov_model"].to_pylist() if r["metro_id"] == metro]
    return [(r["year_from"], r["year_to"], r["model"]) for r in rows]


@pytest.mark.parametrize(
    ("metro", "wanted"),
    [
        ("it-turin", [(2015, None, "special_status")]),
        ("it-cagliari", [(2016, None, "special_status")]),
        ("fr-paris", [(2016, None, "intermunicipal")]),
        ("fr-lyon", [(2015, None, "special_status")]),
        ("gb-manchester", [(2011, 2017, "intermunicipal"), (2017, None, "supramunicipal")]),
        ("es-barcelona", [(2011, 2019, None), (2019, None, "intermunicipal")]),
        ("br-sao-paulo", [(2011, None, None)]),
    ],
)
def test_models_by_year(facts, metro, wanted):
    assert of(facts, metro) == wanted


def test_every_model_has_its_reason_and_what_is_not_known_says_so(facts):
    for row in facts["gov_model"].to_pylist():
        assert row["reason"]
        assert (row["model"] is None) == row["reason"].startswith("not known")


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
    supra = ["gb-london", "ph-manila"]
    latest = pa.Table.from_pylist(figures(french + supra) + figures(["fr-tours"], "closed"))
    source = pa.table(
        {"source_id": ["p", "p"], "dataset": ["open", "closed"], "redistributable": [True, False]}
    )
    beside = facts | {"latest": latest, "source": source}
    profile = typology.profile(beside)
    return profile, typology.outcome(beside | {"governance_profile": profile}).to_pylist()


def test_one_row_for_each_metropolis(lined_up):
    profile, _ = lined_up
    assert len(profile) == 48 == len(set(profile["metro_id"].to_pylist()))
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
