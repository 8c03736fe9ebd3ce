"""A small release with what the tasks of an official and the refusals need, planted."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from unittest.mock import patch

import duckdb
import pyarrow as pa

from warehouse.home import Home

UNIT = Path(__file__).parents[1] / "unit"
PLACES = (
    ("it-torino", "Torino", "IT", "ITA", "Italy", "Europe", 45.07, 7.69, True),
    ("fr-lyon", "Lyon", "FR", "FRA", "France", "Europe", 45.76, 4.84, True),
)
RENT = "rent_to_income"
RENTS = {"fr-lyon": 31.5, "es-barcelona": 36.0, "it-torino": 24.0}
# Body, model, since when, how its head is chosen, law. The facts of small tests, not of the world.
BODIES = {
    "it-torino": ("Città metropolitana di Torino", "special_status", 2015, "ex_officio", "Legge 56/2014"),
    "fr-lyon": ("Métropole de Lyon", "special_status", 2015, "direct", "Loi 2014-58"),
    "es-barcelona": ("Àrea Metropolitana de Barcelona", "intermunicipal", 2011, "indirect", "Llei 31/2010"),
}  # fmt: skip


def release(folder: Path) -> Path:
    """Build it in `folder`; the release."""
    if str(UNIT) not in sys.path:
        sys.path.insert(0, str(UNIT))
    small = importlib.import_module("released")
    observations = importlib.import_module("rows").observations
    given = [
        {
            **{"metro_id": metro, "unit_id": f"oecd_fua:{metro}", "vintage": "2012"},
            **{"indicator_id": RENT, "unit": "PERCENT"},
            **{
                "source_id": "eurostat",
                "dataset": "met_lfe3emprt",
                "period": "2023",
                "value": rent,
            },
        }
        for metro, rent in RENTS.items()
    ]
    before = small.figures

    def figures(revised: bool = False) -> pa.Table:
        return pa.concat_tables([before(revised), observations(given)])

    with (
        patch.object(small, "METROS", (*small.METROS, *PLACES)),
        patch.object(small, "figures", figures),
        patch.dict(
            small.TITLES,
            {RENT: ("Lloguer i renda", "Alquiler y renta", "Loyer et revenu", "Rent to income")},
        ),
        patch.dict(small.THEMES, {RENT: "access_to_housing"}),
        patch.dict(small.UNITS, {RENT: "PERCENT"}),
    ):
        made = small.build(Home(folder))
    with duckdb.connect(str(made / "observatory.duckdb")) as con:
        _refusals(con)
        _governments(con)
    return made


def _refusals(con: duckdb.DuckDBPyConnection) -> None:
    """A copied national value, and a territory that was redrawn in 2015."""
    con.execute(
        "update comparability_class set copied = true "
        "where metro_id = 've-barcelona' and indicator_id = 'green_area_share'"
    )
    of_athens = "metro_id = 'gr-athens' and indicator_id = 'population'"
    con.execute(f"create temp table run as from comparability_class where {of_athens}")
    con.execute(f"delete from comparability_class where {of_athens}")
    for boundary, limit in (
        (1, "date '2014-01-01' as last_start"),
        (2, "date '2015-01-01' as first_start"),
    ):
        con.execute(
            f"insert into comparability_class select * replace ({boundary} as boundary, {limit}) from run"
        )


def _governments(con: duckdb.DuckDBPyConnection) -> None:
    """Who governs three of them, and who is like whom: tables that the small release has empty."""
    for table in ("governance_profile", "gov_model", "peer"):
        for column, kind, null, *_ in con.execute(f"describe {table}").fetchall():
            if null == "NO":
                con.execute(f'alter table {table} alter "{column}" drop not null')
            if kind.startswith("ENUM"):
                con.execute(f'alter table {table} alter "{column}" type varchar')
    for metro, (body, model, since, head, law) in BODIES.items():
        con.execute(
            "insert into governance_profile by name select ? as metro_id, ? as body_id, ? as body, ? as model, "
            "?::int as year_created, ? as head_selection, 'national_law' as legal_basis, ? as legal_citation, "
            "'desk research' as status",
            [metro, metro, body, model, since, head, law],
        )
        con.execute(
            "insert into gov_model by name select ? as metro_id, ? as body_id, ? as model, ?::int as year_from",
            [metro, metro, model, since],
        )
    con.execute(
        "insert into framework by name select 'sdg' as framework, '11.3.1' as code, "
        "'Land consumption against population growth' as title, '' as source"
    )
    con.execute(
        "insert into peer by name select 'it-torino' as metro_id, 'fr-lyon' as peer_id, 1 as place, "
        "'size, governance' as similar_in"
    )
