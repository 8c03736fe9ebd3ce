"""Wide tables: one scale and delineation a row, totals in the principal unit."""

import pyarrow as pa
import pytest
from rows import golden, observations, rows

from warehouse import store, tables
from warehouse.errors import WarehouseError
from warehouse.methods.comparison import comparison, indicators
from warehouse.methods.latest import latest
from warehouse.tables.comparison import of_theme

WIDE = of_theme("economy", (("gdp", "GDP", "USD"), ("jobs", "Jobs", "person")))
INDICATOR = rows(
    tables.of("indicator"),
    [{"indicator_id": "gdp", "unit": "USD"}, {"indicator_id": "jobs", "unit": "person"}],
)
METRO = rows(
    tables.of("metro"),
    [
        {"metro_id": "es-barcelona", "name": "Barcelona", "iso3": "ESP"},
        {"metro_id": "lv-riga", "name": "Riga", "iso3": "LVA"},
    ],
)


def made(given: list[dict]) -> pa.Table:
    return comparison(latest(observations(given)), METRO, INDICATOR, WIDE)


def test_golden():
    riga = {"metro_id": "lv-riga", "unit_id": "oecd_fua:LV001"}
    table = made(
        [
            {"indicator_id": "gdp", "unit": "USD", "period": "2017", "value": 150.5},
            {"indicator_id": "gdp", "unit": "USD", "period": "2018", "value": 160.5},
            {"indicator_id": "gdp", "unit": "EUR", "period": "2018", "value": 140.0},
            {"indicator_id": "jobs", "period": "2016", "value": 2000000.0, "obs_status": "E"},
            {"indicator_id": "jobs", "period": "2018", "value": 900000.0, "sex": "F"},
            {"indicator_id": "jobs", "period": "2018", "value": 1.0, "age": "Y15T24"},
            {
                "indicator_id": "gdp",
                "unit": "USD",
                "period": "2020",
                "value": 99.0,
                "system": "eurostat_metro",
                "vintage": "NUTS2021",
                "unit_id": "eurostat_metro:ES002M",
                "scale": "metro_region",
            },
            {"indicator_id": "jobs", "period": "2015", "value": 400000.0, **riga},
            {"indicator_id": "elsewhere", "period": "2018", "value": 5.0, **riga},
        ]
    )
    golden("comparison", table, list(WIDE.names))


def test_scales_never_share_a_row():
    other = {"scale": "city", "system": "eurostat_city", "unit_id": "eurostat_city:ES002C"}
    table = made(
        [{"indicator_id": "gdp", "unit": "USD"}, {"indicator_id": "jobs", **other}]
    ).to_pylist()
    assert [(r["scale"], r["gdp"], r["jobs"]) for r in table] == [
        ("city", None, 1.0),
        ("fua", 1.0, None),
    ]


def test_two_delineations_of_one_code_never_share_a_row():
    assert (
        made([{"indicator_id": "jobs"}, {"indicator_id": "jobs", "vintage": "2024"}]).num_rows == 2
    )


def test_a_unit_without_totals_has_no_row():
    assert made([{"indicator_id": "jobs", "sex": "F"}]).schema == store.schema(WIDE)
    assert made([{"indicator_id": "jobs", "sex": "F"}]).num_rows == 0


def test_a_metropolis_that_is_not_in_the_registry_is_an_error():
    with pytest.raises(WarehouseError, match="comparison_economy, column metro_name: 1 of 1"):
        made([{"indicator_id": "jobs", "metro_id": "xx-nowhere"}])


def test_indicators_are_read_from_the_statement():
    assert indicators(WIDE) == ["gdp", "jobs"]
    assert indicators(tables.of("latest")) == []
