"""One release: its tables as Arrow tables, a metropolis by name, figures side by side."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from observatory_client.errors import (
    AmbiguousName,
    NotComparable,
    ObservatoryError,
    UnknownName,
)
from observatory_client.files import Files

# What two figures must share to be compared.
SHARED = ("indicator_id", "scale", "system", "vintage", "sex", "age", "unit", "period")
WITH_VALIDITY = ("observation", "country_context")


class Release:
    """A release; tables are read when they are asked for, and kept in memory."""

    def __init__(self, at: str, *, cache: str | None = None) -> None:
        """Open the release in a folder or at an address; raises `ObservatoryError`."""
        self.files = Files(at, cache)
        self.about: dict[str, Any] = json.loads(self.files.read("release.json"))
        self._tables: dict[str, pa.Table] = {}

    @property
    def name(self) -> str:
        """CalVer of the release, such as 2026.11.23.1."""
        return self.about["release"]

    @property
    def tables(self) -> list[str]:
        """The names of all tables."""
        files = [f for f in self.files.digests if f.startswith("parquet/")]
        return sorted(f.removeprefix("parquet/").removesuffix(".parquet") for f in files)

    def load(self, table: str = "latest", *, as_of: str | dt.date | None = None) -> pa.Table:
        """A whole table; where its rows name a dataset, with columns `licence` and `attribution`.

        `as_of` (a date or moment, UTC) gives `observation` and `country_context` as they were
        then. Raises `UnknownName` for another table, `ObservatoryError` where it has no validity.
        """
        rows = self._table(table)
        if as_of is not None:
            if table not in WITH_VALIDITY:
                raise ObservatoryError(
                    f"Table {table} has no validity in time; ask {' or '.join(WITH_VALIDITY)}."
                )
            rows = _as_of(rows, _moment(as_of))
        return self._with_licences(rows)

    def describe(self, table: str) -> pa.Table:
        """The columns of a table: name, type, meaning, unit, closed list."""
        schema = self._table(table).schema
        said = [{k.decode(): v.decode() for k, v in (f.metadata or {}).items()} for f in schema]
        return pa.table(
            {
                "column": schema.names,
                "type": [s.get("type", "") for s in said],
                "meaning": [s.get("description", "") for s in said],
                "unit": [s.get("unit", "") for s in said],
                "among": [s.get("among", "") for s in said],
            }
        )

    def find(self, name: str) -> list[dict[str, Any]]:
        """The metropolises with that identifier or name, in any language or script of the release."""
        metros = {r["metro_id"]: r for r in self._table("metro").to_pylist()}
        if name in metros:
            return [metros[name]]
        wanted, found = _plain(name), set()
        for row in metros.values():
            if wanted in {_plain(str(v)) for k, v in row.items() if k.startswith("name") and v}:
                found.add(row["metro_id"])
        if "metro_name" in self.tables:
            for row in self._table("metro_name").select(["metro_id", "name"]).to_pylist():
                if _plain(row["name"]) == wanted:
                    found.add(row["metro_id"])
        return [metros[m] for m in sorted(found) if m in metros]

    def metro_id(self, name: str, *, country: str | None = None) -> str:
        """The identifier of one metropolis; `country` is ISO 3166, two or three letters.

        Raises `UnknownName`, or `AmbiguousName` with the candidates.
        """
        found = self.find(name)
        if country is not None:
            found = [r for r in found if country.upper() in (r["iso2"], r["iso3"])]
        if not found:
            where = f" in {country}" if country else ""
            raise UnknownName(
                f"No metropolis of release {self.name} is called '{name}'{where}; look through "
                "load('metro')."
            )
        if len(found) > 1:
            listed = ", ".join(f"{r['metro_id']} ({r['country']})" for r in found)
            raise AmbiguousName(
                f"'{name}' is the name of {len(found)} metropolises: {listed}. Give the identifier "
                "or the country.",
                [r["metro_id"] for r in found],
            )
        return found[0]["metro_id"]

    def metro(self, name: str, *, country: str | None = None, table: str = "latest") -> pa.Table:
        """The rows of a table about one metropolis, found by identifier or name."""
        rows = self.load(table)
        if "metro_id" not in rows.column_names:
            raise ObservatoryError(f"Table {table} is not about metropolises; try latest.")
        metro = self.metro_id(name, country=country)
        return rows.filter(pc.equal(rows["metro_id"], metro))

    def indicator(self, indicator_id: str, *, table: str = "latest") -> pa.Table:
        """The rows of a table about one indicator."""
        rows = self.load(table)
        known = self._table("indicator")["indicator_id"].to_pylist()
        if indicator_id not in known:
            near = [k for k in known if indicator_id.lower() in k] or known
            raise UnknownName(
                f"There is no indicator '{indicator_id}'; some are {', '.join(near[:8])}. "
                "load('indicator') has all."
            )
        return rows.filter(pc.equal(rows["indicator_id"], indicator_id))

    def compare(
        self,
        indicator_id: str,
        *names: str,
        period: str | None = None,
        sex: str = "_T",
        age: str = "_T",
    ) -> pa.Table:
        """The figures of two or more metropolises that may be compared, with their ranks.

        They share indicator, scale, system, delineation, sex, age, unit and period; without
        `period`, the newest that all have in each scale and system. `sex` and `age` are SDMX codes;
        `_T` is the total. Raises `NotComparable`, with
        the reasons, where there are none.
        """
        if len(names) < 2:
            raise ObservatoryError("Give two metropolises or more to compare.")
        self.indicator(indicator_id)
        metros = [self.metro_id(n) for n in names]
        rows = self.load("ranking")
        rows = rows.filter(pc.is_in(rows["metro_id"], pa.array(metros)))
        asked = {"indicator_id": indicator_id, "sex": sex, "age": age, "period": period}
        for name, code in asked.items():
            if code is not None:
                rows = rows.filter(pc.equal(rows[name], code))
        by = [*SHARED]
        counted = rows.group_by(by).aggregate([("metro_id", "count_distinct")])
        whole = counted.filter(pc.equal(counted["metro_id_count_distinct"], len(set(metros))))
        if not len(whole):
            reasons = self._reasons(indicator_id, metros, period)
            raise NotComparable(
                f"No figures of {indicator_id} of {', '.join(metros)} may be compared"
                f"{f' in {period}' if period else ''}: {' '.join(reasons)}",
                reasons,
            )
        if period is None:
            series = [b for b in by if b != "period"]
            newest = whole.group_by(series).aggregate([("period", "max")])
            whole = newest.rename_columns([*series, "period"])
        kept = rows.join(whole.select(by), keys=by, join_type="inner")
        return kept.sort_by([(b, "ascending") for b in (*by, "metro_id")])

    def _reasons(self, indicator_id: str, metros: list[str], period: str | None) -> list[str]:
        """Why the figures of these metropolises may not be compared, in sentences."""
        rows = self._table("observation")
        current = pc.and_(
            pc.equal(rows["indicator_id"], indicator_id), pc.is_null(rows["recorded_to"])
        )
        rows = rows.filter(current)
        if period is not None:
            rows = rows.filter(pc.equal(rows["period"], period))
        said, held = [], {}
        for metro in metros:
            own = rows.filter(pc.equal(rows["metro_id"], metro)).select(
                ["scale", "system", "vintage"]
            )
            held[metro] = {tuple(r.values()) for r in own.to_pylist()}
            if not held[metro]:
                said.append(f"{metro} has no figure of it.")
        if not said and not set.intersection(*held.values()):
            for metro, kinds in held.items():
                listed = "; ".join(sorted(f"{s} ({y} {v})" for s, y, v in kinds))
                said.append(f"{metro} has figures of {listed}.")
            said.append("Figures of different territories do not compare.")
        if "not_comparable" in self.tables:
            rules = {
                r["code"]: r["sentence_en"] for r in self._table("comparability_rule").to_pylist()
            }
            no = self._table("not_comparable")
            no = no.filter(
                pc.and_(
                    pc.equal(no["indicator_id"], indicator_id),
                    pc.is_in(no["metro_id"], pa.array(metros)),
                )
            )
            for row in no.to_pylist():
                if period in (None, row["period"]):
                    told = " ".join(rules.get(c.strip(), c) for c in row["reasons"].split(","))
                    said.append(f"{row['metro_id']} in {row['period']}: {told}")
        return list(dict.fromkeys(said)) or ["They have no period in common."]

    def _table(self, name: str) -> pa.Table:
        if name not in self._tables:
            if name not in self.tables:
                raise UnknownName(
                    f"Release {self.name} has no table '{name}'; it has {', '.join(self.tables)}."
                )
            content = self.files.read(f"parquet/{name}.parquet")
            self._tables[name] = pq.read_table(pa.BufferReader(content))
        return self._tables[name]

    def _with_licences(self, rows: pa.Table) -> pa.Table:
        """The rows with the licence and attribution of their dataset, in the same order."""
        names = rows.column_names
        if not {"source_id", "dataset"} <= set(names) or "licence" in names:
            return rows
        source = self._table("source")
        keys = pc.binary_join_element_wise(source["source_id"], source["dataset"], "/")
        wanted = pc.binary_join_element_wise(rows["source_id"], rows["dataset"], "/")
        place = pc.index_in(wanted, keys.combine_chunks())
        for name in ("licence", "attribution"):
            rows = rows.append_column(name, source[name].combine_chunks().take(place))
        return rows


def _as_of(rows: pa.Table, moment: dt.datetime) -> pa.Table:
    at = pa.scalar(moment, pa.timestamp("us"))
    begun = pc.less_equal(rows["recorded_from"], at)
    ended = pc.fill_null(pc.less_equal(rows["recorded_to"], at), False)
    return rows.filter(pc.and_(begun, pc.invert(ended)))


def _moment(given: str | dt.date) -> dt.datetime:
    if isinstance(given, str):
        try:
            given = dt.datetime.fromisoformat(given)
        except ValueError:
            raise ObservatoryError(f"'{given}' is no date; write it like 2024-01-31.") from None
    if not isinstance(given, dt.datetime):
        given = dt.datetime(given.year, given.month, given.day)
    return given.astimezone(dt.UTC).replace(tzinfo=None) if given.tzinfo else given


def _plain(name: str) -> str:
    """A name without case and accents."""
    decomposed = unicodedata.normalize("NFD", name.casefold().strip())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
