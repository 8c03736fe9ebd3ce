"""Data Package 2.0: the four published profiles by JSON Schema, frictionless for the rows."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

from tests.validate.common import csv_rows, edit_csv, edit_json, equal, published

BY = "JSON Schema profiles 2.0, frictionless 5, read back"
# Frictionless reads row by row in Python: tables beyond this are checked by reading back alone.
MOST_ROWS = 30_000


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about a descriptor, schema or row that is wrong."""
    return [
        *_profiles(folder),
        *_rows(folder),
        *_frictionless(folder),
        *_as_published(folder, release),
    ]


def _profiles(folder: Path) -> list[str]:
    from jsonschema import Draft7Validator

    found = []
    files = [(folder / "datapackage.json", "datapackage")]
    files += [(p, "tableschema") for p in sorted((folder / "schemas").glob("*.json"))]
    for path, profile in files:
        schema = json.loads(
            published(f"data_package/profile_2.0_{profile}.json").read_text(encoding="utf-8")
        )
        for error in Draft7Validator(schema).iter_errors(json.loads(path.read_text("utf-8"))):
            found.append(f"{path.name}: {error.message[:200]}")
    return found


def _rows(folder: Path) -> list[str]:
    """Closed lists and keys, over all tables at once: what takes frictionless minutes."""
    found = []
    tables = {p.stem: _read(folder, p.stem) for p in sorted((folder / "csv").glob("*.csv"))}
    for path in sorted((folder / "schemas").glob("*.json")):
        schema = json.loads(path.read_text("utf-8"))
        rows = tables.get(path.stem)
        if isinstance(rows, str) or rows is None:
            found.append(rows or f"{path.stem}.csv is missing.")
            continue
        for key in schema.get("foreignKeys", []):
            target = tables[key["reference"]["resource"]]
            (column,), (of,) = key["fields"], key["reference"]["fields"]
            unknown = set(rows[column].to_pylist()) - set(target[of].to_pylist()) - {None}
            if unknown:
                found.append(
                    f"{path.stem}: {column} holds {sorted(unknown)[0]!r}, which is no code."
                )
        counted = rows.group_by(schema["primaryKey"]).aggregate([([], "count_all")])
        if len(counted) != len(rows):
            found.append(f"{path.stem}: {len(rows) - len(counted)} keys stand more than once.")
    return found


def _read(folder: Path, name: str):
    """One CSV file by the types of the Parquet file beside it; a sentence where it cannot be read."""
    import pyarrow as pa

    try:
        schema = pq.read_schema(folder / "parquet" / f"{name}.parquet")
        return csv_rows(folder / "csv" / f"{name}.csv", schema)
    except (pa.ArrowException, OSError) as error:
        return f"{name}.csv cannot be read: {str(error)[:150]}"


def _frictionless(folder: Path) -> list[str]:
    from frictionless import FrictionlessException, Package, system

    system.trusted = True
    found = []
    for error in Package.metadata_validate(
        json.loads((folder / "datapackage.json").read_text("utf-8"))
    ):
        found.append(f"datapackage.json: {error.message}")
    if found:
        return found
    try:
        package = Package(str(folder / "datapackage.json"))
    except FrictionlessException as error:
        return [f"datapackage.json: {str(error)[:200]}"]
    for resource in package.resources:
        rows = pq.read_metadata(
            folder / "parquet" / f"{resource.name.removesuffix('-parquet')}.parquet"
        )
        if resource.format != "csv" or rows.num_rows > MOST_ROWS:
            continue
        report = resource.validate(limit_errors=3)
        found += [f"{resource.name}: {e[0][:200]}" for e in report.flatten(["message"])]
    return found


def _as_published(folder: Path, release: Path) -> list[str]:
    """Rows, values, nulls and empty texts are those of the release, in both forms."""
    found = []
    for path in sorted((release / "parquet").glob("*.parquet")):
        expected = pq.read_table(path)
        rows = _read(folder, path.stem)
        found += [rows] if isinstance(rows, str) else equal(rows, expected, f"{path.stem}.csv")
        copy = folder / "parquet" / path.name
        if not copy.is_file() or copy.read_bytes() != path.read_bytes():
            found.append(f"{path.name} is not the file of the release.")
    return found


def _code(rows: list[dict[str, str]]) -> None:
    rows[0]["metro_id"] = "xx-nowhere"


FAULTS = {
    "an unknown code": lambda f: edit_csv(f / "csv/latest.csv", _code),
    "a key twice": lambda f: edit_csv(f / "csv/latest.csv", lambda rows: rows.append(rows[0])),
    "text for a number": lambda f: edit_csv(
        f / "csv/latest.csv", lambda rows: rows[0].update(value="many")
    ),
    "a row missing": lambda f: edit_csv(f / "csv/observation.csv", lambda rows: rows.pop()),
    "no resources": lambda f: edit_json(f / "datapackage.json", lambda d: d.pop("resources")),
    "a type that is none": lambda f: edit_json(
        f / "schemas/latest.json", lambda d: d["fields"][0].update(type="words")
    ),
}
