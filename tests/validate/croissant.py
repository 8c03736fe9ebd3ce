"""Croissant 1.0: mlcroissant reads the records back."""

from __future__ import annotations

import itertools
import json
from math import isnan
from pathlib import Path

from tests.validate.common import edit_csv, edit_json, table

BY = "mlcroissant 1.1, records read back"
READ = 2_000


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about metadata that is wrong and records that are not those of the release."""
    import mlcroissant

    if said := _incomplete(folder):
        return said
    try:
        made = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
        if errors := list(made.metadata.issues.errors):
            return [str(e)[:200] for e in errors]
        found = []
        for name in ("latest", "indicator", "metro"):
            expected = table(release, name).to_pylist()
            records = list(itertools.islice(made.records(name), READ))
            if len(records) != min(READ, len(expected)):
                found.append(f"{name}: {len(records)} records were read back.")
            column = {"latest": "value", "indicator": "title_en", "metro": "name"}[name]
            for record, row in zip(records, expected, strict=False):
                value = record[f"{name}/{column}"]
                value = value.decode() if isinstance(value, bytes) else value
                missing = row[column] is None and (
                    value is None or value in ("", "nan") or isnan(value)
                )
                if not missing and value != row[column]:
                    found.append(
                        f"{name}: {column} is {value!r}, but the release has {row[column]!r}."
                    )
                    break
    except Exception as error:
        return [f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"]
    return found


def _incomplete(folder: Path) -> list[str]:
    """What the standard requires and the library does not miss."""
    given = json.loads((folder / "croissant.json").read_text("utf-8"))
    needed = ("name", "description", "license", "url", "creator", "datePublished", "distribution")
    said = [f"the dataset has no {n}." for n in needed if not given.get(n)]
    said += [
        f"{field['@id']} has no source."
        for records in given.get("recordSet", [])
        for field in records["field"]
        if not field.get("source")
    ]
    return said


FAULTS = {
    "a file that changed": lambda f: edit_csv(
        f / "latest.csv", lambda rows: rows[0].update(value="5")
    ),
    "a column that is not there": lambda f: edit_json(
        f / "croissant.json",
        lambda d: d["recordSet"][0]["field"][0]["source"]["extract"].update(column="nothing"),
    ),
    "records without a source": lambda f: edit_json(
        f / "croissant.json", lambda d: d["recordSet"][0]["field"][0].pop("source")
    ),
    "a dataset without name": lambda f: edit_json(f / "croissant.json", lambda d: d.pop("name")),
}
