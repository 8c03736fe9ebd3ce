"""The crosswalk by itself: a data package, GeoParquet points, README and citation."""

from __future__ import annotations

import csv
import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import catalog
from warehouse import tables
from warehouse.home import Home
from warehouse.inputs import Inputs
from warehouse.methods import from_csv
from warehouse.registry import crosswalk

STATED = {t.name: t for t in tables.stated().values()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    release = tmp_path_factory.mktemp("release")
    known = catalog.load()
    made = {n: from_csv.make(Inputs(STATED[n], Home(release), known)) for n in crosswalk.TABLES}
    crosswalk.write(release, made, STATED, "2026.11.23.1")
    return release / crosswalk.FOLDER


def test_the_points_are_geoparquet_that_duckdb_reads_as_geometry(folder):
    path = folder / crosswalk.POINTS
    geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"][geo["primary_column"]]["encoding"] == "WKB"
    assert geo["columns"]["geometry"]["geometry_types"] == ["Point"]
    west, south, east, north = geo["columns"]["geometry"]["bbox"]
    assert -180 <= west < east <= 180 and -90 <= south < north <= 90
    con = duckdb.connect()
    kind = {r[0]: r[1] for r in con.sql(f"describe from '{path}'").fetchall()}["geometry"]
    assert kind == "GEOMETRY('OGC:CRS84')"
    said = con.sql(
        f"select geometry::varchar from '{path}' where metro_id = 'es-barcelona'"
    ).fetchall()
    assert said == [("POINT (2.15899 41.38879)",)]


def test_a_metropolis_without_a_point_is_left_out_of_the_map(tmp_path):
    columns = {n: pa.array(["x", "y"]) for n in ("metro_id", "name", "iso3", "country", "region", "subregion")}  # fmt: skip
    metro = pa.table(
        columns
        | {
            "metropolis_member": pa.array([True, False]),
            "latitude": pa.array([1.5, None]),
            "longitude": pa.array([2.5, 3.5]),
        }
    )
    assert crosswalk.points(metro, tmp_path / "p.parquet") == 1
    assert crosswalk.points(metro.slice(0, 0), tmp_path / "none.parquet") == 0


def test_the_descriptor_describes_every_file_column_by_column(folder):
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    listed = {r["path"] for r in package["resources"]}
    assert listed == {p.name for p in folder.glob("*.csv")}
    for r in package["resources"]:
        with (folder / r["path"]).open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert header == [f["name"] for f in r["schema"]["fields"]]
        assert all(f["description"] for f in r["schema"]["fields"])
        assert set(r["schema"]["primaryKey"]) <= set(header)


def test_the_descriptor_follows_the_standard(folder, real_data):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((real_data / "standards/data_package/profile_2.0_datapackage.json").read_text())  # fmt: skip
    table = json.loads((real_data / "standards/data_package/profile_2.0_tableschema.json").read_text())  # fmt: skip
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    jsonschema.validate(package, schema)
    for r in package["resources"]:
        jsonschema.validate(r["schema"], table)


def test_licence_sources_and_citation_are_said(folder):
    text = (folder / "README.md").read_text("utf-8")
    assert "CC BY 4.0" in text
    assert all(title in text for title, _ in crosswalk.SOURCES)
    cited = yaml.safe_load((folder / "CITATION.cff").read_text("utf-8"))
    assert cited["type"] == "dataset" and cited["license"] == "CC-BY-4.0"
    assert cited["version"] == "2026.11.23.1"


def test_a_release_without_a_crosswalk_has_no_such_folder(tmp_path):
    crosswalk.write(tmp_path, {}, {}, "2026.11.23.1")
    assert list(tmp_path.iterdir()) == []
