"""The UN SDG database: every layout that it serves, and every way that an answer goes wrong."""

import json

import pyarrow.compute as pc
import pytest
from books import book
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import Invalid, Retriable, SourceError
from sources.providers import un_sdg
from sources.records import records

HEADER = ["Goal", "Target", "Indicator", "SeriesCode", "GeoAreaCode", "TimePeriod", "Value"]
DIMS = ["Cities", "Nature", "Reporting Type"]


def row(indicator="11.5.1", *, value="5.50", city="ES_BARCELONA", year=2007, nature="C"):
    goal, target = indicator.split(".")[0], indicator.rsplit(".", 1)[0]
    return [int(goal), target, indicator, "VC_X", 724, year, value, city, nature, "G"]


def excel(tmp_path, rows, extra=()):
    header = [*HEADER, *DIMS, *extra]
    return book(tmp_path / "data.xlsx", {"data": [header, *rows]})


def only(table, **where):
    for name, code in where.items():
        table = table.filter(pc.equal(table[name], code))
    return table.to_pylist()


def test_bulk_csv_with_brackets_and_zero_bytes(fixtures, written):
    raw = (fixtures / "un_sdg" / "data.csv").read_bytes()
    table = un_sdg.read(written("a.csv", raw + b"\0" * (4096 - len(raw) % 4096)))
    assert records.about(table).dimensions == (
        "SeriesCode",
        "GeoAreaCode",
        "Cities",
        "Reporting Type",
        "Units",
    )
    rows = table.to_pylist()
    assert [r["Cities"] for r in rows] == ["ES_BARCELONA", "NA_WINDHOEK", "NOCITI", "_T"]
    assert [r["value"] for r in rows] == [94.3, None, None, 1234.5]
    assert [r["value_text"] for r in rows] == ["94.3", "NaN", "<0.1", "1,234.50"]
    assert [r["flags"] for r in rows] == ["C", "NA", "E|<", "M"]
    assert [r["Nature"] for r in rows] == ["C", "NA", "E", "M"]
    assert {r["period"] for r in rows} == {"2018"}
    assert (rows[3]["UpperBound"], rows[3]["LowerBound"]) == ("100.0", "1.5")
    assert rows[0]["GeoAreaCode_label"] == "Spain"
    assert rows[0]["Source"] == "World Bank (2018)"
    assert [r["record_no"] for r in rows] == [1, 2, 3, 4]


@pytest.mark.parametrize("how", ["array", "one after another", "lines"])
def test_pages_of_the_api_together(fixtures, written, how):
    pages = [(fixtures / "un_sdg" / f"page{i}.json").read_text() for i in (1, 2)]
    joined = {
        "array": "[" + ",".join(pages) + "]",
        "one after another": "".join(pages),
        "lines": "\n".join(json.dumps(json.loads(p)) for p in pages),
    }[how]
    table = un_sdg.read(written("pages.json", joined))
    assert records.about(table).dimensions == (
        "SeriesCode",
        "GeoAreaCode",
        "Units",
        "Cities",
        "Reporting Type",
    )
    first, second, third = table.to_pylist()
    assert (first["period"], first["value"], first["value_text"]) == ("2007", 5.5, "5.50")
    assert (first["Indicator"], first["Goal"]) == ("1.5.1;11.5.1;13.1.1", "1;11;13")
    assert (first["Source"], first["FootNote"], first["UpperBound"]) == (
        "Survey 2007",
        "A note",
        "6",
    )
    assert (first["Cities"], first["Cities_label"]) == ("NA_WINDHOEK", "Windhoek")
    assert (second["value"], second["value_text"], second["flags"]) == (None, "NaN", "NA")
    assert (third["Cities"], third["GeoAreaCode"], third["value"]) == ("", "1", 24644.0)


def test_pages_that_are_not_complete_are_refused(fixtures, written, real_data):
    page = json.loads((fixtures / "un_sdg" / "page1.json").read_text())
    for pages, words in (
        ([page], "totalElements says 3 rows, 2 are there"),
        ([page, page], "a page twice"),
        ([page, page | {"totalElements": 9}], "different numbers of rows"),
        ([page | {"totalElements": None}], "no 'totalElements'"),
        ([page | {"totalElements": 0, "data": []}], "without any row"),
    ):
        with pytest.raises(Invalid, match=words):
            un_sdg.read(written("p.json", json.dumps(pages)))
    served = real_data / "un_sdg" / "unsd_api_v1_Series_Data_EXCERPT_8of62rows.json"
    with pytest.raises(Invalid, match="totalElements says 62 rows, 8 are there"):
        un_sdg.read(served)


def test_the_rows_of_a_real_page_once_they_are_all_there(real_data, written):
    served = real_data / "un_sdg" / "unsd_api_v1_Series_Data_EXCERPT_8of62rows.json"
    page = json.loads(served.read_text()) | {"totalElements": 8}
    table = un_sdg.read(written("p.json", json.dumps(page)))
    assert table.num_rows == 8
    assert set(page["data"][0]["dimensions"]) < set(records.about(table).dimensions)
    assert table["value_text"].to_pylist() == [r["value"] for r in page["data"]]


def test_pivoted_years_in_a_text(fixtures):
    (only_row,) = un_sdg.read(fixtures / "un_sdg" / "pivot.json").to_pylist()
    assert (only_row["period"], only_row["value"]) == ("2020", 97.1)
    assert (only_row["Cities"], only_row["Reporting Type"]) == ("ES_BARCELONA", "G")


