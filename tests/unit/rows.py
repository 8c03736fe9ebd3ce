"""Small tables for the tests of the warehouse (what a test does not say has a plain default), and
a small disk."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from warehouse import store, tables

FOLDER = Path(__file__).parent.parent / "golden"
PLAIN = {"VARCHAR": "x", "DOUBLE": 1.0, "BIGINT": 1, "BOOLEAN": True}
MOMENT = datetime.datetime(2024, 5, 1, 12)


def rows(statement: tables.Table, given: list[dict], **common) -> pa.Table:
    """A table of the statement: per row `given`, else `common`, else null or a plain value."""
    made = []
    for row in given:
        filled = {
            c.name: None
            if c.null
            else PLAIN.get(c.type, MOMENT if c.type == "TIMESTAMP" else datetime.date(2024, 1, 1))
            for c in statement.columns
        }
        unknown = ({**common, **row}).keys() - filled.keys()
        assert not unknown, f"{statement.name} has no column {unknown}"
        made.append({**filled, **common, **row})
    return pa.Table.from_pylist(made, schema=store.schema(statement))


def observations(given: list[dict], **common) -> pa.Table:
    """Standing annual figures of one FUA; a year sets period, first and last day."""
    base = {
        "metro_id": "es-barcelona",
        "unit_id": "oecd_fua:ES002",
        "system": "oecd_fua",
        "vintage": "2012",
        "scale": "fua",
        "indicator_id": "population",
        "sex": "_T",
        "age": "_T",
        "freq": "A",
        "unit": "person",
        "obs_status": "A",
        "flags": "",
        "conf_status": "F",
        "provenance": "upstream",
        "source_id": "oecd",
        "dataset": "cities_population",
        "series_key": "k",
        "value": 1.0,
    }
    made = []
    for number, row in enumerate(given, 1):
        year = int(row.get("period", common.get("period", "2018"))[:4])
        days = {
            "period": str(year),
            "period_start": datetime.date(year, 1, 1),
            "period_end": datetime.date(year, 12, 31),
            "record_no": number,
        }
        made.append({**base, **days, **common, **row})
    return rows(tables.of("observation"), made)


def golden(name: str, found: pa.Table, columns: list[str]) -> None:
    """Compare the named columns, as text, with `tests/golden/<name>.csv`; null is empty."""
    lines = [",".join(columns)]
    for row in found.select(columns).to_pylist():
        lines.append(",".join("" if row[c] is None else _text(row[c]) for c in columns))
    expected = (FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    assert lines == expected


def _text(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


@contextmanager
def mounted(folder: Path, options: str) -> Generator[Path]:
    """A small real file system, so that a full disk is a full disk."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("no right to mount a small tmpfs here: run as root to test a full disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
