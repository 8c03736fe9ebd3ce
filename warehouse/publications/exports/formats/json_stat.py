"""JSON-stat 2.0 (json-stat.org): one dataset per indicator, scale, system and delineation.

So that figures of two scales can never be mixed. The figures are those that are current; a figure
is found by unit, sex, age, period, unit of measure and dataset. Values are sparse: what is absent is
unknown. `status` holds the SDMX code, `extension.flags` the flags of the source by the same index.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.publications.exports.formats import _figures
from warehouse.publications.model import Release

TITLE = "JSON-stat 2.0: one dataset per indicator, scale, system and delineation"
BY = ("indicator_id", "scale", "system", "vintage")
DIMENSIONS = ("unit_id", "sex", "age", "unit", "dataset", "period")


def write(release: Release, folder: Path) -> None:
    """Write one file per dataset, and `collection.json`, which lists them."""
    import orjson

    rows = _figures.current(release)
    labels = _labels(release)
    items = []
    for part in _parts(rows):
        made = _dataset(release, part, labels)
        name = file_name([part[c][0].as_py() for c in BY])
        (folder / name).write_bytes(orjson.dumps(made))
        item = {"class": "dataset", "label": made["label"], "extension": {"file": name}}
        if home := release.about["homepage"]:  # an address of the standard is never relative
            at = f"{home.rstrip('/')}/publications/{release.name}/exports/json-stat/"
            item["href"] = at + quote(name)
        items.append(item)
    collection = {
        "version": "2.0",
        "class": "collection",
        "label": f"{release.text('title')}, release {release.name}",
        "updated": release.date,
        "link": {"item": items},
    }
    (folder / "collection.json").write_bytes(orjson.dumps(collection, option=orjson.OPT_INDENT_2))


def file_name(codes: list[str]) -> str:
    """The file of one dataset, given its indicator, scale, system and delineation."""
    return "__".join(re.sub(r"[^\w.-]", "-", c) for c in codes) + ".json"


def _parts(rows: pa.Table) -> list[pa.Table]:
    """The rows of each dataset; they come sorted by it."""
    if not len(rows):
        return []
    changed = np.zeros(len(rows) - 1, dtype=bool)
    for name in BY:
        code = rows[name].combine_chunks().dictionary_encode().indices.to_numpy()
        changed |= code[1:] != code[:-1]
    edges = [0, *(np.flatnonzero(changed) + 1).tolist(), len(rows)]
    return [rows.slice(a, b - a) for a, b in itertools.pairwise(edges)]


def _dataset(release: Release, part: pa.Table, labels: dict[str, dict[str, str]]) -> dict[str, Any]:
    indicator, scale, system, vintage = (part[c][0].as_py() for c in BY)
    codes, places = {}, np.zeros(len(part), dtype=np.int64)
    for name in DIMENSIONS:
        listed = sorted(pc.unique(part[name]).to_pylist())
        codes[name] = listed
        found = pc.index_in(part[name], pa.array(listed)).to_numpy(zero_copy_only=False)
        places = places * len(listed) + found
    index = [str(p) for p in places.tolist()]

    def by_index(name: str, empty: object = None) -> dict[str, Any]:
        values = part[name].to_pylist()
        return {k: v for k, v in zip(index, values, strict=True) if v is not None and v != empty}

    bounds = {name: by_index(name) for name in ("lower", "upper")}
    extension = {
        "indicator_id": indicator,
        "scale": scale,
        "system": system,
        "vintage": vintage,
        "release": release.name,
        "metro_id": dict(
            zip(part["unit_id"].to_pylist(), part["metro_id"].to_pylist(), strict=True)
        ),
        "flags": by_index("flags", ""),
        **{name: found for name, found in bounds.items() if found},
        "credits": [labels["credit"][d] for d in codes["dataset"] if d in labels["credit"]],
    }
    return {
        "version": "2.0",
        "class": "dataset",
        "label": f"{labels['indicator'].get(indicator, indicator)}; {scale}, {system} {vintage}",
        "source": "; ".join(labels["dataset"].get(d, d) for d in codes["dataset"]),
        "updated": release.date,
        "id": list(DIMENSIONS),
        "size": [len(codes[d]) for d in DIMENSIONS],
        "role": {"time": ["period"], "geo": ["unit_id"]},
        "dimension": {
            name: {
                "label": name,
                "category": {
                    "index": codes[name],
                    "label": {c: labels.get(name, {}).get(c, c) for c in codes[name]},
                },
            }
            for name in DIMENSIONS
        },
        "value": by_index("value"),
        "status": by_index("obs_status"),
        "extension": extension,
    }


def _labels(release: Release) -> dict[str, dict[str, str]]:
    """Names of codes by dimension."""
    names = release.sql("select metro_id, name from metro") if "metro" in release.tables else None
    metros = (
        dict(zip(*(names[c].to_pylist() for c in ("metro_id", "name")), strict=True))
        if names
        else {}
    )
    units = release.sql(
        "select distinct unit_id, metro_id from observation where recorded_to is null"
    ).to_pylist()
    datasets = {f"{s['source_id']}/{s['dataset']}": s for s in release.sources}
    return {
        "indicator": {r["indicator_id"]: r["title_en"] for r in release.rows("indicator")},
        "unit_id": {u["unit_id"]: metros.get(u["metro_id"], u["unit_id"]) for u in units},
        "unit": {r["unit"]: r["name"] for r in release.rows("unit")},
        "dataset": {k: f"{s['provider_title']}, {s['title']}" for k, s in datasets.items()},
        "credit": {k: s["credit"] for k, s in datasets.items()},
    }
