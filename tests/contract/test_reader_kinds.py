"""Kinds of faults that real files and public reports showed, tried on the readers they can reach.

Each test says what is right: the file is read where its meaning is certain, else it is refused in
a sentence with the place. Inputs are made here, in several variants of each kind.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable

import pytest
from books import book, zipped
from openpyxl import load_workbook

from sources.errors import Invalid
from sources.read import read
from sources.records import records

SDG = ["SeriesCode", "GeoAreaCode", "TimePeriod", "Value", "Nature", "Units"]
CITY = ["Country or Territory Name", "City Code", "City Name", "Data Reference Year"]
SLUMS = "Share of slum households (%)"
PEOPLE = "Population (thousand)"
WUP = [
    "Index",
    "Country Code",
    "Country or area",
    "City Code",
    "Urban Agglomeration",
    "1950",
    "1955",
]
WHO = ["ISO3", "City or Locality", "Measurement Year", "PM10 (μg/m3)"]
FLOW = "DATAFLOW,LAST UPDATE,freq,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
OECD = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MULT\n"


def sdg(series: str, area: str, value: object, year: object = 2020) -> list[object]:
    return [series, area, year, value, "C", "PERCENT"]


def csv(rows: Iterable[Iterable[object]], sign: str = ",") -> str:
    def one(cell: object) -> str:
        return f'"{cell}"' if sign in str(cell) else str(cell)

    return "".join(sign.join(map(one, row)) + "\n" for row in rows)


def values(table) -> list[float | None]:
    return table["value"].to_pylist()


# --- every sheet with the table ---


@pytest.mark.parametrize(
    ("provider", "head", "first", "second", "found"),
    [
        ("un_sdg", SDG, sdg("A", "4", 1.5), sdg("B", "8", 71), [1.5, 71.0]),
        ("un_habitat", [*CITY, SLUMS], ["Chile", "C1", "x", 2015, 5], ["Chile", "C1", "x", 2020, 4], [5.0, 4.0]),
        ("wup", WUP, [1, 4, "A", 20001, "H", 82, 85], [2, 8, "B", 20005, "T", 1, 2], [82, 85, 1, 2]),
        ("who", WHO, ["ESP", "Vigo", 2015, 20], ["ESP", "Vigo", 2016, 19], [20.0, 19.0]),
    ],
)  # fmt: skip
def test_every_sheet_with_the_header_is_read(tmp_path, provider, head, first, second, found):
    sheets = {"Notes": [["a", "b"]], "One": [head, first], "Two": [["title"], head, second]}
    table = read(provider, book(tmp_path / "a.xlsx", sheets))
    assert values(table) == found
    assert records.about(table).parts == ("One", "Two")


def test_sheets_of_other_measures_stand_together(tmp_path):
    sheets = {
        "slums": [[*CITY, SLUMS], ["Chile", "C1", "x", 2015, 5]],
        "people": [[*CITY, PEOPLE], ["Chile", "C1", "x", 2015, 90]],
    }
    table = read("un_habitat", book(tmp_path / "a.xlsx", sheets))
    assert table["variable"].to_pylist() == ["share_of_slum_households", "population"]


def test_a_sheet_that_is_there_twice_is_refused_with_the_names(tmp_path):
    rows = [SDG, sdg("A", "4", 1.5)]
    with pytest.raises(Invalid, match=r"same key .*the sheets 'Data', 'Data \(2\)'"):
        read("un_sdg", book(tmp_path / "a.xlsx", {"Data": rows, "Data (2)": rows}))


# --- how figures are written ---


@pytest.mark.parametrize(
    ("written_as", "found"),
    [
        (["0,457", "1,203"], [0.457, 1.203]),
        (["12,5", "1.203,5", "1.203"], [12.5, 1203.5, 1203.0]),
        (["1,203", "12.5"], [1203.0, 12.5]),
        (["2,681,948", "1,203"], [2681948.0, 1203.0]),
        (["1 203,5", "7"], [1203.5, 7.0]),
        (["1\u202f203", "1\u00a0000\u00a0203"], [1203.0, 1000203.0]),
        (["1'203.5", "12"], [1203.5, 12.0]),
        (["-0,5", "\u22120,25"], [-0.5, -0.25]),
        (["1.203.444", "5"], [1203444.0, 5.0]),
    ],
)
def test_one_file_has_one_convention(written, written_as, found):
    rows = [sdg(f"S{i}", "4", word) for i, word in enumerate(written_as)]
    assert values(read("un_sdg", written("a.csv", csv([SDG, *rows])))) == found


@pytest.mark.parametrize(
    ("written_as", "words"),
    [
        (["1,203", "5"], "the comma of '1,203' may be decimal or separate thousands"),
        (["0,457", "12.5"], "'0,457' has a decimal comma and '12.5' a decimal point"),
        (["0,457", "1.203"], "the point of '1.203' may be decimal"),
        (["1,203", "1.203"], "the comma of '1,203'"),
        (["1,2,3"], "record 1 has the value '1,2,3'"),
    ],
)
def test_an_ambiguous_file_is_refused(written, written_as, words):
    rows = [sdg(f"S{i}", "4", word) for i, word in enumerate(written_as)]
    with pytest.raises(Invalid, match=words):
        read("un_sdg", written("a.csv", csv([SDG, *rows])))


@pytest.mark.parametrize(
    ("provider", "text", "found"),
    [
        ("un_sdg", csv([SDG, sdg("A", "4", "1,203")], ";"), [1.203]),
        ("un_habitat", csv([[*CITY, SLUMS], ["Chile", "C1", "x", 2015, "1,203"]], ";"), [1.203]),
        ("ghsl", "ID_HDC_G0;B15;P15\n1;1,203;7\n", [1.203, 7.0]),
        ("carrier", "metro;period;value\nx;2020;1,203\n", [1.203]),
        ("eurostat", FLOW.replace(",", ";") + "ESTAT:X(1.0);;A;NR;AT;2020;5,2;\n", [5.2]),
        ("eurostat", FLOW.replace(",", "\t") + "ESTAT:X(1.0)\t\tA\tNR\tAT\t2020\t5,2\t\n", [5.2]),
        ("oecd", OECD.replace(",", ";") + "DATAFLOW;O:X(1.0);I;A;GDP;2020;1.203,5;A;6\n", [1203.5]),
        ("oecd", "METRO_ID;Metro;TIME;Year;Value;Flag Codes;Flags\nAT1;V;2014;2014;2,5;;\n", [2.5]),
    ],
)
def test_where_a_semicolon_separates_the_columns_the_comma_is_decimal(
    written, provider, text, found
):
    for prefix in ("", "sep=;\n", "\ufeff"):
        assert values(read(provider, written("a.csv", prefix + text))) == found


def test_a_number_in_a_workbook_is_a_number(tmp_path):
    rows = [SDG, sdg("A", "4", 1.203), sdg("B", "4", 12.5), sdg("C", "4", "0,457")]
    assert values(read("un_sdg", book(tmp_path / "a.xlsx", {"d": rows}))) == [1.203, 12.5, 0.457]
    rows = [SDG, sdg("A", "4", 12.5), sdg("B", "4", "1,203")]
    with pytest.raises(Invalid, match="the comma of '1,203'"):
        read("un_sdg", book(tmp_path / "b.xlsx", {"d": rows}))


@pytest.mark.parametrize("value", ["12,5", "2,681,948", "1 234", "abc", "n/a"])
def test_a_flag_excuses_no_text_that_is_no_figure(written, value):
    flow = f'DATAFLOW,O:X(1.0),I,A,GDP,2020,"{value}",A,6\n'
    with pytest.raises(Invalid, match=f"record 1 has the value '{value}'"):
        read("oecd", written("a.csv", OECD + flow))
    stat = '"METRO_ID","M","TIME","Year","Value","Flag Codes","Flags"\n'
    with pytest.raises(Invalid, match="record 1 has the value"):
        read("oecd", written("b.csv", stat + f'"AT1","V","2014","2014","{value}","B","Break"\n'))
    with pytest.raises(Invalid, match="record 1 has the value"):
        read("eurostat", written("c.csv", FLOW + f'ESTAT:X(1.0),,A,NR,AT,2020,"{value}",b\n'))
    with pytest.raises(Invalid, match="record 1 has the value"):
        read("carrier", written("d.csv", f'metro,period,value,flags\nx,2020,"{value}",b\n'))


@pytest.mark.parametrize("mark", ["N", "n.a.", "N.A.", "Null", "NULL", "NaN", "N/A", "-", "…"])
def test_kinds_of_missing_are_read(written, tmp_path, mark):
    rows = [sdg("A", "4", mark), sdg("B", "8", 5)]
    table = read("un_sdg", written("a.csv", csv([SDG, *rows])))
    assert values(table) == [None, 5.0] and table["value_text"].to_pylist()[0] == mark
    rows = [[*CITY, SLUMS], ["Chile", "C1", "x", 2015, mark], ["Chile", "C2", "y", 2015, 4]]
    assert values(read("un_habitat", book(tmp_path / "b.xlsx", {"d": rows}))) == [None, 4.0]


# --- tables as people keep them ---


def test_one_odd_cell_leaves_the_measure_a_measure(tmp_path):
    rows = [[*CITY, SLUMS, PEOPLE], ["Chile", "C1", "x", 2020, 45.2, 100]]
    rows += [["Chile", "C2", "y", 2020, "12.5*", 200], ["Chile", "C3", "z", 2020, 8.1, 300]]
    table = read("un_habitat", book(tmp_path / "a.xlsx", {"d": rows}))
    assert table.num_rows == 6
    odd = table.to_pylist()[2]
    assert (odd["value"], odd["value_text"], odd["flags"]) == (12.5, "12.5*", "*")
    rows[2][4] = "about 12"
    with pytest.raises(Invalid, match="record 3 has the value 'about 12'"):
        read("un_habitat", book(tmp_path / "b.xlsx", {"d": rows}))


@pytest.mark.parametrize("merge", ["B2:B3", "A2:A3 B2:B3 C2:C3", "B2:B4"])
def test_merged_cells_carry_down(tmp_path, merge):
    path = tmp_path / "a.xlsx"
    rows = [[*CITY, SLUMS], *[["Chile", "C1", "x", year, 5] for year in (2010, 2015, 2020)]]
    made = load_workbook(book(path, {"d": rows}))
    for cells in merge.split():
        made["d"].merge_cells(cells)
    made.save(path)
    table = read("un_habitat", path)
    assert table["City Code"].to_pylist() == ["C1"] * 3
    assert set(table["level"].to_pylist()) == {"city"}


@pytest.mark.parametrize("provider", ["un_sdg", "un_habitat", "who", "wup"])
def test_a_formula_without_a_result_is_refused_with_the_remedy(tmp_path, provider):
    rows = {
        "un_sdg": [SDG, sdg("A", "4", "=1+1"), sdg("B", "4", 7)],
        "un_habitat": [[*CITY, SLUMS], ["Chile", "C1", "x", 2015, "=SUM(1,2)"], ["Chile", "C2", "y", 2015, 3]],
        "who": [WHO, ["ESP", "Vigo", 2015, "=1+1"], ["ESP", "Vigo", 2016, 2]],
        "wup": [WUP, [1, 4, "A", 20001, "H", "=1+1", 85]],
    }[provider]  # fmt: skip
    path = book(tmp_path / "a.xlsx", {"Notes": [["x"], ["=1+1"]], "d & e": rows})
    with pytest.raises(
        Invalid, match=r"sheet 'd & e': cell [A-Z]2 holds a formula .* save it once"
    ):
        read(provider, path)


def test_a_formula_on_a_sheet_that_is_not_read_does_no_harm(tmp_path):
    sheets = {"Notes": [["x"], ["=1+1"]], "d": [SDG, sdg("A", "4", 7)]}
    assert values(read("un_sdg", book(tmp_path / "a.xlsx", sheets))) == [7.0]


@pytest.mark.parametrize(
    "change", [lambda n: n.replace("/", "\\"), lambda n: n.replace("xl/", "XL/")]
)
def test_a_workbook_with_other_names_of_parts_is_read(tmp_path, change):
    path = book(tmp_path / "a.xlsx", {"d": [SDG, sdg("A", "4", 7)]})
    stream = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(stream, "w") as new:
        for part in old.namelist():
            new.writestr(change(part), old.read(part))
    path.write_bytes(stream.getvalue())
    assert values(read("un_sdg", path)) == [7.0]


def test_hxl_tags_are_no_record(tmp_path, written):
    tags = ["#country+name", "#adm3 +code", "#adm3+name", "#date+year", "#indicator+value+pct"]
    rows = [[*CITY, SLUMS], tags, ["Chile", "C1", "x", 2015, 5]]
    assert values(read("un_habitat", book(tmp_path / "a.xlsx", {"d": rows}))) == [5.0]
    assert values(read("un_habitat", written("a.csv", csv(rows)))) == [5.0]
    tagged = [SDG, ["#a", "#b", "#date", "#value", "#meta", "#unit"], sdg("A", "4", 7)]
    assert values(read("un_sdg", written("b.csv", csv(tagged)))) == [7.0]


@pytest.mark.parametrize("sign", [",", ";"])
@pytest.mark.parametrize("provider", ["eurostat", "un_sdg", "ghsl", "carrier", "oecd"])
def test_rows_and_columns_of_padding_are_left_out(written, provider, sign):
    text, found = {
        "eurostat": (FLOW + "ESTAT:X(1.0),,A,NR,AT,2020,5,\n", [5.0]),
        "un_sdg": (csv([SDG, sdg("A", "4", 7)]), [7.0]),
        "ghsl": ("ID_HDC_G0,B15,P15\n1,2,3\n", [2.0, 3.0]),
        "carrier": ("metro,period,value\nx,2020,1\n", [1.0]),
        "oecd": (OECD + "DATAFLOW,O:X(1.0),I,A,GDP,2020,350,A,6\n", [350.0]),
    }[provider]
    lines = text.splitlines()
    commas = "," * lines[0].count(",")
    padded = "\n".join([*lines, commas, commas, ""]).replace(",", sign)
    assert values(read(provider, written("a.csv", padded))) == found
    wide = "\n".join([*(f"{line},," for line in lines), ""]).replace(",", sign)
    assert values(read(provider, written("b.csv", wide))) == found


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_line_ends_of_any_kind(written, end):
    text = csv([SDG, sdg("A", "4", 7), sdg("B", "4", 8)]).replace("\n", end)
    assert values(read("un_sdg", written("a.csv", text))) == [7.0, 8.0]
    tsv = "unit,geo\\time\t2015M07 \t2015M06 \nNAC,AT\t1.10 \t1.11 \n".replace("\n", end)
    assert values(read("eurostat", written("a.tsv", tsv))) == [1.10, 1.11]


# --- encodings and archives ---

CENTRES = "ID_HDC_G0,UC_NM_MN,P15,B15\n1,México,20,2\n2,Uíge,30,3\n,,,\n"


@pytest.mark.parametrize("encoding", ["cp850", "utf-8", "utf-8-sig", "utf-16"])
def test_the_encoding_of_a_dataset_is_stated(written, encoding):
    table = read("ghsl", written("a.csv", CENTRES.encode(encoding)))
    assert set(table["ID_HDC_G0_label"].to_pylist()) == {"México", "Uíge"}
    with pytest.raises(Invalid, match="not UTF-8"):
        read("un_sdg", written("b.csv", csv([SDG, sdg("é", "4", 7)]).encode("cp850")))


@pytest.mark.parametrize(
    "shadow", [{}, {"__MACOSX/a/._x.csv": b"\0\5"}, {"a/._x.csv": b"\0\5"}, {"a/readme.txt": b"x"}]
)
def test_shadows_in_an_archive_are_no_tables(written, shadow):
    packed = zipped({"a/x.CSV": CENTRES.encode("cp850")} | shadow)
    assert read("ghsl", written("a.zip", packed)).num_rows == 4
    with pytest.raises(Invalid, match=r"holds 2 files .csv \(x.csv, y.csv\)"):
        read("ghsl", written("b.zip", zipped({"x.csv": b"a", "y.csv": b"b"})))


# --- periods ---


@pytest.mark.parametrize(
    ("word", "period"),
    [
        ("2015M07D03", "2015-07-03"),
        ("2006_2008", "2006-2008"),
        ("2020-01-01T00:00:00/P1Y", "2020-01-01/P1Y"),
        ("2020-07-01/P1Y6M", "2020-07-01/P1Y6M"),
        ("2020-M07", "2020-07"),
        ("2020-D060", "2020-02-29"),
        ("2020-A1", "2020"),
        ("2020-W53", "2020-W53"),
        ("2020W07", "2020-W07"),
    ],
)
def test_periods_of_all_dialects(written, word, period):
    table = read("eurostat", written("a.csv", FLOW + f"ESTAT:X(1.0),,D,NR,AT,{word},5,\n"))
    assert table["period"].to_pylist() == [period]
    table = read("oecd", written("b.csv", OECD + f"DATAFLOW,O:X(1.0),I,A,GDP,{word},5,A,6\n"))
    assert table["period"].to_pylist() == [period]


@pytest.mark.parametrize(
    "word", ["2020-13", "2020-00", "2020-W60", "2021-W53", "2019-02-29", "2019-D366", "2015M13", "2012/2011"]
)  # fmt: skip
def test_a_period_that_does_not_exist_is_refused(written, word):
    for text in (FLOW + f"ESTAT:X(1.0),,M,NR,AT,{word},5,\n",):
        with pytest.raises(Invalid, match="is no period"):
            read("eurostat", written("a.csv", text))
    with pytest.raises(Invalid, match="is no period"):
        read("carrier", written("b.csv", f"metro,period,value\nx,{word},1\n"))


@pytest.mark.parametrize("word", ["2010-11", "2018/19", "2019–20", "1999/00"])
def test_a_pair_of_years_is_refused_unless_the_table_says_so(tmp_path, written, word):
    def rows(head: str) -> list[list[object]]:
        return [
            [*CITY[:3], head, SLUMS],
            ["Chile", "C1", "x", word, 5],
            ["Chile", "C2", "y", 2015, 3],
        ]

    with pytest.raises(Invalid, match="is ambiguous in a column of years"):
        read("un_habitat", book(tmp_path / "a.xlsx", {"d": rows("Data Reference Year")}))
    table = read("un_habitat", book(tmp_path / "b.xlsx", {"d": rows("Fiscal year")}))
    first = int(word[:4])
    assert table["period"].to_pylist() == [f"{first}/{first + 1}", "2015"]
    with pytest.raises(Invalid, match="is ambiguous"):
        read("un_sdg", written("c.csv", csv([SDG, sdg("A", "4", 7, word)])))
    with pytest.raises(Invalid, match="is ambiguous"):
        read("who", book(tmp_path / "d.xlsx", {"d": [WHO, ["ESP", "Vigo", word, 20]]}))


# --- the forms of single providers ---


def test_the_who_edition_of_2018_has_its_pollutants_above(tmp_path):
    rows = [
        [],
        ["", "", "", "", "", "PM10", None, None, "PM2.5"],
        ["Region", "iso3", "Country", "City/Town", "Year", "Annual mean, ug/m3", "Temporal coverage",
         "note on converted PM10", "Annual mean, ug/m3", "Temporal coverage", "note on converted PM2.5",
         "Number and type of monitoring stations"],
        ["Eur", "ESP", "Spain", "Vigo", 2015, 20, ">75%", "Measured", 12, "NA", "Measured", "1"],
        ["Eur", "ALB", "Albania", "Durres", 2015, "18", ">75%", "Measured", "(12)-converted value", "NA", "Converted", "1"],
        ["Eur", "ALB", "Albania", "Vlore", 2015, "(21)-converted value", "NA", "", "NR", "NA", "", "1"],
    ]  # fmt: skip
    path = book(tmp_path / "a.xlsx", {"Notes": [["x"]], "database": rows})
    made = load_workbook(path)
    made["database"].merge_cells("F2:H2")
    made["database"].merge_cells("I2:K2")
    made.save(path)
    found = [
        (r["City/Town"], r["variable"], r["value"], r["flags"], r["temporal_coverage"])
        for r in read("who", path).to_pylist()
    ]
    assert found == [
        ("Vigo", "PM10", 20.0, "", ">75%"),
        ("Vigo", "PM2.5", 12.0, "", "NA"),
        ("Durres", "PM10", 18.0, "", ">75%"),
        ("Durres", "PM2.5", 12.0, "converted from PM10", "NA"),
        ("Vlore", "PM10", 21.0, "converted from PM2.5", "NA"),
        ("Vlore", "PM2.5", None, "NR", "NA"),
    ]


def test_the_second_issue_of_the_who_edition_of_2016(tmp_path):
    rows = [
        ["", "City/Town means"],
        ["", "", "", "", "", "PM10", "", "", "", "PM2.5", "", "", "", "", "Reference"],
        ["", "Region", "iso3", "Country", "City/Town",
         "Annual mean, ug/m3", "Year", "Number and type of monitoring stations (PM10)", "note on converted PM10",
         "Annual mean, ug/m3", "Year", "Number and type of monitoring stations (PM2.5)", "note on converted PM2.5",
         "Temporal coverage", "for air quality"],
        [None, "Emr", "AFG", "Afghanistan", "Kabul", 260, 2009, "1", "measured data", 86.2, 2011.5, "1",
         "converted from PM10", "PM10: <75%", "A"],
    ]  # fmt: skip
    first, second = read("who", book(tmp_path / "a.xlsx", {"database": rows})).to_pylist()
    assert (first["variable"], first["period"], first["value"], first["flags"]) == (
        "PM10",
        "2009",
        260.0,
        "",
    )
    assert (second["variable"], second["period"], second["value"]) == (
        "PM2.5",
        "2011-01-01/P2Y",
        86.2,
    )
    assert (second["flags"], second["stations"]) == ("converted from PM10", "1")


def wb(page: object, pages: object, total: object, *rows: object) -> str:
    return json.dumps([{"page": page, "pages": pages, "per_page": 1, "total": total, "lastupdated": "2026-07-13"}, list(rows) or None])  # fmt: skip


def wb_row(year: str, value: float, code: str = "X") -> dict[str, object]:
    named = {"id": code, "value": code}
    return {"indicator": named, "country": {"id": "NA", "value": "Namibia"}, "countryiso3code": "NAM", "date": year, "value": value, "unit": "", "obs_status": ""}  # fmt: skip


@pytest.mark.parametrize("between", ["", "\n", ",", "list"])
def test_pages_of_the_world_bank_in_one_file(written, between):
    pages = [wb(1, 2, 2, wb_row("2020", 1.5)), wb("2", "2", "2", wb_row("2021", 1.6))]
    text = f"[{','.join(pages)}]" if between == "list" else between.join(pages)
    assert values(read("world_bank", written("a.json", text))) == [1.5, 1.6]
    two = [wb(1, 1, 1, wb_row("2020", 1.5)), wb(1, 1, 1, wb_row("2020", 1.6, "Y"))]
    assert values(read("world_bank", written("b.json", "\n".join(two)))) == [1.5, 1.6]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (wb(0, 0, 0), "holds no rows .pages 0, total 0.: the selection is empty"),
        (wb(2, 3, 3, wb_row("2020", 1)), "holds page 2 of 3: fetch every page"),
        (wb(1, 2, 2, wb_row("2020", 1)) * 2, "holds page 1 of 2"),
        (wb(1, 2, 2, wb_row("2020", 1)) + wb(3, 2, 2, wb_row("2021", 1)), "holds page 1, 3 of 2"),
        (wb(1, 2, 5, wb_row("2020", 1)) + wb(2, 2, 5, wb_row("2021", 1)), "'total' says 5 rows, 2"),
        (wb(1, 1, 1, wb_row("2020", 1))[:-9], "broken JSON"),
    ],
)
def test_what_is_found_in_a_world_bank_file_is_said(written, text, words):
    with pytest.raises(Invalid, match=words):
        read("world_bank", written("a.json", text))


def test_codes_with_names_are_split_row_by_row(written):
    rows = (
        "ESTAT:X(1.0),,A:Annual,EUR/KG:Euro per kg,AT:Austria,2020,5,b\n"
        "ESTAT:X(1.0),,A: Annual,NR,BE,2020-01-01T00:00:00/P1Y,6,\n"
    )
    table = read("eurostat", written("a.csv", FLOW + rows))
    found = [(r["unit"], r["geo"], r["geo_label"], r["period"]) for r in table.to_pylist()]
    assert found == [
        ("EUR/KG", "AT", "Austria", "2020"),
        ("NR", "BE", "", "2020-01-01/P1Y"),
    ]


def test_a_series_has_one_multiplier(written):
    rows = [
        ("A", 2019, 340, "6"),
        ("A", 2020, 350, "6"),
        ("A", 2021, 360000, "3"),
        ("B", 2020, 7, "3"),
        ("B", 2021, 8, "3"),
        ("C", 2020, "", "6"),
        ("C", 2021, 5, "0"),
    ]
    text = "".join(f"DATAFLOW,O:X(1.0),I,{a},GDP,{y},{v},A,{m}\n" for a, y, v, m in rows)
    table = read("oecd", written("a.csv", OECD + text))
    assert values(table) == [340.0, 350.0, 360.0, 7.0, 8.0, None, 5e-6]
    assert table["UNIT_MULT"].to_pylist() == ["6", "6", "6", "3", "3", "6", "6"]
    assert table["value_text"].to_pylist()[2] == "360000"


def test_one_status_for_all_figures_of_a_cube(written):
    cube = {
        "version": "2.0", "class": "dataset", "id": ["geo", "time"], "size": [2, 2],
        "dimension": {
            "geo": {"category": {"index": {"AT": 0, "BE": 1}}},
            "time": {"category": {"index": {"2020": 0, "2021": 1}}},
        },
        "value": [1, 2, None, 4], "status": "e",
    }  # fmt: skip
    table = read("eurostat", written("a.json", json.dumps(cube)))
    assert values(table) == [1.0, 2.0, 4.0] and table["flags"].to_pylist() == ["e"] * 3


# --- other variants of the same kinds ---


def row_of(provider: str, cell: object) -> list[list[object]]:
    rows: dict[str, list[list[object]]] = {
        "un_sdg": [[*SDG], sdg("A", "4", 7), sdg("B", "4", cell)],
        "un_habitat": [[*CITY, SLUMS], ["Chile", "C1", "x", 2015, 7], ["Chile", "C2", "y", 2015, cell]],
        "who": [[*WHO], ["ESP", "Vigo", 2015, 7], ["ESP", "Vigo", 2016, cell]],
        "wup": [[*WUP], [1, 4, "A", 20001, "H", 7, ""], [2, 4, "A", 20002, "I", cell, ""]],
    }  # fmt: skip
    return rows[provider]


@pytest.mark.parametrize("provider", ["un_sdg", "un_habitat", "who", "wup"])
def test_an_error_in_a_cell_is_no_missing_figure(tmp_path, provider):
    for error in ("#DIV/0!", "#REF!"):
        path = book(tmp_path / "a.xlsx", {"d": row_of(provider, error)})
        with pytest.raises(Invalid, match=f"cell [A-Z]3 holds the error {error}: mend its formula"):
            read(provider, path)
    not_available = read(provider, book(tmp_path / "b.xlsx", {"d": row_of(provider, "#N/A")}))
    assert [v for v in values(not_available) if v is not None] == [7.0]


@pytest.mark.parametrize("provider", ["un_sdg", "un_habitat", "who", "wup"])
@pytest.mark.parametrize("shown", ["0%", "0.00%", "#,##0.0%"])
def test_a_cell_that_shows_a_percentage_holds_a_hundredth(tmp_path, provider, shown):
    path = book(tmp_path / "a.xlsx", {"d": row_of(provider, 0.452)})
    made = load_workbook(path)
    last = next(c for c in made["d"][3] if c.value == 0.452)
    last.number_format = shown
    made.save(path)
    with pytest.raises(Invalid, match="is formatted as a percentage"):
        read(provider, path)
    last.number_format = '0.0"%"'  # the sign is text: the cell holds what it shows
    made.save(path)
    assert values(read(provider, path)) == [7.0, 0.452]


@pytest.mark.parametrize(
    ("provider", "text", "name"),
    [
        ("un_sdg", csv([SDG, sdg("A", "4", 1), ["", "", 2019, 2, "C", "PERCENT"]]), "SeriesCode"),
        ("un_sdg", csv([SDG, sdg("A", "4", 1), ["Source: UN", "", "", "", "", ""]]), "GeoAreaCode"),
        ("un_habitat", csv([[*CITY, SLUMS], ["Chile", "C1", "x", 2015, 5], ["Chile", "", "x", 2020, 6]]), "City Code"),
        ("un_habitat", csv([[*CITY, SLUMS], ["Chile", "C1", "x", 2015, 5], ["", "", "", 2020, 6]]), "City Code or"),
        ("oecd", OECD + "DATAFLOW,O:X(1.0),I,A,G,2020,5,A,6\nDATAFLOW,O:X(1.0),I,,G,2021,6,A,6\n", "REF_AREA"),
        ("eurostat", FLOW + "ESTAT:X(1.0),,A,NR,AT,2020,5,\nESTAT:X(1.0),,A,NR,,2021,6,\n", "geo"),
        ("carrier", "metro,period,value\nx,2020,1\n,2021,2\n", "metro"),
    ],
)  # fmt: skip
def test_below_a_merged_cell_no_row_is_of_nowhere(written, provider, text, name):
    with pytest.raises(Invalid, match=f"record 2 has no {name}"):
        read(provider, written("a.csv", text))


@pytest.mark.parametrize("provider", ["who", "wup", "un_habitat"])
def test_a_row_without_its_codes_is_refused(tmp_path, provider):
    rows = row_of(provider, 5)
    rows[2] = [None if isinstance(c, str) or c == 20002 else c for c in rows[2]]
    with pytest.raises(Invalid, match=r"has no (ISO3|City Code)"):
        read(provider, book(tmp_path / "a.xlsx", {"d": rows}))


def test_a_region_without_a_city_is_an_average(tmp_path):
    rows = [[*CITY, SLUMS], ["Chile", "C1", "x", 2015, 5], ["Oceania", "", "", 2015, 6]]
    table = read("un_habitat", book(tmp_path / "a.xlsx", {"d": rows}))
    assert table["level"].to_pylist() == ["city", "aggregate"]


@pytest.mark.parametrize("written_as", [["1.203", "2.500"], ["1.203", "7"], ["-12.345"]])
@pytest.mark.parametrize("provider", ["un_sdg", "carrier", "ghsl", "us_statistics", "oecd"])
def test_a_point_beside_semicolons_may_separate_thousands(written, provider, written_as):
    head, line = {
        "un_sdg": (";".join(SDG), "A{};4;2020;{};C;PERCENT"),
        "carrier": ("metro;period;value", "m{};2020;{}"),
        "ghsl": ("ID_HDC_G0;B15;P15", "{};{};"),
        "us_statistics": ("cbsa;metro_name;yr;qtr;index_nsa", "1010{};a;2020;1;{}"),
        "oecd": (OECD.strip().replace(",", ";"), "DATAFLOW;O:X(1.0);I;A{};GDP;2020;{};A;6"),
    }[provider]

    def text(words: list[str]) -> str:
        return "\n".join([head, *(line.format(i, w) for i, w in enumerate(words)), ""])

    with pytest.raises(Invalid, match=r"the point of '-?\d+.\d+' may be decimal or separate"):
        read(provider, written("a.csv", text(written_as)))
    told = read(provider, written("b.csv", text([*written_as, "0.5"])))
    assert values(told) == [*map(float, written_as), 0.5]


@pytest.mark.parametrize("sign", ["\t", "|"])
def test_tabs_and_bars_tell_nothing_of_the_comma(written, sign):
    def rows(*words: str) -> str:
        return csv([SDG, *(sdg(f"S{i}", "4", w) for i, w in enumerate(words))], sign)

    assert values(read("un_sdg", written("a.csv", rows("1,203", "12.5")))) == [1203.0, 12.5]
    assert values(read("un_sdg", written("b.csv", rows("1,203", "12,5")))) == [1.203, 12.5]
    with pytest.raises(Invalid, match="the comma of '1,203'"):
        read("un_sdg", written("c.csv", rows("1,203", "5")))


@pytest.mark.parametrize("mark", ["n.d.", "s/d", "no data", "#N/A", "<NA>", "--", "\u2212"])
def test_more_kinds_of_missing(written, mark):
    rows = [sdg("A", "4", mark), sdg("B", "8", 5)]
    assert values(read("un_sdg", written("a.csv", csv([SDG, *rows])))) == [None, 5.0]


@pytest.mark.parametrize(
    "value", ["12.5 a", "12.5\u00b9", "(12.5)", "5 %", "10-20", "\u0661\u0662", "1_000", "x", "?"]
)
def test_what_may_mean_several_things_is_refused_with_its_place(written, value):
    with pytest.raises(Invalid, match="record 2 has the value"):
        read("un_sdg", written("a.csv", csv([SDG, sdg("A", "4", 7), sdg("B", "4", value)])))


@pytest.mark.parametrize(
    ("value", "found"), [("\u20135", -5), ("\u20105,5", -5.5), ("1\u2007203", 1203), ("5\u00a0", 5)]
)
def test_other_signs_of_minus_and_other_blanks(written, value, found):
    assert values(read("un_sdg", written("a.csv", csv([SDG, sdg("A", "4", value)])))) == [found]


@pytest.mark.parametrize("word", ["9999", "0001", "3015", "\uff12\uff10\uff12\uff10", "2020-06-15T25:30:00", "2020-01-01/P0Y"])  # fmt: skip
def test_a_period_that_nobody_observed_is_refused(written, word):
    with pytest.raises(Invalid, match="is no period"):
        read("oecd", written("a.csv", OECD + f"DATAFLOW,O:X(1.0),I,A,GDP,{word},5,A,6\n"))


def test_a_year_kept_as_a_date_is_the_year(tmp_path):
    rows = [[*CITY, SLUMS], ["Chile", "C1", "x", dt.date(2015, 1, 1), 5]]
    table = read("un_habitat", book(tmp_path / "a.xlsx", {"d": rows}))
    assert table["period"].to_pylist() == ["2015"]


@pytest.mark.parametrize("provider", ["un_sdg", "carrier", "eurostat", "world_bank"])
def test_marks_of_an_encoding_before_any_text(written, provider):
    text = {
        "un_sdg": csv([SDG, sdg("A", "4", 7)]),
        "carrier": "metro,period,value\nx,2020,7\n",
        "eurostat": FLOW + "ESTAT:X(1.0),,A,NR,AT,2020,7,\n",
        "world_bank": wb(1, 1, 1, wb_row("2020", 7)),
    }[provider]
    for raw in (text.encode("utf-16"), b"\xfe\xff" + text.encode("utf-16-be")):
        assert values(read(provider, written("a.csv", raw))) == [7.0]
    for before in ("\ufeff\ufeff", "\n\n", "\r\n"):
        assert values(read(provider, written("b.csv", before + text))) == [7.0]


def test_excels_own_first_line_in_capitals(written):
    rows = csv([SDG, sdg("A", "4", "7,5")], ";")
    assert values(read("un_sdg", written("a.csv", "SEP=;\r\n" + rows))) == [7.5]


def test_blanks_between_thousands_are_no_flag_of_a_tsv(written):
    tsv = "unit,geo\\time\t2015 \t2016 \nNAC,AT\t1 203 \t1.11 \n"
    with pytest.raises(Invalid, match="a cell has '203' behind its figure"):
        read("eurostat", written("a.tsv", tsv))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "true", '"1.5"'])
def test_a_value_of_the_world_bank_is_a_finite_number(written, value):
    text = wb(1, 1, 1, wb_row("2020", 12345)).replace("12345", value)
    with pytest.raises(Invalid, match=r"no finite number|no number|none of the World Bank's"):
        read("world_bank", written("a.json", text))


def test_a_file_without_any_figure_is_refused(written):
    with pytest.raises(Invalid, match="holds no record"):
        read("eurostat", written("a.csv", FLOW + "ESTAT:X(1.0),,A,NR,AT,2020,,\n"))


@pytest.mark.parametrize("shadow", ["__macosx/._x.csv", ".x.csv", "a/~$x.csv", ".~lock.x.csv#"])
def test_more_shadows_in_an_archive(written, shadow):
    packed = zipped({"a\\x.csv": CENTRES.encode("cp850"), shadow: b"a,b\n"})
    assert read("ghsl", written("a.zip", packed)).num_rows == 4
    with pytest.raises(Invalid, match=r"the file x.csv in it is empty"):
        read("ghsl", written("b.zip", zipped({"x.csv": b""})))


def test_a_year_with_a_footnote_loses_no_column(tmp_path):
    rows = [[*WUP[:5], "1950*", "1955"], [1, 4, "A", 20001, "H", 82, 85]]
    with pytest.raises(Invalid, match=r"the column '1950\*' is named by a year and more"):
        read("wup", book(tmp_path / "a.xlsx", {"d": rows}))


def test_multipliers_in_words_are_refused_where_they_differ(written):
    def text(*multipliers: str) -> str:
        lines = (
            f"DATAFLOW,O:X(1.0),I,A,GDP,{2019 + i},{350 * 1000**i},A,{m}\n"
            for i, m in enumerate(multipliers)
        )
        return OECD + "".join(lines)

    assert values(read("oecd", written("a.csv", text("6.0", "3.0")))) == [350.0, 350.0]
    assert values(read("oecd", written("b.csv", text("Millions", "Millions")))) == [350.0, 350000.0]
    with pytest.raises(Invalid, match="UNIT_MULT differs within a series and 'Millions'"):
        read("oecd", written("c.csv", text("Millions", "Thousands")))


def test_a_dataset_named_in_some_rows_only_is_one_dataset(written):
    rows = "ESTAT:X(1.0): Title: a,,A,NR,AT,2020,5,\nESTAT:X(1.0),,A,NR,BE,2020,6,\n"
    assert values(read("eurostat", written("a.csv", FLOW + rows))) == [5.0, 6.0]


def test_names_in_the_encoding_of_the_federal_agencies(written):
    text = "cbsa;metro_name;yr;qtr;index_nsa\n10100;Ca\u00f1on \u2013 City;2020;1;5,5\n"
    table = read("us_statistics", written("a.csv", text.encode("cp1252")))
    assert table["CBSA_label"].to_pylist() == ["Ca\u00f1on \u2013 City"] and values(table) == [5.5]
