"""Counts per indicator, scale, system and source."""

import datetime

from rows import golden, observations, rows

from warehouse import tables
from warehouse.methods.coverage import coverage

METRO = rows(
    tables.of("metro"),
    [
        {"metro_id": "es-barcelona", "iso3": "ESP"},
        {"metro_id": "es-madrid", "iso3": "ESP"},
        {"metro_id": "lv-riga", "iso3": "LVA"},
    ],
)


def test_golden():
    table = observations(
        [
            {"period": "2010"},
            {"period": "2012", "metro_id": "es-madrid", "unit_id": "m"},
            {"period": "2011", "metro_id": "lv-riga", "unit_id": "r"},
            {"period": "2030", "obs_status": "F"},
            {"period": "2013", "value": None, "obs_status": "M"},
            {"period": "1990", "recorded_to": datetime.datetime(2024, 1, 1)},
            {"period": "2015", "scale": "city"},
            {"period": "2015", "dataset": "other", "provenance": "carrier"},
            {"period": "2040", "indicator_id": "only_projected", "obs_status": "F"},
            {"period": "2040", "indicator_id": "only_missing", "obs_status": "L", "value": None},
        ]
    )
    golden("coverage", coverage(table, METRO), list(tables.of("coverage").names))


def test_the_sums_are_those_of_the_table():
    given = [{"period": str(y), "value": None if y % 3 == 0 else 1.0} for y in range(2000, 2020)]
    (row,) = coverage(observations(given), METRO).to_pylist()
    assert row["figures"] + row["missing"] == len(given)
    assert (row["metros"], row["countries"]) == (1, 1)
