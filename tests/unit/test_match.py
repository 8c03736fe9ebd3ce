"""The matcher: names, distance, population; same answer whatever the order; nothing merged."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.registry.matching.match import (
    Place,
    PlaceIndex,
    compact,
    distance_km,
    fold,
    identifiers,
    score,
    slug,
    variants,
    wilson,
)

# Agglomerations as the United Nations label them, with their coordinates and population of 2015.
PLACES = [
    Place("london-gb", "GB", ("London",), (), 51.5085, -0.1257, 8661000),
    Place("london-ca", "CA", ("London",), (), 42.9834, -81.233, 397000),
    Place("barcelona-es", "ES", ("Barcelona",), (), 41.3835, 2.1768, 5258000),
    Place("barcelona-ve", "VE", ("Barcelona-Puerto La Cruz",), (), 10.1363, -64.6862, 735000),
    Place("valencia-es", "ES", ("Valencia",), (), 39.4698, -0.3774, 827000),
    Place("valencia-ve", "VE", ("Valencia",), (), 10.1621, -68.0077, 1715000),
    Place("hyderabad-in", "IN", ("Hyderabad",), (), 17.3841, 78.4564, 8944000),
    Place("hyderabad-pk", "PK", ("Hyderabad",), (), 25.3924, 68.3737, 1649000),
    Place("cordoba-ar", "AR", ("Córdoba",), (), -31.4135, -64.1811, 1511000),
    Place("cordoba-mx", "MX", ("Córdoba",), (), 18.8842, -96.9256, 345000, "30"),
    Place("santiago-cl", "CL", ("Santiago",), (), -33.4569, -70.6483, 6459000),
    Place("santiago-do", "DO", ("Santiago",), (), 19.45, -70.7, 520000),
    Place("san-juan-ar", "AR", ("San Juan",), (), -31.5375, -68.5364, 509000),
    Place("san-juan-pr", "PR", ("San Juan",), (), 18.4663, -66.1057, 2463000),
    Place("tripoli-ly", "LY", ("Tarabulus (Tripoli)",), (), 32.8752, 13.1875, 1133000),
    Place("tripoli-lb", "LB", ("Tarabulus (Tripoli)",), (), 34.4367, 35.8497, 231000),
    Place("hamilton-ca", "CA", ("Hamilton",), (), 43.2501, -79.8496, 734000),
    Place("hamilton-nz", "NZ", ("Hamilton",), (), -37.7833, 175.2833, 230000),
    Place("changzhou", "CN", ("Changzhou, Jiangsu",), (), 31.7833, 119.9667, 3139000),
    Place("changchun", "CN", ("Changchun",), (), 43.88, 125.3228, 3977000),
    Place("yulin-gx", "CN", ("Yulin, Guangxi",), (), 22.6339, 110.15, 578000),
    Place("yulin-sx", "CN", ("Yulin, Shaanxi",), (), 38.2838, 109.7313, 643000),
    Place("jinan", "CN", ("Ji'nan, Shandong",), (), 36.6667, 116.9969, 4032000),
    Place("springfield-ma", "US", ("Springfield, Massachusett, Connecticut",), (), 42.1, -72.6, 648000, "MA"),
    Place("springfield-mo", "US", ("Springfield, Missouri",), (), 37.2083, -93.2923, 311000, "MO"),
    Place("medina", "SA", ("Al-Madinah (Medina)",), (), 24.4686, 39.6142, 1348000),
    Place("windhoek", "NA", ("Windhoek",), (), -22.5594, 17.0832, 368000),
    Place("amsterdam", "NL", ("Amsterdam",), (), 52.374, 4.8897, 1106000),
    Place("riverside", "US", ("Riverside-San Bernardino",), (), 33.9533, -117.3962, 2100000, "CA"),
    Place("new-taipei", "TW", ("New Taipei", "Xinbei"), (), 25.0121, 121.4621, 4150000),
]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> PlaceIndex:
    return PlaceIndex(PLACES)


@pytest.mark.parametrize("place", PLACES, ids=lambda p: p.key)
def test_every_homonym_finds_itself_and_never_its_namesake(index, place):
    link = index.match(Place("x", place.country, place.names, (), place.latitude, place.longitude))
    assert (link.target, link.decision) == (place.key, "accept")


@pytest.mark.parametrize(
    ("name", "country", "target"),
    [
        ("Tripoli", "LB", "tripoli-lb"),
        ("Puerto La Cruz", "VE", "barcelona-ve"),
        ("SAN BERNARDINO", "US", "riverside"),
        ("Jinan", "CN", "jinan"),
        ("Cordoba", "AR", "cordoba-ar"),
        ("WINDHOEK", "NA", "windhoek"),
        ("Xinbei", "TW", "new-taipei"),
        ("Greater London", "GB", "london-gb"),
        ("Λονδίνο / London", "GB", "london-gb"),
        ("Medina", "SA", "medina"),
        ("Yulin, Shaanxi", "CN", "yulin-sx"),
    ],
)
def test_a_place_is_found_under_any_of_its_names(index, name, country, target):
    assert index.match(Place("x", country, (name,))).target == target


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Changchow", "CN"),
        ("Al-Khafji", "SA"),
        ("Al-Kharj", "SA"),
        ("Barcelona", "FR"),
        ("San Jose", "US"),
        ("Saint Denis", "FR"),
        ("", "GB"),
    ],
)
def test_a_place_that_is_not_there_is_not_found(index, name, country):
    link = index.match(Place("x", country, (name,)))
    assert (link.target, link.decision) == (None, "reject")


def test_two_candidates_that_cannot_be_told_apart_wait_for_a_person(index):
    link = index.match(Place("x", "US", ("Springfield",)))
    assert link.decision == "review"
    assert "Springfield, Missouri" in link.why and "springfield-ma" in link.why
    assert "give coordinates, a population or a state" in link.why


@pytest.mark.parametrize(
    "told",
    [
        {"admin": "MO"},
        {"latitude": 37.2, "longitude": -93.3},
    ],
)
def test_a_state_or_a_point_tells_homonyms_apart(index, told):
    link = index.match(Place("x", "US", ("Springfield",), **told))
    assert (link.target, link.decision) == ("springfield-mo", "accept")


def test_a_namesake_beyond_reach_is_none(index):
    far = Place("x", "ES", ("Barcelona",), (), 37.0, -4.0)
    assert index.match(far).target is None
    assert index.match(far, reach_km=1000).target == "barcelona-es"


def test_a_population_of_another_order_of_magnitude_lowers_the_score():
    same, tenth = score(1.0, 0.0, 1e6, 1e6), score(1.0, 0.0, 1e6, 2e4)
    assert same == 1.0
    assert tenth < 0.8


def test_an_alias_without_a_point_is_not_enough():
    index = PlaceIndex([Place("richmond", "US", ("Richmond",), ("Manchester",), 37.5, -77.4, 1e6)])
    assert index.match(Place("x", "US", ("Manchester",))).decision == "review"
    assert index.match(Place("x", "US", ("Richmond",))).decision == "accept"


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_places_changes_nothing(rng: random.Random):
    shuffled = PLACES[:]
    rng.shuffle(shuffled)
    one, other = PlaceIndex(PLACES), PlaceIndex(shuffled)
    for place in (
        Place("x", "US", ("Springfield",)),
        Place("x", "CN", ("Yulin",)),
        Place("x", "CA", ("London",)),
    ):
        assert one.match(place) == other.match(place)


@given(st.text(max_size=40))
def test_any_text_folds_to_ascii_words(text):
    assert set(fold(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert compact(text) == fold(text).replace(" ", "")
    for key, quality in variants(text):
        assert len(key) > 1
        assert 0 < quality <= 1


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("Al-Qahirah (Cairo)", {"alqahirahcairo", "alqahirah", "cairo"}),
        ("Minneapolis-St. Paul", {"minneapolissaintpaul", "minneapolis", "saintpaul"}),
        ("Palmas de Gran Canaria, Las", {"laspalmasdegrancanaria"}),
        ("Paris (greater city)", {"paris"}),
        ("Shizuoka-Hamamatsu M.M.A.", {"hamamatsu"}),
        ("Χανιά", {"chania"}),
    ],
)
def test_a_label_holds_these_names(label, names):
    assert names <= {key for key, _ in variants(label)}


@pytest.mark.parametrize(
    ("label", "not_a_name"),
    [
        ("Saint-Denis", "saint"),
        ("Al-Madinah (Medina)", "al"),
        ("Saint-Louis-Bâle, (French part)", "frenchpart"),
        ("Gaza (incl. Ash Shati Camp)", "inclashshaticamp"),
    ],
)
def test_words_that_say_nothing_are_no_names(label, not_a_name):
    assert not_a_name not in {key for key, _ in variants(label)}


def test_distance_is_known_or_unknown_but_never_zero_for_unknown():
    assert distance_km(41.38, 2.17, 40.42, -3.70) == pytest.approx(506, abs=5)
    assert distance_km(41.38, 2.17, None, -3.70) is None
    assert distance_km(0.0, 0.0, 0.0, 0.0) == 0


def test_identifiers_tell_homonyms_apart_by_admin_and_not_by_order():
    rows = [("CN", "Yulin", "Guangxi"), ("CN", "Yulin", "Shaanxi"), ("ES", "Córdoba", "")]
    ids = ["cn-yulin-guangxi", "cn-yulin-shaanxi", "es-cordoba"]
    assert identifiers(rows) == ids
    assert identifiers(rows[::-1]) == ids[::-1]


def test_identifiers_refuse_what_they_cannot_tell_apart():
    with pytest.raises(ValueError, match="cn-yulin"):
        identifiers([("CN", "Yulin", ""), ("CN", "Yulin", "")])


def test_slug_and_wilson():
    assert slug("Val-d'Oise, São Paulo") == "val-doise-sao-paulo"
    low, high = wilson(347, 353)
    assert (round(low, 3), round(high, 3)) == (0.963, 0.992)
