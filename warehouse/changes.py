"""What a release says of the one before it: `diff.json`, `CHANGES.md`, and whether it must wait."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from warehouse import store
from warehouse.errors import WarehouseError
from warehouse.methods.diff import KINDS, Changed, counts, diff
from warehouse.surveys.governance.differences import differences, sentences

if TYPE_CHECKING:
    import duckdb

    from catalog.models.release_limits import ReleaseLimits

DIFF, WORDS, MADE_OF = "diff.json", "CHANGES.md", "made_of.json"
ROOT = Path(__file__).parents[1]
TABLES = ("observation", "country_context", "snapshot", "crosswalk", "spatial_unit")
LATER = ("part",)  # releases of before it was published are whole without
CODE = ("sources", "warehouse", "expectations", "assets")
SHOWN = 50
GOOD_NEWS = ("quarantine", "not_computable", "not_comparable", "gov_conflict", "series_break")
BESIDE = "gov_*.parquet"  # facts that are no figures: they are counted by rows


@dataclass(frozen=True)
class Changes:
    """The differences of two releases: the table, and its summary as plain data."""

    table: pa.Table
    summary: dict[str, Any]

    @property
    def before(self) -> str:
        """The name of the release before."""
        return str(self.summary["from"])

    @property
    def words(self) -> str:
        """The summary for a person, as Markdown."""
        return _words(self.summary)


def made_of(root: Path = ROOT) -> dict[str, Any]:
    """Hashes of the code and of each part of the catalog that make a release today."""
    catalog = root / "catalog"

    def of(paths: list[Path]) -> str:
        digest = hashlib.sha256()
        for path in sorted(paths):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
        return digest.hexdigest()

    code = [p for room in CODE for s in ("*.py", "*.sql") for p in (root / room).rglob(s)]
    # Corrections of survey answers are in a folder of their own below.
    corrections = [p for p in (catalog / "corrections").rglob("*") if p.is_file()]
    shared = [*catalog.glob("*.csv"), *catalog.glob("*.yaml"), *corrections]
    return {
        "code": of(code),
        "catalog": of(
            [p for p in shared if p.name not in ("release.yaml", "themes.yaml", "publication.yaml")]
        ),
        "indicators": {p.stem: of([p]) for p in sorted(catalog.glob("indicators/*.yaml"))},
        "providers": {p.stem: of([p]) for p in sorted(catalog.glob("providers/*.yaml"))},
    }


def between(before: Path, after: Path) -> Changes:
    """The differences of two release folders; raises `WarehouseError` where one is not whole."""
    sides = []
    for folder in (before, after):
        given = {name: folder / "parquet" / f"{name}.parquet" for name in TABLES}
        if missing := [n for n, p in given.items() if not p.is_file()]:
            raise WarehouseError(
                f"{folder}: table {', '.join(missing)} is missing, so it is no whole release; "
                "choose another."
            )
        later = {name: folder / "parquet" / f"{name}.parquet" for name in LATER}
        sides.append(given | {n: p for n, p in later.items() if p.is_file()})
    found = diff(*sides, _changed(_made(before), _made(after)))
    standing = [_standing(given) for given in sides]
    kinds = {r["kind"]: r["figures"] for r in counts(found, ["kind"])}
    shown = found.slice(0, SHOWN).drop_columns(["series_key"])
    return Changes(
        found,
        {
            "from": before.name,
            "to": after.name,
            "figures_before": sum(standing[0].values()),
            "figures_after": sum(standing[1].values()),
            "kinds": {k: kinds.get(k, 0) for k in KINDS},
            "causes": counts(found, ["cause", "kind"]),
            "by_source": counts(found, ["source_id", "dataset", "kind", "cause"]),
            "by_indicator": counts(found, ["indicator_id", "kind"]),
            "by_metro": counts(found, ["metro_id", "kind"])[:SHOWN],
            "beside": _beside(before, after),
            "facts": differences(before / "parquet", after / "parquet"),
            "stale": _staleness(*sides),
            "quarantine": _quarantine(before, after),
            "emptied": _emptied(before, after),
            "largest": shown.to_pylist(),
            "indicators_before": standing[0],
            "indicators_after": standing[1],
        },
    )


def beyond(changes: Changes, limits: ReleaseLimits) -> list[str]:
    """Sentences on the limits that the differences pass; none is good."""
    s = changes.summary
    before, kinds, said = s["figures_before"], s["kinds"], _lost(s)
    for kind, limit, done in (
        ("gone", limits.lost, "are no longer there"),
        ("revised", limits.revised, "have another value"),
    ):
        if before and kinds[kind] > limit * before:
            said.append(
                f"{kinds[kind]:,} of {before:,} figures {done} "
                f"({kinds[kind] / before:.1%}; the limit is {limit:.0%})."
            )
    for row in s["by_indicator"]:
        had = s["indicators_before"].get(row["indicator_id"], 0)
        share = limits.lost_of_indicator
        if not s["indicators_after"].get(row["indicator_id"]):
            continue  # said already
        if row["kind"] == "gone" and had >= limits.least_figures and row["figures"] > share * had:
            said.append(
                f"{row['indicator_id']}: {row['figures']:,} of {had:,} figures are no longer there "
                f"(the limit is {share:.0%})."
            )
    return said


def _lost(s: Mapping[str, Any]) -> list[str]:
    """Tables and indicators that a release would lose: whatever the limits, a person must say why."""
    said = [f"Table {name} had rows and has none." for name in s["emptied"]]
    for name, n in s["indicators_before"].items():
        if n and not s["indicators_after"].get(name):
            said.append(f"Indicator {name} had {n:,} figures and has none.")
    return said


def write(
    folder: Path, before: Path | None, name: str, accepted: str = "", made_by: str = ""
) -> Changes | None:
    """Put into a release's folder what it is made of and what changed since the release `before`.

    name: what the release will bear. accepted: why a person published it although it passes the
    limits. made_by: the version of the code that makes a release.
    """
    _json(folder / MADE_OF, made_of() | {"release": made_by})
    if before is None:
        _json(folder / DIFF, {"from": None, "to": name})
        (folder / WORDS).write_text("# What changed\n\nThis is the first release.\n", "utf-8")
        return None
    found = between(before, folder)
    if accepted:
        found.summary["accepted"] = accepted
    return found


def note(folder: Path, found: Changes, name: str) -> None:
    """Write `diff.json` and `CHANGES.md` of a release that will bear `name`."""
    found.summary["to"] = name
    inside = ("indicators_before", "indicators_after")
    _json(folder / DIFF, {k: v for k, v in found.summary.items() if k not in inside})
    (folder / WORDS).write_text(found.words, encoding="utf-8")


def save(table: pa.Table, path: Path) -> None:
    """Write the differences as CSV or Parquet, by the name's end.

    Raises `WarehouseError` for another one, or where the file cannot be written.
    """
    import pyarrow.parquet as pq
    from pyarrow import csv

    if path.suffix not in (".csv", ".parquet"):
        raise WarehouseError(f"{path}: name a file that ends in .csv or .parquet.")
    sink = pa.BufferOutputStream()
    if path.suffix == ".csv":
        csv.write_csv(table, sink)
    else:
        pq.write_table(table, sink, compression="zstd")
    store.write_atomic(path, sink.getvalue())


def _made(folder: Path) -> Mapping[str, Any]:
    path = folder / MADE_OF
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    if not before or not after:
        return Changed()

    def differing(part: str) -> tuple[str, ...]:
        a, b = before[part], after[part]
        return tuple(sorted(k for k in {*a, *b} if a.get(k) != b.get(k)))

    return Changed(
        differing("indicators"),
        differing("providers"),
        before["catalog"] != after["catalog"],
        before["code"] != after["code"],
    )


def _standing(given: Mapping[str, Path]) -> dict[str, int]:
    """Standing figures by indicator."""
    from warehouse import query

    figures = [n for n in ("observation", "part", "country_context") if n in given]
    each = " union all ".join(f"select indicator_id, recorded_to from {n}" for n in figures)
    rows = query.run(
        f"select indicator_id, count(*) as n from ({each}) "
        "where recorded_to is null group by all order by all",
        {n: given[n] for n in figures},
    )
    return {r["indicator_id"]: r["n"] for r in rows.to_pylist()}


def _beside(before: Path, after: Path) -> list[dict[str, Any]]:
    """Rows that are new and gone in each table of facts that are no figures, where there are some.

    A row of which anything differs is gone and new. Where a table is in one release only, or its
    columns differ, all its rows are.
    """
    from warehouse import query

    names = sorted({p.stem for f in (before, after) for p in (f / "parquet").glob(BESIDE)})
    found = []
    with query.memory() as con:
        for name in names:
            files = [folder / "parquet" / f"{name}.parquet" for folder in (before, after)]
            a, b = (con.read_parquet(str(f)) if f.is_file() else None for f in files)
            if a is not None and b is not None and _shape(a) == _shape(b):
                b = b.project(", ".join(f'"{c}"' for c in a.columns))
                new, gone = b.except_(a), a.except_(b)
            else:
                new, gone = b, a
            row = {"table": name, "new": _rows(new), "gone": _rows(gone)}
            if row["new"] or row["gone"]:
                found.append(row)
    return found


_BECAME = """
    with key as (
        select 'before' as side, source_id, dataset, hash(indicator_id, system, vintage, unit_id, sex,
            age, unit, period, series_key) as figure, stale_since is not null as stale
        from observation_a where recorded_to is null
        union all
        select 'after', source_id, dataset, hash(indicator_id, system, vintage, unit_id, sex,
            age, unit, period, series_key), stale_since is not null
        from observation_b where recorded_to is null
    ),
    figure as (
        select source_id, dataset, figure, bool_or(side = 'after') as stands,
            coalesce(bool_or(stale) filter (side = 'before'), false) as was,
            coalesce(bool_or(stale) filter (side = 'after'), false) as is_
        from key group by all
    )
    select source_id, dataset, count(*) filter (is_ and not was) as became_stale,
        count(*) filter (was and not is_ and stands) as no_longer_stale
    from figure group by all having became_stale + no_longer_stale > 0 order by all
