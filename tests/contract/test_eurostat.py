"""Eurostat's formats: our small files, generated ones, and the real ones read a second way."""

import csv
import gzip
import json
import math
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import Gone, Invalid, Refused, Retriable, SourceError
from sources.providers import eurostat
from sources.records import records

SPAIN = {"freq": "A", "unit": "KM2", "landuse": "TOTAL", "metroreg": "ES002M", "period": "2021"}


def rows(table, *names):
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


def pick(table, **codes):
    wanted = tuple(codes.values())
    found = rows(table, *codes, "value", "value_text", "flags")
    return [row[len(codes) :] for row in found if row[: len(codes)] == wanted]


@pytest.fixture
def small(fixtures):
    return lambda name: eurostat.read(fixtures / "eurostat" / name)


@pytest.mark.parametrize("name", ["sdmx_csv_1_both.csv", "sdmx_csv_1_id.csv"])
def test_sdmx_csv_1(small, name):
    table = small(name)
    about = records.about(table)
    assert (about.format, about.dataset) == ("SDMX-CSV 1.0", "MET_D3AREA")
    assert about.published_at == "2023-03-10T23:00:00"
    assert about.dimensions == ("freq", "unit", "landuse", "metroreg")
    assert table.num_rows == 6 and table["record_no"].to_pylist() == [1, 2, 3, 4, 5, 6]
    assert pick(table, **SPAIN) == [(7729.0, "7729", "")]
    assert pick(table, metroreg="PT001MC") == [(3002.0, "3002", "bp")]
    assert pick(table, metroreg="BE001MC", period="2021") == [(4873.0, "4873", "b")]
    if about.labels:
        assert table["metroreg_label"][0].as_py() == "Bruxelles / Brussel"
        assert table["landuse_label"][0].as_py() == "Land area - Total"


def test_sdmx_csv_1_with_names_only(small):
    table = small("sdmx_csv_1_name.csv")
    assert records.about(table).dimensions[-1] == "Metropolitan regions"
    assert table["Metropolitan regions"].to_pylist()[-1] == "Barcelona"
    assert table["flags"].to_pylist() == ["", "b", ""]


def test_sdmx_csv_2_with_names_beside(small):
    table = small("sdmx_csv_2_name.csv")
    about = records.about(table)
    assert (about.format, about.dataset) == ("SDMX-CSV 2.0", "URB_CTRAN")
    assert about.dimensions == ("freq", "indic_ur", "cities") and not about.attributes
    assert rows(table, "cities", "value", "value_text", "flags") == [
        ("CH001C", 55.0, "55.00", "e"),
        ("CH001C", 53.75, "53.75", ""),
        ("LV002C", None, "", "u"),
        ("BE001C", 55.5, "55.50", ""),
    ]
    assert table["indic_ur_label"][0].as_py().startswith("Share of journeys to work by public")
    assert table["cities_label"][2].as_py() == "Liepāja"


def test_sdmx_csv_2_with_names_in_the_cell(small):
    inside, beside = small("sdmx_csv_2_both.csv"), small("sdmx_csv_2_name.csv").slice(0, 3)
    names = [*records.about(beside).dimensions, "period", "value", "value_text", "flags"]
    assert rows(inside, *names) == rows(beside, *names)
    assert inside["cities_label"].to_pylist() == beside["cities_label"].to_pylist()


def test_confidentiality_is_joined_as_json_writes_it(written):
    path = written(
        "a.csv",
        "STRUCTURE,STRUCTURE_ID,freq,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS\n"
        "dataflow,ESTAT:X(1.0),M,IE,2023-01,,,C\n"
        "dataflow,ESTAT:X(1.0),M,IE,2023-02,1.5,e,C\n"
        "dataflow,ESTAT:X(1.0),M,IE,2023-03,1.5,p,F\n"
        "dataflow,ESTAT:X(1.0),M,IE,2023-04,,,\n",
    )
    table = eurostat.read(path)
    assert table["flags"].to_pylist() == ["|C", "e|C", "p"]
    assert table["value"].to_pylist() == [None, 1.5, 1.5]


