"""Errors of the lists themselves, mended as data: `correction.csv`, read before anything is matched.

A row names the list, the code, the column, the value as served and the right one, the reason, where it
was read, and since when the error is known. It fails loudly when the list no longer says what it corrects. A wrong point, name or
country of one unit is in `alias.csv` instead, for it decides where the unit is looked for.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import Any

from warehouse.registry.unit import RegistryError

FILE = Path(__file__).parents[2] / "catalog" / "metros" / "correction.csv"
COLUMNS = ("list", "code", "column", "expected", "value", "reason", "source", "since")


@lru_cache
def corrections(path: Path = FILE) -> tuple[dict[str, str], ...]:
    """The rows of `correction.csv`; none where there is no such file."""
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise RegistryError(f"{path.name}: its columns must be {', '.join(COLUMNS)}.")
        made = tuple(reader)
    for r in made:
        if not r["reason"] or not r["source"] or not r["since"]:
            raise RegistryError(
                f"{path.name}: {r['list']} {r['code']}: give the reason, where it was read, and since when."
            )
    return made


def mended(
    name: str, rows: list[dict[str, Any]], key: str, path: Path = FILE
) -> list[dict[str, Any]]:
    """The rows of a list with its corrections; `key` is the column of the code.

    A value keeps the type that it had. Raises `RegistryError` where the code is not in the list or the
    column no longer says what is expected.
    """
    known = {str(r[key]): r for r in rows}
    for c in (c for c in corrections(path) if c["list"] == name):
        row = known.get(c["code"])
        said = None if row is None else row.get(c["column"])
        if row is None or said is None or str(said) != c["expected"]:
            raise RegistryError(
                f"{path.name}: {name} {c['code']} no longer says {c['expected']!r} in "
                f"{c['column']} (it says {said!r}); remove or renew the correction."
            )
        row[c["column"]] = type(said)(c["value"])
    return rows
