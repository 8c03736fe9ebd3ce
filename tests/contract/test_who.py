"""WHO ambient air quality: editions that name everything differently."""

import pyarrow.compute as pc
import pytest
from books import book

from sources.errors import Invalid
from sources.providers import who
from sources.records import records

NEW = ["ISO3", "City or Locality", "Measurement Year", "PM2.5 (μg/m3)", "NO2 (μg/m3)"]
NEW += ["PM25 temporal coverage (%)", "Reference", "Version of the database", "Status"]
OLD = ["ID WHO city", "iso3", "City", "PM10_mean", "PM10_year", "PM10_note"]
OLD += ["PM25_mean", "PM25_year", "PM25_note", "reference"]


def test_an_edition_since_2018(tmp_path):
    rows = [
        ["NAM", "Windhoek", 2016, 10.5, None, 75, "A", 2018, None],
        ["NAM", "Windhoek", 2016, 10.7, 8, None, "B", 2022, "Under review"],
    ]
    sheets = {"README": [["v9", "x"]], "data": [NEW, *rows]}
    table = who.read(book(tmp_path / "a.xlsx", sheets))
    assert records.about(table).dimensions == ("ISO3", "City or Locality", "variable", "entry")
    found = [
        (r["variable"], r["entry"], r["value"], r["flags"], r["temporal_coverage"])
        for r in table.to_pylist()
    ]
    assert found == [
        ("PM2.5", "1", 10.5, "", "75"),
        ("PM2.5", "2", 10.7, "Under review", ""),
        ("NO2", "1", 8.0, "Under review", ""),
    ]


def test_the_edition_of_2016_says_what_was_converted(tmp_path):
    rows = [
        [1, "AFG", "Kabul", 260, 2009, "measured data", 86.2, 2011.5, "converted from PM10", "A"]
    ]
    sheets = {"database": [["", "means"], ["", "", "", "PM10"], OLD, *rows]}
    first, second = who.read(book(tmp_path / "a.xlsx", sheets)).to_pylist()
    assert (first["variable"], first["period"], first["flags"]) == ("PM10", "2009", "")
    assert (second["variable"], second["period"]) == ("PM2.5", "2011-01-01/P2Y")
    assert (second["flags"], second["year"]) == ("converted from PM10", "2011.5")
    assert (second["ID WHO city"], second["value_text"]) == ("1", "86.2")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["ISO3", "City", "Year"], ["ESP", "B", 2000]], "no column 'PM2.5'"),
        ([["ISO3", "Year", "PM10"], ["ESP", 2000, 1]], "no column 'City or Locality'"),
        ([["ISO3", "City", "PM10"], ["ESP", "B", 1]], "no column 'Measurement Year'"),
        ([["ISO3", "City", "Year", "PM10"], *[["ESP", "B", 2000, 1]] * 2], "the same key"),
        ([["ISO3", "City", "Year", "PM10"], ["ESP", "B", 2000, "low"]], "'low'"),
        ([["ISO3", "City", "Year", "PM10"]], "no records"),
        ([["a", "b", "c", "d", "e"], [1, 2, 3, 4, 5]], "no column 'iso3'"),
    ],
)
def test_bad_workbooks_get_a_sentence(tmp_path, rows, words):
    with pytest.raises(Invalid, match=words):
        who.read(book(tmp_path / "bad.xlsx", {"data": rows}))


def test_the_real_edition_of_2022(real_data):
    table = who.read(real_data / "who" / "who_aap_2021_v9_11august2022.xlsx")
    assert table.num_rows == 58_357
    assert records.about(table).published_at == "2022-07-21"
    counts = dict(zip(*pc.value_counts(table["variable"].combine_chunks()).flatten(), strict=True))
    assert {k.as_py(): v.as_py() for k, v in counts.items()} == {
        "PM2.5": 15_048,
        "PM10": 21_109,
        "NO2": 22_200,
    }
    kabul = table.filter(pc.equal(table["City or Locality"], "Kabul")).to_pylist()
    assert (kabul[0]["ISO3"], kabul[0]["period"], kabul[0]["value"]) == ("AFG", "2019", 119.77)


def test_the_real_edition_of_2016(real_data):
    table = who.read(real_data / "who" / "WHO_AAP_database_May2016_v3web.xlsx")
    assert table.num_rows == 2 * 2_973
    flags = table["flags"].to_pylist()
    assert flags.count("converted from PM10") == 1_395
    assert flags.count("converted from PM2.5") == 751
