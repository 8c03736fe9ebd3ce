"""A small world: tables of three metropolises, ready to be published, and what tests do with them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from rows import MOMENT, observations, rows

from catalog.models.comparability import load
from catalog.models.release_limits import ReleaseLimits
from warehouse import release, store, tables
from warehouse.home import Home
from warehouse.methods.comparability import classes, rule_table
from warehouse.methods.comparison import comparison
from warehouse.methods.coverage import coverage
from warehouse.methods.latest import latest
from warehouse.methods.ranking import ranking
from warehouse.methods.trend import trend
from warehouse.tables.comparison import of_theme

WIDE = of_theme("economy", (("gdp", "GDP", "USD"), ("jobs", "Jobs", "person")))
STATEMENTS = {t.name: t for t in [*tables.stated().values(), WIDE]}
OPEN, CLOSED = ("oecd", "cities_gdp"), ("survey", "members")
FEW = (
    *("observation", "country_context", "latest", "ranking", "trend", "quarantine", "accounting"),
    *("comparison_economy", "indicator", "metro", "unit", "scale", "status", "source"),
    *("snapshot", "crosswalk", "spatial_unit"),
)
METROS = ("es-barcelona", "gr-athens", "lv-riga")
LIMITS = ReleaseLimits(lost=0.05, revised=0.25, lost_of_indicator=0.5, least_figures=10)


@dataclass
class World:
    """A small world: its tables as Parquet, ready to publish."""

    home: Home
    made: dict[str, pa.Table] = field(default_factory=dict)
    statements: dict[str, tables.Table] = field(default_factory=lambda: STATEMENTS)

    def put(self, name: str, table: pa.Table) -> None:
        self.made[name] = table
        store.write(table, STATEMENTS[name], self.home.table(name))

    def publish(self, home: Home | None = None, date: str = "2026.11.23", **more: Any) -> Path:
        paths = {n: self.home.table(n) for n in self.statements}
        return release.build(
            home or self.home, date=date, tables=paths, statements=self.statements, **more
        )

    def copy(self, folder: Path, names: Iterable[str] = STATEMENTS) -> World:
        """The same with its own files, and only the tables of these names."""
        shutil.copytree(self.home.tables, Home(folder).tables)
        return World(Home(folder), {**self.made}, {n: STATEMENTS[n] for n in names})


def computed(
    seen: pa.Table, metro: pa.Table, indicator: pa.Table, wide: tables.Table
) -> dict[str, pa.Table]:
    """The tables that are made of figures and lists alone, where nothing is shared or breaks."""
    newest = latest(seen)
    return {
        "latest": newest,
        "ranking": ranking(seen, indicator),
        "trend": trend(seen, set()),
        "coverage": coverage(seen, metro),
        "comparability_class": classes(
            seen,
            store.empty(tables.of("shared_value")),
            store.empty(tables.of("boundary_version")),
            store.empty(tables.of("series_break")),
            [],
            load(),
        ),
        "comparability_rule": rule_table(load()),
        wide.name: comparison(newest, metro, indicator, wide),
    }


def figures() -> pa.Table:
    """GDP of three metropolises from an open dataset, jobs from a closed one."""
    given = []
    for n, metro in enumerate(METROS):
        of = {"metro_id": metro, "unit_id": f"oecd_fua:{n}"}
        gdp = {**of, "indicator_id": "gdp", "unit": "USD", "source_id": OPEN[0], "dataset": OPEN[1]}
        given += [{**gdp, "period": str(y), "value": float(y + n)} for y in range(2010, 2019)]
        jobs = {**of, "indicator_id": "jobs", "source_id": CLOSED[0], "dataset": CLOSED[1]}
        given += [{**jobs, "period": str(y), "value": 777.5 + n} for y in range(2010, 2019)]
    revised = {**given[0], "value": 1.25, "recorded_from": MOMENT.replace(year=2023)}
    return observations([*given, {**revised, "recorded_to": MOMENT}])


def first(home: Home) -> World:
    """The world as it is made, in `home`; tests get copies."""
    made = World(home)
    indicator = rows(
        tables.of("indicator"),
        [
            {"indicator_id": "gdp", "unit": "USD", "direction": "higher"},
            {"indicator_id": "jobs", "unit": "person", "direction": "higher"},
        ],
    )
    metro = rows(tables.of("metro"), [{"metro_id": m, "name": m} for m in METROS])
    seen = figures()
    dictionaries = {
        "indicator": indicator,
        "metro": metro,
        "unit": rows(tables.of("unit"), [{"unit": u} for u in ("USD", "person")]),
        "scale": rows(tables.of("scale"), [{"scale": s} for s in ("fua", "country")]),
        "status": rows(tables.of("status"), [{"obs_status": "A"}]),
        "snapshot": rows(tables.of("snapshot"), [{}]),
        "source": rows(
            tables.of("source"),
            [
                {"source_id": s, "dataset": d, "redistributable": may, "licence": licence}
                for (s, d), may, licence in ((OPEN, True, "CC BY 4.0"), (CLOSED, False, "none"))
            ],
        ),
    }
    quarantined = [
        {"source_id": s, "dataset": d, "value_text": "777.5", "reason": "no_metro", "record_no": 9}
        for s, d in (OPEN, CLOSED)
    ]
    of = {
        "observation": seen,
        "context": rows(tables.of("country_context"), []),
        **computed(seen, metro, indicator, WIDE),
        "quarantine": rows(tables.of("quarantine"), quarantined),
        "accounting": rows(
            tables.of("accounting"), [{"source_id": s, "dataset": d} for s, d in (OPEN, CLOSED)]
        ),
        **dictionaries,
    }
    for name, statement in STATEMENTS.items():
        made.put(name, of.get(name, store.empty(statement)))
    return made


def left(home: Home) -> list[str]:
    """What lies in the releases folder besides releases, `current` and the lock."""
    kept = {p.name for p in release.list_releases(home)} | {"current", ".lock"}
    return sorted(p.name for p in home.releases.iterdir() if p.name not in kept)


def counted(source: str) -> int:
    """Rows of what is after `from`."""
    with duckdb.connect() as con:
        return con.execute(f"select count(*) from {source}").fetchall()[0][0]


def gdp(world: World, keep: str) -> None:
    """The same world with those GDP figures only."""
    seen = world.made["observation"]
    with duckdb.connect() as con:
        con.register("seen", seen)
        kept = con.sql(f"select * from seen where {keep}").to_arrow_table()
    world.put("observation", pa.table(kept, schema=seen.schema))
