"""What the checks share: the standards' own files, edits of files, and the figures of a release."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def published(name: str) -> Path:
    """A file that a standard publishes (schemas, shapes), below the folder of real data.

    Raises `FileNotFoundError` with a sentence where it is not there: nothing passes unchecked.
    """
    folder = os.environ.get("OBSERVATORY_REAL_DATA", "")
    path = Path(folder) / "standards" / name
    if not folder or not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: set OBSERVATORY_REAL_DATA to the folder that has standards/{name}."
        )
    return path


def table(release: Path, name: str) -> pa.Table:
    """One table of the release."""
    return pq.read_table(release / "parquet" / f"{name}.parquet")


def current(release: Path) -> pa.Table:
    """The figures without `recorded_to`."""
    rows = table(release, "observation")
    return rows.filter(pc.is_null(rows["recorded_to"]))


def same(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Sentences about what two summaries differ in."""
    return [
        f"{what} is {found.get(what)!r}, but the release has {value!r}."
        for what, value in expected.items()
        if found.get(what) != value
    ]


def total(column: pa.ChunkedArray) -> float | None:
    """The sum of a column, rounded so that the order of adding does not show."""
    numbers = [v for v in column.to_pylist() if v is not None]
    import math

    return math.fsum(numbers) if numbers else None


def counts(column: pa.ChunkedArray) -> dict[str, int]:
    """How often each value occurs; empty texts and nulls are left out."""
    found = pc.value_counts(column.combine_chunks()).to_pylist()
    return {r["values"]: r["counts"] for r in found if r["values"] not in (None, "")}


def edit_json(path: Path, change: Callable[[Any], object]) -> None:
    """Change a JSON file in place."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def edit_csv(path: Path, change: Callable[[list[dict[str, str]]], object]) -> None:
    """Change the rows of a CSV file in place."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def csv_rows(path: Path, schema: pa.Schema) -> pa.Table:
    """A CSV file with the types of the release; without quotes an empty field is null."""
    from pyarrow import csv as reader

    types = {
        f.name: pa.timestamp("us") if pa.types.is_timestamp(f.type) else f.type for f in schema
    }
    convert = reader.ConvertOptions(
        column_types=types,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        timestamp_parsers=["%Y-%m-%dT%H:%M:%SZ", reader.ISO8601],
    )
    parse = reader.ParseOptions(newlines_in_values=True)
    return reader.read_csv(path, convert_options=convert, parse_options=parse)


def equal(found: pa.Table, expected: pa.Table, name: str) -> list[str]:
    """Sentences where a table read back is not that of the release, value by value."""
    if found.column_names != expected.column_names:
        return [f"{name}: the columns are {found.column_names}."]
    if len(found) != len(expected):
        return [f"{name}: {len(found)} rows were read back, the release has {len(expected)}."]
    return [
        f"{name}: column {c} is not as in the release."
        for c in expected.column_names
        if not found[c].cast(expected[c].type).combine_chunks().equals(expected[c].combine_chunks())
    ]


def repeated(rows: pa.Table, key: list[str]) -> int:
    """How many keys stand more than once."""
    counted = rows.group_by(key).aggregate([([], "count_all")])
    return pc.sum(pc.greater(counted["count_all"], 1)).as_py() or 0
