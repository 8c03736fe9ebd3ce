"""Data Package 2.0 (datapackage.org): every table as CSV and as Parquet, one descriptor.

The two forms of a table share one schema file, with key, required columns and the closed lists as
foreign keys, so that a reader of the standard checks codes by itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warehouse.publications.citation import dumps
from warehouse.publications.exports.formats import _csv
from warehouse.publications.model import Release, TableDescription

TITLE = "Data Package 2.0: every table as CSV and Parquet, with schemas, keys and licences"
PROFILE = "https://datapackage.org/profiles/2.0/{}.json"
TYPES = {
    "DOUBLE": "number",
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "VARCHAR": "string",
}


def write(release: Release, folder: Path) -> None:
    """Write `datapackage.json`, `schemas/`, `csv/` and `parquet/`."""
    for name in ("schemas", "parquet"):
        (folder / name).mkdir()
    for table in release.tables.values():
        _csv.table(release, table.name, folder / "csv" / f"{table.name}.csv")
        shutil.copyfile(table.path, folder / "parquet" / table.path.name)
        schema = dumps(_schema(release, table))
        (folder / "schemas" / f"{table.name}.json").write_text(schema, encoding="utf-8")
    (folder / "datapackage.json").write_text(dumps(_descriptor(release)), encoding="utf-8")


def _descriptor(release: Release) -> dict[str, Any]:
    about = release.about
    told = {"homepage": about["homepage"]} if about["homepage"] else {}
    return {
        "$schema": PROFILE.format("datapackage"),
        "name": "world-observatory-of-metropolitan-areas",
        "title": release.text("title"),
        "description": release.text("description"),
        "version": release.name,
        "created": f"{release.date}T00:00:00Z",
        **told,
        "keywords": about["keywords"],
        "licenses": [{"name": about["licence"], "path": about["licence_url"]}],
        "contributors": [{"title": about["publisher"], "roles": ["author", "publisher"]}],
        "sources": [_source(s) for s in release.used],
        "resources": [r for t in release.tables.values() for r in _resources(release, t)],
    }


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    entry = {"title": source["credit"], "version": source["dataset"]}
    if str(source["homepage"] or "").startswith(("http://", "https://")):
        entry["path"] = source["homepage"]
    return entry


def _resources(release: Release, table: TableDescription) -> list[dict[str, Any]]:
    common = {
        "type": "table",
        "title": table.name,
        "description": f"{table.meaning} {table.licence}",
        "schema": f"schemas/{table.name}.json",
        "licenses": _licences(release, table),
    }
    return [
        {
            "name": table.name,
            "path": f"csv/{table.name}.csv",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            **common,
        },
        {
            "name": f"{table.name}-parquet",
            "path": f"parquet/{table.name}.parquet",
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            **common,
        },
    ]


def _licences(release: Release, table: TableDescription) -> list[dict[str, str]]:
    """The licences of the datasets in the table, else that of the compilation."""
    about = release.about
    own = [{"name": about["licence"], "path": about["licence_url"]}]
    urls = {f"{s['source_id']}/{s['dataset']}": s for s in release.sources}
    listed: dict[str, dict[str, str]] = {}
    for dataset, said in table.licences.items():
        source = urls.get(dataset)
        entry = {"title": said["licence"]}
        if source and source["spdx"]:
            entry["name"] = source["spdx"]
        if source and source["licence_url"]:
            entry["path"] = source["licence_url"]
        if "name" in entry or "path" in entry:
            listed[said["licence"]] = entry
    return [listed[k] for k in sorted(listed)] or own


def _schema(release: Release, table: TableDescription) -> dict[str, Any]:
    filled = _csv.always_filled(release, table)
    schema: dict[str, Any] = {
        "$schema": PROFILE.format("tableschema"),
        "fields": [
            {
                "name": f.name,
                "type": TYPES[f.type],
                "description": f.described,
                **({"constraints": {"required": True}} if f.name in filled else {}),
            }
            for f in table.fields
        ],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    keys = [
        {"fields": [f.name], "reference": {"resource": target, "fields": [column]}}
        for f in table.fields
        if f.among
        for target, column in [f.among.split(".", 1)]
        if target in release.tables and target != table.name
    ]
    return {**schema, **({"foreignKeys": keys} if keys else {})}