def test_tsv_new(small):
    table = small("new.tsv")
    assert records.about(table).dimensions == ("freq", "unit", "geo")
    assert table.num_rows == 11
    assert pick(table, geo="BE100", period="2022") == [(196.0, "196", "p")]
    assert pick(table, geo="NO") == [
        (246695.04, "246695.04", ""),
        (230614.85, "230614.85", ""),
        (304249.36, "304249.36", ""),
    ]
    assert rows(table, "geo", "period")[:5] == [
        *(("BE100", str(year)) for year in (2019, 2020, 2021, 2022)),
        ("DE73", "2019"),
    ]


def test_tsv_old_with_crlf(small, written, fixtures):
    table = small("old.tsv")
    raw = (fixtures / "eurostat" / "old.tsv").read_bytes()
    assert b"\r\n" in raw
    assert rows(table, "geo", "period", "value", "flags") == [
        ("AL", "2018", -15027.0, ""),
        ("AL", "2017", -14904.0, ""),
        ("AL", "2016", -9346.0, ""),
        ("AL", "2015", -27007.0, "e"),
        ("AL011", "2018", -2680.0, ""),
        ("AL011", "2017", -5396.0, ""),
        ("AL011", "2016", -4328.0, ""),
        ("AL011", "2015", -2845.0, ""),
    ]
    packed = written("old", gzip.compress(raw.replace(b"\r\n", b"\n")))
    assert eurostat.read(packed).equals(table)


def test_tsv_cells_of_every_kind(written):
    cells = ["1 ", ": ", ": c", ":", "", "0n", "n", "2.5 bep", "-1e3 ", ": z ", "7"]
    heads = [f"2023M{i + 1:02d} " for i in range(len(cells))]
    path = written(
        "a.tsv",
        "freq,sex,geo\\TIME_PERIOD\t" + "\t".join(heads) + "\nM,T,NA\t" + "\t".join(cells) + "\n",
    )
    table = eurostat.read(path)
    assert set(rows(table, "freq", "sex", "geo")) == {("M", "T", "NA")}
    assert rows(table, "period", "value", "value_text", "flags") == [
        ("2023-01", 1.0, "1", ""),
        ("2023-03", None, ":", "c"),
        ("2023-06", 0.0, "0n", "n"),
        ("2023-07", None, "n", "n"),
        ("2023-08", 2.5, "2.5", "bep"),
        ("2023-09", -1000.0, "-1e3", ""),
        ("2023-10", None, ":", "z"),
        ("2023-11", 7.0, "7", ""),
    ]


@pytest.mark.parametrize(
    ("written_as", "ours"),
    [
        ("2023M01", "2023-01"),
        ("2023Q1", "2023-Q1"),
        ("2023-Q1", "2023-Q1"),
        ("2023S2", "2023-S2"),
        ("2023W05", "2023-W05"),
        ("2023W5", "2023-W05"),
        ("2023A", "2023"),
        ("2023-01-05", "2023-01-05"),
    ],
)
def test_periods_in_one_spelling(written, written_as, ours):
    table = eurostat.read(written("a.tsv", f"geo\\time\t{written_as} \nAT\t1 \n"))
    assert table["period"].to_pylist() == [ours]


def test_jsonstat(small):
    table = small("jsonstat.json")
    about = records.about(table)
    assert (about.format, about.dataset) == ("JSON-stat 2.0", "UNE_RT_M")
    assert about.published_at == "2026-09-22T09:00:00Z"
    assert about.dimensions == ("freq", "sex", "geo")
    assert rows(table, "sex", "geo", "period", "value", "value_text", "flags") == [
        ("T", "NA", "2024-01", 3.2, "3.2", ""),
        ("T", "NA", "2024-02", 3.2, "3.2", "p"),
        ("T", "NA", "2024-03", 4.0, "4.0", ""),
        ("T", "NA", "2024-04", None, "", "|C"),
    ]
    assert table["geo_label"][0].as_py() == "Namibia"


