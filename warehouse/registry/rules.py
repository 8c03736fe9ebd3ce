"""What people decided about the registry: `review.csv` (links) and `alias.csv` (what a list means)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from warehouse.registry.unit import RegistryError

REVIEW_COLUMNS = ("system", "code", "vintage", "decision", "metro_id", "reason", "decided_on")


@dataclass(frozen=True)
class Alias:
    """What a list means where it says something else: a name, a country, a state, a point; empty for
    as said.

    The name takes the place of the list's own, except of an agglomeration's, which it joins.
    """

    name: str = ""
    admin: str = ""
    latitude: float | None = None
    longitude: float | None = None
    iso2: str = ""
    reason: str = ""


NAME_COLUMNS = ("founder", "lang", "kind", "name", "source", "reason")


@dataclass(frozen=True)
class NameByHand:
    """A name that a person decided: `primary` (ours), `alias`, or `wrong` (a source's, left out).

    `wrong` in the language `*`: Natural Earth's place is another one, with its names in all languages.
    """

    founder: str
    lang: str
    kind: str
    name: str
    source: str


def names_by_hand(path: Path) -> list[NameByHand]:
    """The rows of `name.csv`; empty if there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != NAME_COLUMNS:
            raise RegistryError(f"{path.name}: its columns must be {', '.join(NAME_COLUMNS)}.")
        made = []
        for r in reader:
            if r["kind"] not in ("primary", "alias", "wrong") or not r["reason"]:
                raise RegistryError(
                    f"{path.name}: {r['founder']} {r['name']}: kind must be primary, alias or "
                    "wrong, and the reason be given."
                )
            made.append(NameByHand(r["founder"], r["lang"], r["kind"], r["name"], r["source"]))
        return made


@dataclass(frozen=True)
class ReviewDecision:
    """A reviewer's decision; `metro` is the metropolis's key, empty to reject any link."""

    accept: bool
    metro_id: str
    reason: str
    decided_on: str


def aliases(path: Path) -> dict[tuple[str, str, str], Alias]:
    """The rows of `alias.csv` by (system, code, vintage); empty if there is no such file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (r["system"], r["code"], r["vintage"]): Alias(
                r["name"],
                r["admin"],
                float(r["latitude"]) if r["latitude"] else None,
                float(r["longitude"]) if r["longitude"] else None,
                r["iso2"],
                r["reason"],
            )
            for r in csv.DictReader(file)
        }


def decisions(path: Path) -> dict[tuple[str, str, str], ReviewDecision]:
    """The review decisions of a CSV file by (system, code, vintage); empty if there is none."""
    if not path.exists():
        return {}
    found: dict[tuple[str, str, str], ReviewDecision] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != REVIEW_COLUMNS:
            raise RegistryError(f"{path.name}: its columns must be {', '.join(REVIEW_COLUMNS)}.")
        for row in reader:
            key = (row["system"], row["code"], row["vintage"])
            if row["decision"] not in ("accept", "reject"):
                raise RegistryError(
                    f"{path.name}: {':'.join(key)}: '{row['decision']}' is no decision; "
                    "write accept or reject."
                )
            if key in found:
                raise RegistryError(f"{path.name}: {':'.join(key)} is decided twice; keep one row.")
            found[key] = ReviewDecision(
                row["decision"] == "accept", row["metro_id"], row["reason"], row["decided_on"]
            )
    return found


def catalan(path: Path) -> dict[str, str]:
    """Catalan names that were accepted, by metropolis: `catalan.csv`, from Unicode CLDR; empty without it."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            r["metro_id"]: r["name"] for r in csv.DictReader(file) if r["decision"] == "accepted"
        }