def test_one_observation_under_several_indicators_is_one_record(tmp_path):
    rows = [row("11.5.1"), row("11.5.1", year=2008), row("13.1.1"), row("1.5.1")]
    table = un_sdg.read(excel(tmp_path, rows)).to_pylist()
    assert [(r["period"], r["Indicator"], r["record_no"]) for r in table] == [
        ("2007", "11.5.1;13.1.1;1.5.1", 1),
        ("2008", "11.5.1", 2),
    ]
    assert table[0]["Goal"] == "11;13;1"


@pytest.mark.parametrize("second", [row(), row("13.1.1", value="7")])
def test_a_key_that_stands_twice_is_named_with_both_records(tmp_path, second):
    path = excel(tmp_path, [row(year=2001), row(), second])
    with pytest.raises(Invalid, match=r"records 2 and 3 have the same key .*Cities=ES_BARCELONA"):
        un_sdg.read(path)


def test_dimensions_are_discovered_and_padding_is_not_one(tmp_path):
    rows = [[*row(), "ISIC4_C"], [*row(nature="", value=None, year=2009), None]]
    table = un_sdg.read(excel(tmp_path, rows, ["Activity", None, None]))
    assert "Activity" in records.about(table).dimensions
    assert table["Activity"].to_pylist() == ["ISIC4_C"]  # a row that says nothing is no record


def test_code_descriptions_become_labels(tmp_path):
    sheets = {
        "data": [[*HEADER, *DIMS], row()],
        "CodeDescriptions": [["Dimension", "Code", "Description"], ["Cities", "ES_BARCELONA", "B"]],
    }
    (found,) = un_sdg.read(book(tmp_path / "a.xlsx", sheets)).to_pylist()
    assert found["Cities_label"] == "B"
    assert found["Target"] == "11.5"


@given(st.decimals(-(10**9), 10**9, places=5, allow_nan=False))
def test_any_figure_keeps_its_text(number):
    from pathlib import Path

    import pyarrow as pa

    from sources.records.figures import read

    figure = read(pa.array([str(number)]), Path("x"))
    assert figure.value.to_pylist() == [float(number)]
    assert figure.mark.to_pylist() == [""]


def test_sdmx_csv_of_the_un(real_data):
    table = un_sdg.read(real_data / "un_sdg" / "sdmxcsv_DF_SDG_GLH_1.24_EXCERPT.csv")
    assert table["value"].to_pylist() == [158.0, 50.0]
    assert "CUST_BREAKDOWN" in records.about(table).dimensions


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("unsd_bulk_Goal11_cities_11.1.1_11.6.1.xlsx", 6218),
        ("unsd_bulk_Goal6.xlsx", 3227),
        ("unsd_bulk_Goal13_13.2.2.xlsx", 1036),
    ],
)
def test_real_bulk_workbooks(real_data, name, count):
    table = un_sdg.read(real_data / "un_sdg" / name)
    assert table.num_rows == count
    assert table["value"].null_count == 0


def test_known_figures_of_real_cities(real_data):
    table = un_sdg.read(real_data / "un_sdg" / "unsd_bulk_Goal11_cities_11.1.1_11.6.1.xlsx")
    (barcelona,) = only(table, SeriesCode="EN_REF_WASCOL", Cities="ES_BARCELONA")
    assert (barcelona["value"], barcelona["period"], barcelona["flags"]) == (94.3, "2015", "C")
    assert (barcelona["GeoAreaCode"], barcelona["Target"], barcelona["Goal"]) == (
        "724",
        "11.6",
        "11",
    )
    assert len(only(table, SeriesCode="EN_REF_WASCOL")) == 4282
    assert not any("\u00a0" in s for s in pc.unique(table["Source"].cast("string")).to_pylist())


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", Invalid, "empty"),
        (b"<!doctype html><title>Sign in</title>", Invalid, "web page"),
        (b'{"Message": "An error has occurred."}', SourceError, "message of the provider"),
        (b'{"size": 1, "totalElements": 3, "data": [{"goal": ["1"', Retriable, "breaks off"),
        (b"SeriesCode,GeoAreaCode,Value\nA,1,2\n", Invalid, "no column 'TimePeriod'.*'Value'"),
        (b"a,b\n1,2\n", Invalid, "no column 'SeriesCode' .found: 'a', 'b'"),
        (b"SeriesCode,GeoAreaCode,TimePeriod,Value\n", Invalid, "no records"),
        (b"SeriesCode,GeoAreaCode,TimePeriod,Value\nA,1,2\n", Invalid, "fields"),
        (b"SeriesCode,GeoAreaCode,TimePeriod,Value\nA,1,soon,2\n", Invalid, "'soon' is no period"),
        (b"SeriesCode,GeoAreaCode,TimePeriod,Value\nA,1,2000,x\n", Invalid, "record 1 .*'x'"),
        (b"SeriesCode,GeoAreaCode,TimePeriod,Value\nA,\xe9,2000,1\n", Invalid, "UTF-8"),
    ],
)
def test_bad_files_get_a_sentence(written, content, kind, words):
    with pytest.raises(kind, match=words):
        un_sdg.read(written("bad.csv", content))


def test_requests_repeat_their_keys():
    asked = un_sdg.request("goal11_cities", {"areaCodes": ["724", "484"]})
    assert asked.url == "https://unstats.un.org/sdgapi/v1/sdg/Series/DataCSV"
    assert asked.form == (
        ("seriesCodes", "EN_LND_INDQTHSNG"),
        ("seriesCodes", "EN_LND_SLUM"),
        ("seriesCodes", "EN_REF_WASCOL"),
        ("areaCodes", "724"),
        ("areaCodes", "484"),
    )
    with pytest.raises(Invalid, match="comma"):
        un_sdg.request("goal6", {"areaCodes": "724,484"})
    with pytest.raises(Invalid, match="no option"):
        un_sdg.request("goal6", {"areaCode": "724"})
