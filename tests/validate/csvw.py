"""CSV on the Web: the csvw library on `latest` and what it points at; keys and codes of all tables."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pyarrow as pa

from tests.validate.common import csv_rows, edit_csv, edit_json, equal, repeated, table

BY = "csvw 4 on table latest, keys and codes of all tables, read back"


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about metadata, a row or a code that is wrong."""
    return [*_library(folder), *_tables(folder, release)]


def _library(folder: Path) -> list[str]:
    """The whole metadata is parsed; rows are validated of `latest`, since it takes minutes for all."""
    import warnings

    import csvw

    metadata = json.loads((folder / "csv-metadata.json").read_text("utf-8"))
    by_url = {t.get("url"): t for t in metadata.get("tables", [])}
    latest = by_url.get("latest.csv")
    if latest is None:
        return ["csv-metadata.json does not describe latest.csv."]
    with tempfile.TemporaryDirectory() as part:
        keys = latest["tableSchema"].get("foreignKeys", [])
        wanted = {"latest.csv", *(k["reference"]["resource"] for k in keys)}
        tables = [by_url[u] for u in sorted(wanted) if u in by_url]
        for t in tables:
            of = t["tableSchema"].get("foreignKeys", [])
            t["tableSchema"]["foreignKeys"] = [
                k for k in of if k["reference"]["resource"] in wanted
            ]
            if (folder / t["url"]).is_file():
                shutil.copyfile(folder / t["url"], Path(part) / t["url"])
        target = Path(part) / "csv-metadata.json"
        target.write_text(json.dumps({**metadata, "tables": tables}), "utf-8")
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                valid = csvw.CSVW(str(target), validate=True).is_valid
            except Exception as error:
                return [f"csv-metadata.json: {type(error).__name__}: {str(error)[:200]}"]
    return [] if valid else [f"not valid: {said[0].message if said else 'no reason is given'}"]


def _tables(folder: Path, release: Path) -> list[str]:
    metadata = json.loads((folder / "csv-metadata.json").read_text("utf-8"))
    found, read = [], {}
    for t in metadata.get("tables", []):
        name = t["url"].removesuffix(".csv")
        expected = table(release, name)
        try:
            read[t["url"]] = csv_rows(folder / t["url"], expected.schema)
        except (pa.ArrowException, OSError) as error:
            found.append(f"{t['url']} cannot be read: {str(error)[:150]}")
            continue
        found += equal(read[t["url"]], expected, t["url"])
        if n := repeated(read[t["url"]], t["tableSchema"]["primaryKey"]):
            found.append(f"{t['url']}: {n} keys stand more than once.")
    for t in metadata.get("tables", []):
        for key in t["tableSchema"].get("foreignKeys", []):
            target, rows = read.get(key["reference"]["resource"]), read.get(t["url"])
            if target is None or rows is None:
                continue
            codes = set(target[key["reference"]["columnReference"]].to_pylist())
            unknown = set(rows[key["columnReference"]].to_pylist()) - codes - {None}
            if unknown:
                found.append(f"{t['url']}: {sorted(unknown)[0]!r} is no {key['columnReference']}.")
    return found


FAULTS = {
    "an unknown code": lambda f: edit_csv(
        f / "latest.csv", lambda rows: rows[0].update(metro_id="xx-nowhere")
    ),
    "text for a number": lambda f: edit_csv(
        f / "latest.csv", lambda rows: rows[0].update(value="many")
    ),
    "a key twice": lambda f: edit_csv(f / "latest.csv", lambda rows: rows.append(rows[0])),
    "a type that is none": lambda f: edit_json(
        f / "csv-metadata.json",
        lambda d: [t["tableSchema"]["columns"][0].update(datatype="words") for t in d["tables"]],
    ),
    "a table that is not described": lambda f: edit_json(
        f / "csv-metadata.json",
        lambda d: d.update(tables=[t for t in d["tables"] if t["url"] != "latest.csv"]),
    ),
}