def test_jsonstat_dense_and_compact_are_the_same(small, written, fixtures):
    document = json.loads((fixtures / "eurostat" / "jsonstat.json").read_text())
    sparse = small("jsonstat.json")
    document["value"] = [3.2, 3.2, 4.0, None, None]
    document["status"] = [None, "p", None, "|C", None]
    document["dimension"]["sex"]["category"]["index"] = ["T"]
    assert eurostat.read(written("a.json", json.dumps(document))).equals(sparse)
    compact = json.dumps(document, separators=(",", ":"))
    assert eurostat.read(written("b.json", gzip.compress(compact.encode()))).equals(sparse)


def test_jsonstat_of_wdds(small):
    table = small("wdds.json")
    assert records.about(table).dataset == "nama_gdp_c"
    assert records.about(table).published_at == "2015-11-05T23:00:00Z"
    assert rows(table, "geo", "period", "value_text") == [
        ("FR", "2009", "29300"),
        ("FR", "2010", "29900"),
        ("IT", "2009", "25600"),
    ]


def test_an_honestly_empty_answer_has_no_records(written, fixtures):
    document = json.loads((fixtures / "eurostat" / "jsonstat.json").read_text())
    document |= {"value": {}, "status": {}, "size": [1, 1, 0, 5]}
    document["dimension"]["geo"]["category"] = {"index": {}, "label": {}}
    table = eurostat.read(written("a.json", json.dumps(document)))
    assert table.num_rows == 0 and "geo" in table.column_names


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("too_big.json", Refused, "estimated 10305182 rows"),
        ("asynchronous.json", Retriable, "ask again later"),
        ("fault_100.xml", Gone, "DS-999999"),
        ("data_browser.csv", Invalid, "custom download of the Data Browser.*format=SDMX-CSV"),
    ],
)
def test_what_is_no_dataset(small, name, error, words):
    with pytest.raises(SourceError, match=words) as caught:
        small(name)
    assert type(caught.value) is error and str(caught.value).startswith(name)


