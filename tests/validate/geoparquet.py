"""GeoParquet 1.1: geoparquet-validator; the points are those of the release."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.validate.common import table

BY = "geoparquet-validator 0.2 (core, covering, distribution), read back"


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about what the validator fails, and points that are not those of the release."""
    import geoparquet_validator

    path = folder / "metro.parquet"
    try:
        report = geoparquet_validator.check(str(path))
    except Exception as error:
        return [f"metro.parquet cannot be read: {str(error)[:200]}"]
    failed = geoparquet_validator.failed(report)
    found = [f"metro.parquet: {json.dumps(f)[:200]}" for f in failed]
    if found:
        return found
    rows, metro = pq.read_table(path), table(release, "metro")
    known = metro.filter(pc.and_(pc.is_valid(metro["latitude"]), pc.is_valid(metro["longitude"])))
    expected = {
        r["metro_id"]: (r["longitude"], r["latitude"])
        for r in known.select(["metro_id", "longitude", "latitude"]).to_pylist()
    }
    read, boxes = {}, 0
    for r in rows.select(["metro_id", "geometry", "bbox"]).to_pylist():
        read[r["metro_id"]] = point = struct.unpack("<xIdd", r["geometry"])[1:]
        boxes += tuple(r["bbox"].values()) != (*point, *point)
    if read != expected:
        found.append("the points are not those of the release.")
    if boxes:
        found.append(f"{boxes} boxes are not those of their points.")
    about = json.loads(rows.schema.metadata[b"geo"])["columns"]["geometry"]
    xs, ys = zip(*read.values(), strict=True) if read else ((), ())
    if read and about.get("bbox") != [min(xs), min(ys), max(xs), max(ys)]:
        found.append("the box of the file is not that of its points.")
    return found


def _edit(change: Callable[[pa.Table, dict], pa.Table]) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        path = folder / "metro.parquet"
        rows = pq.read_table(path)
        geo = json.loads(rows.schema.metadata[b"geo"])
        rows = change(rows, geo)
        pq.write_table(rows.replace_schema_metadata({"geo": json.dumps(geo)}), path)

    return plant


def _shifted(rows: pa.Table, geo: dict) -> pa.Table:
    geometry = [g[:5] + struct.pack("<dd", 1.0, 2.0) for g in rows["geometry"].to_pylist()]
    place = rows.column_names.index("geometry")
    return rows.set_column(place, "geometry", pa.array(geometry, pa.binary()))


def _broken(rows: pa.Table, geo: dict) -> pa.Table:
    place = rows.column_names.index("geometry")
    return rows.set_column(place, "geometry", pa.array([b"\x01"] * len(rows), pa.binary()))


FAULTS = {
    "no primary column": _edit(lambda rows, geo: (geo.pop("primary_column"), rows)[1]),
    "an encoding that is none": _edit(
        lambda rows, geo: (geo["columns"]["geometry"].update(encoding="TEXT"), rows)[1]
    ),
    "a geometry that is none": _edit(_broken),
    "points elsewhere": _edit(_shifted),
    "a box that is wrong": _edit(
        lambda rows, geo: (geo["columns"]["geometry"].update(bbox=[0.0, 0.0, 1.0, 1.0]), rows)[1]
    ),
    "no geo metadata": lambda f: pq.write_table(
        pq.read_table(f / "metro.parquet").replace_schema_metadata({}), f / "metro.parquet"
    ),
}
