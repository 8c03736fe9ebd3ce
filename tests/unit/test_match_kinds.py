"""`observatory match`: kinds of names that people bring (languages, scripts, bodies, statistical areas)."""

from __future__ import annotations

import re

import pytest
from places import answer

from warehouse.registry import alternates, country_names, han, known, states
from warehouse.registry.matching.script import exact
from warehouse.registry.matching.wording import cores
from warehouse.registry.unit import RegistryError


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
        ("溫州", "CN", "cn-wenzhou"),
        ("蚌埠", "CN", "cn-bengbu"),
        ("乐清市", "CN", "cn-yueqing"),
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
        ("東京都", "东京"),
        ("京都", None),
    ],
)
def test_generic_words_are_taken_off_and_nothing_else(label, core):
    assert (core in cores(label)) if core else cores(label) == ()


def test_names_are_equal_in_their_own_script_alone():
    assert exact("Zürich") == exact("ZURICH") and exact("Łódź") == exact("Lodz")
    assert exact("巫溪") != exact("无锡") and exact("مصر") != exact("MSR")
    assert exact("القاهرة") == exact("القاهره")
    assert exact("衡陽") == exact("衡阳") and exact("橫濱") == exact("横浜") == exact("横滨")
    assert exact("臺北") == exact("台北") and exact("烏魯木齊") == exact("乌鲁木齐")


def test_further_names_are_of_metropolises_and_say_their_source_and_edition():
    metros, rows = known.metros(), alternates.rows()
    assert {r["metro_id"] for r in rows} <= set(metros)
    sources = (alternates.GEONAMES, alternates.CLDR, alternates.SUBDIVISIONS, alternates.DIVISIONS)
    assert all(r["source"].startswith(sources) for r in rows)
    assert len({(r["metro_id"], exact(r["name"]), r["source"]) for r in rows}) == len(rows)
    assert set(states.of_metros()) <= set(metros)
    china = [m for m in metros if m.startswith("cn-") and "centre" not in m]
    han = {r["metro_id"] for r in rows if re.search("[\u3400-\u9fff]", r["name"])}
    assert len(set(china) - han) <= 0.01 * len(china)


def test_characters_with_several_readings_and_a_folder_that_lacks_the_tables(tmp_path):
    assert "xiamen" in han.sounds("厦门") and "bengbu" in han.sounds("蚌埠")
    with pytest.raises(RegistryError, match="opencc/dictionary"):
        han.write_variants(tmp_path)
    (tmp_path / han.SIMPLIFIED).write_text("廣\t广\n乾\t干 乾\n", "utf-8")
    (tmp_path / han.JAPANESE).write_text("廣\t広\n", "utf-8")
    assert han.write_variants(tmp_path, tmp_path / "out.csv") == "out.csv: 3 forms of characters"
    assert "広,广" in (tmp_path / "out.csv").read_text("utf-8")


def test_a_state_called_as_its_city_gives_its_name_and_a_division_of_china_too(tmp_path):
    metros = {m: known.metros()[m] for m in ("sy-aleppo", "cn-xiamen", "cn-yueqing")}
    head = "<ldml><localeDisplayNames><subdivisions>"
    for lang, name in {"en": "Aleppo", "ar": "محافظة حلب", "fr": "gouvernorat d’Alep"}.items():
        said = f'{head}<subdivision type="syhl">{name}</subdivision></subdivisions></localeDisplayNames></ldml>'
        (tmp_path / f"{lang}.xml").write_text(said, "utf-8")
    assert list(alternates.capitals(metros, tmp_path)) == [
        ("sy-aleppo", "حلب", "ar", alternates.SUBDIVISIONS)
    ]
    with pytest.raises(RegistryError, match=r"en\.xml"):
        list(alternates.capitals(metros, tmp_path / "none"))
    codes = tmp_path / "adcodes.csv"
    codes.write_text(
        "adcode,name,longitude,latitude\n350200000000,厦门市,118.11,24.49\n"
        "330382000000,乐清市,120.97,28.12\n330399000000,厦门区,100,20\n",
        "utf-8",
    )
    found = {(m, n) for m, n, _, _ in alternates.chinese_divisions(metros, codes)}
    assert found == {("cn-xiamen", "厦门"), ("cn-xiamen", "厦门市"), ("cn-yueqing", "乐清"), ("cn-yueqing", "乐清市")}  # fmt: skip
    codes.write_text("a,b\n", "utf-8")
    with pytest.raises(RegistryError, match="adcodes"):
        list(alternates.chinese_divisions(metros, codes))
