"""How sure a rank is: ranges over choices, confidence sets, Sobol indices, coherence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from catalog.models.index_spec import Coverage, IndexSpec
from warehouse.indices.steps import correlation, engine, picture, robustness
from warehouse.indices.steps.choices import choices, evaluate
from warehouse.indices.steps.confidence import rank_ci, rank_sets


def made(units: int = 12, **more):
    rng = np.random.default_rng(5)
    raw = np.exp(rng.standard_normal((units, 5)))
    raw[2, 3] = np.nan
    spec = IndexSpec.model_validate(
        {
            "units": {"key": "unit"},
            "indicators": [{"id": f"i{n}", "parent": f"g{n // 3}"} for n in range(5)],
            "groups": [{"id": "g0"}, {"id": "g1", "weight": 2}],
            "normalise": {"low": 1},
            "robustness": {
                "draws": 300,
                "normalise": [{"method": "z"}, {"method": "rank"}],
                "impute": [{"method": "median"}],
                "aggregate": ["geometric"],
            },
        }
        | more
    )
    names = [f"u{n}" for n in range(units)]
    return spec, engine.run(spec, engine.Data(names, names, raw))


def test_many_draws_at_once_are_the_draws_one_by_one():
    spec, result = made()
    on = choices(spec, result)
    cube = np.random.default_rng(1).random((60, on.size))
    at_once = evaluate(on, cube)
    one_by_one = np.column_stack([evaluate(on, cube[[k]])[:, 0] for k in range(60)])
    assert np.abs(at_once - one_by_one).max() < 1e-10


def test_without_a_choice_the_range_is_the_rank():
    spec, result = made(robustness={"draws": 50, "weights": 0})
    found = robustness.rank_range(spec, result)
    rank = result.ranks[spec.id]
    assert (found.low == rank).all() and (found.high == rank).all() and (found.median == rank).all()


@pytest.mark.parametrize("weights", [0.25, "any"])
def test_other_weights_never_take_a_group_from_a_unit(weights):
    """Half of group g1 of unit 2 is there, as much as is asked; no draw may ask it again."""
    spec, result = made(coverage={"group": 0.5}, robustness={"draws": 200, "weights": weights})
    assert not np.isnan(result.scores["g1"][2])
    on = choices(spec, result)
    scored = evaluate(on, np.random.default_rng(1).random((200, on.size)))
    assert not np.isnan(scored).any()
    asked = choices(spec.model_copy(update={"coverage": Coverage()}), result)
    again = evaluate(asked, np.random.default_rng(1).random((200, asked.size)))
    assert np.array_equal(scored, again)


def test_a_group_that_is_left_out_as_stated_is_left_out_in_every_draw():
    spec, result = made(coverage={"group": 0.6}, robustness={"draws": 200})
    assert np.isnan(result.scores["g1"][2])
    on = choices(spec, result)
    scored = evaluate(on, np.random.default_rng(1).random((200, on.size)))
    assert np.isnan(scored[2]).all()  # g0 has a third of the weight, less than is asked
    assert not np.isnan(np.delete(scored, 2, axis=0)).any()


def test_ranges_are_the_same_again_and_hold_the_stated_share():
    spec, result = made()
    a, b = (robustness.rank_range(spec, result) for _ in range(2))
    assert (a.low == b.low).all() and (a.high == b.high).all()
    assert (a.low <= a.median).all() and (a.median <= a.high).all()
    ranks = np.tile(np.arange(1, 101), (1, 1))
    ends = robustness.ranges(ranks, 0.9)
    assert (ends.low[0], ends.median[0], ends.high[0]) == (5, 50, 96)


def test_thirds_say_where_a_range_lies():
    low, high = np.array([1, 2, 4, 1, 7]), np.array([3, 4, 6, 9, 9])
    low, high = np.append(low, [7, 8, 9, 9]), np.append(high, [9, 9, 9, 9])
    found = robustness.thirds(robustness.Ranges(low, low, high, 10, low * 0.0))
    assert found[:5] == ["upper", "upper or middle", "middle", "anywhere", "lower"]


def test_leaving_one_out_is_the_index_without_it():
    spec, result = made()
    found = robustness.leave_one_out(spec, result)
    for n, use in enumerate(spec.indicators):
        rest = [u for u in spec.indicators if u is not use]
        less = spec.model_copy(update={"indicators": rest})
        raw = np.delete(result.data.raw, n, axis=1)
        again = engine.run(less, replace(result.data, raw=raw))
        assert (again.ranks[spec.id] == found[:, n]).all(), use.id


def test_sobol_indices_of_ishigami():
    """Ishigami and Homma (1990), a = 7, b = 0.1: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437."""

    def ishigami(points: np.ndarray) -> np.ndarray:
        x = np.pi * (2 * points - 1)
        return (np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[
            None
        ]

    found = robustness.sobol(ishigami, {"a": [0], "b": [1], "c": [2]}, 3, 2**14, 1)
    assert found.first == pytest.approx([0.3139, 0.4424, 0], abs=0.03)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)
    both = robustness.sobol(ishigami, {"ab": [0, 1], "c": [2]}, 3, 2**14, 1)
    assert both.first[0] == pytest.approx(1 - 0.2437, abs=0.03)
    assert (found.first_error < 0.05).all()


def test_sensitivity_names_each_choice_once():
    spec, result = made()
    found = robustness.sensitivity(spec, result, base=128)
    assert found.factors == ["impute", "normalise", "aggregate", "weights"]
    assert (found.total > -0.05).all() and found.total.max() > 0.1


def test_confidence_sets_are_exact_at_both_ends():
    rng = np.random.default_rng(2)
    far = np.arange(6) * 100.0
    sure = rank_sets(far, far + rng.standard_normal((500, 6)), 0.9)
    assert sure.low.tolist() == [6, 5, 4, 3, 2, 1] == sure.high.tolist()
    alike = rank_sets(np.zeros(6), rng.standard_normal((500, 6)), 0.9)
    assert (alike.low == 1).all() and (alike.high == 6).all()
    assert (sure.low_together <= sure.low).all() and (sure.high_together >= sure.high).all()


def test_confidence_sets_hold_the_true_rank():
    rng = np.random.default_rng(4)
    truth, hit = np.linspace(0, 3, 8), 0
    for _ in range(200):
        seen = truth + rng.standard_normal(8)
        sets = rank_sets(seen, seen + rng.standard_normal((400, 8)), 0.9)
        rank = 8 - np.arange(8)
        hit += int(((sets.low_together <= rank) & (sets.high_together >= rank)).all())
    assert hit >= 180


def test_rank_ci_needs_errors_and_widens_with_them():
    spec, result = made()
    assert rank_ci(spec, result) is None
    widths = []
    for size in (0.01, 0.3):
        errors = np.full_like(result.data.raw, size)
        sets = rank_ci(spec, replace(result, data=replace(result.data, errors=errors)))
        assert sets is not None
        rank = result.ranks[spec.id]
        assert ((sets.low <= rank) & (rank <= sets.high)).all()
        widths.append((sets.high - sets.low).sum())
    assert widths[0] < widths[1]


def test_coherence_finds_the_twin_and_cronbachs_alpha():
    spec, result = made(units=30)
    raw = result.data.raw.copy()
    raw[:, 1] = 2 * raw[:, 0] + 1
    result = engine.run(spec, replace(result.data, raw=raw))
    found = correlation.coherence(spec, result)
    assert found.pairs[0, 1] == pytest.approx(1)
    assert correlation.verdict(found.pairs[0, 1], True).startswith("nearly the same")
    z = result.stages["normalised"][:, :3]
    expected = 1.5 * (1 - z.var(axis=0, ddof=1).sum() / z.sum(axis=1).var(ddof=1))
    assert found.alpha["g0"] == pytest.approx(expected)


def test_the_picture_escapes_names_and_has_a_row_for_each():
    from xml.etree import ElementTree

    rank = np.array([1.0, 2, 3])
    svg = picture.ranks("A < B", ["x & y", "<script>", "z"], rank, rank, rank + 1)
    tree = ElementTree.fromstring(svg)
    assert "<script>" not in svg and len(tree.findall("{*}g")) == 3
    assert "sensitivity, not confidence" in svg
    narrow = picture.ranks("A < B", ["x & y", "y" * 60, "z"], rank, rank, rank + 1, narrow=True)
    phone = ElementTree.fromstring(narrow)
    assert int(phone.attrib["width"]) < 480 < int(tree.attrib["width"])
    assert len(phone.findall("{*}g")) == 3 and "sensitivity, not confidence" in narrow
