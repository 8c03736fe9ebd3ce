"""Territories of metropolitan bodies: sums that are proved, and what is missing where there is none."""

import csv
import gzip
import re

import pytest

from catalog import desk, territory
from catalog.loader import CatalogError
from catalog.models.territory import BodyTerritory
from warehouse.registry import authority, communes, counties
from warehouse.registry.unit import RegistryError


@pytest.fixture(scope="module")
def con():
    return authority.from_catalog()


@pytest.fixture(scope="module")
def rows(con):
    return {r["body_id"]: r for r in authority.territories(con).to_pylist()}


def test_barcelona_is_thirty_six_municipalities_and_two_thirds_of_its_functional_urban_area(rows):
    amb = rows["es-barcelona-amb"]
    assert amb["complete"] and amb["municipalities_found"] == 36 == amb["municipalities_stated"]
    assert amb["population"] == 3291654
    assert amb["area_km2"] == pytest.approx(634.7, abs=0.1)
    assert abs(amb["area_difference"]) < 1  # the body publishes 636 km2
    assert amb["share_of_fua"] == pytest.approx(65.4, abs=0.1)
    assert amb["agglomeration_unit_id"] == "un_wup2018:22525"
    assert 50 < amb["percent_of_agglomeration"] < 70


def test_at_least_forty_bodies_have_figures_and_every_other_says_what_is_missing(rows):
    assert sum(r["complete"] for r in rows.values()) >= 40
    for r in rows.values():
        if not r["complete"]:
            assert r["population"] is None and r["share_of_fua"] is None
            assert re.search(
                r"municipalities are in the list|no text|a text|a list of", r["missing"]
            )


def test_sums_agree_with_totals_that_somebody_else_published(rows):
    checked = [r for r in rows.values() if r["population_difference"] is not None]
    assert len(checked) >= 20
    assert all(abs(r["population_difference"]) < 0.5 for r in checked)
    assert rows["fr-paris-metropole"]["population"] == 7026765


def test_counties_are_added_up_where_as_many_are_found_as_a_text_states(rows, con):
    council = rows["us-minneapolis-metropolitan-council"]
    assert council["complete"] and council["units_found"] == 7 == council["counties_stated"]
    assert council["counties_source"] == "us-metc-history"
    assert council["population"] == 3118648 and council["area_km2"] is None
    assert council["municipalities_found"] is None  # the list has counties, not municipalities
    assert abs(rows["us-los-angeles-scag"]["population_difference"]) < 0.5
    assert sum(r["complete"] for b, r in rows.items() if b.startswith("us-")) == 11
    missing = authority.not_computable(authority.territories(con)).to_pylist()
    of = {r["indicator_id"]: r["reason"] for r in missing if r["unit_id"].endswith("polis-unigov")}
    assert of == {
        "area": "the list of local units has no areas for it",
        "local_governments": "the list has counties, not municipalities",
        "share_of_metropolis_governed": "no list has the local units of its functional urban area",
    }
    atlanta = rows["us-atlanta-arc"]
    assert not atlanta["complete"] and "ten counties in 2014" in atlanta["missing"]


def test_one_county_too_few_has_no_sum():
    lists, found = territory.load()
    council = next(t for t in found if t.body == "us-minneapolis-metropolitan-council")
    short = council.model_copy(update={"units": council.units[1:]})
    again = authority.connect([short], lists, [(council.body, "us-minneapolis", "Council")], [])
    (row,) = authority.territories(again).to_pylist()
    assert not row["complete"] and row["population"] is None
    assert row["missing"] == "6 of 7 counties are in the list of local units"


def test_every_text_that_states_counties_was_read():
    read = {name for w in desk.load() for name in w.sources}
    _, found = territory.load()
    assert {t.stated_source for t in found if t.stated} <= read


def test_counties_are_written_again_in_our_columns(tmp_path):
    lines = "CBSA,STCOU,NAME,LSAD,POPESTIMATE2019\n1,,A,Metropolitan Statistical Area,9\n"
    path = tmp_path / counties.SOURCE
    path.write_bytes(
        gzip.compress(f"{lines}1,01003,Do\xf1a,County or equivalent,7\n".encode("latin-1"))
    )
    out = tmp_path / "out.csv.gz"
    assert counties.rewrite(tmp_path, out) == 1
    assert gzip.decompress(out.read_bytes()).decode() == "code,name,population\n01003,Doña,7\n"
    path.write_bytes(gzip.compress(lines.encode()))
    with pytest.raises(RegistryError, match="has no rows of counties"):
        counties.rewrite(tmp_path, out)
    path.unlink()
    with pytest.raises(RegistryError, match="give the folder of the file of the Census Bureau"):
        counties.rewrite(tmp_path, out)


