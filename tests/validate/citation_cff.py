"""Citation File Format 1.2.0: its published JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path

from tests.validate.common import published

BY = "JSON Schema of CFF 1.2.0"


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about what the schema refuses."""
    import yaml
    from jsonschema import Draft7Validator, FormatChecker

    schema = json.loads(published("citation/cff_1.2.0_schema.json").read_text("utf-8"))
    entry = yaml.safe_load((folder / "CITATION.cff").read_text("utf-8"))
    errors = Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(entry)
    said = [f"CITATION.cff: {e.json_path}: {e.message[:150]}" for e in errors]
    about = json.loads((release / "release.json").read_text("utf-8"))
    if not said and entry["version"] != about["release"]:
        said.append("CITATION.cff is of another release.")
    return said


def _edit(old: str, new: str):
    def plant(folder: Path) -> None:
        path = folder / "CITATION.cff"
        text = path.read_text("utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), "utf-8")

    return plant


FAULTS = {
    "another version of the format": _edit("cff-version: 1.2.0", "cff-version: 9.9.9"),
    "a licence that SPDX does not know": _edit("license: CC-BY-4.0", "license: CC-BY-9"),
    "a date in words": _edit("date-released: '", "date-released: 'on "),
    "a field that is none": _edit("message:", "massage:"),
    "another release": _edit("\nversion: 20", "\nversion: 19"),
}
