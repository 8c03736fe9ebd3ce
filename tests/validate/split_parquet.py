"""Parquet by country and by indicator: together they are the table of the release."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.validate.common import edit_json, table

BY = "read back: rows and values of both splits, checksums of the index"


def check(folder: Path, release: Path) -> list[str]:
    """Sentences where a split is not the table of the release, or the index is wrong."""
    said = []
    listed = json.loads((folder / "index.json").read_text("utf-8"))["files"]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*.parquet")}
    if {f["path"] for f in listed} != there:
        said.append("index.json does not list the files that are there.")
    for file in listed:
        path = folder / file["path"]
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != file["sha256"]:
            said.append(f"{file['path']} is not as index.json says.")
    expected = table(release, "observation")
    order = [
        (n, "ascending")
        for n in (
            "indicator_id",
            "unit_id",
            "sex",
            "age",
            "period",
            "series_key",
            "recorded_from",
            "dataset",
            "vintage",
            "system",
        )
    ]
    for split in ("by_country", "by_indicator"):
        try:
            parts = [pq.read_table(p) for p in sorted((folder / split).glob("*.parquet"))]
        except pa.ArrowException as error:
            said.append(f"{split}: {str(error)[:150]}")
            continue
        rows = pa.concat_tables(parts)
        if not rows.sort_by(order).equals(expected.sort_by(order)):
            said.append(f"{split} is not table observation: {len(rows)} of {len(expected)} rows.")
    return said


def _first(folder: Path) -> Path:
    return min((folder / "by_country").glob("*.parquet"))


FAULTS = {
    "a file missing": lambda f: _first(f).unlink(),
    "a row missing": lambda f: pq.write_table(pq.read_table(_first(f)).slice(1), _first(f)),
    "a file cut short": lambda f: _first(f).write_bytes(_first(f).read_bytes()[:-10]),
    "a checksum that is wrong": lambda f: edit_json(
        f / "index.json", lambda d: d["files"][0].update(sha256="0" * 64)
    ),
}
