"""A finished release as one description: tables, columns, code lists, sources, licences.

Read from the folder alone: `parquet/*.parquet` with their metadata, and `release.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.languages import languages
from warehouse import query
from warehouse.errors import WarehouseError

FILE = "release.json"
LANGUAGES = languages()
PARQUET = "parquet"
_SPDX = re.compile(r"CC[ -](BY(?:-NC)?(?:-SA|-ND)?)[ -](\d\.\d)(?: (IGO))?")


@dataclass(frozen=True)
class Field:
    """One column: DuckDB type, meaning, unit, closed list (`table.column`), whether null is allowed."""

    name: str
    type: str
    meaning: str
    unit: str
    among: str
    null: bool

    @property
    def described(self) -> str:
        """The meaning with the unit, as one text."""
        if not self.unit:
            return self.meaning
        unit = "see column unit" if self.unit == "unit" else self.unit
        return f"{self.meaning} Unit: {unit}."


@dataclass(frozen=True)
class TableDescription:
    """One table of the release: what its Parquet file says of itself."""

    name: str
    meaning: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    rows: int
    licence: str
    licences: Mapping[str, Mapping[str, str]]
    path: Path

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [f.name for f in self.fields]

    def field(self, name: str) -> Field:
        """The column of that name; `KeyError` if there is none."""
        return {f.name: f for f in self.fields}[name]


class Release:
    """A release folder; tables are read when they are asked for, and kept."""

    def __init__(self, folder: Path) -> None:
        """Read the description; raises `WarehouseError` where the folder is no whole release."""
        self.folder = folder
        self.about = _about(folder)
        paths = sorted((folder / PARQUET).glob("*.parquet"))
        if not paths:
            raise WarehouseError(
                f"{folder}: there is no Parquet table in it, so it is no whole release; choose "
                "another folder or publish again."
            )
        self.tables: dict[str, TableDescription] = {p.stem: _table(p) for p in paths}
        self._read: dict[str, pa.Table] = {}
        self.shared: Path | None = None
        """Where exports that are written together keep the files that they have in common."""

    @property
    def name(self) -> str:
        """CalVer of the release, such as 2026.11.23.1."""
        return self.about["release"]

    @property
    def date(self) -> str:
        """Day of the release, ISO 8601."""
        year, month, day = self.name.split(".")[:3]
        return f"{int(year):04}-{int(month):02}-{int(day):02}"

    def text(self, what: str, language: str = "en") -> str:
        """A text of `release.json` in one language: title, description."""
        return self.about[what][language]

    def read(self, name: str) -> pa.Table:
        """All rows of a table, in the order of the release.

        Raises `WarehouseError` where there is no such table or its file is damaged.
        """
        if name not in self.tables:
            raise WarehouseError(
                f"{self.folder}: the release has no table '{name}'; it has "
                f"{', '.join(self.tables)}."
            )
        if name not in self._read:
            try:
                self._read[name] = pq.read_table(self.tables[name].path)
            except (pa.ArrowException, OSError) as error:
                raise WarehouseError(
                    f"{self.tables[name].path}: the file cannot be read ({error}); take the "
                    "release again."
                ) from None
        return self._read[name]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """A dictionary table as plain rows; none where the release has no such table."""
        return self.read(name).to_pylist() if name in self.tables else []

    def sql(self, sql: str, **given: Any) -> pa.Table:
        """The result of one SELECT over the tables of the release, which are named as they are.

        `given` are its parameters.
        """
        with query.memory() as con:
            for name, table in self.tables.items():
                if re.search(rf"\b{name}\b", sql):
                    query.show(con, name, table.path)
            return con.sql(sql, params=given or None).to_arrow_table()

    @cached_property
    def sources(self) -> list[dict[str, Any]]:
        """The datasets whose figures may be redistributed, with how many figures each has here.

        The columns of table `source`, and: `spdx` (identifier of the licence, or None), `figures`,
        `retrieved` (day of the newest snapshot, or None), `credit` (attribution, ready to paste).
        """
        wanted = [n for n in ("observation", "country_context") if n in self.tables]
        counted: dict[tuple[str, str], int] = {}
        for name in wanted:
            sql = f"select source_id, dataset, count(*)::bigint as n from {name} group by all"
            for row in self.sql(sql).to_pylist():
                pair = (row["source_id"], row["dataset"])
                counted[pair] = counted.get(pair, 0) + row["n"]
        taken: dict[tuple[str, str], str] = {}
        for row in self.rows("snapshot"):
            pair, day = (row["source_id"], row["dataset"]), f"{row['retrieved_at']:%Y-%m-%d}"
            taken[pair] = max(day, taken.get(pair, ""))
        listed = []
        for row in self.rows("source"):
            if row["redistributable"]:
                pair = (row["source_id"], row["dataset"])
                more = {
                    "spdx": spdx(row["licence"]),
                    "figures": counted.get(pair, 0),
                    "retrieved": taken.get(pair),
                }
                listed.append({**row, **more, "credit": self._credit(row, taken.get(pair))})
        return listed

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each file of the folder by its name, as `SHA256SUMS` says; none while it is made."""
        sums = self.folder / "SHA256SUMS"
        if not sums.is_file():
            return {}
        lines = sums.read_text(encoding="utf-8").splitlines()
        return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}

    @property
    def used(self) -> list[dict[str, Any]]:
        """The datasets that figures of this release come from."""
        return [s for s in self.sources if s["figures"]]

    @cached_property
    def indicators(self) -> list[dict[str, Any]]:
        """The indicators that have figures, with what table `indicator` says."""
        return [r for r in self.rows("indicator") if r["figures"]]

    def _credit(self, row: Mapping[str, Any], retrieved: str | None) -> str:
        """What to paste below a figure: who made it, under which licence, and who changed it."""
        when = f", retrieved {retrieved}" if retrieved else ""
        terms = f"{row['licence']} ({row['licence_url']})" if row["licence_url"] else row["licence"]
        made = "computed" if row["provenance"] == "computed" else "harmonised"
        return (
            f"{row['attribution'].rstrip('.')}: {row['title'].rstrip('.')} ({row['dataset']}){when}. "
            f"{terms}. Figures {made} by {self.about['publisher']}, release {self.name}."
        )


