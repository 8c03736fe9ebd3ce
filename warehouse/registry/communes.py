"""The communes of France, written again from Etalab's `decoupage-administratif` in our own columns.

The list of the European Union carries no population for France. The package (data under the Licence
Ouverte) has the legal populations and the members of every intercommunal body.
"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

from warehouse.registry.files import table
from warehouse.registry.unit import RegistryError

COLUMNS = ("code", "name", "grouping", "grouping_name", "population")
FILE = Path(__file__).parents[2] / "catalog" / "territories" / "fr_commune.csv.gz"


def rewrite(folder: Path, wanted: set[str], groupings: set[str], out: Path = FILE) -> int:
    """Write the communes that are wanted, or of a grouping that is wanted; returns how many.

    folder: `data` of the unpacked package; wanted: Insee codes; groupings: SIREN codes. Columns:
    Insee code, name, SIREN code and name of the intercommunal body, population (persons, empty where
    the package has none). Raises `RegistryError` where a file is missing or is not what it should be.
    """
    communes, bodies = (_json(folder / f"{n}.json") for n in ("communes", "epci"))
    member = {m["code"]: (b["code"], b["nom"]) for b in bodies for m in b["membres"]}
    rows = sorted(
        (c["code"], c["nom"], *member.get(c["code"], ("", "")), c.get("population", ""))
        for c in communes
        if c["type"] == "commune-actuelle"
        and (c["code"] in wanted or member.get(c["code"], ("",))[0] in groupings)
    )
    if absent := sorted(wanted - {r[0] for r in rows}):
        raise RegistryError(
            f"{folder}: {len(absent)} communes are not there, {absent[0]} first; take the edition of "
            "the package whose boundaries are those of the list of local units."
        )
    table(out, COLUMNS, rows)
    return len(rows)


def _json(path: Path) -> list[dict]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RegistryError(
            f"{path} cannot be read ({error}); give the folder 'data' of the unpacked package "
            "@etalab/decoupage-administratif."
        ) from None
    if not isinstance(found, list) or not found:
        raise RegistryError(f"{path} is no list of communes or groupings; restore it.")
    return found


def wanted() -> tuple[set[str], set[str]]:
    """Insee codes of the communes in a functional urban area, and SIREN codes of bodies we know."""
    from catalog import territory

    with gzip.open(
        FILE.parents[1] / "metros" / "local_unit.csv.gz", "rt", encoding="utf-8"
    ) as file:
        inside = {
            r["lau"].removeprefix("FR_")
            for r in csv.DictReader(file)
            if r["lau"].startswith("FR_") and r["fua"]
        }
    _, found = territory.load()
    return inside, {r for t in found if t.list.startswith("insee") for r in t.regions}
