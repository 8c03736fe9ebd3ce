"""Write the bundled vintage: the few megabytes of real figures that come with the software.

`bundled/pack.yaml` lists the datasets; `pack` reads the files that upstreams served and writes
`<provider>/<dataset>.<ext>` with its sidecar `<dataset>.json` (`<dataset>@<edition>` where an entry
names its `edition`, so that several editions of a dataset may be packed). The same files give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from sources.errors import Invalid
from sources.store.snapshots import Snapshot, from_json, moment, sha256

FOLDER = Path(__file__).parents[1] / "bundled"
LIMIT = 12 * 1024 * 1024
_MEDIA = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def bundled(folder: Path = FOLDER) -> list[tuple[Snapshot, Path]]:
    """Every sidecar of the bundled vintage with the file it speaks of, in order."""
    found = [(from_json(p), p) for p in sorted(folder.glob("*/*.json"))]
    return [(s, p.with_name(s.filename)) for s, p in found]


def pack(directory: Path, out: Path = FOLDER, listed: Path | None = None) -> list[Snapshot]:
    """Write the bundled vintage from the files in `directory` into `out`.

    Raises `Invalid` where a listed file is missing or the whole is larger than 12 MB; nothing of
    the list is left out silently.
    """
    listed = listed or out / "pack.yaml"
    plan = yaml.safe_load(listed.read_text(encoding="utf-8"))
    missing = [d["file"] for d in plan["datasets"] if not _file(directory, d["file"]).is_file()]
    if missing:
        raise Invalid(
            f"{directory}: {', '.join(missing)} is not there; give the folder that holds every "
            f"file listed in {listed.name}."
        )
    made = [_dataset(directory, entry, plan["retrieved_at"], out) for entry in plan["datasets"]]
    size = sum(s.size for s in made)
    if size > LIMIT:
        raise Invalid(f"{out}: the bundled vintage has {size} bytes; keep it below {LIMIT}.")
    return made


def _dataset(directory: Path, entry: dict[str, Any], retrieved_at: Any, out: Path) -> Snapshot:
    about = {k: v.strip() if isinstance(v, str) else v for k, v in entry.items()}
    source = _file(directory, about.pop("file"))
    how, sql, years = about.pop("how"), about.pop("sql", ""), about.pop("years", ())
    folder = out / about["provider"]
    folder.mkdir(parents=True, exist_ok=True)
    content, suffix = _content(source, how, sql, years)
    served = hashlib.sha256(content).hexdigest() if how == "gzip" else sha256(source)
    if suffix == ".csv" or how == "gzip":
        content = gzip.compress(content, 9, mtime=0)
        about["content_encoding"] = "gzip"
    name = about["dataset"] + (f"@{edition}" if (edition := about.pop("edition", "")) else "")
    file = folder / (name + suffix + (".gz" if "content_encoding" in about else ""))
    file.write_bytes(content)
    if how == "workbook":
        about["rewritten"] = (
            "the workbook is written again as .xlsx: the same cells in the same places, numbers to "
            "16 significant digits, without document properties such as authors' names"
        )
        if years:
            about["rewritten"] += "; of the columns of years, some are left out"
    made: dict[str, Any] = {
        "snapshot_id": sha256(file),
        "size": len(content),
        "filename": file.name,
        "media_type": _MEDIA[suffix],
        "original_sha256": served,
        "original_url": about["url"],
        "redistributable": True,
        "provenance": "carrier" if about["provider"] == "carrier" else "upstream",
        "origin": "bundled",
    }
    made |= about
    made["retrieved_at"] = moment(about.get("retrieved_at", retrieved_at))
    made["published_at"] = moment(about.get("published_at"))
    made["partial"] = tuple(about.get("partial", ()))
    snapshot = Snapshot(**made)
    (folder / f"{name}.json").write_text(snapshot.as_json(), encoding="utf-8")
    return snapshot


def _file(directory: Path, named: str) -> Path:
    """A file of the folder that was given, or of the catalog: what we computed ourselves is there."""
    inside = named.removeprefix("catalog:")
    return directory / named if inside == named else FOLDER.parents[1] / "catalog" / inside


def _content(source: Path, how: str, sql: str, years: Sequence[int]) -> tuple[bytes, str]:
    if how == "gzip":
        raw = source.read_bytes()
        if source.suffix == ".gz":
            return gzip.decompress(raw), Path(source.stem).suffix
        return raw, source.suffix
    if how == "workbook":
        return workbook(source, years), ".xlsx"
    return query(source, sql), ".csv"


def query(source: Path, sql: str) -> bytes:
    """The answer of a query over one file, as CSV; `$file` in it stands for the file."""
    import duckdb

    name = "'" + str(source).replace("'", "''") + "'"
    with duckdb.connect(config={"threads": 1}) as con:
        table = con.sql(sql.replace("$file", name)).to_arrow_table()
    return _csv(table)


def _csv(table: Any) -> bytes:
    import csv

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.column_names)
    columns = [["" if v is None else v for v in c.to_pylist()] for c in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue().encode()


def workbook(source: Path, years: Sequence[int] = ()) -> bytes:
    """The sheets of a workbook as .xlsx, the same cells in the same places, reproducible.

    `years`: of the columns that a year heads, only these; those to their right move up.
    """
    # Its own writer gives the same bytes whether lxml is installed or not.
    os.environ.setdefault("OPENPYXL_LXML", "False")
    from openpyxl import Workbook
    from python_calamine import CalamineWorkbook

    read = CalamineWorkbook.from_path(str(source))
    made = Workbook(write_only=True)
    for name in read.sheet_names:
        sheet = made.create_sheet(name)
        rows = read.get_sheet_by_name(name).to_python(skip_empty_area=False)
        left_out = _other_years(rows, years)
        for row in rows:
            sheet.append([_cell(v) for n, v in enumerate(row) if n not in left_out])
    stream = io.BytesIO()
    made.save(stream)
    return _reproducible(stream)


def _other_years(rows: list[list[Any]], years: Sequence[int]) -> set[int]:
    """The places of the columns that a year other than `years` heads; none where no years are given."""
    heading = next((row for row in rows if set(row) & set(years)), [])
    listed = {n: v for n, v in enumerate(heading) if isinstance(v, float) and 1900 <= v <= 2100}
    return {n for n, year in listed.items() if year not in years}


def _cell(value: Any) -> Any:
    if value == "":
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _reproducible(stream: io.BytesIO) -> bytes:
    """The same archive with fixed times, inside and outside its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z\g<3>", part)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # as on Unix, wherever made
            new.writestr(entry, part, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()
