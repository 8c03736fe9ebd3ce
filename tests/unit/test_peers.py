"""Peers: what brute force finds, in an order that every machine agrees on, stable and explained."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import observations, rows

import catalog
from catalog.models.model import PeerFeature
from warehouse import tables
from warehouse.methods.peers import comparable_only, kinds, nearest, peers, scale

NAME = {"ca": "x", "es": "x", "fr": "x", "en": "x"}
SIZE = PeerFeature(id="size", title=NAME, indicator="population", system="s", vintage="v", log=True)
INCOME = PeerFeature(id="income", title=NAME, indicator="gdp", system="s", vintage="v")
GROWTH = PeerFeature(
    id="growth", title=NAME, indicator="population", system="s", vintage="v", of="growth"
)

GOVERNANCE = PeerFeature(id="governance", title=NAME, of="governance")


def brute(z: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    found, far = [], []
    for i, a in enumerate(z):
        d = []
        for b in z:
            apart = np.where(np.isnan(b), 2.0, (a - b) ** 2)[~np.isnan(a)]
            d.append(round(float(apart.mean()) if len(apart) else 0.0, 9))
        order = sorted((x, j) for j, x in enumerate(d) if j != i)[:count]
        found.append([j for _, j in order])
        far.append([np.sqrt(x) for x, _ in order])
    return np.array(found), np.array(far)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(12, 40), st.integers(1, 5), st.floats(0, 0.5))
def test_the_nearest_are_those_of_brute_force(seed, n, features, missing):
    rng = np.random.default_rng(seed)
    z = np.round(rng.normal(size=(n, features)), 1)  # many ties
    z[rng.random(z.shape) < missing] = np.nan
    z[:, 0] = np.nan_to_num(z[:, 0])
    found, distance = nearest(z, 10)
    expected = brute(z, 10)
    np.testing.assert_allclose(distance, expected[1], atol=1e-6)
    assert (found == expected[0]).mean() > 0.99  # what rounding parts is a tie


def test_a_giant_moves_nobody_else():
    values = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
    calm = scale(values)
    values[4] = 5e9
    np.testing.assert_allclose(scale(values)[:4], calm[:4])


def table(given: list[dict]):
    common = {"system": "s", "vintage": "v", "value": 1.0}
    return observations(given, **common)


def test_what_is_alike_and_what_is_not_is_told():
    latest = table(
        [
            {"metro_id": m, "indicator_id": i, "value": v}
            for m, size, gdp in [
                ("a", 1e6, 40.0), ("b", 1.05e6, 41.0), ("c", 1e6, 90.0), ("d", 9e6, 40.0),
                ("e", 2e6, None), ("f", 4e6, 60.0), ("g", 0.5e6, 50.0),
            ]
            for i, v in (("population", size), ("gdp", gdp))
            if v is not None
        ]
    )  # fmt: skip
    trend, profile = rows(tables.of("trend"), []), rows(tables.of("governance_profile"), [])
    found = peers(latest, trend, profile, [SIZE, INCOME], count=3).to_pylist()
    of_a = [r for r in found if r["metro_id"] == "a"]
    assert of_a[0]["peer_id"] == "b"
    assert of_a[0]["similar_in"] == "size, income"
    far = {
        r["peer_id"]: r
        for r in peers(latest, trend, profile, [SIZE, INCOME]).to_pylist()
        if r["metro_id"] == "a"
    }
    assert far["c"]["different_in"] == "income"
    assert far["d"]["different_in"] == "size"
    assert far["e"]["unknown_in"] == "income"


def test_without_the_first_property_there_are_no_peers():
    latest = table(
        [{"metro_id": "a", "indicator_id": "gdp"}, {"metro_id": "b", "indicator_id": "gdp"}]
    )
    nothing = rows(tables.of("trend"), []), rows(tables.of("governance_profile"), [])
    assert peers(latest, *nothing, [SIZE, INCOME]).num_rows == 0


def test_growth_comes_from_the_trend():
    latest = table([{"metro_id": m, "indicator_id": "population", "value": 1e6} for m in "abcd"])
    growth = {"a": 1.0, "b": 3.0, "c": 1.1, "d": 2.0}
    trend = rows(
        tables.of("trend"),
        [{"metro_id": m, "slope_percent": g} for m, g in growth.items()],
        indicator_id="population", system="s", vintage="v", sex="_T", age="_T",
    )  # fmt: skip
    profile = rows(tables.of("governance_profile"), [])
    first = {
        r["metro_id"]: r["peer_id"]
        for r in peers(latest, trend, profile, [SIZE, GROWTH]).to_pylist()
        if r["place"] == 1
    }
    assert (first["a"], first["c"], first["b"]) == ("c", "a", "d")


def test_the_same_model_of_governance_makes_alike_and_another_does_not():
    sizes = {"a": 1e6, "b": 1.01e6, "c": 1.01e6, "d": 1.01e6, "e": 2e6, "f": 3e6}
    sizes |= {"g": 5e5, "h": 2e5, "i": 8e6}
    latest = table(
        [{"metro_id": m, "indicator_id": "population", "value": v} for m, v in sizes.items()]
    )
    models = {"a": "informal", "b": "none", "c": None, "d": "informal", "e": "none", "zz": "other"}
    profile = rows(
        tables.of("governance_profile"), [{"metro_id": m, "model": x} for m, x in models.items()]
    )
    found = peers(latest, rows(tables.of("trend"), []), profile, [SIZE, GOVERNANCE])
    of_a = {r["peer_id"]: r for r in found.to_pylist() if r["metro_id"] == "a"}
    assert [p for p in of_a if p in "bcd"] == ["d", "c", "b"]
    said = {p: [r["similar_in"], r["different_in"], r["unknown_in"]] for p, r in of_a.items()}
    assert said["d"] == ["size, governance", "", ""]
    assert said["c"] == ["size", "", "governance"]
    assert said["b"] == ["size", "governance", ""]
    # Nobody is told from others by what is not known of itself.
    of_f = [r for r in found.to_pylist() if r["metro_id"] == "f"]
    assert {r["unknown_in"] for r in of_f} == {"governance"}


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), min_size=2, max_size=40))
def test_kinds_are_as_far_apart_by_chance_as_measured_properties(codes):
    made = kinds(np.array(codes))
    known = made[~np.isnan(made[:, 0])]
    if len(set(codes) - {np.nan}) > 1:
        apart = ((known[:, None, :] - known[None]) ** 2).sum(axis=2)
        np.testing.assert_allclose(apart.mean(), 2.0)
    else:
        assert not known.any()


def test_small_errors_of_the_figures_change_few_peers():
    rng = np.random.default_rng(7)
    values = rng.normal(size=(1500, 4))
    before, _ = nearest(scale(values), 10)
    after, _ = nearest(scale(values + rng.normal(scale=0.01, size=values.shape)), 10)
    kept = np.mean([len({*a} & {*b}) / 10 for a, b in zip(before, after, strict=True)])
    assert kept > 0.9


def test_the_properties_of_the_catalog_are_bound():
    known = catalog.load()
    assert {f.of for f in known.peers} == {"level", "growth", "governance"}
    for feature in known.peers:
        if feature.of == "governance":
            continue
        assert feature.indicator in known.indicators
        bindings = known.indicators[feature.indicator].bindings
        systems = {
            (t.system, t.vintage)
            for b in bindings
            for t in known.dataset(b.provider, b.dataset).territory
        }
        # A derived indicator has no bindings of its own: it is where its parts are.
        assert not bindings or (feature.system, feature.vintage) in systems


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"of": "governance", "system": "s"}, "governance has no system: leave it out"),
        ({"of": "governance", "log": True}, "governance has no log: leave it out"),
        (
            {"indicator": "gdp", "system": "s"},
            "level needs an indicator, its system and its vintage",
        ),
    ],
)
def test_a_property_that_is_stated_wrongly_is_told(said, words):
    with pytest.raises(ValueError, match=words):
        PeerFeature.model_validate({"id": "x", "title": NAME} | said)


def test_what_may_not_be_compared_makes_no_peers():
    latest = table([{"metro_id": m, "unit_id": m} for m in "abc"])
    b = latest.slice(1, 1).to_pylist()[0]
    names = tables.of("not_comparable").names
    left_out = rows(tables.of("not_comparable"), [{n: b.get(n, "regional_value") for n in names}])
    assert comparable_only(latest, left_out)["metro_id"].to_pylist() == ["a", "c"]


def test_every_property_that_is_known_is_alike_or_different():
    """Also the nearest may differ in something, and a reader wants to know in what."""
    latest = table(
        [
            {"metro_id": m, "unit_id": m, "indicator_id": i, "value": v}
            for i, values in (("population", "1234"), ("gdp", "1243"))
            for m, v in zip("abcd", map(float, values), strict=True)
        ]
    )
    none = rows(tables.of("trend"), [])
    found = peers(latest, none, rows(tables.of("governance_profile"), []), [SIZE, INCOME])
    for r in found.to_pylist():
        said = [r["similar_in"], r["different_in"], r["unknown_in"]]
        assert sorted(", ".join(s for s in said if s).split(", ")) == ["income", "size"]
