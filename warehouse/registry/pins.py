"""Identifiers that never change: `pin.csv` (which unit founded which), `redirect.csv`, `change.csv`.

A build gives identifiers to new metropolises only. One that is gone must have a row in
`redirect.csv`, written by a person, and every change is a line of `change.csv`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.registry.unit import RegistryError

PIN = ("founder", "metro_id", "since")
REDIRECT = ("metro_id", "new_metro_id", "date", "reason")
CHANGE = ("date", "metro_id", "change", "detail")


@dataclass(frozen=True)
class Pins:
    """Founder's key to identifier, with the day it was given; identifiers that were retired."""

    ids: Mapping[str, tuple[str, str]]
    retired: Mapping[str, dict[str, str]]

    def taken(self) -> set[str]:
        """Every identifier that was ever given, which none may bear again."""
        return {metro_id for metro_id, _ in self.ids.values()} | set(self.retired)


def rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of one of the files; none where it does not exist; a sentence on other columns."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise RegistryError(f"{path.name}: its columns must be {', '.join(columns)}.")
        return list(reader)


def read(folder: Path) -> Pins:
    """The pins and redirects of a folder; empty for a registry that is new."""
    listed = rows(folder / "pin.csv", PIN)
    for column in ("founder", "metro_id"):
        twice = [k for k, n in Counter(r[column] for r in listed).items() if n > 1]
        if twice:
            raise RegistryError(f"pin.csv: {column} {twice[0]} appears twice; keep one row.")
    retired = {r["metro_id"]: r for r in rows(folder / "redirect.csv", REDIRECT)}
    return Pins({r["founder"]: (r["metro_id"], r["since"]) for r in listed}, retired)


def after_build(pins: Pins, ids: Mapping[str, str], today: str) -> list[tuple[str, str, str]]:
    """The rows of `pin.csv` after a build; `ids` are founder's key to identifier.

    Raises `RegistryError` where a pinned metropolis is gone and no redirect says where to.
    """
    for founder, (metro_id, _) in sorted(pins.ids.items()):
        if founder not in ids and metro_id not in pins.retired:
            raise RegistryError(
                f"catalog/metros: '{metro_id}' (founded by {founder}) would vanish; add a row to "
                "redirect.csv that says which metropolis took its place, since when and why."
            )
    for metro_id, row in sorted(pins.retired.items()):
        if row["new_metro_id"] and row["new_metro_id"] not in ids.values():
            raise RegistryError(
                f"catalog/metros/redirect.csv: '{metro_id}' leads to '{row['new_metro_id']}', "
                "which is no metropolis; correct the row."
            )
    return sorted(
        (founder, metro_id, pins.ids.get(founder, ("", today))[1])
        for founder, metro_id in ids.items()
    )


def changes(
    old: Mapping[str, str], new: Mapping[str, str], pins: Pins, today: str
) -> list[tuple[str, ...]]:
    """What one build changed, as rows of `change.csv`; `old` and `new` are identifier to name."""
    made = []
    if not old:
        made.append((today, "", "founded", f"The registry begins with {len(new)} metropolises."))
    else:
        made += [(today, i, "added", new[i]) for i in new.keys() - old.keys()]
    for metro_id in old.keys() - new.keys():
        row = pins.retired[metro_id]
        to = row["new_metro_id"]
        said = f"is now {to}: {row['reason']}" if to else row["reason"]
        made.append((today, metro_id, "merged" if to else "removed", said))
    made += [
        (today, i, "renamed", f"{old[i]} is now called {new[i]}.")
        for i in old.keys() & new.keys()
        if old[i] != new[i]
    ]
    return sorted(made)
