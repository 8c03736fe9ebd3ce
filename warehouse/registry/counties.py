"""Counties of the United States, written again from the Census Bureau's estimates in our own columns.

The file of core based statistical areas has a row of each county inside one, with its estimate of each
year (public domain, 17 U.S.C. 105).
"""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

from warehouse.registry.files import table
from warehouse.registry.unit import RegistryError

COLUMNS = ("code", "name", "population")
FILE = Path(__file__).parents[2] / "catalog" / "territories" / "us_county.csv.gz"
SOURCE, POPULATION, EDITION = "cbsa-est2019-alldata.csv.gz", "POPESTIMATE2019", "2019"


def rewrite(folder: Path, out: Path = FILE) -> int:
    """Write the counties of `folder`/cbsa-est2019-alldata.csv.gz; returns how many.

    Columns: FIPS code (five digits), name with the State, population of 1 July 2019 (persons). Raises
    `RegistryError` where the file is missing or has no such rows.
    """
    path = folder / SOURCE
    try:
        with gzip.open(path, "rt", encoding="latin-1", newline="") as file:
            rows = sorted(
                (r["STCOU"], r["NAME"], r[POPULATION])
                for r in csv.DictReader(file)
                if r["LSAD"] == "County or equivalent"
            )
    except (OSError, EOFError, KeyError) as error:
        raise RegistryError(
            f"{path} cannot be read ({error}); give the folder of the file of the Census Bureau, "
            f"vintage {EDITION}."
        ) from None
    if not rows or any(len(code) != 5 or not people.isdigit() for code, _, people in rows):
        raise RegistryError(
            f"{path} has no rows of counties with populations; fetch it again from the Census Bureau."
        )
    table(out, COLUMNS, rows)
    return len(rows)
