"""Read and validate the territories of metropolitan bodies (`catalog/territories/*.yaml`)."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from pydantic import ValidationError

from catalog.contents import FOLDER
from catalog.models.territory import BodyTerritory, LocalList, SameUnit, Territories
from catalog.yaml_files import CatalogError, parsed

WHERE = "territories"
SAME = "same_unit.csv"


def load(folder: Path = FOLDER) -> tuple[dict[str, LocalList], list[BodyTerritory]]:
    """Lists by their id, and the territories by body; raises `CatalogError`, all mistakes at once."""
    problems: list[str] = []
    files = [(p, parsed(Territories, p, problems)) for p in sorted((folder / WHERE).glob("*.yaml"))]
    lists = {x.id: x for _, f in files if f for x in f.lists}
    found = [(p, t) for p, f in files if f for t in f.territories]
    for path, t in found:
        if t.list not in lists:
            problems.append(
                f"{WHERE}/{path.name}: '{t.body}': there is no list '{t.list}'; state it under 'lists'."
            )
        elif not t.missing and (lists[t.list].units == "county") != bool(t.stated):
            problems.append(
                f"{WHERE}/{path.name}: '{t.body}': 'stated' is for a list of counties and is needed there; "
                "of municipalities desk research states the number."
            )
    for body, count in Counter(t.body for _, t in found).items():
        if count > 1:
            problems.append(f"{WHERE}: the territory of '{body}' is stated twice; keep one.")
    for x in lists.values():
        if not (folder / x.file).exists():
            problems.append(f"{WHERE}: list '{x.id}': the file {x.file} is missing; restore it.")
    if problems:
        raise CatalogError("\n".join(problems))
    return lists, sorted((t for _, t in found), key=lambda t: t.body)


def same_units(folder: Path = FOLDER) -> list[SameUnit]:
    """The units that are exactly a body's territory; raises `CatalogError`, all mistakes at once."""
    path, problems, found = folder / WHERE / SAME, [], []
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            try:
                found.append(SameUnit.model_validate({k: v or None for k, v in row.items()}))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                problems.append(
                    f"{WHERE}/{SAME}, line {line}: {where}: {first['msg']}; correct it."
                )
    for unit, count in Counter(s.unit_id for s in found).items():
        if count > 1:
            problems.append(f"{WHERE}/{SAME}: the unit '{unit}' is of two bodies; keep one.")
    if problems:
        raise CatalogError("\n".join(problems))
    return found