def spdx(licence: str) -> str | None:
    """The SPDX identifier that a licence's name states, or None."""
    found = _SPDX.search(licence)
    if not found:
        return None
    kind, version, igo = found.groups()
    return f"CC-{kind}-{version}" + ("-IGO" if igo else "")


def _about(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WarehouseError(
            f"{folder}: {FILE} is missing, so it is no release, or one older than that file; choose "
            "another folder or publish again."
        ) from None
    except (OSError, ValueError) as error:
        raise WarehouseError(
            f"{folder / FILE}: the file cannot be read ({error}); take the release again."
        ) from None


def _table(path: Path) -> TableDescription:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise WarehouseError(
            f"{path}: this is not a readable Parquet file ({error}); take the release again."
        ) from None
    with file:
        said = {k.decode(): v.decode() for k, v in (file.metadata.metadata or {}).items()}
        if "table" not in said:
            raise WarehouseError(
                f"{path}: the file does not say what table it is, so it is not of a release; take "
                "the release again."
            )
        return TableDescription(
            name=said["table"],
            meaning=said["meaning"],
            key=tuple(k for k in said["key"].split(", ") if k),
            fields=tuple(_field(f) for f in file.schema_arrow),
            rows=file.metadata.num_rows,
            licence=said["licence"],
            licences=json.loads(said.get("licences", "{}")),
            path=path,
        )


def _field(field: pa.Field) -> Field:
    said = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
    return Field(
        name=field.name,
        type=said.get("type", "VARCHAR"),
        meaning=said.get("description", ""),
        unit=said.get("unit", ""),
        among=said.get("among", ""),
        null=field.nullable,
    )
