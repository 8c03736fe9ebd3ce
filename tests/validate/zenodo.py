"""The deposit: Zenodo's published JSON Schema; the archive holds the release, file by file."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

from tests.validate.common import edit_json, published

BY = "JSON Schema of Zenodo's deposit, every file against SHA256SUMS"


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about metadata that the schema refuses, and files that are not as published."""
    from jsonschema import Draft4Validator

    schema = json.loads(published("citation/zenodo_deposit_legacyrecord.json").read_text("utf-8"))
    entry = json.loads((folder / ".zenodo.json").read_text("utf-8"))
    said = [
        f".zenodo.json: {e.json_path}: {e.message[:150]}"
        for e in Draft4Validator(schema).iter_errors(entry)
    ]
    name = json.loads((release / "release.json").read_text("utf-8"))["release"]
    if not entry.get("creators"):
        said.append(".zenodo.json names nobody who made it.")
    if not entry.get("title", "").endswith(f"release {name}"):
        said.append(".zenodo.json does not name the release in its title.")
    lines = (release / "SHA256SUMS").read_text("utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    try:
        with zipfile.ZipFile(folder / "files" / f"release-{name}.zip") as archive:
            inside = {n.split("/", 1)[1] for n in archive.namelist()}
            if inside != {*sums, "SHA256SUMS"}:
                said.append("the archive does not hold the files of the release.")
            said += [
                f"{n} in the archive is not as published."
                for n, digest in sums.items()
                if n in inside and hashlib.sha256(archive.read(f"{name}/{n}")).hexdigest() != digest
            ]
    except (OSError, zipfile.BadZipFile) as error:
        said.append(f"the archive cannot be read: {error}")
    return said


def _cut(folder: Path) -> None:
    path = next((folder / "files").glob("*.zip"))
    path.write_bytes(path.read_bytes()[:-100])


FAULTS = {
    "no title": lambda f: edit_json(f / ".zenodo.json", lambda d: d.pop("title")),
    "a kind that is none": lambda f: edit_json(
        f / ".zenodo.json", lambda d: d.update(upload_type="data")
    ),
    "nobody who made it": lambda f: edit_json(f / ".zenodo.json", lambda d: d.update(creators=[])),
    "an archive cut short": _cut,
}
