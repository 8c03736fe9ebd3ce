from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from sources.errors import Invalid
from sources.store import pack
from sources.store.snapshots import Snapshot, sha256

TERMS = {
    "licence": "CC-BY-4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "attribution": "Somebody",
    "upstream_vintage": "2020",
    "url": "https://example.org/data?format=CSV",
}
CSV = b"code,value,secret\r\nES002M,1.50,x\r\nAT001MC,2,y\r\n"


def plan(folder: Path, *datasets: dict) -> Path:
    folder.mkdir(exist_ok=True)
    listed = {"retrieved_at": "2026-11-23T00:00:00Z", "datasets": [TERMS | d for d in datasets]}
    (folder / "pack.yaml").write_text(yaml.safe_dump(listed), encoding="utf-8")
    return folder


def one(tmp_path: Path, content: bytes, name: str, **entry: object) -> tuple[Snapshot, Path]:
    (tmp_path / "files").mkdir(exist_ok=True)
    (tmp_path / "files" / name).write_bytes(content)
    out = plan(tmp_path / "out", {"file": name, "provider": "p", "dataset": "d"} | entry)
    (made,) = pack.pack(tmp_path / "files", out)
    return made, out / "p" / made.filename


def test_what_was_served_is_kept_compressed_and_reproducible(tmp_path: Path) -> None:
    made, file = one(tmp_path, CSV, "a.csv", how="gzip")
    first = file.read_bytes()
    assert gzip.decompress(first) == CSV
    assert file.name == "d.csv.gz"
    assert (made.content_encoding, made.rewritten, made.origin) == ("gzip", "", "bundled")
    assert made.original_sha256 == sha256(tmp_path / "files" / "a.csv")
    assert pack.bundled(tmp_path / "out") == [(made, file)]
    sidecar = (tmp_path / "out" / "p" / "d.json").read_bytes()
    assert one(tmp_path, CSV, "a.csv", how="gzip") == (made, file)
    assert (file.read_bytes(), (tmp_path / "out" / "p" / "d.json").read_bytes()) == (first, sidecar)


def test_a_query_keeps_only_what_may_be_kept(tmp_path: Path) -> None:
    sql = "select code, value from read_csv($file, all_varchar = true) order by code"
    made, file = one(tmp_path, CSV, "it's.csv", how="sql", sql=sql, rewritten="two columns")
    assert gzip.decompress(file.read_bytes()) == b"code,value\nAT001MC,2\nES002M,1.50\n"
    assert made.rewritten == "two columns"
    assert b"secret" not in (tmp_path / "out" / "p" / "d.json").read_bytes()


