"""Statistical units that are exactly a body's territory: stated with evidence, and figures with lineage."""

import csv
import re
from pathlib import Path

import pyarrow as pa
import pytest
from rows import observations

from catalog import desk, territory
from catalog.loader import CatalogError
from warehouse import query, tables
from warehouse.methods.latest import latest
from warehouse.registry import authority, same_unit

FOLDER = Path(territory.__file__).parent


def stated(**change) -> pa.Table:
    row = {
        "body_id": "it-rome-citta-metropolitana",
        "unit_id": "eurostat_metro:IT001MC",
        "evidence": "the province",
        "source": "law 56 of 2014",
        "area_km2": 5363.0,
    }
    return pa.Table.from_pylist([row | change])


def figures() -> pa.Table:
    metro = {"system": "eurostat_metro", "vintage": "NUTS2021", "scale": "metro_region"}
    return latest(
        observations(
            [
                {
                    **{"metro_id": "it-rome", "unit_id": "eurostat_metro:IT001MC", **metro},
                    **{"indicator_id": "area", "unit": "KM2", "period": "2022", "value": 5363.0},
                },
                {
                    **{"metro_id": "it-milan", "unit_id": "eurostat_metro:IT002M", **metro},
                    **{"indicator_id": "area", "unit": "KM2", "period": "2022", "value": 2761.0},
                },
                {
                    **{"metro_id": "es-barcelona", "unit_id": "authority:es-barcelona-amb"},
                    **{"system": "authority", "vintage": "2019", "scale": "authority"},
                    **{"indicator_id": "population", "unit": "PERSON", "value": 3291654.0},
                },
            ]
        )
    )


@pytest.fixture(scope="module")
def territories() -> pa.Table:
    return authority.territories(authority.from_catalog())


def test_a_body_has_its_sums_and_the_figures_of_the_unit_that_is_its_territory(territories):
    made = same_unit.figures(figures(), territories, stated()).to_pylist()
    assert {(r["body_id"], r["indicator_id"], r["way"], r["value"]) for r in made} == {
        ("it-rome-citta-metropolitana", "area", "same", 5363.0),
        ("es-barcelona-amb", "population", "sum", 3291654.0),
    }
    rome = next(r for r in made if r["way"] == "same")
    # The figure keeps the scale of its source, so that no ranking mixes it with sums.
    assert (rome["scale"], rome["unit_id"]) == ("metro_region", "eurostat_metro:IT001MC")
    assert rome["series_key"] and rome["evidence_source"] == "law 56 of 2014"
    assert set(made[0]) == set(tables.of("authority_figure").names)


def test_each_unit_is_in_the_registry_and_each_body_was_researched():
    with (FOLDER / "metros" / "spatial_unit.csv").open(encoding="utf-8", newline="") as file:
        units = {r["unit_id"] for r in csv.DictReader(file)}
    bodies = {s.body for s in desk.said(desk.load())}
    found = territory.same_units()
    assert len(found) >= 27
    for s in found:
        assert s.unit_id in units and s.body_id in bodies, s


def test_an_area_that_is_not_the_published_one_breaks_a_rule(territories):
    candidate = same_unit.figures(figures(), territories, stated(area_km2=5000.0))
    (rule,) = tables.of("authority_figure").rules
    sql = f"select body_id from candidate where {rule.sql}"
    bad = query.run(sql, {"candidate": candidate}).to_pylist()
    assert bad == [{"body_id": "it-rome-citta-metropolitana"}]
    assert len(candidate) == 2


def test_mistakes_are_told_with_their_line(tmp_path):
    (tmp_path / "territories").mkdir()
    path = tmp_path / "territories" / territory.SAME
    head = "body_id,unit_id,area_km2,evidence,source\n"
    good = "b-one,eurostat_metro:X,,evidence enough,source enough\n"
    path.write_text(f"{head}{good}b-two,no unit,,evidence enough,source enough\n{good}")
    with pytest.raises(CatalogError) as told:
        territory.same_units(tmp_path)
    assert "same_unit.csv, line 3: unit_id" in str(told.value)
    assert "'eurostat_metro:X' is of two bodies" in str(told.value)


def test_a_city_of_eurostat_that_is_a_territory_has_as_many_inhabitants_as_its_local_units():
    with (FOLDER / "metros" / "spatial_unit.csv").open(encoding="utf-8", newline="") as file:
        of_units = {r["code"]: r["population"] for r in csv.DictReader(file) if r["population"]}
    (bundled,) = (FOLDER.parent / "sources" / "bundled" / "eurostat").glob("urb_cpop1@2023*.csv.gz")
    # The newest year until 2019: Vienna ends in 2014 and grew by 7 % until the list of 2019.
    sql = f"""select cities as code, max_by(OBS_VALUE, TIME_PERIOD)::double as value
              from read_csv('{bundled}', all_varchar = true) where TIME_PERIOD <= '2019' group by 1"""
    newest = {r["code"]: r["value"] for r in query.run(sql, {}).to_pylist()}
    cities = [s for s in territory.same_units() if s.unit_id.startswith("eurostat_city:")]
    assert {"gb-london-gla", "de-berlin-land"} <= {s.body_id for s in cities}
    for s in cities:
        local = float(of_units[re.findall(r"city ([A-Z]{2}\d{3}[CK]\d)", s.source)[0]])
        figure = newest[s.unit_id.split(":")[1]]
        assert figure == pytest.approx(local, rel=0.08), s


def test_a_functional_urban_area_that_is_a_territory_has_its_local_units_exactly(territories):
    con = authority.from_catalog()
    for s in territory.same_units():
        system, code = s.unit_id.split(":")
        if system != "eurostat_fua":
            continue
        mine = {u["code"] for u in authority.units(con).to_pylist() if u["body_id"] == s.body_id}
        area = {r[0] for r in con.sql(f"select code from unit where fua = '{code}'").fetchall()}
        assert mine == area and mine, s
