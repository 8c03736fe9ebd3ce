"""A release of the tables that the catalog alone gives: governance, territories, library."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import catalog
from catalog import desk
from catalog.models import typology as rules
from warehouse import store, tables
from warehouse.home import Home
from warehouse.library import tables as library
from warehouse.publications.model import Release
from warehouse.registry import authority
from warehouse.surveys.governance import history, typology
from warehouse.surveys.governance import tables as governance

FACTS = (
    *("gov_body", "gov_representation", "gov_territory", "gov_competence"),
    *("gov_fact", "gov_event", "gov_source", "gov_wave"),
)
# Figures that the briefs and notebooks show; a few rows of what a build would make.
POPULATIONS = (
    ("authority", "authority", "2019", "2019", 3291654.0),
    ("fua", "eurostat_fua", "2019", "2019", 5034925.0),
    ("agglomeration", "un_wup2018", "2018", "2015", 5276919.0),
)


def released(folder: Path) -> Release:
    """Write the release into `folder` and read it."""
    known = catalog.load()
    home = Home(folder / "home")
    made: dict[str, pa.Table] = {n: governance.made(home, tables.of(n)) for n in FACTS}
    made["gov_model"] = typology.models(made, rules.load())
    made["governance_body"] = typology.bodies(made, desk.same_as(desk.load()))
    con = authority.from_catalog()
    made["authority_unit"] = authority.units(con)
    made["authority_territory"] = authority.territories(con)
    made["metro"] = _csv(known, "metro")
    made["latest"] = _latest()
    made["source"] = _rows("source", [])
    made["governance_profile"] = typology.profile(made)
    made["governance_trend"] = history.trend(made)
    made["governance_change"] = history.changes(made)
    shelf = bibliography_tables(known, made["metro"])
    made |= shelf
    made["framework"] = _rows("framework", [_framework("nua", "36"), _framework("sdg", "11.3.1")])
    made["indicator"] = _rows(
        "indicator", [{"indicator_id": "i", "sdg": "11.3.1", "figures": 3}], free=True
    )
    made["index_rank_range"] = _rows("index_rank_range", [_rank()], free=True)
    release = folder / "2026.11.30.1"
    (release / "parquet").mkdir(parents=True)
    for name, table in made.items():
        statement = tables.of(name)
        # Values only: the columns of a statement, in its types, with its description.
        whole = {
            c.name: table[c.name] if c.name in table.column_names else pa.nulls(len(table))
            for c in statement.columns
        }
        described = {
            "table": name,
            "meaning": statement.meaning,
            "key": ", ".join(statement.key),
            "licence": "CC BY 4.0",
        }
        conformed = pa.table(whole).cast(_loose(store.schema(statement)))
        path = release / "parquet" / f"{name}.parquet"
        pq.write_table(conformed.replace_schema_metadata(described), path)
    (release / "release.json").write_text(
        '{"release": "2026.11.30.1", "title": {"en": "t"}, "description": {"en": "d"}}',
        encoding="utf-8",
    )
    return Release(release)


def bibliography_tables(known: catalog.Catalog, metro: pa.Table) -> dict[str, pa.Table]:
    """The tables of the library."""
    from catalog import bibliography

    read = bibliography.load()
    names = library._names(metro)
    return {
        "library_item": pa.Table.from_pylist(list(library.items(read, known, names))),
        "library_link": pa.Table.from_pylist(list(library.links(read))),
        "network_membership": pa.Table.from_pylist(list(library.memberships(read))),
    }


def _csv(known: catalog.Catalog, name: str) -> pa.Table:
    from pyarrow import csv

    text = {c.name: pa.string() for c in tables.of(name).columns if c.type == "VARCHAR"}
    options = csv.ConvertOptions(column_types=text, strings_can_be_null=True)
    return csv.read_csv(known.csv(name), convert_options=options)


def _loose(schema: pa.Schema) -> pa.Schema:
    return pa.schema([f.with_nullable(True) for f in schema])


def _rows(name: str, rows: list[dict], *, free: bool = False) -> pa.Table:
    schema = _loose(store.schema(tables.of(name)))
    return pa.Table.from_pylist([{n: r.get(n) for n in schema.names} for r in rows], schema=schema)


def _framework(framework: str, code: str) -> dict:
    return {"framework": framework, "code": code, "title": "t", "source": "s"}


def _rank() -> dict:
    return {
        **{"index_id": "economy", "metro_id": "es-barcelona", "unit_id": "u", "scale": "fua"},
        **{"system": "s", "vintage": "v", "rank_low": 3, "rank_median": 5, "rank_high": 9},
        **{"of": 20, "level": 0.9, "draws": 100},
    }


def _latest() -> pa.Table:
    rows = [
        {
            **{"metro_id": "es-barcelona", "indicator_id": "population", "scale": scale},
            **{"system": system, "vintage": vintage, "unit_id": f"{system}:x", "sex": "_T"},
            **{"age": "_T", "unit": "PERSON", "period": period, "value": value},
            **{"source_id": "p", "dataset": "d"},
        }
        for scale, system, vintage, period, value in POPULATIONS
    ]
    return _rows("latest", rows)
