"""Write, audit, publish: how every asset turns a candidate table into the current one.

A candidate is judged first; only a passing one becomes current. A red one leaves the last good
table in place; its checks show red in the UI and what depends on it still runs.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import dagster as dg
import pyarrow as pa

from warehouse.tables import Table

KINDS = ("structure", "keys", "ranges", "coverage")
# Tag of a step that takes little memory, so that another may be at work at the same time (pipelines/beside.py).
SMALL = {"observatory/small": "yes"}
SAMPLE_ROWS = 8
SAMPLE_COLUMNS = (
    "metro_id",
    "iso3",
    "indicator_id",
    "scale",
    "system",
    "period",
    "value",
    "unit",
    "obs_status",
    "flags",
    "dataset",
)


def check_specs(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """One check for each kind of rule."""
    meanings = {
        "structure": "Columns, types and closed lists are as stated.",
        "keys": "Each figure appears once.",
        "ranges": "Values are plausible and finite.",
        "coverage": "No unexplained loss against the last good table.",
    }
    return [dg.AssetCheckSpec(kind, asset=key, description=meanings[kind]) for kind in KINDS]


def check_results(key: dg.AssetKey, verdict) -> list[dg.AssetCheckResult]:
    """One result for each kind of rule, with the rules that failed and sample rows."""
    results = []
    for kind in KINDS:
        of_kind = [r for r in verdict.results if r.rule.kind == kind]
        failed = [r for r in of_kind if not r.passed]
        critical = any(r.severity == "critical" for r in failed)
        metadata = {"rules": len(of_kind), "failed": len(failed), **evidence(failed)}
        results.append(
            dg.AssetCheckResult(
                passed=not failed,
                asset_key=key,
                check_name=kind,
                severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
                metadata=metadata,
            )
        )
    return results


def passed_checks(
    key: dg.AssetKey, but: Mapping[str, str] | None = None
) -> list[dg.AssetCheckResult]:
    """Every check of an asset that was not judged: passed, but for those with a sentence why not."""
    failures = but or {}
    return [
        dg.AssetCheckResult(
            passed=kind not in failures,
            asset_key=key,
            check_name=kind,
            metadata={"failure": failures[kind]} if kind in failures else {},
        )
        for kind in KINDS
    ]


def evidence(failed: Sequence) -> dict[str, dg.TableMetadataValue | dg.JsonMetadataValue]:
    """For the UI: the rules that failed with their meaning, and sample rows that break them."""
    if not failed:
        return {}
    rules = [{"rule": r.rule.name, "cases": r.failing, "meaning": r.rule.sentence} for r in failed]
    rows = [
        {"rule": r.rule.name, **{k: _plain(v) for k, v in row.items()}}
        for r in failed
        for row in r.sample
    ]
    table = dg.MetadataValue.table([dg.TableRecord(r) for r in rules])
    if not rows:
        return {"failing rules": table}
    return {"failing rules": table, "failing rows": dg.MetadataValue.json(rows)}


def result(
    key: dg.AssetKey,
    table: pa.Table,
    data_version: str,
    verdict=None,
    *,
    sample: pa.Table | None = None,
    notes: dict | None = None,
) -> dg.MaterializeResult:
    """What the UI shows of a table when it was made: rows, a sample, the verdict.

    Its columns are metadata of the asset: each materialisation would be written and read with them.
    """
    shown = _shown(table if sample is None else sample)
    metadata = {
        "dagster/row_count": len(table),
        "sample": dg.MetadataValue.table(_records(shown), schema=_sample_schema(shown)),
        "verdict": "green" if verdict is None or verdict.passed else "red",
        **({} if verdict is None or verdict.passed else {"failure": why(verdict), "final": "yes"}),
        **(notes or {}),
    }
    return dg.MaterializeResult(
        asset_key=key,
        data_version=dg.DataVersion(data_version),
        metadata=metadata,
        check_results=[] if verdict is None else check_results(key, verdict),
    )


def why(verdict) -> str:
    """Why a verdict is red: each broken rule in a sentence, with the first case that breaks it."""
    said = []
    for r in verdict.failed:
        if r.severity == "critical":
            first = ", ".join(f"{k} {v}" for k, v in r.sample[0].items()) if r.sample else ""
            said.append(r.sentence + (f" First case: {first}." if first else ""))
    return " ".join(said)


def columns(statement: Table) -> dict[str, dg.TableSchema]:
    """Metadata for the UI: the statement's columns with type, meaning and constraints."""
    schema = dg.TableSchema(
        [
            dg.TableColumn(
                c.name,
                c.type.lower(),
                description=c.meaning + _unit(c.unit),
                constraints=dg.TableColumnConstraints(
                    nullable=c.null, unique=statement.key == (c.name,)
                ),
            )
            for c in statement.columns
        ]
    )
    return {"dagster/column_schema": schema}


