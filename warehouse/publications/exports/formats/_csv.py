"""Tables as CSV, in one way for all formats: RFC 4180, UTF-8, ISO 8601, true and false.

An empty field without quotes is null; `""` is an empty text.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.publications.model import Release, TableDescription


def write(rows: pa.Table, path: Path) -> None:
    """Write rows as one CSV file."""
    from pyarrow import csv

    path.parent.mkdir(parents=True, exist_ok=True)
    csv.write_csv(_readable(rows), path, csv.WriteOptions(quoting_style="needed"))


def table(release: Release, name: str, path: Path) -> None:
    """Write a table of the release; formats that are written together share one file on the disc."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if release.shared is None:
        write(release.read(name), path)
        return
    kept = release.shared / f"{name}.csv"
    if not kept.exists():
        write(release.read(name), kept)
    try:
        os.link(kept, path)
    except OSError:  # a file system without hard links
        shutil.copyfile(kept, path)


def always_filled(release: Release, table: TableDescription) -> set[str]:
    """The columns without null and without an empty text, which most readers of CSV take for null."""
    rows = release.read(table.name)
    return {
        f.name
        for f in table.fields
        if not f.null and not (f.type == "VARCHAR" and pc.any(pc.equal(rows[f.name], "")).as_py())
    }


def _readable(rows: pa.Table) -> pa.Table:
    """Moments as ISO 8601 in UTC; Arrow would write them with a space."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(_seconds(rows[field.name]), format="%Y-%m-%dT%H:%M:%SZ")
            rows = rows.set_column(place, field.name, text)
    return rows


def _seconds(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return moments.cast(pa.timestamp("s"))
    except pa.ArrowInvalid:  # parts of a second are kept
        return moments
