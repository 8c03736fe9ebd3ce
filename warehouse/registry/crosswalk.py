"""The crosswalk by itself, for whoever wants nothing else: CSV, a map of points, a citation.

Formats: Data Package v2 (datapackage.org), GeoParquet 1.1.0 (geoparquet.org), CFF 1.2.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.tables import Table

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

FOLDER = "crosswalk"
POINTS = "metro_point.parquet"
TABLES = (
    *("metro", "metro_name", "spatial_unit", "crosswalk", "unit_relation", "boundary_version"),
    *("metro_redirect", "metro_change", "crosswalk_quality", "crosswalk_coverage"),
)
TITLE = "Crosswalk of metropolitan areas"
MAKER = "World Observatory of Metropolitan Areas"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
# Whose lists of places are in it, and under which terms.
SOURCES = (
    ("World Urbanization Prospects 2018, United Nations", "CC BY 3.0 IGO"),
    ("GHSL Urban Centre Database R2019A, European Commission", "CC BY 4.0"),
    ("Cities, functional urban areas and metropolitan regions, Eurostat", "CC BY 4.0"),
    ("Functional urban areas, OECD", "OECD terms of 2018 and CC BY 4.0, with attribution"),
    ("Urban Indicators Database, UN-Habitat", "CC BY 4.0"),
    ("SDG database, United Nations", "reuse with citation"),
    ("GeoNames", "CC BY 4.0"),
    ("Wikidata identifiers, by Natural Earth", "public domain"),
)
_TYPES = {
    "DOUBLE": "number",
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "VARCHAR": "string",
}
_README = f"""# {TITLE}

Which code of which system speaks of which metropolis, at which scale, how closely, and decided how.
It can be used alone: join your table to `crosswalk.csv` on system, code and vintage, as text.

- `metro.csv`: the metropolises; `metro_name.csv`: every name of each, in any script.
- `spatial_unit.csv`: the units of all systems; `no_metro` says why one is on none.
- `crosswalk.csv`: unit to metropolis: `exact`, `close`, `broad` (the unit is wider), `narrow`,
  `part_of` (one of several). Never compare figures of two scales.
- `unit_relation.csv`, `boundary_version.csv`: what is part of what, and what was redrawn when.
- `metro_redirect.csv`, `metro_change.csv`: retired identifiers, and what changed.
- `crosswalk_quality.csv`, `crosswalk_coverage.csv`: its measured precision and recall.
- `{POINTS}`: the metropolises as points (GeoParquet 1.1, WGS 84).

Every column is described in `datapackage.json`. Licence: CC BY 4.0. Cite as in `CITATION.cff`, and
the sources: """


def write(
    release: Path, tables: Mapping[str, pa.Table], statements: Mapping[str, Table], name: str
) -> None:
    """Write the folder `crosswalk` of a release; nothing where the release has no crosswalk.

    `tables` are the published tables by name, `name` is the release's.
    """
    from pyarrow import csv

    chosen = [n for n in TABLES if n in tables]
    if "metro" not in chosen or "crosswalk" not in chosen:
        return
    folder = release / FOLDER
    folder.mkdir()
    for n in chosen:
        plain = csv.WriteOptions(quoting_style="needed")
        csv.write_csv(tables[n], folder / f"{n}.csv", plain)
    points(tables["metro"], folder / POINTS)
    package = datapackage({n: statements[n] for n in chosen}, name)
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (folder / "datapackage.json").write_text(text, encoding="utf-8")
    listed = "; ".join(f"{title} ({terms})" for title, terms in SOURCES)
    (folder / "README.md").write_text(f"{_README}{listed}.\n", encoding="utf-8")
    (folder / "CITATION.cff").write_text(citation(name), encoding="utf-8")


def points(metro: pa.Table, target: Path) -> int:
    """Write the metropolises that have a point as GeoParquet 1.1; how many there are.

    Geometry is WKB in OGC:CRS84 (longitude, latitude in degrees), the standard's default.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    known = metro.filter(pc.and_(pc.is_valid(metro["latitude"]), pc.is_valid(metro["longitude"])))
    x = known["longitude"].to_numpy()
    y = known["latitude"].to_numpy()
    body = _wkb(x, y)
    offsets = np.arange(len(x) + 1, dtype=np.int32) * 21
    geometry = pa.Array.from_buffers(
        pa.binary(), len(x), [None, pa.py_buffer(offsets), pa.py_buffer(body)]
    )
    columns = ["metro_id", "name", "iso3", "country", "region", "subregion", "metropolis_member"]
    table = known.select(columns).append_column("geometry", geometry)
    about: dict[str, Any] = {"encoding": "WKB", "geometry_types": ["Point"]}
    if len(x):
        about["bbox"] = [float(v) for v in (x.min(), y.min(), x.max(), y.max())]
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    table = table.replace_schema_metadata({"geo": json.dumps(geo)})
    pq.write_table(table, target, compression="zstd")
    return len(x)


def _wkb(x: np.ndarray, y: np.ndarray) -> bytes:
    """Points as little-endian well-known binary, 21 bytes each (OGC 06-103r4)."""
    import numpy as np

    made = np.empty(len(x), dtype=[("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
    made["order"], made["type"], made["x"], made["y"] = 1, 1, x, y
    return made.tobytes()


def datapackage(statements: Mapping[str, Table], name: str) -> dict[str, Any]:
    """The Data Package v2 descriptor of these tables as CSV."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "metropolitan-crosswalk",
        "title": TITLE,
        "version": name,
        "description": "Which code of which system speaks of which metropolis, with measured precision and recall.",
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE}],
        "contributors": [{"title": MAKER, "roles": ["author"]}],
        "sources": [{"title": f"{title} ({terms})"} for title, terms in SOURCES],
        "resources": [_resource(t) for t in statements.values()],
    }


def _resource(statement: Table) -> dict[str, Any]:
    return {
        "name": statement.name.replace("_", "-"),
        "path": f"{statement.name}.csv",
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": statement.meaning,
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": [
                {
                    "name": c.name,
                    "type": _TYPES[c.type],
                    "description": f"{c.meaning} Unit: {c.unit}." if c.unit else c.meaning,
                    "constraints": {"required": not c.null and "empty" not in c.meaning},
                }
                for c in statement.columns
            ],
            "primaryKey": list(statement.key),
            "missingValues": [""],
        },
    }


def citation(name: str) -> str:
    """How to cite the crosswalk of a release, as CFF 1.2.0."""
    return (
        "cff-version: 1.2.0\n"
        "message: Cite the crosswalk as below, and the sources that README.md names.\n"
        "type: dataset\n"
        f"title: {TITLE}\n"
        f"version: {name}\n"
        "license: CC-BY-4.0\n"
        f"authors:\n  - name: {MAKER}\n"
    )