"""


def _staleness(before: Mapping[str, Path], after: Mapping[str, Path]) -> list[dict[str, Any]]:
    """By dataset, current figures that became stale and that are stale no longer."""
    from warehouse import query

    files = {"observation_a": before["observation"], "observation_b": after["observation"]}
    return query.run(_BECAME, files).to_pylist()


def _quarantine(before: Path, after: Path) -> list[dict[str, Any]]:
    """By dataset and reason, records in quarantine before and after, where their number differs."""
    from warehouse import query

    files = [folder / "parquet" / "quarantine.parquet" for folder in (before, after)]
    if not all(f.is_file() for f in files):
        return []
    sql = """
        select coalesce(source_id, '') as source_id, coalesce(dataset, '') as dataset, reason,
            count(*) filter (side = 0) as before, count(*) filter (side = 1) as after
        from (select 0 as side, source_id, dataset, reason from read_parquet($a)
            union all select 1, source_id, dataset, reason from read_parquet($b))
        group by all having before <> after order by all
    """
    with query.memory() as con:
        found = con.sql(sql, params={"a": str(files[0]), "b": str(files[1])})
        return found.to_arrow_table().to_pylist()


def _emptied(before: Path, after: Path) -> list[str]:
    """Tables that had rows and are not there, or have none."""
    import pyarrow.parquet as pq

    def rows(file: Path) -> int:
        return pq.read_metadata(file).num_rows if file.is_file() else 0

    names = sorted(p.stem for p in (before / "parquet").glob("*.parquet"))
    files = {n: [f / "parquet" / f"{n}.parquet" for f in (before, after)] for n in names}
    # Quarantine and conflicts that are empty are good news.
    return [n for n, (a, b) in files.items() if rows(a) and not rows(b) and n not in GOOD_NEWS]


def _shape(rows: duckdb.DuckDBPyRelation) -> dict[str, str]:
    return dict(zip(rows.columns, map(str, rows.types), strict=True))


def _rows(rows: duckdb.DuckDBPyRelation | None) -> int:
    return 0 if rows is None else len(rows)


_HEADS = {
    "source_id": "source",
    "indicator_id": "indicator",
    "metro_id": "metropolis",
    "unit_id": "territorial unit",
    "value_before": "before",
    "value_after": "after",
    "change_percent": "change, %",
}
_NUMBERS = ("figures", "value_before", "value_after", "change_percent")


def _words(s: Mapping[str, Any]) -> str:
    kinds = s["kinds"]
    lines = [f"# What changed from {s['from']} to {s['to']}", ""]
    if s["beside"]:
        told = (f"{r['table']}: {r['new']:,} rows new, {r['gone']:,} gone" for r in s["beside"])
        lines += [f"Facts that are no figures differ. {'; '.join(told)}.", ""]
    if s["facts"]:
        lines += ["## Facts on governance, by metropolis", ""]
        lines += [line for said in sentences(s["facts"], SHOWN) for line in (said, "")]
    lines += _not_used(s)
    if not any(kinds.values()):
        return "\n".join([*lines, "No figure differs.", ""])
    lines += [
        f"{s['figures_before']:,} figures before, {s['figures_after']:,} now: "
        f"{kinds['new']:,} are new, {kinds['gone']:,} are gone, {kinds['revised']:,} have another "
        f"value, {kinds['moved']:,} moved to another metropolis, {kinds['flag only']:,} have "
        "another flag or status only.",
        "",
    ]
    if s.get("accepted"):
        lines += [f"Published by a person although it is beyond the limits: {s['accepted']}", ""]
    for title, rows, columns in (
        ("Causes", s["causes"], ("cause", "kind", "figures")),
        ("By source", s["by_source"], ("source_id", "dataset", "kind", "cause", "figures")),
        ("By indicator", s["by_indicator"][:SHOWN], ("indicator_id", "kind", "figures")),
        ("By metropolis", s["by_metro"], ("metro_id", "kind", "figures")),
        (
            "Largest moves",
            s["largest"],
            (
                *("kind", "cause", "indicator_id", "metro_id", "unit_id", "period"),
                *("value_before", "value_after", "change_percent", "unit"),
            ),
        ),
    ):
        heads = [_HEADS.get(c, c) for c in columns]
        sides = ["---:" if c in _NUMBERS else "---" for c in columns]
        lines += [f"## {title}", "", f"| {' | '.join(heads)} |", f"|{'|'.join(sides)}|"]
        lines += [f"| {' | '.join(_cell(r[c]) for c in columns)} |" for r in rows]
        lines.append("")
    return "\n".join(lines)


def _not_used(s: Mapping[str, Any]) -> list[str]:
    """What became stale or is so no longer, and what entered quarantine or left it."""
    said = []
    for r in s["stale"]:
        name = f"{r['source_id']}/{r['dataset']}"
        if r["became_stale"]:
            said.append(f"{r['became_stale']:,} figures of {name} became stale.")
        if r["no_longer_stale"]:
            said.append(f"{r['no_longer_stale']:,} figures of {name} are stale no longer.")
    for r in s["quarantine"]:
        name = f"{r['source_id']}/{r['dataset']}".strip("/")
        more = r["after"] - r["before"]
        said.append(
            f"{abs(more):,} {'more' if more > 0 else 'fewer'} records of {name} are in quarantine: "
            f"{r['reason'].replace('_', ' ')}."
        )
    return (
        ["## Stale figures and quarantine", "", *(f"- {one}" for one in said), ""] if said else []
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _json(path: Path, content: object) -> None:
    path.write_text(
        json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n",
        encoding="utf-8",
    )
