"""World Urbanization Prospects: agglomerations by year, from .xls and .xlsx."""

import pyarrow.compute as pc
import pytest
from books import book
from hypothesis import given
from hypothesis import strategies as st

from sources import records, wup
from sources.errors import Invalid

HEADER = ["Index", "Country Code", "Country or area", "City Code", "Urban Agglomeration", "Note"]
TITLE = [
    [None],
    ["POP/DB/WUP/Rev.2018/1/F12"],
    [None, "Population of Urban Agglomerations (thousands)"],
]


def prospects(path, rows, years=(1950, 2035)):
    notes = [["Notes"], ["(7) Refers to the municipality."]]
    return book(path, {"Data": [*TITLE, [*HEADER, *years], *rows], "NOTES": notes})


def test_one_record_per_city_and_filled_year(tmp_path):
    rows = [
        [1, 724, "Spain", 22109, "Barcelona", 7, 1809.121, 5700],
        [2, 516, "Namibia", 206459, "Windhoek", None, None, 741.5],
    ]
    table = wup.read(prospects(tmp_path / "w.xlsx", rows))
    about = records.about(table)
    assert (about.dataset, about.dimensions) == ("wup2018_f12", ("City Code", "Country Code"))
    found = [
        (r["City Code"], r["Country Code"], r["period"], r["value"], r["value_text"])
        for r in table.to_pylist()
    ]
    assert found == [
        ("22109", "724", "1950", 1809.121, "1809.121"),
        ("22109", "724", "2035", 5700.0, "5700"),
        ("206459", "516", "2035", 741.5, "741.5"),
    ]
    assert table["City Code_label"].to_pylist()[0] == "Barcelona"
    assert table["Note text"].to_pylist() == ["Refers to the municipality."] * 2 + [""]


@given(filled=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6))
def test_records_are_the_filled_cells(tmp_path_factory, filled):
    rows = [
        [i, 4, "A", i + 1, f"C{i}", None, *((i + 0.5 if f else None) for f in cells)]
        for i, cells in enumerate(filled)
    ]
    path = prospects(tmp_path_factory.mktemp("w") / "w.xlsx", rows)
    count = sum(a + b for a, b in filled)
    assert wup.read(path).num_rows == count


@pytest.mark.parametrize(
    ("rows", "years", "words"),
    [
        (
            [[1, 4, "A", 5, "C", None, 1, 2], [2, 4, "A", 5, "C", None, 1, 2]],
            (1950, 2035),
            "records 1 and 3 have the same key .City Code=5, Country Code=4, period=1950",
        ),
        ([[1, 4, "A", 5, "C", None, "many", 2]], (1950, 2035), "'many'"),
        ([[1, 4, "A", 5, "C", None, 1, 2]], ("a", "b"), "no column named by a year"),
        ([], (1950, 2035), "no records"),
    ],
)
def test_bad_workbooks_get_a_sentence(tmp_path, rows, years, words):
    with pytest.raises(Invalid, match=words):
        wup.read(prospects(tmp_path / "w.xlsx", rows, years))


def test_another_workbook_is_refused_naming_the_missing_column(tmp_path):
    path = book(tmp_path / "x.xlsx", {"Data": [["a", "b", "c"], [1, 2, 3]]})
    with pytest.raises(Invalid, match=r"no column 'City Code' \(found: 'a', 'b', 'c'\)"):
        wup.read(path)


@pytest.mark.parametrize(
    ("name", "count", "dataset"),
    [
        ("WUP2018-F12-Cities_Over_300K.xls", 33_480, "wup2018_f12"),
        ("WUP2018-F22-Cities_Over_300K_Annual.xls", 159_960, "wup2018_f22"),
    ],
)
def test_real_workbooks(real_data, name, count, dataset):
    table = wup.read(real_data / "registry" / name)
    assert table.num_rows == count
    assert records.about(table).dataset == dataset
    assert len(pc.unique(table["City Code"])) == 1860
    harare = table.filter(pc.equal(table["City Code"], "22513")).to_pylist()
    assert {r["period"]: r["value"] for r in harare}["1950"] == 142.652
    assert {r["period"]: r["value_text"] for r in harare}["2035"] == "2141.738"
    assert harare[0]["Country Code"] == "716"


def test_requests_are_the_division_s_own_addresses():
    assert wup.request("wup2018_f12", {}).url == (
        "https://population.un.org/wup/Download/Files/WUP2018-F12-Cities_Over_300K.xls"
    )
    with pytest.raises(Invalid):
        wup.request("wup2050", {})