def test_a_workbook_is_written_again_cell_by_cell_and_reproducible(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "DATA"
    sheet["B4"], sheet["C4"], sheet["B5"], sheet["C5"] = "code", "1950", 20001, 82.468
    book.create_sheet("NOTES")["A1"] = "a note"
    (tmp_path / "files").mkdir()
    source = tmp_path / "files" / "w.xlsx"
    book.save(source)
    made, file = one(tmp_path, source.read_bytes(), "w.xlsx", how="workbook")
    read = CalamineWorkbook.from_path(str(file))
    assert read.sheet_names == ["DATA", "NOTES"]
    cells = read.get_sheet_by_name("DATA").to_python(skip_empty_area=False)
    assert cells[3:] == [["", "code", "1950"], ["", 20001.0, 82.468]]
    assert "written again as .xlsx" in made.rewritten
    with zipfile.ZipFile(file) as parts:
        assert {i.date_time for i in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert core.count("1980-01-01T00:00:00Z") == 2


def test_the_time_of_writing_is_not_in_the_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Workbook()
    book.worksheets[0].append(["a", 1])
    source = tmp_path / "w.xlsx"
    book.save(source)
    now = pack.workbook(source)
    import time

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 4_000_000)
    assert pack.workbook(source) == now


def test_moments_and_carriers_stand_in_the_sidecar(tmp_path: Path) -> None:
    made, _ = one(tmp_path, CSV, "a.csv", how="gzip", published_at="2023-03-10T23:00:00Z")
    assert (made.provenance, made.recorded_from.isoformat()) == ("upstream", "2023-03-10T23:00:00")
    raw = json.loads((tmp_path / "out" / "p" / "d.json").read_text())
    assert raw["published_at"] == "2023-03-10T23:00:00Z"
    assert raw["retrieved_at"] == "2026-11-23T00:00:00Z"


def test_what_a_third_party_derived_is_a_carrier(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    entry = {"file": "a.csv", "provider": "carrier", "dataset": "d", "how": "gzip"}
    (made,) = pack.pack(tmp_path, plan(tmp_path / "out", entry | {"derived_by": "Somebody"}))
    assert (made.provenance, made.derived_by) == ("carrier", "Somebody")


def test_a_carried_edition_of_an_upstreams_dataset_is_marked_and_partial(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.csv.gz").write_bytes(gzip.compress(CSV, mtime=0))
    entry = {"file": "a.csv.gz", "provider": "eurostat", "dataset": "d", "edition": "2025-04"}
    more = {"provenance": "carrier", "derived_by": "a public repository", "partial": ["code"]}
    out = plan(tmp_path / "out", entry | more | {"how": "gzip", "rewritten": "codes"})
    (made,) = pack.pack(tmp_path / "files", out)
    assert made.filename == "d@2025-04.csv.gz"
    assert (made.provenance, made.reader, made.partial) == ("carrier", "carrier", ("code",))
    file = out / "eurostat" / made.filename
    assert gzip.decompress(file.read_bytes()) == CSV  # compressed once, whatever it came in
    assert made.original_sha256 == hashlib.sha256(CSV).hexdigest()
    assert pack.bundled(out) == [(made, file)]


def test_a_missing_file_or_too_much_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = plan(tmp_path / "out", {"file": "no.csv", "provider": "p", "dataset": "d", "how": "gzip"})
    with pytest.raises(Invalid, match=r"no\.csv is not there; give the folder"):
        pack.pack(tmp_path, out)
    monkeypatch.setattr(pack, "LIMIT", 10)
    with pytest.raises(Invalid, match="keep it below 10"):
        one(tmp_path, CSV, "a.csv", how="gzip")


@pytest.mark.system
def test_packing_the_real_files_gives_the_bundled_bytes(real_data: Path, tmp_path: Path) -> None:
    made = pack.pack(real_data, tmp_path, listed=pack.FOLDER / "pack.yaml")
    kept = {(s.provider, s.filename): s for s, _ in pack.bundled()}
    assert len(made) == len(kept)
    for snapshot in made:
        bundled = kept[snapshot.provider, snapshot.filename]
        assert snapshot.original_sha256 == bundled.original_sha256
        old = pack.FOLDER / bundled.provider / bundled.filename
        assert _plain(tmp_path / snapshot.provider / snapshot.filename) == _plain(old)


def _plain(file: Path) -> object:
    """What is inside, whatever library compressed it."""
    if file.suffix == ".gz":
        return gzip.decompress(file.read_bytes())
    with zipfile.ZipFile(file) as parts:
        return {n: parts.read(n) for n in parts.namelist()}


def test_of_the_years_of_a_workbook_only_those_asked_for_are_kept(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    for row in (["A title of 2015"], ["Code", 2014, 2015, 2016], ["x", 1.5, 2.5, 2015]):
        sheet.append(row)
    book.save(tmp_path / "w.xlsx")
    raw = (tmp_path / "w.xlsx").read_bytes()
    made, file = one(
        tmp_path, raw, "w.xlsx", how="workbook", years=[2014, 2016], partial=["period"]
    )
    kept = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    assert kept == [["A title of 2015", "", ""], ["Code", 2014.0, 2016.0], ["x", 1.5, 2015.0]]
    assert made.partial == ("period",)
    assert made.rewritten.endswith("of the columns of years, some are left out")
