"""OECD's formats: our small files, and the real ones read a second way."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import Gone, Invalid, Retriable, SourceError
from sources.providers import oecd
from sources.records import records

STAT = ("METRO_ID", "VAR", "Unit Code", "PowerCode Code", "Reference Period Code")


def rows(table, *names):
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


def test_oecd_stat(fixtures):
    table = oecd.read(fixtures / "oecd" / "oecd_stat.csv", "cities_gdp")
    about = records.about(table)
    assert (about.format, about.dataset, about.dimensions) == ("OECD.Stat CSV", "cities_gdp", STAT)
    assert rows(table, *STAT, "period", "value", "value_text", "flags", "METRO_ID_label") == [
        ("ES002", "GDP", "USD", "6", "2010", "2000", 120326.32, "120326.32", "", "Barcelona"),
        ("ES002", "GDP", "USD", "6", "2010", "2001", 124269.7, "124269.7", "", "Barcelona"),
        ("ESP", "GDP", "USD", "6", "2010", "2000", 1209872.47, "1209872.47", "", "Spain"),
        ("AT001", "GINI_INC", "IDX", "0", "", "2012", 0.272, "0.272", "", "Vienna"),
    ]
    assert table["Unit Code_label"][3].as_py() == "Index"
    assert about.attributes == ("flags_label",)


def test_sdmx_csv_with_labels_and_without(fixtures):
    labelled = oecd.read(fixtures / "oecd" / "sdmx_labels.csv")
    plain = oecd.read(fixtures / "oecd" / "sdmx_ids.csv")
    about = records.about(labelled)
    assert about.dataset == "DSD_REG_DEMO@DF_POP_BROAD"
    assert about.dimensions == ("FREQ", "TERRITORIAL_LEVEL", "REF_AREA", "MEASURE", "UNIT_MEASURE")
    assert about.attributes == ("COUNTRY", "UNIT_MULT", "DECIMALS")
    names = [*about.dimensions, "period", "value", "value_text", "flags", *about.attributes]
    assert rows(labelled, *names) == rows(plain, *names)
    assert rows(plain, *names)[0] == (
        *("A", "TL2", "AU1", "POP", "PS", "2024", 8534000.0, "8534000", "A", "AUS", "0", "0"),
    )
    assert labelled["REF_AREA_label"].to_pylist() == ["New South Wales", "Victoria"]


def test_a_missing_figure_needs_a_status(written):
    table = oecd.read(
        written(
            "a.csv",
            "DATAFLOW,REF_AREA,TIME_PERIOD,OBS_VALUE,OBS_STATUS,BASE_PER\n"
            "OECD:X(1.0),ES002F,2020,NaN,M,\n"
            "OECD:X(1.0),ES002F,2021,,,\n"
            "OECD:X(1.0),NA,2022-Q3,1.50,A,2015:12\n",
        )
    )
    assert rows(table, "REF_AREA", "period", "value", "value_text", "flags", "BASE_PER") == [
        ("ES002F", "2020", None, "NaN", "M", ""),
        ("NA", "2022-Q3", 1.5, "1.50", "A", "2015:12"),
    ]


def test_a_dimension_that_databases_take_for_a_measure(written):
    path = written("a.csv", "DATAFLOW,VALUE,TIME_PERIOD,OBS_VALUE\nOECD:X(1.0),GROSS,2020,1.5\n")
    with pytest.raises(Invalid, match=r"one of period, value, .* in other letters"):
        oecd.read(path)


HEAD = '"METRO_ID","Areas","VAR","Variables","TIME","Year","Unit Code","Unit","Value","Flag Codes","Flags"\n'
ROW = '"ES002","Barcelona","GDP","GDP","2000","2000","USD","US Dollar",1.5,,\n'


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (HEAD, Invalid, "a header and no records"),
        (
            HEAD + ROW + ROW[:40],
            Invalid,
            "never closed|line 3 has 4 fields where the header has 11",
        ),
        (HEAD + ROW + '"ES002","Barc', Invalid, "never closed"),
        (HEAD + ROW + ROW, Invalid, "records 1 and 2 have the same key.*METRO_ID=ES002"),
        (HEAD + ROW.replace("1.5", "n.a."), Invalid, "record 1 has the value 'n.a.'"),
        (HEAD.replace('"VAR"', '"METRO_ID"') + ROW, Invalid, "names the column 'METRO_ID' twice"),
        (HEAD.replace('"TIME"', '"WHEN"') + ROW, Invalid, "no time column"),
        (HEAD.replace('"Year",', "") + ROW, Invalid, "do not alternate"),
        (HEAD + ROW.replace("Barcelona", "Málaga"), Invalid, "not UTF-8"),
        ("a,b\n1,2\n", Invalid, "none of OECD's headers"),
        ("NoRecordsFound", Gone, "NoRecordsFound"),
        ("Could not find Dataflow and/or DSD related with this data request", Gone, "Dataflow"),
        ('{"errors":[{"code":503,"title":"Unavailable"}]}', Retriable, "Unavailable"),
        ('{"data":{}}', Invalid, "JSON, which is not read from OECD"),
        ("<html><title>Sign in</title>", Invalid, "web page"),
        ("PK\x03\x04", Invalid, "is a zip file"),
    ],
)
def test_bad_input_is_one_sentence(written, content, error, words):
    with pytest.raises(SourceError, match=words) as caught:
        oecd.read(written("bad.csv", content.encode("latin-1")))
    assert type(caught.value) is error
    assert "bad.csv" in str(caught.value) and "\n" not in str(caught.value)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ES002", "NA", "T", "ESP"]),
            st.integers(1990, 2030).map(str),
            st.floats(-1e9, 1e9) | st.integers(-99, 10**9),
            st.sampled_from(["", "E", "B"]),
        ),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
def test_oecd_stat_comes_back(tmp_path_factory, wanted):
    path = tmp_path_factory.getbasetemp() / "round.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        out = csv.writer(file)
        out.writerow(next(csv.reader([HEAD])))
        for code, year, value, flag in wanted:
            label = f"{code}, the so-called\n'{code}'"
            out.writerow(
                [code, label, "GDP", "GDP", year, year, "USD", "US Dollar", value, flag, ""]
            )
    table = oecd.read(path)
    assert rows(table, "METRO_ID", "period", "value", "flags") == wanted
    assert table["METRO_ID_label"][0].as_py() == f"{wanted[0][0]}, the so-called\n'{wanted[0][0]}'"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("gdp_cities", 15464),
        ("population", 21945),
        ("population_age", 23250),
        ("income_inequality", 491),
    ],
)
def test_real_files(real_data, name, count):
    path = real_data / "oecd" / f"{name}.csv"
    table = oecd.read(path)
    assert table.num_rows == count
    with path.open(encoding="utf-8-sig", newline="") as file:
        wanted = [
            (
                *(row[d] for d in STAT),
                row["TIME"],
                float(row["Value"]),
                row["Value"],
                row["Flag Codes"],
                row["Metropolitan areas"],
                row["Unit"],
            )
            for row in csv.DictReader(file)
        ]
    read = rows(
        table, *STAT, "period", "value", "value_text", "flags", "METRO_ID_label", "Unit Code_label"
    )
    assert read == wanted


def test_requests():
    request = oecd.request("fua_economy", {"startPeriod": "2015"})
    assert request.url == (
        "https://sdmx.oecd.org/public/rest/data/OECD.CFE.EDS,DSD_FUA_ECO@DF_ECONOMY,1.1/all"
    )
    assert request.params == (
        ("dimensionAtObservation", "AllDimensions"),
        ("format", "csvfilewithlabels"),
        ("startPeriod", "2015"),
    )
    assert request.filename == "fua_economy.csv"
    archived = ("cities_gdp", "cities_population", "cities_population_age", "cities_income")
    urls = [oecd.request(name, {}).url for name in archived]
    assert urls[0] == (
        "https://sdmx.oecd.org/archive/rest/data/OECD,DF_CITIES,1.0/"
        ".GDP+GDP_PC+GDP_SHARE+LABOUR_PRODUCTIVITY"
    )
    assert len(set(urls)) == 4
    other = oecd.request(
        "heat",
        {"flow": "OECD.CFE.EDS,DSD_FUA_ENV@DF_UHI,1.0", "key": "ES002F.A..", "format": "csvfile"},
    )
    assert other.url.endswith("/OECD.CFE.EDS,DSD_FUA_ENV@DF_UHI,1.0/ES002F.A..")
    assert ("format", "csvfile") in other.params and json.dumps(other.form) == "[]"
    with pytest.raises(
        Invalid, match="no dataset 'heat' that is known here: give the option 'flow'"
    ):
        oecd.request("heat", {})
