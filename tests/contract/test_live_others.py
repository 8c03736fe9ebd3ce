"""UN-Habitat, OECD, WUP, GHSL, WHO and World Bank as they are fetched."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from upstreams_here import asking

from sources.errors import Gone
from sources.providers import oecd, un_habitat, world_bank
from sources.records import records
from sources.refresh.ask import module_of
from sources.refresh.fetch import fetch
from sources.store.snapshots import Store
from tests.upstreams import made
from tests.upstreams.server import Upstreams

# Those that can be asked; of the others an owner adds files.
PROVIDERS = sorted(p for p in made.catalog().providers if module_of(p).HOSTS)


@pytest.fixture
def server() -> Iterator[Upstreams]:
    with Upstreams().start() as running:
        yield running


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_dataset_once_and_then_nothing_new(server, tmp_path, provider):
    """Two refreshes: the second is told by signals and 304 alone, without one download."""
    stated, store = made.catalog().providers[provider], Store(tmp_path / "snapshots")
    first = fetch(stated, store, live=True, client=asking(server), log=lambda s: None)
    assert (first.failed, first.held) == ((), ())
    assert len(first.new) == len(stated.datasets)
    n = len(server.world.downloads())
    assert n
    again = fetch(stated, store, live=True, client=asking(server), log=lambda s: None)
    assert (again.failed, again.held, again.new) == ((), (), ())
    assert len(again.unchanged) == len(stated.datasets)
    assert len(server.world.downloads()) == n
    for snapshot in store.all():
        assert "planted" not in snapshot.as_json(), "no signature of the storage is kept"
        table = module_of(provider).read(store.path(snapshot), snapshot.dataset)
        assert table.num_rows
        assert records.about(table).provider == provider


def test_one_new_edition_is_one_download(server, tmp_path):
    stated, store = made.catalog().providers["un_habitat"], Store(tmp_path / "snapshots")
    fetch(stated, store, live=True, client=asking(server), log=lambda s: None)
    server.world.publish("cc37148f95304783a6ccfad8a9124a9d")
    n = len(server.world.downloads())
    again = fetch(stated, store, live=True, client=asking(server), log=lambda s: None)
    assert [s.dataset for s in again.new] == ["green_areas"]
    assert len(server.world.downloads()) == n + 1


def test_an_item_says_when_it_was_modified(server):
    first = un_habitat.signal("green_areas", {}, asking(server))
    assert first == "modified 1716553503000"
    server.world.publish("cc37148f95304783a6ccfad8a9124a9d")
    assert un_habitat.signal("green_areas", {}, asking(server)) != first
    server.world.memory["gone cc37148f95304783a6ccfad8a9124a9d"] = True
    assert un_habitat.signal("green_areas", {}, asking(server)) is None


def test_a_dataflow_says_since_when_its_data_stand(server):
    options = made.stated("oecd")["fua_density"].request
    first = oecd.signal("fua_density", options, asking(server))
    assert first == "valid from 2024-05-24T12:25:03+00:00"
    server.world.publish("fua_density")
    assert oecd.signal("fua_density", options, asking(server)) != first
    assert server.world.asked[-1].path == (
        "/public/rest/contentconstraint/OECD.CFE.EDS/CR_A_DSD_FUA_TERR@DF_DENSITY/1.1"
    )


def test_the_four_datasets_of_the_archive_are_four(server, tmp_path):
    stated = made.catalog().providers["oecd"]
    names = [d for d in stated.datasets if d.startswith("cities_")]
    store = Store(tmp_path / "snapshots")
    report = fetch(
        stated, store, live=True, datasets=names, client=asking(server), log=lambda s: None
    )
    assert len({s.snapshot_id for s in report.new}) == 4


def test_pages_of_the_world_bank_are_joined_and_counted(server, tmp_path):
    options = made.stated("world_bank")["development_indicators"].request
    whole = world_bank.download("x", options, asking(server), tmp_path)
    server.world.memory["world_bank page_size"] = 2
    paged = world_bank.download("x", options, asking(server), tmp_path)
    assert world_bank.read(paged.path).equals(world_bank.read(whole.path))
    assert "SP.URB.GROW: 9 rows of 5 pages" in paged.rewritten
    assert world_bank.signal("x", options, asking(server)) == "updated 2026-01-28"
    server.world.memory["gone SP.URB.GROW"] = True
    with pytest.raises(Gone, match="parameter value is not valid"):
        world_bank.download("x", options, asking(server), tmp_path)


# Upstream's name, the file that it really served, and the records that are in it (MANIFEST.md).
RECORDED = [
    ("eurostat", "met_d3area", "met_d3area", "eurostat/sdmx_csv/met_d3area.csv", 15_687),
    ("eurostat", "urb_ctran", "urb_ctran", "eurostat/sdmx_csv/urb_ctran.csv", 2_330),
    ("un_habitat", "green_areas", "cc37148f95304783a6ccfad8a9124a9d",
     "un_habitat/unhabitat_green_areas_1990-2020_cities.xlsx", 5_336),
    ("oecd", "cities_income", "cities_income", "oecd/income_inequality.csv", 491),
    ("wup", "wup2018_f22", "WUP2018-F22-Cities_Over_300K_Annual.xls",
     "registry/WUP2018-F22-Cities_Over_300K_Annual.xls", 159_960),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "dataset", "about", "file", "count"), RECORDED)
def test_recorded_bodies_replayed(
    server, tmp_path, real_data, provider, dataset, about, file, count
):
    """Byte for byte as upstream sent them, through the whole live path."""
    served = (real_data / file).read_bytes()
    server.world.bodies[about] = served
    store = Store(tmp_path / "snapshots")
    stated = made.catalog().providers[provider]
    report = fetch(
        stated, store, live=True, datasets=[dataset], client=asking(server), log=lambda s: None
    )
    assert (report.failed, report.held) == ((), ())
    kept = store.path(report.new[0])
    assert module_of(provider).read(kept, dataset).num_rows == count
    raw = kept.read_bytes()
    assert served == (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
