"""`observatory match`: names in other scripts that no source has, by how they sound in their country."""

from __future__ import annotations

import pytest

from warehouse.registry import matcher
from warehouse.registry.matching.list_row import Row
from warehouse.registry.matching.match import Place
from warehouse.registry.matching.match_list import match_row
from warehouse.registry.matching.sound import Sounds, readings, spelt, spoken_alike

# None of the sources of the registry but the one left out has these names.
LEFT_OUT = ("Natural Earth", "Unicode CLDR", matcher.BY_HAND)


@pytest.fixture(scope="module")
def world():
    return matcher.world(without=LEFT_OUT)


@pytest.mark.parametrize(
    ("name", "country", "metro_id"),
    [
        ("جاكرتا", "ID", "id-jakarta"),
        ("ريبيراو بريتو", "BR", "br-ribeirao-preto"),
        ("كيسانغاني", "CD", "cd-kisangani"),
        ("نانتشونغ", "CN", "cn-nanchong"),
        ("فريسنو، كاليفورنيا", "US", "us-fresno"),
        ("索罗卡巴", "BR", "br-sorocaba"),
        ("卢本巴希", "CD", "cd-lubumbashi"),
        # A part that is translated: Saint, Nizhny, City.
        ("圣克鲁斯", "BO", "bo-santa-cruz-de-la-sierra"),
        ("下诺夫哥罗德", "RU", "ru-nizhny-novgorod"),
        ("科威特城", "KW", "kw-kuwait-city"),
        # A gazetteer has the name with what it is (海防市).
        ("海防", "VN", "vn-haiphong"),
        # Few consonants, where nothing else of the country sounds so.
        ("非斯", "MA", "ma-fes"),
        # An alphabet tells enough apart for the United States.
        ("سبوكان", "US", "us-spokane"),
        ("Вишакхапатнам", "IN", "in-visakhapatnam"),
        ("Iekaterinbourg", "RU", "ru-yekaterinburg"),
        ("Duixanbé", "TJ", "tj-dushanbe"),
    ],
)
def test_a_name_that_no_source_has_is_found_by_its_sound(world, name, country, metro_id):
    found = match_row(Row(name, country), world)
    assert (found.decision, found.metro_id) == ("accept", metro_id), found.why


@pytest.mark.parametrize(
    ("name", "country"),
    [
        # Characters at home are no transcription; a country must be given; a small town sounds so too.
        ("巫溪", "CN"),
        ("溧水", "CN"),
        ("جاكرتا", ""),
        ("أفيانو", "IT"),
        ("克雷斯顿", "US"),
        ("بيرو", "US"),
        ("塔尔萨", "US"),
        # Small towns that sound nearly like a metropolis: Baraize, Hertford, Kustatan, Vinci.
        ("巴赖兹", "FR"),
        ("哈特福", "GB"),
        ("Кустатан", "US"),
        ("Винчи", "IT"),
        ("Aviano", "IT"),
    ],
)
def test_a_sound_is_no_proof_where_another_place_or_none_has_it(world, name, country):
    found = match_row(Row(name, country), world)
    assert found.decision != "accept", found.why


def test_the_reason_says_that_it_is_a_sound(world):
    said = match_row(Row("جاكرتا", "ID"), world).why
    assert said == "Jakarta ID: alone in the country sounds like 'جاكرتا'"


def test_two_places_of_one_sound_are_not_told_apart():
    omsk = Place("ru-omsk", "RU", ("Omsk",), population=1e6)
    other = Place("ru-umsk", "RU", ("Umsk",), population=9e5)
    town = Place("1", "RU", ("Omsk",), latitude=50.0, longitude=50.0, population=3e5)
    assert getattr(Sounds([omsk], []).heard("أومسك", "RU"), "metro_id", None) == "ru-omsk"
    assert Sounds([omsk, other], []).heard("أومسك", "RU") is None
    assert Sounds([omsk], [town]).heard("أومسك", "RU") is None
    assert Sounds([omsk], []).heard("أومسك", "KZ") is None


def test_a_small_town_that_sounds_so_is_told_apart_and_a_namesake_is_not():
    perm = Place("ru-perm", "RU", ("Perm",), latitude=58.0, longitude=56.0, population=1e6)
    assert getattr(Sounds([perm], []).heard("Пэрм", "RU"), "metro_id", "") == "ru-perm"
    namesake = Place("1", "RU", ("Perm",), latitude=60.0, longitude=60.0, population=900)
    assert Sounds([perm], [namesake]).heard("Пэрм", "RU")
    other = Place("2", "RU", ("Pirm",), latitude=60.0, longitude=60.0, population=900)
    assert Sounds([perm], [other]).heard("Пэрм", "RU") is None


def test_chinese_characters_are_compared_letter_by_letter():
    # 哈特福 (Hertford) and Cardiff share k, t and f where t is d.
    assert spoken_alike("索罗卡巴", ["Sorocaba"]) > 90
    assert spoken_alike("哈特福", ["Cardiff"]) < 80
    assert spoken_alike("路易港", ["Port Louis"]) > 90
    assert spoken_alike("路易港", ["Louisville"]) < 80


def test_a_name_by_hand_is_known_and_can_be_left_out():
    assert match_row(Row("但泽", "PL"), matcher.world()).metro_id == "pl-gdansk"
    assert match_row(Row("新德里", "IN"), matcher.world()).metro_id == "in-delhi"
    assert match_row(Row("但泽", "PL"), matcher.world(without=LEFT_OUT)).decision != "accept"


def test_names_by_hand_are_of_metropolises_and_of_one_in_their_country():
    from warehouse.registry import known

    rows, metros = known.exonyms(), known.metros()
    assert {r["metro_id"] for r in rows} <= set(metros)
    called: dict[tuple[str, str], set[str]] = {}
    for r in rows:
        called.setdefault((metros[r["metro_id"]].row["iso2"], r["name"]), set()).add(r["metro_id"])
    assert {k: v for k, v in called.items() if len(v) > 1} == {}


def test_the_work_for_a_name_is_bounded():
    assert len(spelt("c" * 200 + "g" * 200)) <= 128
    assert readings("东京", "JP") == ({}, True) and readings("Lyon", "FR") == ({}, False)
    assert readings("Омск, Томск", "RU") == ({}, False)
