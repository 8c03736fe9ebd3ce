"""Plain tidy CSV of third parties."""

import pytest

from sources.errors import Invalid, Refused, SourceError
from sources.providers import carrier
from sources.records import records


def test_tidy(fixtures):
    table = carrier.read(fixtures / "carrier" / "tidy.csv", "sp_trn_publ_2020")
    about = records.about(table)
    assert about.provider == "carrier" and about.dataset == "sp_trn_publ_2020"
    assert about.dimensions == ("country_iso2", "city") and about.attributes == ("lat", "lon")
    assert about.labels == {"city": "city_label"}
    assert table.to_pylist()[0] == {
        "country_iso2": "AE",
        "city": "Abu Zaby",
        "period": "2020",
        "value": 27.3006,
        "value_text": "27.3006",
        "flags": "",
        "record_no": 1,
        "lat": "24.45118",
        "lon": "54.39696",
        "city_label": "Abu Dhabi",
    }


def test_codes_are_never_guessed_at(written):
    table = carrier.read(
        written("a.csv", "code,sex,period,value,flags\nNA,T,2020,1,\n007,F,2020,,c\nNA,F,2020,,\n")
    )
    assert table["code"].to_pylist() == ["NA", "007"]
    assert table["sex"].to_pylist() == ["T", "F"]
    assert table["value"].to_pylist() == [1.0, None] and table["flags"].to_pylist() == ["", "c"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("code,period\nA,2020\n", "no column value"),
        ("period,value\n2020,1\n", "no dimension columns"),
        ("code,code,period,value\nA,A,2020,1\n", "names the column 'code' twice"),
        ("code,,period,value\nA,,2020,1\n", "leaves a name out"),
        ("code,period,value\n", "a header and no records"),
        ("code,period,value\nA,2020,84.6", "the last line has no end"),
        ("code,period,value\nA,2020\n", "line 2 has 2 fields where the header has 3"),
        ("code,period,value\nA,2020,1\nA,2020,2\n", "records 1 and 2 have the same key"),
        ("code,period,value\nA,2020,one\n", "record 1 has the value 'one'"),
        ("code,period,value\nA,soon,1\n", "'soon' is no period"),
        ('{"a": 1}', "is json, not CSV"),
        ("<html><body>", "web page"),
        ("code,period,value\nMünchen,2020,1\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_bad_input_is_one_sentence(written, content, words):
    with pytest.raises(Invalid, match=words) as caught:
        carrier.read(written("bad.csv", content))
    assert "bad.csv" in str(caught.value)


def test_no_live_address():
    assert carrier.HOSTS == ()
    with pytest.raises(Refused, match="carrier/x has no live address"):
        carrier.request("x", {})


def test_every_error_is_a_source_error(written):
    for cut in range(40):
        try:
            carrier.read(written("cut.csv", b"code,period,value\nA,2020,1\nB,2020,2\n"[:cut]))
        except SourceError as error:
            assert str(error).endswith((".", "…")) and "cut.csv" in str(error)
