"""Damaged files: 200 through every reader here, 10,000 in `make fuzz`, and what was found so far."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from sources.errors import Invalid, Refused, SourceError
from sources.read import PROVIDERS, read
from tests import fuzz
from tests.books import book


@pytest.mark.parametrize("reader", PROVIDERS)
def test_a_damaged_body_is_read_or_refused_in_a_sentence(reader, tmp_path):
    counted, findings = fuzz.run(reader, 1, 200, tmp_path)
    assert findings == []
    assert sum(counted.values()) == 200
    assert counted["Invalid"] > 20


def test_an_undamaged_body_is_read(tmp_path):
    for reader in PROVIDERS:
        outcomes = []
        for raw in fuzz.bodies(reader):
            (tmp_path / "body").write_bytes(raw)
            try:
                outcomes.append(len(read(reader, tmp_path / "body")))
            except SourceError:
                outcomes.append(0)
        assert max(outcomes) > 0, reader


def _with_cell(path, place: bytes):
    """The workbook with its first data cell moved to another place of the sheet."""
    raw, out = path.read_bytes(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'r="B2"', b'r="' + place + b'"'))
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize("place", [b"XFD1048576", b"B99999999", b"ZZZZZZZ2", b"Wtrue3"])
def test_cells_far_apart_do_not_end_the_process(tmp_path, place):
    path = book(tmp_path / "far.xlsx", {"data": [["SeriesCode", "GeoAreaCode"], ["A", 4]]})
    with pytest.raises(Refused, match="so far apart"):
        read("un_sdg", _with_cell(path, place))


def test_an_archive_whose_directory_points_before_its_beginning(tmp_path):
    path = book(tmp_path / "a.xlsx", {"data": [["SeriesCode", "GeoAreaCode"], ["A", 4]]})
    raw = bytearray(path.read_bytes())
    end = raw.rfind(b"PK\x05\x06")
    raw[end + 18] ^= 0x80  # the offset of the directory
    path.write_bytes(raw)
    with pytest.raises(Invalid, match="breaks off or is damaged"):
        read("un_sdg", path)


@pytest.mark.parametrize("reader", ["oecd", "un_sdg", "un_habitat", "ghsl", "carrier"])
def test_a_carriage_return_inside_a_header(tmp_path, reader):
    path = tmp_path / "a.csv"
    path.write_bytes(b"ISO3\rcity,PM2.5\nESP,1\n")
    with pytest.raises(Invalid):
        read(reader, path)


def test_json_nested_deeper_than_any_answer(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'{"data": ' + b"[" * 100_000)
    for reader in ("un_sdg", "un_habitat", "eurostat", "world_bank", "oecd"):
        with pytest.raises(SourceError):
            read(reader, path)


def test_a_missing_column_of_oecd_stat(tmp_path, fixtures):
    path = tmp_path / "a.csv"
    text = (fixtures / "oecd" / "oecd_stat.csv").read_text()
    head, body = text.split("\n", 1)
    head = head.replace("Flag Codes", "-").replace("Year", "Flag Codes").replace("-", "Year")
    path.write_text(f"{head}\n{body}")
    with pytest.raises(Invalid, match="no column 'Flag Codes'"):
        read("oecd", path)


def test_a_sentence_stays_short_whatever_stands_in_the_file(tmp_path, fixtures):
    path = tmp_path / "a.csv"
    text = (fixtures / "eurostat" / "sdmx_csv_1_id.csv").read_text()
    path.write_text(
        text.rstrip("\n") + "\n" + text.splitlines()[-1].replace("ESTAT:", "E" * 9000, 1) + "\n"
    )
    with pytest.raises(Invalid) as found:
        read("eurostat", path)
    assert len(str(found.value)) < 400


def test_a_number_without_end_is_no_figure(tmp_path, fixtures):
    path = tmp_path / "a.tsv"
    path.write_bytes(b"freq,geo\\TIME_PERIOD\t2020 \nA,ES\t1e999 \nA,FR\t2n \n")
    with pytest.raises(Invalid, match="'1e999', which is neither a figure nor a mark"):
        read("eurostat", path)
    document = json.loads((fixtures / "eurostat" / "jsonstat.json").read_text())
    document["value"] = {**document["value"], "0": 0}
    text = json.dumps(document).replace('"0": 0', '"0": 1e999')
    path.write_text(text)
    with pytest.raises(SourceError):
        read("eurostat", path)


@pytest.mark.parametrize(
    "odd", [1.5, [], "x", None, {"index": 1.5}, {"index": [1, {}]}, {"label": 3}]
)
def test_a_dimension_of_another_shape(tmp_path, fixtures, odd):
    document = json.loads((fixtures / "eurostat" / "jsonstat.json").read_text())
    document["dimension"][document["id"][0]]["category"] = odd
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    with pytest.raises(Invalid, match=r"lists? of codes|lists 0 codes"):
        read("eurostat", path)


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("dimensions", "Global"),
        ("attributes", ["x"]),
        ("attributes", 7),
        ("data", 7),
        ("data", ["x"]),
        ("dimensions", [{"id": "Age", "codes": "G"}]),
        ("attributes", [{"id": "Age", "codes": ["G"]}]),
    ],
)
def test_a_codebook_of_another_shape(tmp_path, fixtures, name, odd):
    source = fixtures / "un_sdg" / "pivot.json"
    document = json.loads(source.read_text())
    document[name] = odd
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    with pytest.raises(Invalid, match=f"the field '{name}.* not a list of objects"):
        read("un_sdg", path)


@pytest.mark.parametrize("year", ["inf", "nan", "1e999", "1e9", "-2011"])
def test_a_year_that_is_no_year(tmp_path, year):
    head = [*fuzz._WHO[0], *fuzz._WHO[1]]
    row = ["Europe", "ESP", "Spain", "City", year, 9.5, 20, None, 90, ""]
    path = book(tmp_path / "a.xlsx", {"AAP_2022_city_v9": [head, row]})
    with pytest.raises(Invalid, match=r"a\.xlsx"):
        read("who", path)
