"""The committed registry, and anyone's rows matched with it, for the tests of both."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from warehouse.registry import matcher
from warehouse.registry.build import METROS
from warehouse.registry.matching.list_row import Row, World
from warehouse.registry.matching.match_list import RowAnswer, match_row


@cache
def rows(name: str, folder: Path = METROS) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def links() -> dict[tuple[str, str, str], dict[str, str]]:
    return {(r["system"], r["code"], r["vintage"]): r for r in rows("crosswalk")}


@cache
def units() -> dict[tuple[str, str, str], dict[str, str]]:
    return {(r["system"], r["code"], r["vintage"]): r for r in rows("spatial_unit")}


def home(system: str, code: str, vintage: str) -> str:
    """The metropolis that a unit is on; empty for none."""
    found = links().get((system, code, vintage))
    return found["metro_id"] if found else ""


def world() -> World:
    return matcher.world()


def answer(name: str, country: str = "", lat: str = "", lon: str = "", population: str = "") -> RowAnswer:  # fmt: skip
    return match_row(Row(name, country, lat, lon, population), world())