HEAD = "DATAFLOW,LAST UPDATE,freq,metroreg,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
ROW = "ESTAT:X(1.0),10/03/23 23:00:00,A,{},2021,{},{}\n"
TSV = "freq,geo\\TIME_PERIOD\t2020 \t2021 \n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD, "a header and no records"),
        (HEAD + ROW.format("AT", 1, "") + "ESTAT:X(1.0),10/0", "line 3 has 2 fields where .* 7"),
        (HEAD + ROW.format("AT", 1, "") + 'ESTAT:X(1.0),"10/0', "never closed"),
        (HEAD + ROW.format("AT", 1, "") * 2, "records 1 and 2 have the same key.*metroreg=AT"),
        (HEAD + ROW.format("AT", "1.2.3", ""), "record 1 has the value '1.2.3'"),
        (HEAD + ROW.format("AT", "inf", ""), "record 1 has the value 'inf'"),
        (HEAD + ROW.format("AT", "1.234,5".replace(",", " "), ""), "neither a number"),
        (HEAD.replace("OBS_VALUE", "VALUE"), "no column OBS_VALUE"),
        (HEAD.replace("TIME_PERIOD", "YEAR") + "x", "no column TIME_PERIOD"),
        (HEAD.replace("freq", "metroreg") + "x", "names the column 'metroreg' twice"),
        (HEAD.replace(",", ";"), "no records"),
        (HEAD + ROW.format("AT", 1, "").replace("2021", "May"), "'May' is no period"),
        (
            HEAD + ROW.format("AT", 1, "") + ROW.format("BE", 1, "").replace(":X", ":Y"),
            r"mixes the dataflows ESTAT:X\(1.0\) and ESTAT:Y",
        ),
        (
            "STRUCTURE,STRUCTURE_ID,ACTION,geo,TIME_PERIOD,OBS_VALUE\ndataflow,E:X(1),D,AT,2020,1\n",
            "deletions",
        ),
        (TSV, "a header and no series"),
        (TSV + "A,AT\t1 \t2 \nA,BE\t1", "is cut off|line 3 has 1 cells"),
        (TSV + "A,AT\t1 \t2 \nA,BE\t1 \n", "line 3 has 1 cells where the header has 2"),
        (TSV + "A,AT\t1 \t2", r"last cell \('2'\) is cut off"),
        (TSV + "A,AT\t1 \t2 \n\nA,BE\t1 \t2 \n", "line 3 has 0 cells"),
        (TSV + "A\t1 \t2 \n", "line 2 begins 'A'"),
        (TSV + "A,AT\t1 \t2 \nA,AT\t1 \t2 \n", "series 1 and 2 have the same key"),
        (TSV + "A,AT\t1 \t1.234,5 \n", "record 2 has the value '1.234,5'"),
        (TSV + "A,AT\t1 \tnan \n", "record 2 has the value 'nan'"),
        (TSV.replace("2021", "2020") + "A,AT\t1 \t2 \n", "names the period '2020' twice"),
        ("geo,freq\\unit\tKM2 \nAT,A\t1 \n", "'unit' in its columns"),
        ("a,b\n1,2\n", "none of Eurostat's headers"),
        ("Service unavailable", "a message of the provider: 'Service unavailable'"),
        ('{"version":"2.0","value":{"0":1,', "broken JSON at byte"),
        ('{"a":1}', "no JSON-stat dataset"),
        (HEAD.encode("utf-16"), "no records"),
        ((HEAD + ROW.format("AT", 1, "é")).encode("latin-1"), r"not UTF-8: byte \d+ \(line 2\)"),
        (b"PK\x03\x04", "is a zip file"),
    ],
)
def test_bad_input_is_one_sentence(written, content, words):
    with pytest.raises(Invalid, match=words) as caught:
        eurostat.read(written("bad.csv", content))
    assert "bad.csv" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": {"0": 1, "9": 2}}, "figures reach to 10"),
        ({"value": [1, 2, 3]}, "cube has 5 positions"),
        ({"value": {"0": "a"}}, "value 'a', which is no number"),
        ({"size": [1, 1, 2, 5]}, "lists 1 codes for the size 2"),
        ({"id": ["freq", "sex", "geo"]}, "contradict each other"),
        ({"value": {"x": 1}}, "no position"),
        ({"value": "late"}, "no list of cells"),
    ],
)
def test_a_cube_that_contradicts_itself(written, fixtures, change, words):
    document = json.loads((fixtures / "eurostat" / "jsonstat.json").read_text()) | change
    with pytest.raises(Invalid, match=words):
        eurostat.read(written("bad.json", json.dumps(document)))


def test_a_position_that_stands_twice(written, fixtures):
    raw = (fixtures / "eurostat" / "jsonstat.json").read_text().replace('"1": 3.2', '"0": 3.2')
    with pytest.raises(Invalid, match="position 0 appears twice"):
        eurostat.read(written("bad.json", raw))


@pytest.mark.parametrize(
    "name", ["sdmx_csv_1_both.csv", "sdmx_csv_2_name.csv", "jsonstat.json", "new.tsv"]
)
def test_a_file_cut_anywhere_never_shows_a_figure_that_the_whole_has_not(fixtures, written, name):
    raw = (fixtures / "eurostat" / name).read_bytes()
    columns = ("period", "value_text")
    whole = set(rows(eurostat.read(fixtures / "eurostat" / name), *columns))
    refused = 0
    for cut in range(len(raw)):
        try:
            table = eurostat.read(written("cut", raw[:cut]))
        except SourceError:
            refused += 1
            continue
        assert set(rows(table, *columns)) <= whole
    assert refused > 0.9 * len(raw)


