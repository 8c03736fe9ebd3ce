"""The bundled vintage as it comes with the software: complete, unharmed, small, readable."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from pathlib import Path

import pytest
import yaml

from sources.store.pack import FOLDER, LIMIT, bundled
from sources.store.snapshots import Snapshot, without_secrets

ALL = bundled()
NEVER = ("who", "c40", "cdp")
EXPECTED = {
    "eurostat": {
        *("met_d3area", "met_crim_gen", "met_10r_3gdp", "met_pjanaggr3", "urb_ctran", "urb_cenv"),
        *("urb_ceduc", "urb_cfermor", "urb_ctour", "urb_clivcon", "urb_cpop1", "urb_lpop1"),
        *("urb_clma", "urb_cecfi", "urb_cpopstr"),
    },
    "un_sdg": {"goal11_cities", "goal6", "goal13"},
    "un_habitat": {"open_space", "green_areas"},
    "oecd": {"cities_gdp", "cities_population", "cities_population_age", "cities_income"},
    "wup": {"wup2018_f22"},
    "ghsl": {"ucdb_r2019a", "ucdb_r2024a"},
    "us_statistics": {
        *("census_estimates_2019", "census_estimates_2025", "bea_price_parities", "bea_gdp"),
        *("fhfa_house_prices", "acs_gross_rent_2024", "epa_air_quality", "acs_profile_2021"),
        "acs_commuting_2021",
    },
    "carrier": {
        *("sp_trn_publ_2020", "oecd_fua_economy", "urb_percep_2023", "lau_fua_2019"),
        *("carbon_monitor_cities", "carbon_monitor_china", "net_zero_2022"),
        "sdg_waste_collection_2020",
        *("sums_lau_2019", "sums_commune_2019", "sums_county_2019"),
    },
}
each = pytest.mark.parametrize(
    ("snapshot", "file"), ALL, ids=[f"{s.provider}/{f.name}" for s, f in ALL]
)


def rows(provider: str, dataset: str) -> list[list[str]]:
    return _table(FOLDER / provider / f"{dataset}.csv.gz")


def _table(file: Path) -> list[list[str]]:
    text = gzip.decompress(file.read_bytes()).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_every_dataset_of_the_vintage_is_there() -> None:
    found = {p: {s.dataset for s, _ in ALL if s.provider == p} for p in EXPECTED}
    assert found == EXPECTED
    assert {s.provider for s, _ in ALL} == set(EXPECTED)
    listed = yaml.safe_load((FOLDER / "pack.yaml").read_text(encoding="utf-8"))["datasets"]
    packed = sorted((s.provider, f.name.partition(".")[0]) for s, f in ALL)
    assert packed == sorted((d["provider"], _name(d)) for d in listed)


def _name(entry: dict) -> str:
    return entry["dataset"] + (f"@{entry['edition']}" if "edition" in entry else "")


def test_nothing_else_lies_there_and_the_whole_is_small() -> None:
    known = {f for s, f in ALL} | {f.with_name(f"{f.name.partition('.')[0]}.json") for s, f in ALL}
    assert {p for p in FOLDER.rglob("*") if p.is_file()} == known | {FOLDER / "pack.yaml"}
    assert sum(p.stat().st_size for p in known) <= LIMIT


@each
def test_the_sidecar_speaks_of_exactly_these_bytes(snapshot: Snapshot, file: Path) -> None:
    content = file.read_bytes()
    assert hashlib.sha256(content).hexdigest() == snapshot.snapshot_id
    assert len(content) == snapshot.size
    assert file.parent.name == snapshot.provider
    assert file.name.partition(".")[0].partition("@")[0] == snapshot.dataset


@each
def test_the_sidecar_is_complete(snapshot: Snapshot, file: Path) -> None:
    needed = ("url", "licence", "licence_url", "attribution", "upstream_vintage", "media_type")
    assert [f for f in needed if not getattr(snapshot, f)] == []
    assert (snapshot.origin, snapshot.status) == ("bundled", "accepted")
    assert snapshot.redistributable
    assert snapshot.recorded_from.tzinfo is None
    assert without_secrets(snapshot.url) == snapshot.url
    assert not any(n in snapshot.provider for n in NEVER)


@each
def test_what_was_served_is_kept_as_it_was_or_said_to_be_rewritten(
    snapshot: Snapshot, file: Path
) -> None:
    content = file.read_bytes()
    if snapshot.content_encoding == "gzip":
        assert content[4:8] == b"\0\0\0\0", "the time in the gzip header is not 0"
        content = gzip.decompress(content)
    same = hashlib.sha256(content).hexdigest() == snapshot.original_sha256
    assert same == (not snapshot.rewritten)
    assert len(snapshot.original_sha256) == 64


@each
def test_a_carrier_is_named_and_never_dressed_up_as_an_upstream(
    snapshot: Snapshot, file: Path
) -> None:
    added_up = snapshot.dataset.startswith("sums_")
    assert snapshot.provenance in ("carrier", "upstream", "computed")
    if snapshot.provider == "carrier":
        assert snapshot.provenance == ("computed" if added_up else "carrier")
    if snapshot.provenance == "carrier":
        assert snapshot.derived_by
        assert snapshot.rewritten
        assert {"period", "value"} <= set(_table(file)[0])  # a tidy CSV of our own
    else:
        assert not snapshot.derived_by or snapshot.provider == "ghsl" or added_up


def test_editions_of_one_dataset_have_dates_of_their_own() -> None:
    moments = [(s.provider, s.dataset, s.recorded_from) for s, _ in ALL]
    assert len(moments) == len(set(moments))


def test_only_columns_of_the_urban_centre_database_are_kept() -> None:
    header, *centres = rows("ghsl", "ucdb_r2019a")
    points, country = ["GCPNT_LON", "GCPNT_LAT"], ["CTR_MN_NM", "CTR_MN_ISO"]
    assert header == ["ID_HDC_G0", *points, *country, "UC_NM_MN_ORIGINAL", "B15", "P15"]
    assert len(centres) == 1_799  # those of at least 300,000 inhabitants


def test_carriers_keep_no_national_figure_no_composite_no_derived_code() -> None:
    assert {r[2] for r in rows("carrier", "oecd_fua_economy")[1:]} == {
        "gdp_usd_ppp",
        "gdp_share_of_country_pct",
        "population_persons",
    }
    percep = rows("carrier", "urb_percep_2023")
    assert percep[0] == ["cc", "city", "variable", "period", "value"]
    assert len(percep) == 1 + 80 * 6
    assert all(r[2].endswith("_pct") for r in percep[1:])
    assert rows("carrier", "sp_trn_publ_2020")[0] == (
        ["country_iso2", "city", "lat", "lon", "period", "value"]
    )


def test_each_carrier_row_has_its_own_key() -> None:
    for dataset, width in (("sp_trn_publ_2020", 2), ("urb_percep_2023", 3)):
        keys = [tuple(r[:width]) for r in rows("carrier", dataset)[1:]]
        assert len(keys) == len(set(keys))
    assert not [r for r in rows("carrier", "sp_trn_publ_2020") if r[:2] == ["MX", "Guerrero"]]
    assert ["DE", "Koln", "50.93333", "6.95", "2020", "90.7"] in rows("carrier", "sp_trn_publ_2020")


def test_an_area_without_population_has_no_population_rows() -> None:
    table = rows("carrier", "lau_fua_2019")[1:]
    paris = {r[-3]: r[-1] for r in table if r[0] == "FR001L1"}
    assert paris == {
        "n_lau": "1781",
        "core_n_lau": "295",
        "n_nuts3": "17",
        "n_lau_without_population": "1781",
    }
    assert len({r[0] for r in table}) == 669
    assert [r for r in table if not r[-1]] == []
