"""GeoParquet 1.1 (geoparquet.org): the metropolises as points.

WKB in OGC:CRS84, with a `bbox` column as covering, so that a reader takes only the rows in a box.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.publications.model import Release

TITLE = "GeoParquet 1.1: the metropolises as points"


def write(release: Release, folder: Path) -> None:
    """Write `metro.parquet`, sorted by place so that near ones are together."""
    metro = release.sql(
        "select * from metro where latitude is not null and longitude is not null "
        "order by round(latitude / 10), longitude, metro_id"
    )
    x, y = (metro[name].to_numpy() for name in ("longitude", "latitude"))
    box = pa.StructArray.from_arrays(
        [pa.array(v) for v in (x, y, x, y)], names=["xmin", "ymin", "xmax", "ymax"]
    )
    table = metro.append_column("bbox", box).append_column("geometry", wkb(x, y))
    about = {
        "encoding": "WKB",
        "geometry_types": ["Point"],
        "covering": {"bbox": {k: ["bbox", k] for k in ("xmin", "ymin", "xmax", "ymax")}},
    }
    if len(x):
        about["bbox"] = [float(v) for v in (x.min(), y.min(), x.max(), y.max())]
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    table = table.replace_schema_metadata({"geo": json.dumps(geo)})
    pq.write_table(table, folder / "metro.parquet", compression="zstd", row_group_size=1024)


def wkb(x: np.ndarray, y: np.ndarray) -> pa.Array:
    """Points as little-endian well-known binary, 21 bytes each (OGC 06-103r4)."""
    made = np.empty(len(x), dtype=[("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
    made["order"], made["type"], made["x"], made["y"] = 1, 1, x, y
    offsets = np.arange(len(x) + 1, dtype=np.int32) * 21
    return pa.Array.from_buffers(
        pa.binary(), len(x), [None, pa.py_buffer(offsets), pa.py_buffer(made.tobytes())]
    )
