"""One figure per metropolis and indicator, by the stated order; and nothing ranks by it."""

import csv

import pytest
from rows import observations, rows

from catalog import loader
from catalog.models import headline as stated
from catalog.models.headline import Headline
from catalog.yaml_files import CatalogError
from warehouse import tables
from warehouse.methods.headline import headline

INDICATOR = rows(tables.of("indicator"), [{"indicator_id": "population", "unit": "person"}])
SOURCE = rows(
    tables.of("source"),
    [
        {"source_id": "oecd", "dataset": "cities_population", "redistributable": True},
        {"source_id": "oecd", "dataset": "closed", "redistributable": False},
    ],
)
ORDER = stated.load()


def figure(scale: str, system: str, period: str, **more) -> dict:
    """A figure of a unit of its own."""
    unit_id = f"{system}:{more.get('vintage', '')}{more.pop('code', 'x')}"
    return {"scale": scale, "system": system, "period": period, "unit_id": unit_id} | more


def chosen(given: list[dict], order: Headline = ORDER) -> list[dict]:
    latest = observations(given).select(list(tables.of("latest").names))
    return headline(latest, INDICATOR, SOURCE, order).to_pylist()


def test_the_scale_decides_before_the_system_and_the_year():
    (row,) = chosen(
        [
            figure("city", "eurostat_city", "2024", vintage="2025", value=1.0),
            figure("fua", "oecd_fua", "2022", vintage="2024", value=2.0),
            figure("fua", "eurostat_fua", "2020", vintage="2019", value=3.0),
        ]
    )
    assert (row["value"], row["scale"], row["system"]) == (3.0, "fua", "eurostat_fua")
    assert row["alternatives"] == 2
    assert row["preferred_over"] == (
        "fua oecd_fua 2024 2022 (system); city eurostat_city 2025 2024 (scale)"
    )


@pytest.mark.parametrize(("older", "scale"), [("2019", "fua"), ("2018", "city")])
def test_a_fresh_figure_is_preferred_to_one_that_is_too_old_whatever_its_scale(older, scale):
    assert ORDER.years_behind == 5
    (row,) = chosen([figure("city", "eurostat_city", "2024"), figure("fua", "oecd_fua", older)])
    assert row["scale"] == scale
    assert row["preferred_over"].endswith("(scale)" if scale == "fua" else "(age)")


def test_within_one_system_the_newer_period_and_then_the_newer_delineation():
    (row,) = chosen(
        [
            figure("fua", "oecd_fua", "2020", vintage="2024"),
            figure("fua", "oecd_fua", "2021", vintage="2012"),
        ]
    )
    assert (row["period"], row["preferred_over"]) == ("2021", "fua oecd_fua 2024 2020 (period)")
    (row,) = chosen([figure("fua", "oecd_fua", "2020", vintage=v) for v in ("2012", "2024")])
    assert (row["vintage"], row["preferred_over"]) == ("2024", "fua oecd_fua 2012 2020 (code)")


def test_a_single_figure_is_preferred_over_nothing():
    (row,) = chosen([figure("city", "eurostat_city", "1999")])
    assert (row["alternatives"], row["preferred_over"]) == (0, None)


def test_another_unit_and_a_closed_dataset_are_not_considered():
    (row,) = chosen(
        [
            figure("city", "eurostat_city", "2020"),
            figure("fua", "eurostat_fua", "2020", dataset="closed"),
            figure("fua", "oecd_fua", "2020", unit="MIO_EUR"),
        ]
    )
    assert (row["scale"], row["alternatives"]) == ("city", 0)


def test_what_the_order_does_not_name_comes_last_and_is_not_lost():
    (row,) = chosen([figure("fua", "a_new_system", "2020"), figure("fua", "oecd_fua", "2020")])
    assert (row["system"], row["alternatives"]) == ("oecd_fua", 1)
    (row,) = chosen([figure("fua", "a_new_system", "2020")])
    assert row["system"] == "a_new_system"


def test_the_choice_does_not_depend_on_the_order_of_rows():
    given = [figure("fua", "oecd_fua", "2020", vintage="2012", code=c) for c in "bca"]
    for order in (given, given[::-1]):
        (row,) = chosen(order)
        assert (row["unit_id"], row["alternatives"]) == ("oecd_fua:2012a", 2)


def test_the_catalog_orders_every_metropolitan_scale_and_every_system_with_figures():
    known = loader.load()
    with known.csv("scale").open(encoding="utf-8") as file:
        scales = {r["scale"] for r in csv.DictReader(file) if r["metropolitan"] == "true"}
    with known.csv("spatial_unit").open(encoding="utf-8") as file:
        systems = {r["system"] for r in csv.DictReader(file) if r["scale"] in scales}
    assert sorted(p.id for p in ORDER.scales) == sorted(scales)
    gazetteers = {"geonames", "wikidata"}  # name places, bring no figures
    named = [p.id for p in ORDER.systems]
    assert sorted(named) == sorted((systems | {"authority"}) - gazetteers)


def test_a_wrong_order_is_refused_with_file_and_field(tmp_path):
    file = tmp_path / "headline.yaml"
    file.write_text("years_behind: -1\nwhy: x\nscales: []\nsystems: []\n")
    with pytest.raises(CatalogError, match=r"headline.*years_behind"):
        stated.load(file)


def test_no_table_is_made_from_it_so_it_never_ranks():
    known = tables.published(loader.load())
    assert "headline" in known
    assert [t.name for t in known.values() if "headline" in t.inputs] == []
