"""GHS Urban Centre Database: GHSL's own columns and nothing that carriers added."""

import io
import zipfile

import pyarrow.compute as pc
import pytest

from sources.errors import Invalid
from sources.providers import ghsl
from sources.records import records


def test_only_ghsl_columns_are_read(fixtures):
    table = ghsl.read(fixtures / "ghsl" / "ucdb.csv")
    assert records.about(table).dimensions == ("ID_HDC_G0", "variable")
    assert not {"geometry", "UC_NM_MN", "P00"} & set(table.column_names)
    rows = table.to_pylist()
    assert [(r["ID_HDC_G0"], r["variable"], r["value"], r["value_text"]) for r in rows] == [
        ("1001", "B15", 297.5, "297.5"),
        ("1001", "P15", 3704999.25, "3704999.25"),
        ("1002", "P15", 304112.5, "304112.5"),
    ]
    assert {r["period"] for r in rows} == {"2015"}
    assert [r["ID_HDC_G0_label"] for r in rows] == ["Barcelona", "Barcelona", "NA"]
    assert rows[0]["GCPNT_LON"] == "2.10"


def test_the_archive_as_it_is_downloaded(fixtures, written):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.write(fixtures / "ghsl" / "ucdb.csv", "GHS_STAT_UCDB.csv")
        archive.writestr("readme.txt", "hello")
    raw = stream.getvalue()
    assert ghsl.read(written("u.zip", raw)).equals(ghsl.read(fixtures / "ghsl" / "ucdb.csv"))
    with pytest.raises(Invalid, match="damaged"):
        ghsl.read(written("cut.zip", raw[:-40]))


def test_the_real_extract(real_data):
    table = ghsl.read(real_data / "ghsl" / "ucdb_r2019a_extract.csv")
    assert table.num_rows == 26_270
    assert len(pc.unique(table["ID_HDC_G0"])) == 13_135
    honolulu = table.filter(pc.equal(table["ID_HDC_G0"], "1")).to_pylist()
    assert [r["value"] for r in honolulu] == [80.64737701, 512853.6667]
    assert honolulu[0]["ID_HDC_G0_label"] == "Honolulu"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<html></html>", "web page"),
        (b"ID_HDC_G0,B15\n1,2\n", "no column 'P15' .found: 'ID_HDC_G0', 'B15'"),
        (b"ID_HDC_G0,B15,P15\n", "no records"),
        (b"ID_HDC_G0,B15,P15\n1,2,3\n2,3\n", "fields"),
        (b"ID_HDC_G0,B15,P15\n1,2,3\n1,4,5\n", "records 1 and 2 have the same key"),
        (b"ID_HDC_G0,B15,P15\n1,2,3\n,4,5\n", "without ID_HDC_G0"),
        (b"ID_HDC_G0,B15,P15\n1,2,many\n", "'many'"),
        (b"ID_UC_G0,GC_POP_TOT_2025,GC_UCN_MAI_2025\n1,3,M\xe1laga\n", "UTF-8"),
        (b'{"a": 1}', "is json"),
    ],
)
def test_bad_files_get_a_sentence(written, content, words):
    with pytest.raises(Invalid, match=words):
        ghsl.read(written("bad.csv", content))


def test_the_centres_of_r2024a(written):
    content = (
        "ID_UC_G0,GC_UCN_MAI_2025,GC_CNT_GAD_2025,GC_UCA_KM2_2025,GC_POP_TOT_2025,GC_POP_TOT_2020\n"
        "4411,Barcelona,Spain,592,4801234.5,4700000\n77,NA,Namibia,,1500,\n"
    )
    table = ghsl.read(written("u.csv", content))
    about = records.about(table)
    assert (about.dataset, about.dimensions) == ("ucdb_r2024a", ("ID_UC_G0", "variable"))
    assert [(r["ID_UC_G0"], r["variable"], r["period"], r["value"]) for r in table.to_pylist()] == [
        ("4411", "GC_UCA_KM2", "2025", 592.0),
        ("4411", "GC_POP_TOT", "2025", 4801234.5),
        ("4411", "GC_POP_TOT", "2020", 4700000.0),
        ("77", "GC_POP_TOT", "2025", 1500.0),
    ]
    assert table["ID_UC_G0_label"].to_pylist()[-1] == "NA"
