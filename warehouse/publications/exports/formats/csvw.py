"""CSV on the Web (W3C, 2015): every table as CSV with one metadata file.

https://www.w3.org/TR/tabular-metadata/. Closed lists are foreign keys where they point at the key
of a dictionary, as the standard asks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse.publications.citation import dumps
from warehouse.publications.exports.formats import _csv
from warehouse.publications.model import Release, TableDescription

TITLE = "CSV on the Web: every table as CSV, with types, keys and licences in one metadata file"
TYPES = {
    "DOUBLE": "double",
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": {"base": "dateTime", "format": "yyyy-MM-ddTHH:mm:ssX"},
    "VARCHAR": "string",
}


def write(release: Release, folder: Path) -> None:
    """Write `csv-metadata.json` and one CSV file per table."""
    for table in release.tables.values():
        _csv.table(release, table.name, folder / f"{table.name}.csv")
    (folder / "csv-metadata.json").write_text(dumps(_metadata(release)), encoding="utf-8")


def _metadata(release: Release) -> dict[str, Any]:
    about = release.about
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": release.text("title"),
        "dc:description": release.text("description"),
        "dc:publisher": about["publisher"],
        "dc:license": {"@id": about["licence_url"]},
        "dc:issued": {"@value": release.date, "@type": "xsd:date"},
        "schema:version": release.name,
        "tables": [_table(release, t) for t in release.tables.values()],
    }


def _table(release: Release, table: TableDescription) -> dict[str, Any]:
    filled = _csv.always_filled(release, table)
    schema: dict[str, Any] = {
        "columns": [
            {
                "name": f.name,
                "titles": f.name,
                "dc:description": f.described,
                "datatype": TYPES[f.type],
                **({"required": True} if f.name in filled else {}),
            }
            for f in table.fields
        ],
        "primaryKey": list(table.key),
    }
    if keys := [_key(f.name, f.among) for f in table.fields if _points_at_a_key(release, table, f)]:
        schema["foreignKeys"] = keys
    return {
        "url": f"{table.name}.csv",
        "dc:title": table.name,
        "dc:description": table.meaning,
        "dc:rights": table.licence,
        "tableSchema": schema,
    }


def _points_at_a_key(release: Release, table: TableDescription, field) -> bool:
    target, _, column = field.among.partition(".")
    known = release.tables.get(target)
    return known is not None and target != table.name and known.key == (column,)


def _key(name: str, among: str) -> dict[str, Any]:
    target, column = among.split(".", 1)
    return {
        "columnReference": name,
        "reference": {"resource": f"{target}.csv", "columnReference": column},
    }
