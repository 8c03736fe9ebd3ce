"""Exports as they are made; the standards' own validators read them in tests/system."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from released import copied

from pipelines.cli import observatory
from warehouse.errors import WarehouseError
from warehouse.publications import exports
from warehouse.publications.exports.formats import _figures, json_stat, sdmx
from warehouse.publications.model import Release


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Release:
    return Release(copied(tmp_path_factory.mktemp("export")))


@pytest.fixture(scope="module")
def made(release, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    exports.write(release, folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_every_format_is_found_by_its_file_and_says_what_it_is(made):
    assert {p.name for p in made.iterdir()} == set(exports.names())
    for name in exports.names():
        assert exports.load(name).TITLE
        assert list((made / name).iterdir()), name


def test_the_same_release_gives_the_same_bytes(release, made, tmp_path):
    exports.write(Release(release.folder), tmp_path)
    assert contents(tmp_path) == contents(made)


def test_formats_share_the_csv_files_that_they_have_in_common(made, release, tmp_path):
    one, other = made / "csvw" / "latest.csv", made / "data-package" / "csv" / "latest.csv"
    assert one.samefile(other)
    assert not list(made.glob(".*"))
    (alone,) = exports.write(release, tmp_path, ["csvw"])
    assert (alone / "latest.csv").read_bytes() == one.read_bytes()


def test_a_release_is_never_touched(release, made):
    from warehouse import release as releasing

    releasing.verify(release.folder)


def test_a_key_of_the_current_figures_is_unique_and_a_second_series_is_told_apart(
    release, monkeypatch
):
    rows = _figures.current(release)
    assert len(rows) == len(rows.group_by(list(_figures.KEY)).aggregate([])) == 51
    twice = release.read("observation")
    first = twice.slice(0, 1)
    place = twice.schema.get_field_index("series_key")
    other = first.set_column(place, twice.schema.field(place), pa.array(["another"]))
    more = Release(release.folder)
    more.sql = lambda sql: _run(sql, pa.concat_tables([twice, other]))  # ty: ignore
    found = _figures.current(more)
    assert len(found) == 52
    assert [d for d in pc.unique(found["dataset"]).to_pylist() if "#" in d] == [
        f"{first['source_id'][0]}/{first['dataset'][0]}#2"
    ]
    assert len(found) == len(found.group_by(list(_figures.KEY)).aggregate([]))


def _run(sql: str, observation: pa.Table) -> pa.Table:
    from warehouse import query

    return query.run(sql, {"observation": observation})


def test_json_stat_never_mixes_two_delineations_and_keeps_what_is_missing(made):
    folder = made / "json-stat"
    gdp = [p.name for p in sorted(folder.glob("gdp__*"))]
    assert gdp == ["gdp__fua__oecd_fua__2012.json", "gdp__fua__oecd_fua__2024.json"]
    rates = json.loads(
        (folder / "employment_rate__metro_region__eurostat_metro__NUTS2021.json").read_text()
    )
    assert rates["size"] == [1, 3, 2, 1, 1, 1]
    assert len(rates["status"]) == 6
    assert len(rates["value"]) == 4
    assert sorted(rates["status"].values()) == ["A", "A", "A", "A", "O", "O"]
    assert sorted(rates["extension"]["flags"].values()) == ["bu"] * 4
    assert set(rates["extension"]["lower"].values()) == {60.0}


def test_sdmx_identifiers_never_collide():
    given = sdmx.identifiers(["a:b", "a|b", "a-b", "", "plain"])
    assert len(set(given.values())) == 5
    assert given["plain"] == "plain"
    assert all(sdmx.re.fullmatch(r"[A-Za-z0-9_@$-]+", i) for i in given.values())


def test_sdmx_data_name_their_structure_and_hold_no_revision(made):
    with (made / "sdmx" / "data.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 51
    assert {r["STRUCTURE_ID"] for r in rows} == {"OBSERVATORY:FIGURES(1.0.0)"}
    assert "7.25" not in {r["OBS_VALUE"] for r in rows}


def test_a_closed_list_is_a_foreign_key_of_the_data_package(made):
    schema = json.loads((made / "data-package" / "schemas" / "latest.json").read_text())
    keys = {k["fields"][0]: k["reference"] for k in schema["foreignKeys"]}
    assert keys["metro_id"] == {"resource": "metro", "fields": ["metro_id"]}
    assert keys["scale"] == {"resource": "scale", "fields": ["scale"]}


def test_one_country_or_indicator_is_one_small_file(made):
    folder = made / "split-parquet"
    assert {p.stem for p in (folder / "by_country").iterdir()} == {"ESP", "GRC", "VEN", "NAM"}
    rows = pq.read_table(folder / "by_indicator" / "population.parquet")
    assert set(rows["indicator_id"].to_pylist()) == {"population"}
    assert len(rows) == 41  # with the figure that was revised
    assert rows.schema.field("value").metadata[b"description"]


def test_the_catalogue_gives_each_indicator_and_table_once(made, release):
    graph = json.loads((made / "dcat-ap" / "catalog.jsonld").read_text())["@graph"]
    names = [n["dct:identifier"] for n in graph if n["@type"] == "dcat:Dataset"]
    assert len(names) == len(set(names)) == 4 + len(release.tables)
    assert not [n for n in graph if n.get("@id") == "#contact"]  # no address is made up


def test_a_file_name_holds_no_character_that_a_file_system_refuses():
    assert json_stat.file_name(["a/b", "c:d", "e", "f"]) == "a-b__c-d__e__f.json"


def test_an_unknown_format_is_a_sentence(release, tmp_path):
    with pytest.raises(WarehouseError, match="no export format 'nothing'; choose one of bibtex"):
        exports.write(release, tmp_path, ["nothing"])


def test_a_folder_that_cannot_be_written_is_a_sentence(release, tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(WarehouseError, match="export csl cannot be written"):
        exports.write(release, tmp_path / "file", ["csl"])


def test_the_command_lists_the_formats_and_writes_one(release, tmp_path):
    run = CliRunner().invoke
    listed = run(observatory, ["export"])
    assert [line.split()[0] for line in listed.output.splitlines()] == [
        *exports.names(),
        "metadata",
        "xlsx",
    ]
    done = run(observatory, ["export", "csl", str(tmp_path), "--release", str(release.folder)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "csl" / "citation.json").is_file()
    wrong = run(observatory, ["export", "csl", str(tmp_path), "--all"])
    assert wrong.exit_code == 2
    assert "--all takes no FORMAT" in wrong.output
