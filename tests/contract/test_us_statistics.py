"""Files of the federal statistical agencies of the United States, as they are served."""

import gzip

import pytest

from sources.errors import Invalid, Refused
from sources.providers import us_statistics
from sources.records.records import about
from sources.store.pack import bundled

CENSUS = (
    "CBSA,MDIV,STCOU,NAME,LSAD,ESTIMATESBASE2020,POPESTIMATE2020,POPESTIMATE2021,NETMIG2021\n"
    '10180,,,"Abilene, TX",Metropolitan Statistical Area,176594,176899,177942,1166\n'
    '10180,,48059,"Callahan County, TX",County or equivalent,13706,13748,14104,439\n'
    '99999,,,"Peñasco, NM",Metropolitan Statistical Area,1,2,3,-4\n'
)
ACCOUNTS = (
    "GeoFIPS,GeoName,Region,TableName,LineCode,IndustryClassification,Description,Unit,2017,2018\n"
    ' "10180","Abilene, TX (Metropolitan Statistical Area)", ,CAGDP2,1,"...","All industry total ","Thousands of dollars",6827152,(D)\n'
    '"Note: See the included footnote file."\n'
    '"U.S. Bureau of Economic Analysis"\n'
)
PRICES = '\ufeffcbsa,metro_name,yr,qtr,index_nsa,index_sa\n10580,"Albany, NY",1991,1,100.00,100.01'
RENT = (
    '\ufeff"GEO_ID","NAME","B25064_001E","B25064_001M",\n'
    '"Geography","Geographic Area Name","Estimate!!Median gross rent","Margin of Error",\n'
    '"310M700US10180","Abilene, TX Metro Area","1141","24",\n'
)
AIR = '"CBSA","CBSA Code","Year","Days with AQI","Good Days"\n"Aberdeen, SD","10100",2024,357,306\n'


def read(written, name, content, encoding="utf-8"):
    return us_statistics.read(written(name, content.encode(encoding)), "d").to_pylist()


def test_estimates_are_figures_by_area_variable_and_year(written):
    rows = read(written, "a.csv", CENSUS, "latin-1")
    assert len(rows) == 12
    told = {(r["CBSA"], r["STCOU"], r["variable"], r["period"]): r["value"] for r in rows}
    assert told["10180", "", "POPESTIMATE", "2021"] == 177942
    assert told["10180", "48059", "ESTIMATESBASE", "2020"] == 13706
    assert told["99999", "", "NETMIG", "2021"] == -4
    assert {r["CBSA_label"] for r in rows if r["CBSA"] == "99999"} == {"Peñasco, NM"}


def test_accounts_have_a_space_before_the_code_marks_and_notes_below(written):
    rows = read(written, "a.csv", ACCOUNTS)
    assert [(r["CBSA"], r["LineCode"], r["period"], r["value"], r["flags"]) for r in rows] == [
        ("10180", "1", "2017", 6827152.0, ""),
        ("10180", "1", "2018", None, "(D)"),
    ]


def test_house_prices_are_quarters_and_the_file_needs_no_end_of_line(written):
    rows = read(written, "a.csv", PRICES)
    assert [(r["period"], r["variable"], r["value"]) for r in rows] == [
        ("1991-Q1", "index_nsa", 100.0),
        ("1991-Q1", "index_sa", 100.01),
    ]


def test_the_survey_has_two_headers_and_long_codes(written):
    rows = read(written, "a.csv", RENT)
    assert [(r["CBSA"], r["variable"], r["value"]) for r in rows] == [
        ("10180", "B25064_001E", 1141.0),
        ("10180", "B25064_001M", 24.0),
    ]


def test_air_quality_names_its_code_beside_its_name(written):
    rows = read(written, "a.csv", AIR)
    assert [(r["CBSA"], r["period"], r["variable"], r["value"]) for r in rows] == [
        ("10100", "2024", "Days with AQI", 357.0),
        ("10100", "2024", "Good Days", 306.0),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "none of the headers"),
        (CENSUS.replace("176899", "x76899"), "neither a number nor a known mark"),
        (AIR.replace("10100", "1010"), "no five-digit code"),
        (CENSUS + CENSUS.splitlines(keepends=True)[1], "twice|more than once|same key"),
    ],
)
def test_what_is_no_file_of_theirs_is_a_sentence(written, content, said):
    with pytest.raises(Invalid, match=said):
        read(written, "a.csv", content)


def test_nobody_is_asked():
    with pytest.raises(Refused, match="no live address yet"):
        us_statistics.request("bea_gdp", {})


def test_the_bundled_files_are_read_whole():
    found = {
        s.dataset: us_statistics.read(p, s.dataset)
        for s, p in bundled()
        if s.provider == "us_statistics" and s.reader == "us_statistics"
    }
    assert {d: len(t) for d, t in found.items()} == {
        "census_estimates_2019": 384 * 92,
        "census_estimates_2025": 387 * 55,
        "bea_price_parities": len(found["bea_price_parities"]),
        "bea_gdp": 384 * 6,
        "fhfa_house_prices": 28_000,
        "acs_gross_rent_2024": 786,
        "epa_air_quality": 501 * 15,
    }
    assert about(found["bea_gdp"]).provider == "us_statistics"


def test_the_real_files_are_read_as_the_bundled_ones(real_data, tmp_path):
    for name, records in (
        ("us_fhfa/hpi_po_metro.csv.gz", 28_000),
        ("us_census/cbsa-est2025-alldata.csv.gz", 154_330),
        ("us_bea/CAGDP2_MSA_2017_2022.csv.gz", 78_336),
    ):
        file = tmp_path / name.rpartition("/")[2].removesuffix(".gz")
        file.write_bytes(gzip.decompress((real_data / name).read_bytes()))
        assert len(us_statistics.read(file, "d")) == records