def test_another_dataset_than_asked_for(fixtures):
    path = fixtures / "eurostat" / "sdmx_csv_1_id.csv"
    assert eurostat.read(path, "met_d3area").num_rows == 6
    with pytest.raises(Invalid, match="holds the dataset MET_D3AREA, not met_crim_gen"):
        eurostat.read(path, "met_crim_gen")


# --- generated files come back as they were written -------------------------------------------

CODE = st.from_regex(r"[A-Z][A-Z0-9_\-]{0,6}", fullmatch=True) | st.sampled_from(["NA", "T", "NaN"])
CELL = st.one_of(
    st.none(),
    st.tuples(
        st.none() | st.floats(-1e12, 1e12).map(repr) | st.integers(-999, 10**9).map(str),
        st.sampled_from(["", "b", "p", "bep", "c", "u"]),
    ).filter(lambda cell: cell[0] is not None or cell[1]),
)
CUBE = st.tuples(
    st.lists(st.tuples(CODE, CODE), min_size=1, max_size=6, unique=True),
    st.lists(st.integers(1960, 2035), min_size=1, max_size=5, unique=True),
).flatmap(
    lambda head: st.tuples(
        st.just(head),
        st.lists(
            st.lists(CELL, min_size=len(head[1]), max_size=len(head[1])),
            min_size=len(head[0]),
            max_size=len(head[0]),
        ),
    )
)


def expected(cube):
    (series, years), cells = cube
    return [
        (*codes, str(year), None if cell[0] is None else float(cell[0]), cell[1])
        for codes, line in zip(series, cells, strict=True)
        for year, cell in zip(years, line, strict=True)
        if cell is not None
    ]


def told(table):
    return rows(table, "unit", "geo", "period", "value", "flags")


@given(CUBE, st.sampled_from(["\n", "\r\n"]))
def test_tsv_comes_back(tmp_path_factory, cube, end):
    (series, years), cells = cube
    lines = ["unit,geo\\TIME_PERIOD\t" + "\t".join(f"{y} " for y in years)]
    for codes, line in zip(series, cells, strict=True):
        said = [": " if c is None else f"{c[0] or ':'} {c[1]}" for c in line]
        lines.append(",".join(codes) + "\t" + "\t".join(said))
    path = tmp_path_factory.getbasetemp() / "round.tsv"
    path.write_text(end.join(lines) + end, newline="")
    assert told(eurostat.read(path)) == expected(cube)