def _unit(unit: str) -> str:
    """The unit of a column in words; `unit` stands for the column of that name."""
    if not unit:
        return ""
    return " In the unit that `unit` names." if unit == "unit" else f" Unit: {unit}."


def publish(
    key: dg.AssetKey,
    statement: Table,
    candidate: pa.Table,
    path: Path,
    rules: Sequence,
    *,
    dictionaries: Mapping[str, Path] | None = None,
    public: Callable[[pa.Table], pa.Table] = lambda table: table,
    notes: Mapping[str, str | float | None] | None = None,
) -> dg.MaterializeResult:
    """Judge a candidate and make it current if it passes; else the last good table stays.

    dictionaries: the files of the tables that the rules look up; public: takes out of a table what
    its licence forbids to show. Raises `dg.Failure` where there is no last good table to serve.
    """
    from expectations import judge
    from warehouse import query, store

    previous = last_good(path, dictionary=True)  # half the memory
    looked_up = dictionaries or {}
    verdict = judge.judge(candidate, rules, previous=previous, dictionaries=looked_up)
    notes = {"what changed": words(previous, candidate), **(notes or {})}
    query.give_back(ended=False)
    if verdict.passed:
        version = store.write(candidate, statement, path)
        # What was counted holds for these bytes: the release need not count it again.
        versions = {n: store.digest(p) for n, p in looked_up.items()}
        judge.remember(verdict, versions | {"candidate": version})
        shown = public(candidate)
        return result(key, candidate, version, verdict, sample=shown, notes=notes)
    if previous is None:
        raise dg.Failure(
            f"{key.to_user_string()}: the first table did not pass and there is no earlier one to "
            f"serve: {' '.join(verdict.sentences)}"
        )
    notes = {**notes, "served": "the last good table; this candidate was rejected"}
    standing = store.digest(path)
    return result(key, previous, standing, verdict, sample=public(previous), notes=notes)


def last_good(path: Path, *, dictionary: bool = False) -> pa.Table | None:
    """The table that stands; None where there is none, or its file was spoiled.

    With `dictionary`, texts that repeat come dictionary-encoded.
    """
    from warehouse import store
    from warehouse.errors import WarehouseError

    try:
        return store.read(path, dictionary=dictionary) if path.exists() else None
    except WarehouseError:
        return None


def words(previous: pa.Table | None, candidate: pa.Table) -> str:
    """What a person wants to know first: how many rows more or fewer than before."""
    now = len(candidate)
    if previous is None:
        return f"The first table: {now:,} rows."
    change = now - len(previous)
    if change == 0:
        return f"{now:,} rows, as many as before."
    return f"{now:,} rows, {abs(change):,} {'more' if change > 0 else 'fewer'} than before."


def _shown(table: pa.Table) -> pa.Table:
    """A few rows spread over the table, in the columns that a person reads first."""
    step = max(1, len(table) // SAMPLE_ROWS)
    rows = table.take(pa.array(range(0, len(table), step), pa.int64())[:SAMPLE_ROWS])
    known = [c for c in SAMPLE_COLUMNS if c in table.column_names]
    return rows.select(known if len(known) > 3 else table.column_names[:10])


def _records(table: pa.Table) -> list[dg.TableRecord]:
    return [dg.TableRecord({k: _plain(v) for k, v in row.items()}) for row in table.to_pylist()]


def _sample_schema(table: pa.Table) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(n, "string") for n in table.column_names])


def _plain(value: object) -> str | float | None:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
