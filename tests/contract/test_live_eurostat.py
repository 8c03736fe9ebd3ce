"""Eurostat as it is fetched: client, local upstream, reader, records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from upstreams_here import asking

from sources.errors import Gone, Invalid, Refused, Retriable
from sources.providers import eurostat
from sources.providers.eurostat import ask as eurostat_ask
from sources.records import records
from sources.records.series import series_key
from tests.upstreams import eurostat as upstream
from tests.upstreams import made, tables
from tests.upstreams.server import Asked, Reply, Upstreams

FORMATS = ("SDMX-CSV", "csvdata", "TSV", "JSON")


@pytest.fixture
def server() -> Iterator[Upstreams]:
    with Upstreams().start() as running:
        yield running


def fetched(server, folder, dataset, options=None, waited=None):
    client = asking(server, waited)
    got = eurostat.download(dataset, options or {}, client, folder)
    return got, eurostat.read(got.path, dataset)


def held(dataset: str) -> tables.Table:
    """What the local upstream holds."""
    found = upstream.table(dataset)
    assert found is not None
    return found


def figures(table):
    about = records.about(table)
    keys = series_key(table, about.dimensions).to_pylist()
    values = zip(keys, table["period"].to_pylist(), table["value"].to_pylist(), strict=True)
    return {(k, p): v for k, p, v in values}


def test_the_same_records_in_every_format(server, tmp_path):
    small = held("met_births")
    first = None
    for form in FORMATS:
        got, table = fetched(server, tmp_path, "met_births", {"format": form})
        assert not got.rewritten
        first = first or figures(table)
        assert figures(table) == first
        assert table.num_rows == len(small.rows)


def test_the_live_keys_of_urb_ctran_are_those_of_the_bundled_vintage(server, tmp_path):
    bundled = eurostat.read(tables.BUNDLED / "eurostat" / "urb_ctran@2025-11.csv.gz", "urb_ctran")
    options = made.stated("eurostat")["urb_ctran"].request
    assert options == {"format": "csvdata"}, "SDMX-CSV 2.0, as the bundled file"
    _, live = fetched(server, tmp_path, "urb_ctran", options)
    _, old = fetched(server, tmp_path, "urb_ctran", {})
    assert figures(live) == figures(bundled)
    # SDMX-CSV 1.0 leaves out the cells that have no figure; what it has is the same.
    assert figures(old) == {k: v for k, v in figures(live).items() if v is not None}


def test_filters_are_repeated_keys_and_go_with_a_first_year(server, tmp_path):
    options = {"metroreg": ["ES002M", "FR001MC"], "unit": "KM2", "sinceTimePeriod": "2020"}
    _, table = fetched(server, tmp_path, "met_d3area", options)
    asked = next(a for a in server.world.asked if "/statistics/" in a.path)
    assert asked.all("metroreg") == ["ES002M", "FR001MC"]
    assert asked.one("sinceTimePeriod") == "2020"
    assert set(table["metroreg"].to_pylist()) == {"ES002M", "FR001MC"}
    assert min(table["period"].to_pylist()) == "2020"


def test_more_comes_rather_than_an_address_that_is_too_long(server, tmp_path):
    options = {"metroreg": [f"ES{i:03d}M" for i in range(400)], "landuse": "TOTAL"}
    assert eurostat_ask.length(eurostat.request("met_d3area", options)) < eurostat_ask.MAX_URL
    assert eurostat.request("met_d3area", options).params[-1] == ("landuse", "TOTAL")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("fault_200", [False, True])
def test_too_big_is_split_and_joined_in_one_order(server, tmp_path, form, fault_200):
    _, whole = fetched(server, tmp_path, "met_crim_gen", {"format": form})
    upstream.manners(server.world, "met_crim_gen").update(max_rows=4000, fault_200=fault_200)
    got, table = fetched(server, tmp_path, "met_crim_gen", {"format": form})
    assert figures(table) == figures(whole)
    assert (
        got.path.read_bytes()
        == fetched(server, tmp_path, "met_crim_gen", {"format": form})[0].path.read_bytes()
    )
    assert got.rewritten.startswith("3 answers joined in this order")
    assert "metroreg=" in got.rewritten


def test_a_part_that_is_still_too_big_is_split_by_another_dimension(server, tmp_path):
    key = {"key": "...ES001MC+ES002M"}
    _, whole = fetched(server, tmp_path, "met_crim_gen", key)
    upstream.manners(server.world, "met_crim_gen").update(max_rows=13)
    got, table = fetched(server, tmp_path, "met_crim_gen", key)
    assert figures(table) == figures(whole)
    assert set(table["metroreg"].to_pylist()) == {"ES001MC", "ES002M"}
    assert "metroreg=ES002M" in got.rewritten
    assert "iccs=ICCS0101" in got.rewritten
    upstream.manners(server.world, "met_crim_gen").update(max_rows=3)
    with pytest.raises(Refused, match="no dimension left to split it by"):
        fetched(server, tmp_path, "met_crim_gen", {"key": "..ICCS0101.ES"})


def test_an_edition_between_two_parts_is_seen(server, tmp_path, monkeypatch):
    upstream.manners(server.world, "met_crim_gen").update(max_rows=4000)

    def meanwhile(asked: Asked, world) -> Reply:
        world.publish("met_crim_gen")
        return upstream.answer(asked, world)

    monkeypatch.setitem(server._hosts, upstream.HOST, meanwhile)
    with pytest.raises(Retriable, match="published a new edition"):
        fetched(server, tmp_path, "met_crim_gen")


def test_the_warning_under_200_is_asked_again_at_the_same_address(server, tmp_path):
    upstream.manners(server.world, "met_births")["busy"] = 3
    waited: list[float] = []
    options = {"metroreg": list(made.codes_of("eurostat_metro"))}
    _, table = fetched(server, tmp_path, "met_births", options, waited)
    assert table.num_rows
    asked = [a for a in server.world.asked if "/statistics/" in a.path]
    assert len(asked) == 4
    assert len({(a.path, a.query) for a in asked}) == 1
    assert [s for s in waited if s >= 2] == [2.0, 5.0, 10.0]


@pytest.mark.parametrize("envelope", ["async", "sync"])
def test_an_extraction_is_waited_for(server, tmp_path, envelope):
    how = upstream.manners(server.world, "met_births")
    how.update(states=("SUBMITTED", "PROCESSING", "AVAILABLE"), envelope=envelope)
    _, table = fetched(server, tmp_path, "met_births")
    assert table.num_rows == len(held("met_births").rows)
    words = [a.path.split("/")[-2] for a in server.world.asked]
    assert words == ["data", "status", "status", "status", "data"]


def test_an_extraction_that_expired_is_asked_for_anew(server, tmp_path):
    upstream.manners(server.world, "met_births").update(states=("EXPIRED",))
    _, table = fetched(server, tmp_path, "met_births")
    assert table.num_rows


def test_an_extraction_has_an_end(server, tmp_path):
    how = upstream.manners(server.world, "met_births")
    how.update(states=("PROCESSING",))
    waited: list[float] = []
    with pytest.raises(Retriable, match=r"eurostat/met_births: .* within 15 minutes"):
        fetched(server, tmp_path, "met_births", {}, waited)
    assert sum(s for s in waited if s >= 2) <= 900
    how.update(states=("EXPIRED",), once=False)
    with pytest.raises(Retriable, match="takes the request and then forgets it"):
        fetched(server, tmp_path, "met_births")


def test_a_code_on_no_list_is_told_and_one_without_figures_is_not(server, tmp_path):
    codes = list(made.codes_of("eurostat_metro"))
    with pytest.raises(Invalid, match="XX001M is no code of Eurostat's list METROREG"):
        fetched(server, tmp_path, "met_births", {"metroreg": [*codes, "XX001M"]})
    with pytest.raises(Invalid, match="FAKE is no code"):
        fetched(server, tmp_path, "met_births", {"unit": "FAKE"} if "unit" in held("met_births").dimensions else {"metroreg": "FAKE"})  # fmt: skip
    # Known, but none of this dataset: an honest absence.
    _, table = fetched(server, tmp_path, "met_births", {"metroreg": [*codes, "UK_NM"]})
    assert set(table["metroreg"].to_pylist()) == set(codes)


def test_without_a_code_list_nothing_is_claimed(server, tmp_path, monkeypatch):
    codes = list(made.codes_of("eurostat_metro"))

    def answer(asked: Asked, world) -> Reply:
        return Reply(b"", 404) if "/codelist/" in asked.path else upstream.answer(asked, world)

    monkeypatch.setitem(server._hosts, upstream.HOST, answer)
    _, table = fetched(server, tmp_path, "met_births", {"metroreg": [*codes, "XX001M"]})
    assert set(table["metroreg"].to_pylist()) == set(codes)


def test_gone_and_being_replaced_are_told_apart(server, tmp_path):
    with pytest.raises(Gone, match=r"eurostat/met_nothing: .* does not list it"):
        fetched(server, tmp_path, "met_nothing")
    upstream.manners(server.world, "met_births")["gone"] = True
    with pytest.raises(Gone, match=r"eurostat/met_births: .* closed or renamed"):
        fetched(server, tmp_path, "met_births", {"format": "JSON"})


def test_the_signal_is_the_day_in_one_table_of_contents(server):
    client = asking(server)
    assert eurostat.signal("met_births", {}, client) == "data 10.03.2023, structure 10.03.2023"
    assert eurostat.signal("MET_DEATHS", {}, client) == "data 10.03.2023, structure 10.03.2023"
    assert eurostat.signal("met_nothing", {}, client) is None
    assert [a.path.rsplit("/", 1)[1] for a in server.world.asked] == ["txt"]
    server.world.publish("met_births")
    assert "11.03.2023" in str(eurostat.signal("met_births", {}, asking(server)))


def test_a_day_that_is_not_over_is_no_proof(server):
    today = f"{datetime.now(UTC):%d.%m.%Y}"
    upstream.manners(server.world, "met_births")["day"] = today
    first = eurostat.signal("met_births", {}, asking(server))
    server.world.memory["eurostat rss"] = {"met_births": "Mon, 23 Nov 2026 23:00:00 +0100"}
    second = eurostat.signal("met_births", {}, asking(server))
    assert first and second
    assert (first.endswith("feed -"), second.endswith("23:00:00 +0100")) == (True, True)


RECORDED = {
    "comext_ds-999999-data-404.xml": (404, Gone),
    "comext_ds-999999-statistics-404.json": (404, Gone),
    "comext_ds-999999-dataflow-404.xml": (200, Gone),
    "comext_ds-045409-fault-413.xml": (413, Refused),
    "comext_ds-045409-extraction-too-big.json": (413, Refused),
    "openapi_async_data_400_UNKNOWN_REQUEST.xml": (400, Retriable),
    "openapi_async_data_400_DATA_NOT_YET_AVAILABLE.xml": (400, Retriable),
    "openapi_async_status_200_SUBMITTED.xml": (200, Retriable),
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_messages_replayed(server, tmp_path, real_data: Path, name, monkeypatch):
    """Byte for byte as Eurostat sent them, in the place of the answer; for ever."""
    status, kind = RECORDED[name]
    body = (real_data / "eurostat" / "errors" / name).read_bytes()

    def answer(asked: Asked, world) -> Reply:
        if "/catalogue/" in asked.path:
            return upstream.answer(asked, world)
        return Reply(body, status, "application/xml")

    monkeypatch.setitem(server._hosts, upstream.HOST, answer)
    with pytest.raises(kind) as caught:
        fetched(server, tmp_path, "ds-045409")
    assert "eurostat/ds-045409" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["une_rt_m_unit-FAKE_last1.json", "une_rt_m_geo-DE-XX_since-2024-01.json"]
)
def test_recorded_silent_emptiness_is_told(server, tmp_path, real_data: Path, name, monkeypatch):
    body = (real_data / "eurostat" / "jsonstat" / name).read_bytes()
    codes = (
        real_data / "eurostat" / "codelists" / ("unit.dic" if "unit" in name else "geo.dic")
    ).read_bytes()
    asked = {"unit": "FAKE"} if "unit" in name else {"geo": ["DE", "XX"]}

    def answer(request: Asked, world) -> Reply:
        if "/codelist/" in request.path:
            return Reply(codes, media="text/tab-separated-values")
        return Reply(body, media="application/json")

    monkeypatch.setitem(server._hosts, upstream.HOST, answer)
    with pytest.raises(
        Invalid, match=r"eurostat/une_rt_m: (FAKE|XX) is no code of Eurostat's list"
    ):
        fetched(server, tmp_path, "une_rt_m", asked)