@given(CUBE, st.booleans())
def test_sdmx_csv_comes_back(tmp_path_factory, cube, labels):
    wanted = expected(cube)
    path = tmp_path_factory.getbasetemp() / "round.csv"
    (series, years), cells = cube
    name = ':Name, "of" it: ' if labels else ""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(
            ["DATAFLOW", "LAST UPDATE", "unit", "geo", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"]
        )
        for (unit, geo), line in zip(series, cells, strict=True):
            for year, cell in zip(years, line, strict=True):
                value, flag = cell or ("", "")
                out.writerow(["ESTAT:X(1.0)", "", unit + name, geo + name, year, value, flag])
    assert told(eurostat.read(path)) == wanted


@given(CUBE, st.booleans(), st.booleans())
def test_jsonstat_comes_back(tmp_path_factory, cube, dense, pretty):
    (series, years), cells = cube
    units, places = ([*dict.fromkeys(s[i] for s in series)] for i in (0, 1))
    years = sorted(years)
    flat = [None] * (len(units) * len(places) * len(years))
    for (unit, geo), line in zip(series, cells, strict=True):
        for year, cell in zip(cube[0][1], line, strict=True):
            at = (units.index(unit) * len(places) + places.index(geo)) * len(years)
            flat[at + years.index(year)] = cell
    value = [None if c is None or c[0] is None else float(c[0]) for c in flat]
    status = [None if c is None else c[1] or None for c in flat]
    document = {
        "version": "2.0",
        "value": value,
        "status": status,
        "id": ["unit", "geo", "time"],
        "size": [len(units), len(places), len(years)],
        "dimension": {
            "unit": {"category": {"index": {c: i for i, c in enumerate(units)}}},
            "geo": {"category": {"index": {c: i for i, c in enumerate(places)}}},
            "time": {"category": {"index": {str(y): i for i, y in enumerate(years)}}},
        },
    }
    if not dense:
        for part in ("value", "status"):
            document[part] = {str(i): v for i, v in enumerate(document[part]) if v is not None}
    path = tmp_path_factory.getbasetemp() / "round.json"
    path.write_text(json.dumps(document, indent=2 if pretty else None))
    assert sorted(told(eurostat.read(path)), key=str) == sorted(expected(cube), key=str)


# --- the real files, read a second way ---------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count", "dimensions"),
    [
        ("met_d3area", 15687, ["freq", "unit", "landuse", "metroreg"]),
        ("met_crim_gen", 9608, ["freq", "unit", "iccs", "metroreg"]),
        ("urb_ctran", 2330, ["freq", "indic_ur", "cities"]),
    ],
)
def test_real_sdmx_csv(real_data, name, count, dimensions):
    path = real_data / "eurostat" / "sdmx_csv" / f"{name}.csv"
    table = eurostat.read(path, name)
    assert table.num_rows == count
    with path.open(encoding="utf-8", newline="") as file:
        wanted = [
            (
                *(row[d].split(":")[0] for d in dimensions),
                row["TIME_PERIOD"],
                float(row["OBS_VALUE"]) if row["OBS_VALUE"] else None,
                row["OBS_VALUE"],
                row["OBS_FLAG"],
            )
            for row in csv.DictReader(file)
        ]
    assert rows(table, *dimensions, "period", "value", "value_text", "flags") == wanted


def test_real_areas(real_data):
    table = eurostat.read(real_data / "eurostat" / "sdmx_csv" / "met_d3area.csv")
    assert pick(table, **SPAIN) == [(7729.0, "7729", "")]
    assert pick(table, landuse="L0008", metroreg="ES002M", period="2010") == [
        (7716.9, "7716.9", "")
    ]
    assert Counter(table["flags"].to_pylist()) == {"": 15267, "e": 365, "b": 53, "bp": 2}
    assert len(set(table["metroreg"].to_pylist())) == 368
    by_year = {
        code: [
            pick(table, landuse="TOTAL", metroreg=code, period=y)[0][0] for y in ("2017", "2018")
        ]
        for code in ("LV001MC", "EL001MC")
    }
    assert by_year["LV001MC"] == [304.0, 10444.0] or math.isclose(
        by_year["LV001MC"][1], 10444, abs_tol=1
    )
    assert round(by_year["EL001MC"][1]) == 2812


@pytest.mark.parametrize(
    ("name", "count"),
    [("demo_r_gind3_excerpt_old-format", 97), ("nama_10r_3gdp_excerpt_new-format", 410)],
)
def test_real_tsv(real_data, name, count):
    path = real_data / "eurostat" / "tsv" / f"{name}.tsv"
    head, *lines = path.read_text().splitlines()
    periods = [p.strip() for p in head.split("\t")[1:]]
    wanted = []
    for line in lines:
        codes, *cells = line.split("\t")
        for period, cell in zip(periods, cells, strict=True):
            value, _, flag = cell.partition(" ")
            if value != ":" or flag:
                number = None if value == ":" else float(value)
                wanted.append((*codes.split(","), period, number, value, flag))
    table = eurostat.read(path)
    names = [*records.about(table).dimensions, "period", "value", "value_text", "flags"]
    assert table.num_rows == len(wanted) == count
    assert rows(table, *names) == wanted


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("legacy_wdds_nama_gdp_c_geo_IT_FR_2015", 64),
        ("nama_10_gdp_DE_since-2030", 0),
        ("sts_inpr_m_ie_confidential", 6),
        ("sts_inpr_m_ie_empty", 0),
        ("une_rt_m_geo-DE-XX_since-2024-01", 31),
        ("une_rt_m_unit-FAKE_last1", 0),
    ],
)
def test_real_jsonstat(real_data, name, count):
    path = real_data / "eurostat" / "jsonstat" / f"{name}.json"
    document = json.loads(path.read_text())
    data = document.get("nama_gdp_c", document)
    value = data["value"]
    pairs = enumerate(value) if isinstance(value, list) else ((int(k), v) for k, v in value.items())
    figures = [v for _, v in sorted((i, v) for i, v in pairs if v is not None)]
    table = eurostat.read(path)
    assert table.num_rows == count
    if name.endswith("confidential"):
        assert set(table["flags"].to_pylist()) == {"|C"} and table["value"].null_count == 6
        assert table["period"].to_pylist() == [f"2023-{m:02d}" for m in range(1, 7)]
    else:
        assert table["value"].to_pylist() == figures


