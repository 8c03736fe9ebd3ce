"""The steps of a composite index, against published stages and against hand-made answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.models.index_spec import Impute, IndexSpec, IndicatorUse, Normalise, Treat, read
from catalog.yaml_files import CatalogError
from warehouse.errors import WarehouseError
from warehouse.indices import tables_in as index_data
from warehouse.indices.steps import engine
from warehouse.indices.steps.aggregate import join
from warehouse.indices.steps.impute import impute
from warehouse.indices.steps.normalise import normalise
from warehouse.indices.steps.rank import merit_ranks
from warehouse.indices.steps.treat import shape, treat

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "indices"
NAN = float("nan")


def published(real_data: Path, name: str):
    """(spec, sheets, result) of a published index."""
    folder = real_data / "known_answers" / name
    sheets = index_data.Sheets(folder if name == "asem" else folder / "results.xlsx")
    spec = read(EXAMPLES / f"{name}.yaml")
    spec = index_data.with_goalposts(spec, index_data.goalposts(spec, sheets))
    return spec, sheets, engine.run(spec, index_data.data(spec, sheets))


def columns(spec, sheets, table, units, names) -> np.ndarray:
    sheet = sheets.sheet(table.sheet)
    rows = index_data.rows_of(spec, sheet, units)
    return np.column_stack([sheet.numbers(index_data.column(table, n), spec)[rows] for n in names])


def test_every_published_stage_of_asem(real_data):
    spec, sheets, result = published(real_data, "asem")
    units, said = result.data.units, spec.published
    assert len(units) == 51 and len(spec.indicators) == 49
    for stage in ("denominated", "imputed", "treated", "normalised"):
        theirs = columns(spec, sheets, getattr(said, stage), units, engine.ids(spec))
        ours = result.stages[stage]
        assert (np.isnan(theirs) == np.isnan(ours)).all()
        assert np.nanmax(np.abs(theirs - ours)) <= 1e-9, stage
    nodes = [n.id for n in result.nodes]
    assert len(nodes) == 11
    theirs = columns(spec, sheets, said.scores, units, nodes)
    ours = np.column_stack([result.scores[n] for n in nodes])
    assert np.abs(theirs - ours).max() <= 1e-9
    ranks = columns(spec, sheets, said.ranks, units, ["Index"])[:, 0]
    assert (ranks == result.ranks["Index"]).all()
    assert result.filled.sum() == 65
    assert sum(bool(t) for t in result.treatments) == 15
    best = np.argsort(result.ranks["Index"])[:3]
    assert [result.data.names[i] for i in best] == ["Switzerland", "Netherlands", "Denmark"]


def test_us_metros_2019(real_data):
    spec, sheets, result = published(real_data, "us_metros_2019")
    units, said = result.data.units, spec.published
    assert len(units) == 105 and len(spec.indicators) == 57
    theirs = columns(spec, sheets, said.scores, units, ["sdgi"])[:, 0]
    assert np.abs(theirs - result.scores["sdgi"]).max() <= 1e-5
    ranks = columns(spec, sheets, said.ranks, units, ["sdgi"])[:, 0]
    assert (ranks == result.ranks["sdgi"]).all()
    assert not result.filled.any() and np.isnan(result.data.raw).sum() == 170


def test_skewness_and_kurtosis_are_the_sample_adjusted_ones():
    one = np.array([1.0, 2, 3, 4, 5, 60])[:, None]
    skew, kurt = shape(one)
    from scipy import stats

    assert skew[0] == pytest.approx(stats.skew(one[:, 0], bias=False))
    assert kurt[0] == pytest.approx(stats.kurtosis(one[:, 0], bias=False))


def test_winsorising_moves_the_fewest_points_to_the_next_value():
    values = np.arange(1.0, 41)
    values[-2:] = [900, 1000]
    found, [note] = treat(values[:, None], Treat(method="winsorise"))
    assert found[-2:, 0].tolist() == [38, 38] and note == "winsorised: 2 highest"
    assert (found[:-2, 0] == values[:-2]).all()
    low, [note] = treat(-values[:, None], Treat(method="winsorise"))
    assert (low == -found).all() and note == "winsorised: 2 lowest"
    few, [note] = treat(values[:, None], Treat(method="winsorise", max_points=1))
    assert few[-1, 0] == 900 and note.endswith("still skewed")
    for method in ("log", "box_cox"):
        changed, [note] = treat(values[:, None], Treat(method=method))
        assert note and np.isfinite(changed).all()
        assert (np.argsort(changed[:, 0], kind="stable") == np.arange(40)).all()


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (Impute(method="none"), NAN),
        (Impute(method="mean"), 4.0),
        (Impute(method="median"), 3.0),
        (Impute(method="group_mean", by="g"), 2.0),
        (Impute(method="group_median", by="g"), 2.0),
        (Impute(method="nearest", neighbours=1), 3.0),
    ],
)
def test_imputation_fills_only_what_is_missing(how, expected):
    values = np.array([[1, 1.0], [2, 3], [2.1, NAN], [9, 8]])
    found = impute(values, how, {"g": ["a", "a", "a", "b"]})
    assert found[2, 1] == pytest.approx(expected, nan_ok=True)
    there = ~np.isnan(values)
    assert (found[there] == values[there]).all()


def test_em_recovers_a_linear_relation():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((200, 1))
    values = np.hstack(
        [x, 2 * x + 0.01 * rng.standard_normal((200, 1)), rng.standard_normal((200, 1))]
    )
    truth = values[:20, 1].copy()
    values[:20, 1] = NAN
    found = impute(values, Impute(method="em"), {})
    assert np.abs(found[:20, 1] - truth).max() < 0.06


USES = [IndicatorUse(id="a"), IndicatorUse(id="b", direction="lower")]


@pytest.mark.parametrize("method", ["min_max", "z", "rank", "percentile", "log_min_max"])
def test_more_is_better_after_every_normalisation(method):
    values = np.array([[1.0, 1], [2, 2], [4, 4], [NAN, 8]])
    found = normalise(values, USES, Normalise(method=method))
    assert (np.diff(found[:3, 0]) > 0).all() and (np.diff(found[:, 1]) < 0).all()
    assert np.isnan(found[3, 0])
    if method != "z":
        assert found[:3, 0].min() == 0 and found[:3, 0].max() == 100


def test_goalposts_clip_and_a_flat_indicator_scores_the_middle():
    posts = [
        IndicatorUse(id="a", worst=0, best=10),
        IndicatorUse(id="b", worst=10, best=0, direction="lower"),
    ]
    values = np.array([[-5.0, -5], [5, 2], [20, 12]])
    found = normalise(values, posts, Normalise(method="goalposts"))
    assert found.tolist() == [[0, 100], [50, 80], [100, 0]]
    loose = normalise(values, posts, Normalise(method="goalposts", clip=False))
    assert loose[0].tolist() == [-50, 150]
    flat = normalise(np.ones((3, 2)), USES, Normalise(method="min_max"))
    assert (flat == 50).all()


def test_means_and_the_mazziotta_pareto_penalty():
    parts, weight = np.array([[4.0, 9.0]]), np.array([[0.5], [0.5]])
    assert join(parts, weight, "arithmetic")[0, 0] == 6.5
    assert join(parts, weight, "geometric")[0, 0] == pytest.approx(6)
    assert join(parts, weight, "harmonic")[0, 0] == pytest.approx(2 * 36 / 13)
    # mean 6.5, standard deviation 2.5: 6.5 -/+ 2.5 * 2.5 / 6.5
    assert join(parts, weight, "mpi")[0, 0] == pytest.approx(6.5 - 6.25 / 6.5)
    assert join(parts, weight, "mpi", penalty="positive")[0, 0] == pytest.approx(6.5 + 6.25 / 6.5)
    with pytest.raises(WarehouseError, match=r"'normalise.low' above 0"):
        join(np.array([[0.0, 1.0]]), weight, "geometric")


def test_missing_parts_are_left_out_down_to_the_gate():
    parts = np.array([[10.0, NAN, NAN], [10, 20, NAN], [NAN, NAN, NAN]])
    weight = np.array([[0.5], [0.25], [0.25]])
    assert join(parts, weight, "arithmetic")[:2, 0] == pytest.approx([10, 40 / 3])
    gated = join(parts, weight, "arithmetic", least=0.6)[:, 0]
    assert np.isnan(gated[[0, 2]]).all() and gated[1] == pytest.approx(40 / 3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), min_size=5, max_size=5), min_size=2, max_size=30))
def test_ranks_are_those_of_scipy(rows):
    from scipy import stats

    scores = np.array(rows, dtype=float)
    for ties in ("min", "mean"):
        theirs = stats.rankdata(-scores, method="average" if ties == "mean" else ties, axis=0)
        assert (merit_ranks(scores, ties) == theirs).all()


BASE = {
    "units": {"key": "unit"},
    "indicators": [{"id": "a"}, {"id": "b", "direction": "lower"}],
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"normalize": {}}, "field 'normalize': there is no such field"),
        ({"units": {}}, "field 'units.key': it is missing; add it"),
        ({"indicators": [{"id": "a"}]}, "field 'indicators'"),
        ({"indicators": [{"id": "a"}, {"id": "a"}]}, "'a' names two things"),
        ({"indicators": [{"id": "a", "parent": "x"}, {"id": "b"}]}, "has parent 'x'"),
        ({"groups": [{"id": "g"}]}, "group 'g' has no indicator"),
        (
            {"groups": [{"id": "g", "parent": "h"}, {"id": "h", "parent": "g"}]},
            "is within itself",
        ),
        ({"impute": {"method": "group_mean"}}, "needs 'by'"),
        ({"impute": {"method": "guess"}}, "'guess' is not allowed"),
        ({"normalise": {"method": "goalposts"}}, "needs two different goalposts"),
        ({"normalise": {"low": 5, "high": 1}}, "must be below 'high'"),
        ({"robustness": {"weights": 1.5}}, "give 0 to less than 1"),
        ({"coverage": {"unit": 80}}, "field 'coverage.unit'"),
    ],
)
def test_each_bad_field_is_a_sentence(written, change, told):
    import yaml

    path = written("bad.yaml", yaml.safe_dump(BASE | change))
    with pytest.raises(CatalogError) as error:
        read(path)
    assert told in str(error.value) and "Traceback" not in str(error.value)


def test_gates_tell_who_is_left_out():
    spec = IndexSpec.model_validate(BASE | {"coverage": {"unit": 1}})
    raw = np.array([[1.0, 1], [2, 2], [3, 3], [4, NAN]])
    names = list("wxyz")
    result = engine.run(spec, engine.Data(names, names, raw))
    assert result.data.units == ["w", "x", "y"]
    assert result.left_out == [("z", "has 50% of the indicators, less than coverage.unit asks")]
    strict = spec.model_copy(
        update={"coverage": spec.coverage.model_copy(update={"indicator": 0.9})}
    )
    with pytest.raises(WarehouseError, match=r"Indicator 'b' has a value for 75%"):
        engine.run(strict, engine.Data(names, names, raw))


def test_weights_by_principal_component_are_equal_for_alike_indicators():
    rng = np.random.default_rng(3)
    common = rng.standard_normal((300, 1))
    raw = np.hstack([common + 0.3 * rng.standard_normal((300, 3)), rng.standard_normal((300, 1))])
    names = [str(n) for n in range(300)]
    uses = [{"id": f"i{n}"} for n in range(4)]
    spec = IndexSpec.model_validate(BASE | {"indicators": uses, "weight": "pca"})
    [weight] = engine.run(spec, engine.Data(names, names, raw)).weights.values()
    assert weight.sum() == pytest.approx(1)
    assert weight[:3] == pytest.approx([1 / 3] * 3, abs=0.02) and weight[3] < 0.02
