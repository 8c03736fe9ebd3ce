"""JSON-stat 2.0: jsonstat-validator on every dataset; indexes and values by our own check."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.validate.common import counts, current, edit_json, same, total

BY = "jsonstat-validator 0.4, pyjstat as a reader, indexes in range, read back"


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about datasets that are wrong, or are not what the release has."""
    from jsonstat_validator import validate_jsonstat

    found: list[str] = []
    listed = json.loads((folder / "collection.json").read_text("utf-8"))
    values, statuses, flags, units, indicators = [], [], [], [], []
    names = [i["extension"]["file"] for i in listed["link"]["item"]]
    if sorted(names) != sorted(
        p.name for p in folder.glob("*.json") if p.name != "collection.json"
    ):
        found.append("collection.json does not list the files that are there.")
    for name in ("collection.json", *names):
        made = json.loads((folder / name).read_text("utf-8"))
        try:
            validate_jsonstat(made)
        except Exception as error:
            found.append(f"{name}: {' '.join(str(error).split())[:200]}")
            continue
        if made["version"] != "2.0":
            found.append(f"{name}: the version is {made['version']}.")
        if made["class"] != "dataset":
            continue
        found += _indexes(name, made)
        values += made["value"].values()
        statuses += made["status"].values()
        flags += made["extension"]["flags"].values()
        sizes, codes = made["size"], made["dimension"]["unit_id"]["category"]["index"]
        units += [codes[int(k) // prod(sizes[1:]) % sizes[0]] for k in made["status"]]
        indicators += [made["extension"]["indicator_id"]] * len(made["status"])
    if found:
        return found
    return [
        *_reader(folder, names),
        *_as_published(release, values, statuses, flags, units, indicators),
    ]


def _indexes(name: str, made: dict[str, Any]) -> list[str]:
    most = prod(made["size"])
    places = {*made["value"], *made["status"], *made["extension"]["flags"]}
    if beyond := [p for p in places if not 0 <= int(p) < most]:
        return [f"{name}: index {beyond[0]} is beyond the {most} cells of the dataset."]
    if alone := set(made["value"]) - set(made["status"]):
        return [f"{name}: the value at {sorted(alone)[0]} has no status."]
    return []


def _reader(folder: Path, names: list[str]) -> list[str]:
    """A known reader takes the first dataset for what it is."""
    from pyjstat import pyjstat

    text = (folder / names[0]).read_text("utf-8")
    made, frame = json.loads(text), pyjstat.Dataset.read(text).write("dataframe")
    read = frame["value"].notna().sum()
    return [] if read == len(made["value"]) else [f"{names[0]}: pyjstat reads {read} values."]


def _as_published(release, values, statuses, flags, units, indicators) -> list[str]:
    expected = current(release)

    def column(items: list) -> pa.ChunkedArray:
        return pa.chunked_array([pa.array(items)])

    return same(
        {
            "rows": len(statuses),
            "values": len(values),
            "sum": total(column(values)),
            "statuses": counts(column(statuses)),
            "flags": counts(column(flags)) if flags else {},
            "units": counts(column(units)),
            "indicators": counts(column(indicators)),
        },
        {
            "rows": len(expected),
            "values": len(expected) - expected["value"].null_count,
            "sum": total(expected["value"]),
            "statuses": counts(expected["obs_status"]),
            "flags": counts(expected["flags"]),
            "units": counts(expected["unit_id"]),
            "indicators": counts(expected["indicator_id"]),
        },
    )


def _one(change):
    def plant(folder: Path) -> None:
        path = min(p for p in folder.glob("*.json") if p.name != "collection.json")
        edit_json(path, change)

    return plant


FAULTS = {
    "an index beyond the dataset": _one(
        lambda d: (d["value"].update({"999999": 1.0}), d["status"].update({"999999": "A"}))
    ),
    "a size that is wrong": _one(lambda d: d["size"].append(2)),
    "a role of no dimension": _one(lambda d: d["role"].update(time=["year"])),
    "another version": _one(lambda d: d.update(version="3.0")),
    "a value missing": _one(lambda d: d["value"].popitem()),
    "a file that is not listed": lambda f: (f / "more.json").write_text("{}"),
}
