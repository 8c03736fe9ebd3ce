"""World Urbanization Prospects: agglomerations by year, from .xls and .xlsx."""

import pyarrow.compute as pc
import pytest
from books import book, zipped
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import Invalid
from sources.providers import wup
from sources.records import records

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


CITIES = ["UNLocName", "UCname", "Year", "AREA_km2", "POP", "BU_km2", "CapitalFlag", "ID_UC_G0"]


def cities(tmp_path, rows, header=CITIES):
    made = book(tmp_path / "c.xlsx", {"README": [["about"]], "UC_STATS": [header, *rows]})
    file = tmp_path / "GHS_WUP_MTUC_statistics.zip"
    file.write_bytes(zipped({"GHS_WUP_MTUC.xlsx": made.read_bytes(), "readme.txt": b"hello"}))
    return file


def test_the_cities_of_the_2025_revision(tmp_path):
    rows = [
        ["Spain", "Barcelona", 2025, 592.0, 4_801_234.5, 380.25, 0, 4411],
        ["Namibia", "N/A", 1975, 11, 0, 1.5, 1, 77],
    ]
    table = wup.read(cities(tmp_path, rows))
    about = records.about(table)
    assert (about.dataset, about.dimensions) == ("wup2025_cities", ("ID_UC_G0", "variable"))
    assert [
        (r["ID_UC_G0"], r["variable"], r["period"], r["value"], r["flags"])
        for r in table.to_pylist()
    ] == [
        ("4411", "POP", "2025", 4801234.5, ""),
        ("4411", "AREA_km2", "2025", 592.0, ""),
        ("4411", "BU_km2", "2025", 380.25, ""),
        ("77", "POP", "1975", None, "not yet a city"),
        ("77", "AREA_km2", "1975", 11.0, ""),
        ("77", "BU_km2", "1975", 1.5, ""),
    ]
    assert table["ID_UC_G0_label"].to_pylist()[3] == "N/A"


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        ([n for n in CITIES if n != "POP"], [["Spain", "B", 2025, 1, 1, 0, 1]], "no column 'POP'"),
        (CITIES, [["Spain", "B", 2025, 1, 2, 3, 0, 1]] * 2, "same key"),
        (CITIES, [["Spain", "B", "soon", 1, 2, 3, 0, 1]], "'soon' is no period"),
    ],
)
def test_cities_that_are_none(tmp_path, header, rows, words):
    with pytest.raises(Invalid, match=words):
        wup.read(cities(tmp_path, rows, header))
