"""UN-Habitat workbooks: columns recognised by meaning, aggregates told from cities."""

import pyarrow.compute as pc
import pytest
from books import book

from sources.errors import Gone, Invalid
from sources.providers import un_habitat
from sources.records import records

HEAD = ["Country or Territory Name2", "City Code", "City Name"]
OPEN = [
    "Average share of the built-up area of cities that is open space for public use (%) [a]",
    "Average share of urban population with convenient access to open public spaces (%) [b]",
]
GREEN = ["Green area per capita 1990 (m2/person)", "Green area per capita 2020 (m2/person)"]


def test_measures_with_the_year_in_its_own_column(tmp_path):
    rows = [
        [*HEAD, "Data  Reference Year", *OPEN, "FootNote"],
        ["Namibia", "NA_WINDHOEK", "Windhoek", 2020, 16.5, 25.75, "a note"],
        ["Norway", "NO_OSLO", "Oslo", 2018, None, 56, None],
        ["Norway", "NO_OSLO", "Oslo", 2022, 32.4, "…", None],
        ["Western Asia\u00a0and Northern Africa ", None, None, 2020, None, 41, None],
    ]
    table = un_habitat.read(book(tmp_path / "a.xlsx", {"Any name": rows}))
    assert records.about(table).dimensions == (
        "City Code",
        "Country or Territory Name",
        "variable",
    )
    found = [
        (r["City Code"], r["variable"], r["period"], r["value"], r["value_text"], r["flags"])
        for r in table.to_pylist()
    ]
    assert found == [
        ("NA_WINDHOEK", "open_space_share", "2020", 16.5, "16.5", ""),
        ("NA_WINDHOEK", "open_space_access", "2020", 25.75, "25.75", ""),
        ("NO_OSLO", "open_space_access", "2018", 56.0, "56", ""),
        ("NO_OSLO", "open_space_share", "2022", 32.4, "32.4", ""),
        ("NO_OSLO", "open_space_access", "2022", None, "…", "…"),
        ("", "open_space_access", "2020", 41.0, "41", ""),
    ]
    last = table.to_pylist()[-1]
    assert last["level"] == "aggregate"
    assert last["Country or Territory Name"] == "Western Asia and Northern Africa"
    assert (last["header"], last["unit"]) == (OPEN[1], "%")
    assert table["level"].to_pylist()[:5] == ["city"] * 5


def test_measures_with_the_year_in_the_header(tmp_path):
    rows = [[*HEAD, *GREEN, "Data Source"], ["Mali", "ML_BAMAKO", "Bamako", 9.5, 7, "X, 2553"]]
    sheets = {"Metadata": [[None, "Last Update: ", "August 2024"]], "Data": rows}
    table = un_habitat.read(book(tmp_path / "a.xlsx", sheets))
    assert records.about(table).published_at == "2024-08-01"
    assert table["variable"].to_pylist() == ["green_area_per_capita"] * 2
    assert table["period"].to_pylist() == ["1990", "2020"]
    assert table["value"].to_pylist() == [9.5, 7.0]


def test_an_unknown_measure_gets_an_id_of_its_header(tmp_path):
    rows = [[*HEAD, "Share of streets 2015 (%) [c]", "Remark"], ["Mali", "ML_X", "X", 3, "ok"]]
    (found,) = un_habitat.read(book(tmp_path / "a.xlsx", {"d": rows})).to_pylist()
    assert (found["variable"], found["period"]) == ("share_of_streets", "2015")
    assert found["Remark"] == "ok"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["a", "b", "c"], [1, 2, 3]], "no column 'City Code' .found: 'a', 'b', 'c'"),
        ([[*HEAD, *GREEN]], "no records"),
        ([[*HEAD, "Note"], ["Mali", "ML_X", "X", "ok"]], "no column of figures"),
        ([[*HEAD, OPEN[0]], ["Mali", "ML_X", "X", 3]], "has no year"),
        ([[*HEAD, GREEN[0]], ["Mali", "ML_X", "X", "many"]], "'many'"),
        ([[*HEAD, GREEN[0]], *[["Mali", "ML_X", "X", 3]] * 2], "records 1 and 2 have the same key"),
    ],
)
def test_bad_workbooks_get_a_sentence(tmp_path, rows, words):
    with pytest.raises(Invalid, match=words):
        un_habitat.read(book(tmp_path / "bad.xlsx", {"d": rows}))


def test_an_error_envelope_is_said(written):
    envelope = '{"error": {"code": 400, "message": "Item does not exist or is inaccessible."}}'
    with pytest.raises(Gone, match="Item does not exist"):
        un_habitat.read(written("a.xlsx", envelope))


def test_the_real_table_of_open_space(real_data):
    table = un_habitat.read(real_data / "un_habitat" / "unhabitat_SDG_11-7-1_2024_cities.xlsx")
    variables = table["variable"].to_pylist()
    assert (len(variables), variables.count("open_space_share")) == (2_673, 1_279)
    assert variables.count("open_space_access") == 1_394
    assert table["level"].to_pylist().count("aggregate") == 14
    oslo = table.filter(pc.equal(table["City Code"], "NO_OSLO")).to_pylist()
    assert sorted((r["period"], r["variable"]) for r in oslo) == [
        ("2018", "open_space_access"),
        ("2022", "open_space_access"),
        ("2022", "open_space_share"),
    ]
    windhoek = table.filter(pc.equal(table["City Code"], "NA_WINDHOEK")).to_pylist()
    assert windhoek[0]["value"] == 16.64058429018506
    assert windhoek[0]["Country or Territory Code"] == "516"


def test_the_real_table_of_green_areas(real_data):
    table = un_habitat.read(
        real_data / "un_habitat" / "unhabitat_green_areas_1990-2020_cities.xlsx"
    )
    assert table.num_rows == 5_336
    assert table["level"].to_pylist().count("aggregate") == 64
    assert set(table["period"].to_pylist()) == {"1990", "2000", "2010", "2020"}
    kabul = table.filter(pc.equal(table["City Code"], "AF_KABUL")).to_pylist()
    assert (kabul[0]["variable"], kabul[0]["value"]) == ("green_area_share", 5.494391049483738)


def test_requests_name_the_items_of_the_portal():
    assert un_habitat.request("open_space", {}).url == (
        "https://guo-un-habitat.maps.arcgis.com/sharing/rest/content/items/"
        "fbb02b19d417497093418484448e3465/data"
    )
    with pytest.raises(Invalid):
        un_habitat.request("nothing", {})