def test_every_real_error_is_a_typed_sentence(real_data):
    kinds = {}
    for path in sorted((real_data / "eurostat" / "errors").iterdir()):
        with pytest.raises(SourceError) as caught:
            eurostat.read(path)
        kinds[path.name] = type(caught.value)
    assert kinds == {
        "comext_ds-045409-extraction-too-big.json": Refused,
        "comext_ds-045409-fault-413.xml": Refused,
        "comext_ds-999999-data-404.xml": Gone,
        "comext_ds-999999-dataflow-404.xml": Gone,
        "comext_ds-999999-statistics-404.json": Gone,
        "openapi_async_data_400_DATA_NOT_YET_AVAILABLE.xml": Retriable,
        "openapi_async_data_400_UNKNOWN_REQUEST.xml": Gone,
        "openapi_async_status_200_SUBMITTED.xml": Retriable,
        "openapi_async_status_400_DATA_NOT_YET_AVAILABLE.xml": Retriable,
        "openapi_async_status_400_UNKNOWN_REQUEST.xml": Gone,
        "ropengov_sdmx_to_http_error_mapping.csv": Invalid,
    }


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("eurostat/custom/met_pjanaggr3_custom_de.csv", "custom download of the Data Browser"),
        ("eurostat/custom/met_2014_2020_derived_crosscheck.csv", "none of Eurostat's headers"),
        ("eurostat/geo/cities.csv", "is not UTF-8"),
        ("eurostat/toc/table_of_contents_en_2023-08.txt", "none of Eurostat's headers"),
        ("eurostat/sdmx_structure/pysdmx_NRG_BAL_S_data_structurespecific.xml", "is XML"),
        ("oecd/gdp_cities.csv", "none of Eurostat's headers"),
        ("un_sdg/unsd_bulk_Goal6.xlsx", "is a zip file"),
    ],
)
def test_real_files_that_are_none(real_data, path, words):
    with pytest.raises(Invalid, match=words):
        eurostat.read(real_data / path)


# --- how to ask ---------------------------------------------------------------------------------

BASE = "https://ec.europa.eu/eurostat/api/dissemination"


def asked(dataset, **options):
    request = eurostat.request(dataset, options)
    return request.url.removeprefix(BASE), request.params, request.filename


