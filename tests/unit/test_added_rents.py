"""Rents of the Àrea Metropolitana de Barcelona: not bundled, and read once an owner adds the file."""

from datetime import datetime

import pyarrow as pa

from catalog.loader import load
from sources.read import read
from sources.refresh import added
from sources.store.pack import bundled
from sources.store.snapshots import Store
from warehouse.methods.harmonise import harmonise
from warehouse.methods.history import stamp

CATALOG = load()
PAIR = ("carrier", "amb_rents")
# Header and query are those of the file and of catalog/providers/carrier.yaml; the rents are invented.
FILE = """metro_id,territory,year,contracts,municipalities,avg_monthly_rent_eur
es-barcelona,"AMB, 36 municipalities",2022,74000,36,950.25
es-barcelona,"AMB, 36 municipalities",2023,62000,36,1040.5
"""
QUERY = """select 'es-barcelona-amb' as body, 'average_monthly_rent' as variable, year as period,
avg_monthly_rent_eur as value from read_csv($file, all_varchar = true)"""
UNIT = {
    "system": "authority",
    "code": "es-barcelona-amb",
    "vintage": "2019",
    "scale": "authority",
    "name": "Àrea Metropolitana de Barcelona",
    "iso3": "ESP",
    "no_metro": "",
}
LINK = {**{k: UNIT[k] for k in ("system", "code", "vintage")}, "metro_id": "es-barcelona"}
STATUS = {"provider": "carrier", "flag": "", "obs_status": "A", "conf_status": None}


def test_the_rents_that_an_owner_adds_are_figures_of_the_metropolitan_body(tmp_path):
    file = tmp_path / "amb_average_rent.csv"
    file.write_text(FILE, encoding="utf-8")
    store = Store(tmp_path / "store")
    at = datetime(2026, 1, 31)
    provider = CATALOG.providers["carrier"]
    kept, n = added.add(store, provider, "amb_rents", file, published_at=at, sql=QUERY)
    assert n == 2 and not kept.redistributable
    records = read("carrier", store.path(kept), "amb_rents")
    history = stamp(records, ("body", "variable"), kept.snapshot_id, at)
    indicator = CATALOG.indicators["average_monthly_rent"]
    made, problems = harmonise(
        indicator,
        {PAIR: (history, "")},
        {PAIR: CATALOG.dataset(*PAIR)},
        spatial_unit=pa.Table.from_pylist([UNIT]),
        crosswalk=pa.Table.from_pylist([LINK | {"relation": "exact"}]),
        status=pa.Table.from_pylist([STATUS | {"precedence": 1}]),
    )
    assert problems == []
    told = [
        (r["fate"], r["metro_id"], r["scale"], r["period"], r["value"]) for r in made.to_pylist()
    ]
    assert told == [
        ("observation", "es-barcelona", "authority", "2022", 950.25),
        ("observation", "es-barcelona", "authority", "2023", 1040.5),
    ]
    assert set(made["unit"].to_pylist()) == {"EUR_PER_MONTH"}


def test_their_licence_was_not_seen_so_they_neither_come_along_nor_go_out():
    assert PAIR not in {(s.provider, s.dataset) for s, _ in bundled()}
    assert CATALOG.dataset(*PAIR).redistributable is False


def test_the_query_stands_where_the_owner_looks():
    stated = (CATALOG.folder / "providers" / "carrier.yaml").read_text(encoding="utf-8")
    words = " ".join(stated.replace("#", " ").split())
    assert " ".join(QUERY.split()) in words
