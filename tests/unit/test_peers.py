"""Peers: what brute force finds, in an order that every machine agrees on, stable and explained."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import observations, rows

import catalog
from catalog.model import PeerFeature
from warehouse import tables
from warehouse.methods.peers import nearest, peers, scale

NAME = {"ca": "x", "es": "x", "fr": "x", "en": "x"}
SIZE = PeerFeature(id="size", title=NAME, indicator="population", system="s", vintage="v", log=True)
INCOME = PeerFeature(id="income", title=NAME, indicator="gdp", system="s", vintage="v")
GROWTH = PeerFeature(
    id="growth", title=NAME, indicator="population", system="s", vintage="v", of="growth"
)


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
    trend = rows(tables.TREND, [])
    found = peers(latest, trend, [SIZE, INCOME], count=3).to_pylist()
    of_a = [r for r in found if r["metro_id"] == "a"]
    assert of_a[0]["peer_id"] == "b"
    assert of_a[0]["similar_in"] == "size, income"
    far = {
        r["peer_id"]: r
        for r in peers(latest, trend, [SIZE, INCOME]).to_pylist()
        if r["metro_id"] == "a"
    }
    assert far["c"]["different_in"] == "income"
    assert far["d"]["different_in"] == "size"
    assert far["e"]["unknown_in"] == "income"


def test_without_the_first_property_there_are_no_peers():
    latest = table(
        [{"metro_id": "a", "indicator_id": "gdp"}, {"metro_id": "b", "indicator_id": "gdp"}]
    )
    assert peers(latest, rows(tables.TREND, []), [SIZE, INCOME]).num_rows == 0


def test_growth_comes_from_the_trend():
    latest = table([{"metro_id": m, "indicator_id": "population", "value": 1e6} for m in "abcd"])
    growth = {"a": 1.0, "b": 3.0, "c": 1.1, "d": 2.0}
    trend = rows(
        tables.TREND,
        [{"metro_id": m, "slope_percent": g} for m, g in growth.items()],
        indicator_id="population", system="s", vintage="v", sex="_T", age="_T",
    )  # fmt: skip
    first = {
        r["metro_id"]: r["peer_id"]
        for r in peers(latest, trend, [SIZE, GROWTH]).to_pylist()
        if r["place"] == 1
    }
    assert (first["a"], first["c"], first["b"]) == ("c", "a", "d")


def test_small_errors_of_the_figures_change_few_peers():
    rng = np.random.default_rng(7)
    values = rng.normal(size=(1500, 4))
    before, _ = nearest(scale(values), 10)
    after, _ = nearest(scale(values + rng.normal(scale=0.01, size=values.shape)), 10)
    kept = np.mean([len({*a} & {*b}) / 10 for a, b in zip(before, after, strict=True)])
    assert kept > 0.9


def test_the_properties_of_the_catalog_are_bound():
    known = catalog.load()
    for feature in known.peers:
        assert feature.indicator in known.indicators
        bindings = known.indicators[feature.indicator].bindings
        systems = {
            (t.system, t.vintage)
            for b in bindings
            for t in known.dataset(b.provider, b.dataset).territory
        }
        # A derived indicator has no bindings of its own: it stands where its parts stand.
        assert not bindings or (feature.system, feature.vintage) in systems
