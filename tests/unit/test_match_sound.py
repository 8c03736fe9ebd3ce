"""`observatory match`: names in other scripts that no source has, by how they sound in their country."""

from __future__ import annotations

import pytest

from warehouse.registry import matcher
from warehouse.registry.matching.list_row import Row
from warehouse.registry.matching.match import Place
from warehouse.registry.matching.match_list import match_row
from warehouse.registry.matching.sound import Sounds, readings, spelt

# None of the sources of the registry but the one left out has these names.
LEFT_OUT = ("Natural Earth", "Unicode CLDR")


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


def test_the_work_for_a_name_is_bounded():
    assert len(spelt("c" * 200 + "g" * 200)) <= 128
    assert readings("东京", "JP") == ({}, True) and readings("Lyon", "FR") == ({}, False)
    assert readings("Омск, Томск", "RU") == ({}, False)
