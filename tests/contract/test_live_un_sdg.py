"""The UN's SDG database as it is fetched: client, local upstream, reader, records."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from upstreams_here import asking

from sources.errors import Gone, Invalid, Retriable
from sources.providers import un_sdg
from sources.records import records
from sources.records.series import series_key
from tests.upstreams import made
from tests.upstreams import un_sdg as upstream
from tests.upstreams.server import Asked, Reply, Upstreams


@pytest.fixture
def server() -> Iterator[Upstreams]:
    with Upstreams().start() as running:
        yield running


def fetched(server, folder, dataset, options=None):
    options = made.stated("un_sdg")[dataset].request if options is None else options
    got = un_sdg.download(dataset, options, asking(server), folder)
    return got, un_sdg.read(got.path, dataset)


def figures(table):
    keys = series_key(table, records.about(table).dimensions).to_pylist()
    return dict(
        zip(
            zip(keys, table["period"].to_pylist(), strict=True),
            table["value"].to_pylist(),
            strict=True,
        )
    )


def paths(server):
    return [a.path.removeprefix(upstream.V1).removeprefix(upstream.V5) for a in server.world.asked]


def test_the_bulk_download_is_kept_as_served(server, tmp_path):
    got, table = fetched(server, tmp_path, "goal11_urban")
    assert (got.filename, got.rewritten) == ("", "")
    assert got.path.read_bytes().endswith(b"\0"), "padding and all"
    assert len(server.world.downloads()) == 1
    cities = set(table["Cities"].to_pylist())
    assert {"ES_BARCELONA", "NA_WINDHOEK", "NOCITI"} <= cities
    assert (
        server.world.asked[0].all("seriesCodes")
        == made.stated("un_sdg")["goal11_urban"].request["seriesCodes"]
    )


def test_pages_lose_the_cities_and_slices_keep_them(server, tmp_path):
    """What 360info found in 2024 (reference/sdg.md section 7): seen in what came, not assumed."""
    _, whole = fetched(server, tmp_path, "goal11_urban")
    upstream.manners(server.world, "SP_TRN_PUBL")["no_bulk"] = True
    got, table = fetched(server, tmp_path, "goal11_urban")
    assert figures(table) == figures(whole)
    assert "is empty" in got.rewritten
    assert "SP_TRN_PUBL: 14 rows of DataSlice, area by area" in got.rewritten
    assert {f"/Series/SP_TRN_PUBL/GeoArea/{a}/DataSlice" for a, *_ in upstream.AREAS} <= set(
        paths(server)
    )
    assert '"ES_BARCELONA"' in got.path.read_text()


def test_a_bulk_download_without_its_cities_is_not_believed(server, tmp_path):
    _, whole = fetched(server, tmp_path, "goal11_urban")
    upstream.manners(server.world, "EN_URB_OPENSP")["bulk_blank"] = True
    got, table = fetched(server, tmp_path, "goal11_urban")
    assert figures(table) == figures(whole)
    assert "leaves the cities blank" in got.rewritten


def test_series_of_countries_come_by_pages(server, tmp_path):
    _, whole = fetched(server, tmp_path, "goal13")
    upstream.manners(server.world, "EN_ATM_GHGT_AIP")["no_bulk"] = True
    upstream.manners(server.world, "*")["page_size"] = 4
    got, table = fetched(server, tmp_path, "goal13")
    assert figures(table) == figures(whole)
    assert "EN_ATM_GHGT_AIP: 6 rows of Series/Data" in got.rewritten
    assert got.path.read_bytes() == fetched(server, tmp_path, "goal13")[0].path.read_bytes()


def test_areas_and_years_are_repeated_keys_on_both_ways(server, tmp_path):
    options = {"areaCodes": ["724", "516"], "timePeriodStart": "2018"}
    _, table = fetched(server, tmp_path, "goal13", options)
    assert set(table["GeoAreaCode"].to_pylist()) == {"724", "516"}
    upstream.manners(server.world, "EN_ATM_GHGT_AIP")["no_bulk"] = True
    _, again = fetched(server, tmp_path, "goal13", options)
    assert figures(again) == figures(table)
    page = next(a for a in server.world.asked if a.path.endswith("/Series/Data"))
    assert page.all("areaCode") == ["724", "516"]
    assert page.one("timePeriodStart") == "2018"
    with pytest.raises(Invalid, match="joins several values"):
        fetched(server, tmp_path, "goal13", {"areaCodes": "724,516"})


def test_the_second_address_serves_where_the_first_is_down(server, tmp_path):
    _, whole = fetched(server, tmp_path, "goal6")
    upstream.manners(server.world, "*")["down"] = (upstream.V1,)
    got, table = fetched(server, tmp_path, "goal6")
    assert figures(table) == figures(whole)
    assert "UNSDGAPIV5" in got.answer.url
    assert un_sdg.signal("goal6", {}, asking(server))
    upstream.manners(server.world, "*")["down"] = (upstream.V1, upstream.V5)
    assert un_sdg.signal("goal6", {}, asking(server)) is None
    with pytest.raises(Retriable, match=r"un_sdg/goal6: .* second address"):
        fetched(server, tmp_path, "goal6")


def test_a_series_that_is_gone(server, tmp_path):
    with pytest.raises(Gone, match="knows no row of VC_DSR_MTMN"):
        fetched(server, tmp_path, "old", {"seriesCodes": "VC_DSR_MTMN"})


def test_the_signal_is_release_and_day_asked_once(server):
    client = asking(server)
    first = un_sdg.signal("goal6", {}, client)
    assert first == "release 2026.Q1.G.01, updated 2026-03-10T00:00:00"
    assert un_sdg.signal("goal13", {}, client) == first
    assert paths(server) == ["/Series/List", "/Series/LastUpdated"]
    server.world.publish("SH_H2O_SAFE")
    assert un_sdg.signal("goal6", {}, asking(server)) != first


def test_the_recorded_page_replayed_is_not_whole(server, tmp_path, real_data, monkeypatch):
    """A genuine page with 8 of its 62 rows (data/un_sdg): refused, not taken for the series."""
    page = (real_data / "un_sdg" / "unsd_api_v1_Series_Data_EXCERPT_8of62rows.json").read_bytes()

    def answer(asked: Asked, world) -> Reply:
        if asked.path.endswith("/DataCSV"):
            return Reply(b"\0" * 64, media="text/csv")
        return Reply(page, media="application/json")

    monkeypatch.setitem(server._hosts, upstream.HOST, answer)
    with pytest.raises(Retriable, match=r"should have 62 rows .totalElements., its pages hold 8"):
        fetched(server, tmp_path, "page", {"seriesCodes": "SI_COV_BENFTS"})