def test_requests():
    assert asked("met_d3area") == (
        "/sdmx/2.1/data/MET_D3AREA",
        (("format", "SDMX-CSV"), ("label", "both"), ("lang", "en"), ("compressed", "true")),
        "met_d3area.csv.gz",
    )
    assert asked(
        "met_pjanaggr3", metroreg=["FI001MC", "ES002M"], sex="T", sinceTimePeriod="2015"
    ) == (
        "/statistics/1.0/data/met_pjanaggr3",
        (
            ("format", "JSON"),
            ("lang", "EN"),
            ("metroreg", "FI001MC"),
            ("metroreg", "ES002M"),
            ("sex", "T"),
            ("sinceTimePeriod", "2015"),
        ),
        "met_pjanaggr3.json",
    )
    url, params, name = asked(
        "nama_10r_3gdp", format="TSV", key="A.MIO_EUR.", sinceTimePeriod="2015"
    )
    assert url == "/sdmx/2.1/data/NAMA_10R_3GDP/A.MIO_EUR." and name == "nama_10r_3gdp.tsv.gz"
    assert params == (("format", "TSV"), ("startPeriod", "2015"), ("compressed", "true"))
    url, params, _ = asked(
        "urb_cpop1", format="csvdata", cities=["ES001C", "ES002C"], startPeriod="2015"
    )
    assert url == "/sdmx/3.0/data/dataflow/ESTAT/URB_CPOP1/1.0"
    assert params[:2] == (("c[TIME_PERIOD]", "ge:2015"), ("c[cities]", "ES001C,ES002C"))
    assert ("formatVersion", "2.0") in params and ("labels", "both") in params
    assert re.match(
        r"https://ec\.europa\.eu/eurostat/api/comext/", eurostat.request("ds-045409", {}).url
    )
    assert all(r.startswith("https://ec.europa.eu/") for r in (BASE, eurostat.COMEXT))
    assert eurostat.HOSTS == ("ec.europa.eu",)


def test_the_longest_filter_is_left_out_of_an_address_that_is_too_long():
    assert asked("met_d3area", unit="KM2", metroreg=[f"ES{i:03d}M" for i in range(300)]) == (
        "/statistics/1.0/data/met_d3area",
        (("format", "JSON"), ("lang", "EN"), ("unit", "KM2")),
        "met_d3area.json",
    )


def test_requests_that_cannot_be():
    with pytest.raises(Invalid, match=r"takes no filter by name \(metroreg\)"):
        asked("met_d3area", format="TSV", metroreg="ES002M")
    with pytest.raises(Invalid, match="characters, Eurostat answers up to"):
        asked("met_d3area", key="+".join(f"ES{i:03d}M" for i in range(300)))
    with pytest.raises(Invalid, match="no format 'XLSX'"):
        asked("met_d3area", format="XLSX")


def test_importing_readers_loads_no_pandas():
    code = "import sys, sources.read, sources.providers.eurostat, sources.providers.oecd, sources.providers.carrier\n"
    code += "sys.exit('pandas' in sys.modules)"
    root = Path(eurostat.__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_a_tsv_in_many_blocks_is_the_same_and_tells_the_same_places(tmp_path, monkeypatch):
    from sources.formats import eurostat_tsv
    from sources.read import read

    lines = [f"A,U{i % 7},X{i:03d}\t{i}.5 b\t: \t: c\t{i} " for i in range(300)]
    path = tmp_path / "a.tsv"

    def both(body: list[str]) -> list:
        path.write_text(
            "freq,unit,geo\\TIME_PERIOD\t2020 \t2021 \t2022 \t2023 \r\n"
            + "\r\n".join(body)
            + "\r\n",
            newline="",
        )
        said = []
        for size in (1 << 19, 64):
            monkeypatch.setattr(eurostat_tsv, "_BLOCK", size)
            try:
                said.append(read("eurostat", path).to_pydict())
            except Invalid as error:
                said.append(str(error))
        return said

    whole, blocks = both(lines)
    assert whole == blocks and len(whole["value"]) == 900
    for place, wrong, words in (
        (250, lines[250].replace(" b", "x b"), "record 751 has the value '250.5x'"),
        (299, lines[299] + "\t1 ", "line 301 has 5 cells"),
        (200, lines[200].replace(",", ";"), "line 202 begins"),
        (299, lines[0], "series 1 and 300 have the same key"),
    ):
        whole, blocks = both([*lines[:place], wrong, *lines[place + 1 :]])
        assert whole == blocks and words in whole
