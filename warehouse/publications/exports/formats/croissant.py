"""Croissant 1.0 (MLCommons): table `latest` with its dictionaries, for machine learning tools."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from warehouse.publications import citation
from warehouse.publications.exports.formats import _csv
from warehouse.publications.model import Release, TableDescription

TITLE = "Croissant 1.0: table latest and its dictionaries, for machine learning tools"
TABLES = ("latest", "indicator", "metro", "scale", "unit", "source")
TYPES = {
    "DOUBLE": "sc:Float",
    "BIGINT": "sc:Integer",
    "BOOLEAN": "sc:Boolean",
    "DATE": "sc:Date",
    "TIMESTAMP": "sc:DateTime",
    "VARCHAR": "sc:Text",
}
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write(release: Release, folder: Path) -> None:
    """Write `croissant.json` and the CSV files that it describes."""
    tables = [release.tables[t] for t in TABLES if t in release.tables]
    digests = {}
    for table in tables:
        path = folder / f"{table.name}.csv"
        _csv.table(release, table.name, path)
        digests[table.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    about = release.about
    maker = {"@type": "sc:Organization", "name": about["publisher"]}
    made = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "world-observatory-of-metropolitan-areas",
        "description": release.text("description"),
        "license": about["licence_url"],
        "url": about["homepage"] or "./",
        "version": ".".join(release.name.split(".")[:3]),
        "datePublished": release.date,
        "citeAs": citation.bibtex(release),
        "creator": maker,
        "publisher": maker,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{t.name}.csv",
                "name": f"{t.name}.csv",
                "contentUrl": f"{t.name}.csv",
                "encodingFormat": "text/csv",
                "sha256": digests[t.name],
            }
            for t in tables
        ],
        "recordSet": [_records(t) for t in tables],
    }
    (folder / "croissant.json").write_text(citation.dumps(made), encoding="utf-8")


def _records(table: TableDescription) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.meaning,
        "key": [{"@id": f"{table.name}/{k}"} for k in table.key],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{table.name}/{f.name}",
                "name": f"{table.name}/{f.name}",
                "description": f.described,
                "dataType": TYPES[f.type],
                "source": {
                    "fileObject": {"@id": f"{table.name}.csv"},
                    "extract": {"column": f.name},
                },
            }
            for f in table.fields
        ],
    }
