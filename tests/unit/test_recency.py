"""How old the newest figures are, what is missing, and the holes that the catalog states."""

import pytest
from rows import observations, rows

from catalog import loader
from catalog.models import hole
from catalog.models.hole import Hole, Holes
from catalog.models.model import Texts
from catalog.yaml_files import CatalogError
from warehouse import tables
from warehouse.methods.recency import recency

METRO = rows(
    tables.of("metro"),
    [
        {"metro_id": "es-barcelona", "iso3": "ESP", "metropolis_member": True},
        {"metro_id": "es-madrid", "iso3": "ESP", "metropolis_member": False},
        {"metro_id": "lv-riga", "iso3": "LVA", "metropolis_member": True},
    ],
)
INDICATOR = rows(
    tables.of("indicator"),
    [
        {"indicator_id": "population", "theme": "demography"},
        {"indicator_id": "waste", "theme": "sustainable_development"},
    ],
)
HOLES = Holes(
    fresh_from=2019,
    holes=[
        Hole(
            indicators=["waste"],
            iso3=["ESP"],
            reason=Texts(en="not served"),
            would_fill="the agency",
        ),
        Hole(
            indicators=["waste", "unknown"], reason=Texts(en="nobody knows"), would_fill="a census"
        ),
    ],
)


def told(given):
    made = recency(observations(given), METRO, INDICATOR, HOLES).to_pylist()
    return {(r["metro_id"], r["indicator_id"]): r for r in made}


def test_the_newest_figure_is_shown_with_its_age_and_its_scale():
    got = told(
        [
            {"period": "2010", "scale": "city", "value": 1.0},
            {"period": "2022", "scale": "fua", "value": 2.0},
            {"period": "2018", "metro_id": "es-madrid", "unit_id": "m", "value": 3.0},
        ]
    )
    barcelona = got["es-barcelona", "population"]
    assert (barcelona["state"], barcelona["year"], barcelona["value"]) == ("recent", 2022, 2.0)
    assert (barcelona["scale"], barcelona["scales"]) == ("fua", 2)
    assert got["es-madrid", "population"]["state"] == "old"
    assert got["es-madrid", "population"]["theme"] == "demography"


def test_a_hole_of_a_member_says_why_and_what_would_fill_it():
    got = told(
        [
            {"period": "2014", "indicator_id": "waste", "value": 1.0},
            {"period": "2014", "indicator_id": "waste", "metro_id": "es-madrid", "unit_id": "m"},
        ]
    )
    old = got["es-barcelona", "waste"]
    assert (old["state"], old["reason"], old["would_fill"]) == ("old", "not served", "the agency")
    none = got["lv-riga", "waste"]
    assert (none["state"], none["value"], none["year"]) == ("none", None, None)
    assert none["reason"] == "nobody knows"
    assert got["es-madrid", "waste"]["reason"] == "not served"  # has an old figure, is no member
    assert not {k for k in got if k[1] == "unknown"}


def test_a_recent_figure_is_no_hole():
    got = told([{"period": "2021", "indicator_id": "waste", "value": 1.0}])
    assert got["es-barcelona", "waste"]["reason"] is None


def test_the_holes_of_the_catalog_name_indicators_and_countries_that_there_are():
    known, stated = loader.load(), hole.load()
    countries = {line.split(",")[7] for line in known.csv("metro").read_text().splitlines()[1:]}
    for h in stated.holes:
        assert set(h.indicators) <= set(known.indicators)
        assert set(h.iso3) <= countries | {"MLT", "CYP", "LUX"}
        assert h.reason.en.endswith(".")


def test_a_mistake_is_a_sentence(tmp_path):
    file = tmp_path / "holes.yaml"
    file.write_text("fresh_from: 2019\nholes:\n  - {indicators: [], reason: x, would_fill: y}\n")
    with pytest.raises(CatalogError, match="holes"):
        hole.load(file)


def test_the_themes_that_are_old_are_themes_and_say_why():
    stated = hole.load()
    assert {t.theme for t in stated.themes} <= set(loader.load().themes)
    assert all(t.reason.en.endswith(".") for t in stated.themes)


def test_no_hole_of_a_city_in_europe_says_that_it_lies_outside():
    """The first hole that fits is the one that is told."""
    told = {}
    for h in hole.load().holes:
        for indicator in h.indicators:
            if not h.iso3 or "ESP" in h.iso3:
                told.setdefault(indicator, h.reason)
    assert {i for i, why in told.items() if "Outside Europe" in why} == set()
