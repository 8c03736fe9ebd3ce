"""What CONTRIBUTING.md says is done: an indicator, a table and a provider, each by its files alone."""

from __future__ import annotations

import json

import pytest

from tests.flow.observatory import Observatory, checkout

pytestmark = pytest.mark.system

INDICATOR = """\
id: tram_network
theme: mobility
title: Length of the tram network
definition: Length of all tram lines within the metropolitan region, in kilometres, at the end of the year.
unit: KM
direction: none
range: {min: 0, max: 5000}
bindings:
  - provider: trams
    dataset: lines
    unit: KM
"""
STATEMENT = """\
id: trams
title: Register of trams
homepage: https://trams.example
licence: CC BY 4.0
licence_url: https://creativecommons.org/licenses/by/4.0/
attribution: "Source: Register of trams"
datasets:
  lines:
    title: Length of tram lines
    territory:
      - code: region
        system: eurostat_metro
        vintage: NUTS2021
"""
PROVIDER = '''\
"""Register of trams: one JSON file with a row for each region and year."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from sources.errors import Invalid
from sources.records import records
from sources.transport.request import Request

HOSTS = ("trams.example",)


def request(dataset: str, options: dict) -> Request:
    """The address of the file."""
    return Request(provider="trams", dataset=dataset, url="https://trams.example/lines.json")


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """Source records; raises `Invalid` where the file holds no rows."""
    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    if not rows:
        raise Invalid(f"{path.name} holds no rows: download it again.")
    return records.make(
        records.About("trams", "JSON", dataset),
        dimensions={"region": pa.array([r["region"] for r in rows])},
        period=pa.array([str(r["year"]) for r in rows]),
        value=pa.array([float(r["km"]) for r in rows]),
        value_text=pa.array([str(r["km"]) for r in rows]),
    )
'''
TABLE = '''\
"""Table `longest_network`."""

from warehouse.tables.statement import METRO_ID, NUMBER, Column, Must, Table

TABLE = Table(
    "longest_network",
    "The longest tram network of each metropolis.",
    (METRO_ID, Column("km", NUMBER, "Length.", False, "km")),
    ("metro_id",),
    group="comparisons",
    inputs=("latest",),
    made_by="warehouse.methods.longest_network",
    rows="critical",
    rules=(Must("not_negative", "ranges", "No network is shorter than nothing.", "km < 0"),),
)
'''
METHOD = '''\
"""The longest tram network of each metropolis."""

import pyarrow as pa

from warehouse import query
from warehouse.inputs import Inputs


def make(given: Inputs) -> pa.Table:
    """Table `longest_network`."""
    return query.run(
        "select metro_id, max(value) as km from latest where indicator_id = 'tram_network' "
        "group by all order by all",
        {"latest": given.path("latest")},
    )
'''
FILES = {
    "catalog/indicators/tram_network.yaml": INDICATOR,
    "catalog/providers/trams.yaml": STATEMENT,
    "sources/providers/trams.py": PROVIDER,
    "warehouse/tables/longest_network.py": TABLE,
    "warehouse/methods/longest_network.py": METHOD,
}
ROWS = [
    {"region": "ES002M", "year": 2023, "km": 29.2},
    {"region": "FR001MC", "year": 2023, "km": 186.6},
]


@pytest.fixture(scope="module")
def extended(tmp_path_factory, guard) -> Observatory:
    """A release of a catalog of two indicators after the five files were added."""
    folder = tmp_path_factory.mktemp("extended")
    code = checkout(folder / "code", {"area"})
    for name, text in FILES.items():
        (code / name).write_text(text, encoding="utf-8")
    observatory = Observatory(folder / "home", guard, code)
    served = folder / "lines.json"
    served.write_text(json.dumps(ROWS), encoding="utf-8")
    added = observatory(
        *("snapshots", "add", str(served), "--provider", "trams", "--dataset", "lines"),
        *("--published-at", "2024-05-01"),
    )
    assert added.code == 0, added.out + added.err
    built = observatory("build")
    assert built.code == 0, built.out + built.err
    return observatory


def test_the_indicator_has_its_figures_with_source_and_licence(extended):
    rows = extended.sql(
        "select metro_id, value, unit, licence from latest join source using (source_id, dataset) "
        "where indicator_id = 'tram_network' order by metro_id"
    )
    assert rows == [
        ("es-barcelona", 29.2, "KM", "CC BY 4.0"),
        ("fr-paris", 186.6, "KM", "CC BY 4.0"),
    ]


def test_the_table_is_published_with_its_comments(extended):
    assert extended.sql("from longest_network order by all") == [
        ("es-barcelona", 29.2),
        ("fr-paris", 186.6),
    ]
    [[comment]] = extended.sql(
        "select comment from duckdb_tables() where table_name = 'longest_network'"
    )
    assert comment == "The longest tram network of each metropolis."


def test_its_english_stands_in_until_it_is_translated(extended):
    rows = extended.sql(
        "select title_ca, title_en from indicator where indicator_id = 'tram_network'"
    )
    assert rows == [("Length of the tram network", "Length of the tram network")]
    for language, texts, translated in extended.sql(
        "select language, texts, translated from language"
    ):
        assert translated == texts - (0 if language == "en" else 2), language