def test_a_parish_is_no_municipality(rows):
    assert rows["pt-lisbon-aml"]["units_found"] > 100
    assert rows["pt-lisbon-aml"]["municipalities_found"] == 18


def test_a_territory_with_one_municipality_too_few_has_no_sum(con):
    lists, found = territory.load()
    amb = next(t for t in found if t.body == "es-barcelona-amb")
    short = amb.model_copy(update={"units": amb.units[1:]})
    again = authority.connect(
        [short],
        lists,
        [("es-barcelona-amb", "es-barcelona", "AMB")],
        [("es-barcelona-amb", 36, 2011, "es-amb", "w")],
    )
    (row,) = authority.territories(again).to_pylist()
    assert not row["complete"] and row["population"] is None
    assert row["missing"] == "35 of 36 municipalities are in the list of local units"


def test_every_sum_has_its_lineage(con, rows):
    units = authority.units(con).to_pylist()
    for body, r in rows.items():
        mine = [u for u in units if u["body_id"] == body]
        assert len(mine) == r["units_found"]
        if r["complete"]:
            assert sum(u["population"] for u in mine) == pytest.approx(r["population"])


def test_the_registry_and_the_bundled_sums_are_what_the_territories_give(con, tmp_path):
    for of, name in authority.SUMS.items():
        kept = (authority.FOLDER / "territories" / f"{name}.csv").read_bytes()
        assert kept == authority.records(con, of)
    spatial, links = authority.registered(con)
    with (authority.FOLDER / "metros" / "crosswalk.csv").open(encoding="utf-8", newline="") as file:
        there = {
            r["code"]: r["metro_id"] for r in csv.DictReader(file) if r["system"] == "authority"
        }
    assert there == {r["code"]: r["metro_id"] for r in links}
    assert {r["scale"] for r in spatial} == {"authority"}


def test_what_is_missing_is_told_for_each_indicator(con):
    missing = authority.not_computable(authority.territories(con)).to_pylist()
    of = {(r["unit_id"], r["indicator_id"]) for r in missing}
    assert ("authority:it-turin-citta-metropolitana", "population") in of
    assert ("authority:fr-lille-metropole", "area") in of
    assert ("authority:fr-lille-metropole", "population") not in of


def test_a_territory_states_one_way_and_a_check_its_source():
    body = {"body": "a-b", "list": "l", "evidence": "e"}
    with pytest.raises(ValueError, match="either 'units' or 'regions'"):
        BodyTerritory(**body, units=["x"], regions=["y"])
    with pytest.raises(ValueError, match="what is 'missing'"):
        BodyTerritory(**body)
    with pytest.raises(ValueError, match="'stated_source'"):
        BodyTerritory(**body, units=["x"], stated=3)
    with pytest.raises(ValueError, match="check_source"):
        BodyTerritory(**body, units=["x"], check_area_km2=3)


def test_an_unknown_list_is_a_sentence(tmp_path):
    (tmp_path / "territories").mkdir()
    (tmp_path / "territories" / "x.yaml").write_text(
        "territories:\n  - {body: a-b, list: gone, units: [x], evidence: e}\n", encoding="utf-8"
    )
    with pytest.raises(CatalogError, match="there is no list 'gone'"):
        territory.load(tmp_path)


def test_communes_are_written_again_in_our_columns(tmp_path):
    (tmp_path / "communes.json").write_text(
        '[{"code": "01001", "nom": "A", "type": "commune-actuelle", "population": 7},'
        ' {"code": "01002", "nom": "B", "type": "commune-deleguee", "population": 9},'
        ' {"code": "01003", "nom": "C", "type": "commune-actuelle"}]'
    )
    (tmp_path / "epci.json").write_text(
        '[{"code": "200", "nom": "G", "membres": [{"code": "01001"}, {"code": "01003"}]}]'
    )
    out = tmp_path / "out.csv.gz"
    assert communes.rewrite(tmp_path, {"01001"}, {"200"}, out) == 2
    text = gzip.decompress(out.read_bytes()).decode()
    assert text.splitlines()[1:] == ["01001,A,200,G,7", "01003,C,200,G,"]
    with pytest.raises(RegistryError, match="take the edition of the package"):
        communes.rewrite(tmp_path, {"99999"}, set(), out)
