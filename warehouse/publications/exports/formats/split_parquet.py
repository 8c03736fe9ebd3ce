"""All figures as Parquet split and sorted, so that one metropolis or one indicator is a small read.

`by_country/<iso3>.parquet` is sorted by metropolis, `by_indicator/<indicator>.parquet` by indicator
and then metropolis; small groups of rows with a page index let a reader that asks by HTTP Range take
a part of a file. `index.json` lists the files with their rows, bytes and SHA-256. Revisions included.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import store
from warehouse.publications.citation import dumps
from warehouse.publications.model import Release

TITLE = "Parquet by country and by indicator: one metropolis or indicator is a small read over HTTP"
ROW_GROUP = 8192
SPLIT = {"by_country": ("iso3", "metro_id"), "by_indicator": ("indicator_id", "metro_id")}


def write(release: Release, folder: Path) -> None:
    """Write the folders `by_country` and `by_indicator`, and `index.json`."""
    key = ", ".join(release.tables["observation"].key)
    fields = release.read("observation").schema
    listed = []
    for name, by in SPLIT.items():
        rows = release.sql(
            f"select m.iso3, o.* from observation as o join metro as m using (metro_id) "
            f"order by {', '.join(by)}, {key}"
        )
        (folder / name).mkdir()
        for value, part in _parts(rows, by[0]):
            path = folder / name / f"{value}.parquet"
            _write(part.drop_columns(["iso3"]), fields, path)
            listed.append(
                {
                    "path": f"{name}/{path.name}",
                    "rows": len(part),
                    "bytes": path.stat().st_size,
                    "sha256": store.digest(path),
                }
            )
    text = dumps({"release": release.name, "table": "observation", "files": listed})
    (folder / "index.json").write_text(text, encoding="utf-8")


def _parts(rows: pa.Table, by: str) -> list[tuple[str, pa.Table]]:
    """The rows of each value of `by`, by which they are sorted."""
    if not len(rows):
        return []
    code = rows[by].combine_chunks().dictionary_encode().indices.to_numpy()
    edges = [0, *(np.flatnonzero(code[1:] != code[:-1]) + 1).tolist(), len(rows)]
    return [(rows[by][a].as_py(), rows.slice(a, b - a)) for a, b in itertools.pairwise(edges)]


def _write(part: pa.Table, fields: pa.Schema, path: Path) -> None:
    """One file, with what the release says of the table and its columns."""
    pq.write_table(
        part.select(fields.names).cast(fields),
        path,
        compression="zstd",
        row_group_size=ROW_GROUP,
        write_page_index=True,
    )
