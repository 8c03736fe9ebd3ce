"""The auditor: planted slips are found, named and weighed; nothing is found on clean publications."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.simulations import index_audit, index_plants
from benchmarks.simulations.index_plants import (
    CLASSES,
    exactly,
    explains,
    planted,
    press,
    weighed,
)
from catalog.models.index_spec import IndexSpec, Ranking, read
from warehouse.indices import published
from warehouse.indices.auditor import findings as of
from warehouse.indices.auditor import ranking
from warehouse.indices.auditor.audit import audit
from warehouse.indices.auditor.intervals import decimals, half_width
from warehouse.indices.steps.engine import Data
from warehouse.indices.steps.rank import merit_ranks
from warehouse.indices.tables_in import Sheets
from warehouse.indices.wording import effect, texts

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "indices"


def slips(kind: str, full: bool, many: int = 2):
    """The first publications with one slip of this class."""
    found = []
    for seed in range(200):
        if len(found) == many:
            return found
        if (on := planted(seed, [kind], full)) is not None:
            found.append(on)
    raise AssertionError(f"no publication has a slip of class {kind}")


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("full", [True, False])
def test_one_slip_of_each_class_is_named_and_weighed(kind, full):
    for on in slips(kind, full, 2 if full else 1):
        told = [f for f in audit(on.spec, on.publish()).findings if f.is_defect]
        named = [f for f in told if explains(f, on.plants[0])]
        assert named, (on.plants, told)
        assert [f for f in told if f not in named] == []
        assert any(weighed(f.effect, on.effect(on.plants[0])) for f in named), (on.plants, told)


@pytest.mark.parametrize("seed", range(3))
def test_three_slips_at_once_are_named(seed):
    kinds = [
        ["swapped columns", "aggregation", "cap"],
        ["wrong direction", "one value", "weight"],
        ["block in another unit", "imputation", "ranks by another rule"],
    ][seed]
    on = next(p for s in range(100) if (p := planted(s, kinds, True)) is not None)
    told = [f for f in audit(on.spec, on.publish()).findings if f.is_defect]
    for plant in on.plants:
        assert any(explains(f, plant) for f in told), (plant, told)
    assert all(any(explains(f, p) for p in on.plants) for f in told), told


def test_clean_publications_with_rounding_have_no_finding():
    for seed in range(18):
        assert index_audit.clean(seed) == [], seed


def plain(seed: int, kinds: list[str]):
    """(a thin publication with these slips, what is told of it)."""
    on = planted(seed, kinds, False)
    assert on is not None
    return on, [f for f in audit(on.spec, on.publish()).findings if f.is_defect]


def test_a_slip_that_other_weights_make_needless_is_not_told():
    """Two indicators exchanged and the weights exchanged with them: the weights alone are enough."""
    on, told = plain(9, ["weight", "swapped columns"])
    assert len(told) == 2
    for plant in on.plants:
        [one] = [f for f in told if explains(f, plant)]
        assert exactly(one.effect, on.effect(plant))


def test_a_copied_column_and_a_weight_of_none_cannot_be_told_apart():
    """In one group both give the same scores, so each is listed with its own effect."""
    on, told = plain(3, ["copied column", "weight", "aggregation"])
    [one] = [f for f in told if f.kind == of.APART]
    assert [[c.why.kind for c in some] for some in one.candidates] == [
        [of.WEIGHT],
        [of.COPIED, of.WEIGHT],
    ]
    copied, weight, _ = on.plants
    for candidate, plant in zip(one.candidates[1], (copied, weight), strict=True):
        assert explains(candidate, plant) and exactly(candidate.effect, on.effect(plant))
    assert one.detail.count("Either: ") == 2 and ") and g0: " in one.detail
    assert "i2 0, i3" in one.detail  # a weight of none has no digits


def test_a_score_beside_a_block_in_another_unit_has_the_effect_that_its_raw_value_tells():
    """Whether the altered unit is of the block its index does not tell."""
    on, told = plain(10, ["one value", "block in another unit"])
    value, block = on.plants
    [one] = [f for f in told if explains(f, value)]
    assert (one.moved, one.furthest, one.effect.ends) == (10, 9, ((10, 9), (10, 9)))
    assert weighed(one.effect, on.effect(value))
    [unit] = [f for f in told if explains(f, block)]
    assert unit.why.params["n"] == 10 and "u05" not in unit.detail


def test_a_score_beside_a_block_that_its_raw_value_may_be_of_has_two_effects():
    on, told = plain(36, ["block in another unit", "one value"])
    [one] = [f for f in told if explains(f, on.plants[1])]
    assert one.effect.least != one.effect.most and weighed(one.effect, on.effect(on.plants[1]))


def test_units_of_a_block_that_the_smallest_part_hides_are_known_by_their_raw_values():
    """The index of three of the nine is the same either way; what another mean moved depends on them."""
    on, told = plain(1, ["wrong direction", "aggregation", "block in another unit"])
    assert len(told) == 3
    for plant in on.plants:
        [one] = [f for f in told if explains(f, plant)]
        assert exactly(one.effect, on.effect(plant))
    assert next(f for f in told if f.kind == of.UNIT).why.params["n"] == 9


def test_units_that_may_be_of_a_hidden_block_leave_the_effect_open():
    """Neither the index nor the raw values of six units tell whether they are of the block."""
    on, told = plain(97, ["block in another unit", "aggregation"])
    [one] = [f for f in told if explains(f, on.plants[1])]
    truth = on.effect(on.plants[1])
    assert weighed(one.effect, truth) and not exactly(one.effect, truth)
    (few, _), (many, _) = one.effect.ends
    assert many - few < 15


def test_a_unit_at_the_edge_of_a_block_is_of_it_if_its_index_says_so():
    """Its raw value lies apart from the block's, which alone would make it an altered score."""
    on, told = plain(111, ["block in another unit", "aggregation", "imputation"])
    assert len(told) == 3 and all(any(explains(f, p) for p in on.plants) for f in told)
    assert next(f for f in told if f.kind == of.UNIT).why.params["n"] == 11


def test_a_score_that_equals_anothers_by_chance_may_be_an_altered_one():
    on, told = plain(13, ["imputation", "one value", "exchanged bounds"])
    filled, value, bounds = on.plants
    [one] = [f for f in told if f.kind == of.APART]
    assert [[c.why.key for c in some] for some in one.candidates] == [["row_other"], ["value"]]
    [[_], [altered]] = one.candidates
    assert explains(altered, value) and weighed(altered.effect, on.effect(value))
    assert "u15 has the values of u05" in one.detail and "u15: 69.18 is published" in one.detail
    for plant in (filled, bounds):
        [other] = [f for f in told if explains(f, plant)]
        assert weighed(other.effect, on.effect(plant))


@pytest.mark.parametrize("ranked", ["as published", "as before"])
def test_a_single_score_that_equals_anothers_may_be_altered_or_copied(ranked):
    scores = SCORES.round(1)
    scores[4] = scores[17]
    used = SCORES if ranked == "as before" else scores
    ranks = {"t": 1.0 + (used[None, :] > used[:, None]).sum(axis=1)}
    one = the(*index(RAW, scores, ranks=ranks))
    assert one.kind == of.APART
    assert [c.about for some in one.candidates for c in some] == [("u4",), ("t", "u4")]
    assert one.effect.allows(0, 0)


def test_what_a_lost_row_leaves_open_is_told_as_a_range():
    on, told = plain(9, ["exchanged bounds", "row moved or under another's code"])
    bounds, row = on.plants
    [one] = [f for f in told if explains(f, bounds)]
    assert one.effect.least is not None and weighed(one.effect, on.effect(bounds))
    [copied] = [f for f in told if explains(f, row)]
    assert (copied.moved, copied.effect.least) == (0, None)


@pytest.mark.parametrize("ties", ranking.TIES)
@pytest.mark.parametrize("lost", [1, 2])
def test_the_moves_of_units_whose_scores_are_lost_are_within_the_ends(ties, lost, monkeypatch):
    """Against every place that the lost units can have; and where these are too many to try."""
    rng = np.random.default_rng(lost)
    for _ in range(40 if lost == 1 else 4):
        scores = rng.integers(0, 8, 7).astype(float)
        rank = merit_ranks(rng.integers(0, 8, 7).astype(float)[:, None], ties)[:, 0]
        tried = []
        for places in product(np.arange(1, 6.5, 0.5), repeat=lost):
            scores[:lost] = places
            tried.append(ranking.moves(rank, scores, ties))
        found = np.array(tried).min(axis=0), np.array(tried).max(axis=0)
        ends = dict.fromkeys(range(lost), (1.0, 6.0))
        told = ranking.open_moves(rank, scores, ties, ends)
        assert [list(x) for x in told] == [x.tolist() for x in found]
        with monkeypatch.context() as patch:
            patch.setattr(ranking, "_TRIED", 0)
            least, most = np.array(ranking.open_moves(rank, scores, ties, ends))
        assert np.all(least <= found[0]) and np.all(most >= found[1])


def test_two_effects_of_which_one_is_true_are_told_as_their_ends():
    some, other = of.Effect(3, 2), of.Effect(5, 1, sure=False)
    both = some.or_else(other)
    assert (both.least, both.most, both.sure) == ((3, 1), (5, 2), False)
    assert both.allows(4, 2) and both.allows(0, 0) and not both.allows(6, 2)
    assert some.or_else(some) == some and of.Effect().or_else(some).moved is None
    assert effect(both, "en").startswith("once corrected, ranks that change: 3 to 5;")


def test_the_simulation_counts_what_became_of_each_slip():
    rows = [r for seed in range(4) if (r := index_audit.one((seed, ("weight",), True)))]
    counted = index_audit.count(rows)
    assert counted["all"].publications == len(rows) == counted["weight"].planted
    assert counted["weight"].exact == counted["weight"].named
    assert index_audit.share(1, 4) == "25.0"


def test_asem_as_published_is_clean(real_data):
    spec = read(EXAMPLES / "asem.yaml")
    [(_, _, told)] = published.audits(spec, Sheets(real_data / "known_answers/asem"))
    assert [f for f in told.findings if f.is_defect] == []
    # Two of its groups are ranked by scores rounded to two decimals.
    assert {(f.kind, f.stage, f.about) for f in told.findings} == {
        (of.ROUNDED, "ranks", ("ConEcFin",)),
        (of.ROUNDED, "ranks", ("Instit",)),
    }


def test_us_metros_as_published_has_six_unknown_ids_and_nothing_else(real_data, tmp_path):
    spec = read(EXAMPLES / "us_metros_2019.yaml")
    sheets = Sheets(real_data / "known_answers/us_metros_2019/results.xlsx")
    [(_, public, told)] = audits = published.audits(spec, sheets)
    assert len(told.findings) == 6
    assert {f.kind for f in told.findings} == {of.UNKNOWN}
    assert not any(f.moved for f in told.findings)
    [remark] = told.remarks
    assert remark.startswith("sdg11v4_PM25") and "150 and 10" in remark
    # Without being told which is which, the auditor finds out by the values.
    plain = [u.model_copy(update={"bounds_id": ""}) for u in spec.indicators]
    blind = audit(spec.model_copy(update={"indicators": plain}), public)
    assert {(f.about, f.kind) for f in blind.findings} == {(f.about, f.kind) for f in told.findings}
    assert all("RWJ" in f.detail and "exactly" in f.detail for f in blind.findings)
    published.write("US metros", audits, tmp_path, language="ca")
    assert "No rank of the index moves" in (tmp_path / "README.md").read_text()
    assert "Identificador desconegut" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["asem", "us_metros_2019"])
def test_slips_planted_in_published_indices(real_data, name):
    """A column shifted in the sheet of scores, a direction reversed, a weight: in the real layout."""
    spec = read(EXAMPLES / f"{name}.yaml")
    folder = real_data / "known_answers" / name
    sheets = Sheets(folder if name == "asem" else folder / "results.xlsx")
    [(_, public, clean)] = published.audits(spec, sheets)
    j = next(
        n
        for n in range(public.data.raw.shape[1])
        if len(np.unique(public.stages["normalised"][:, n])) > 40
    )
    use = spec.indicators[j].id
    before = {(f.kind, f.about) for f in clean.findings}

    def told(change) -> list[of.Finding]:
        stages = {s: m.copy() for s, m in public.stages.items()}
        change(stages["normalised"])
        found = audit(spec, replace(public, stages=stages)).findings
        return [f for f in found if (f.kind, f.about) not in before]

    def shift(matrix: np.ndarray) -> None:
        matrix[:, j] = np.roll(matrix[:, j], 1)

    def reverse(matrix: np.ndarray) -> None:
        matrix[:, j] = 100 - matrix[:, j]

    def alter(matrix: np.ndarray) -> None:
        matrix[7, j] = 100 - matrix[7, j] if abs(matrix[7, j] - 50) > 5 else 90

    for change, kind in ((shift, of.SHIFTED), (reverse, of.DIRECTION), (alter, of.VALUE)):
        [one] = told(change)
        assert one.kind == kind and one.about[0] == use
        # The scores were made from the right values, so that no rank moves.
        assert one.moved == 0 and "what follows was made from the right values" in one.detail


def index(rows: np.ndarray, scores: np.ndarray, **more) -> tuple[IndexSpec, of.PublishedIndex]:
    """Two indicators from 0 to 100 and from 0 to 10, and what was published."""
    uses = [{"id": "a", "worst": 0, "best": 100}, {"id": "b", "worst": 0, "best": 10}]
    spec: dict[str, object] = {
        "id": "t",
        "units": {"key": "u"},
        "normalise": {"method": "goalposts"},
    }
    spec |= {"indicators": uses, "published": {}}
    stages = more.pop("stages", {})
    ranks = more.pop("ranks", {})
    units = [f"u{n}" for n in range(len(rows))]
    public = of.PublishedIndex(
        Data(units, units, rows), {"raw": rows} | stages, {"t": scores}, ranks
    )
    return IndexSpec.model_validate(spec | more), public


RNG = np.random.default_rng(8)
RAW = np.column_stack([RNG.uniform(20, 90, 25).round(1), RNG.uniform(1, 9, 25).round(2)])
SHARES = RAW * [1, 10]
SCORES = SHARES.mean(axis=1)


def the(spec: IndexSpec, public: of.PublishedIndex) -> of.Finding:
    [found] = audit(spec, public).findings
    return found


def test_a_wrong_raw_sheet_moves_no_rank_where_the_index_has_the_right_values():
    ranks = {"t": 1.0 + (SCORES[None, :] > SCORES[:, None]).sum(axis=1)}
    for raw, kind in (
        (RAW[:, [0, 0]], of.COPIED),
        (RAW[:, [1, 0]], of.SWAPPED),
    ):
        spec, public = index(raw, SCORES, stages={"normalised": SHARES}, ranks=ranks)
        one = the(spec, public)
        assert (one.kind, one.stage, one.moved) == (kind, "raw", 0)


def test_one_score_that_is_not_published_is_a_note():
    scores = SCORES.round(1)
    scores[3] = np.nan
    one = the(*index(RAW, scores, coverage={"group": 1}))
    assert one.kind == of.UNVERIFIABLE and not one.is_defect


def test_a_part_of_zero_is_no_other_aggregation():
    raw = RAW.copy()
    raw[0] = 0, np.nan
    made = np.sqrt(SHARES[:, 0] * SHARES[:, 1])
    made[0] = np.nan
    spec, public = index(*(raw, made), aggregate={"method": "geometric"}, coverage={"group": 1})
    assert audit(spec, public).findings == []


def test_a_cap_that_was_not_applied_is_named():
    raw = RAW.copy()
    raw[:2, 0] = 110, 120
    shares = raw * [1, 10]
    one = the(*index(raw, shares.mean(axis=1), stages={"normalised": shares}))
    assert (one.kind, one.about) == (of.CAP, ("a",))
    thin = the(*index(raw, shares.mean(axis=1)))
    assert (thin.kind, thin.about) == (of.CAP, ("a",))


def test_one_altered_score_of_a_thin_publication_is_one_value():
    scores = SCORES.round(1)
    scores[4] += 3
    ranks = {"t": 1.0 + (SCORES[None, :] > SCORES[:, None]).sum(axis=1)}
    one = the(*index(RAW, scores, ranks=ranks))
    assert (one.kind, one.about, one.moved) == (of.VALUE, ("t", "u4"), 0)


def test_rows_in_another_order_and_under_anothers_code():
    order = np.roll(np.arange(25), 7)
    one = the(*index(RAW, SCORES, stages={"normalised": SHARES[order]}))
    assert one.kind == of.ROWS and "25 rows are in another order" in one.detail
    raw = RAW.copy()
    raw[5] = raw[9]
    one = the(*index(raw, SCORES, stages={"normalised": SHARES}))
    assert one.kind == of.ROWS and "u5 has the values of u9" in one.detail


def test_what_cannot_be_told_apart_is_told_as_such():
    """Equal indicators: which of the two was reversed leaves no trace in their mean."""
    raw = RAW.copy()
    raw[:, 1] = raw[:, 0] / 10 + np.where(np.arange(25) % 2, 0.001, -0.001)
    shares = raw * [1, 10]
    scores = (100 - shares[:, 0] + shares[:, 1]) / 2
    one = the(*index(raw, scores.round(2)))
    assert one.kind == of.APART and {c.why.kind for [c] in one.candidates} == {of.DIRECTION}
    assert one.detail.count("Either: ") == 2


@pytest.mark.parametrize(
    ("ranks", "key"),
    [
        ([1, 2, 2, 3, 4], "ties_dense"),
        ([1, 3, 3, 4, 5], "ties_max"),
        ([1, 2.5, 2.5, 4, 5], "ties_mean"),
        ([5, 3, 3, 2, 1], "ranks_reversed"),
        ([1, 1, 1, 4, 5], "ranks_rounded"),
        ([1, 2, 2, 5, 4], "rows_exchanged"),
    ],
)
def test_ranks_by_another_rule(ranks, key):
    scores = np.array([90.4, 90.1, 90.1, 70, 60])
    units = list("abcde")
    assert ranking.explain(np.array([1.0, 2, 2, 4, 5]), scores, 0, Ranking(), units, {}) == []
    [one] = ranking.explain(np.array(ranks, dtype=float), scores, 0, Ranking(), units, {})
    assert one.why.key == key


def test_ranks_that_rounding_allows_are_right():
    scores = np.array([50.1, 50.1, 50.2, 40])
    for ranks in ([2, 3, 1, 4], [3, 2, 1, 4], [2, 2, 1, 4]):
        given = np.array(ranks, dtype=float)
        assert ranking.fits(given, scores, 0.05, Ranking()).all()
    assert not ranking.fits(np.array([1.0, 3, 2, 4]), scores, 0.01, Ranking()).all()
    # 50.04 and 50.02 are equal once they are rounded to one decimal.
    near = np.array([50.04, 50.02, 49.0])
    assert ranking.fits(np.array([1.0, 1, 3]), near, 0.005, Ranking(decimals=1)).all()


def test_decimals_and_their_half_width():
    assert decimals(np.array([1.25, 3.5, np.nan])) == 2
    assert half_width(np.array([1.25, 3.5])) == pytest.approx(0.005, rel=1e-3)
    assert half_width(np.array([0.0, 1, 1, 0])) == 0  # categories are exact
    assert decimals(np.array([1.1, 2.2], dtype=np.float32).astype(float)) == 1


def test_the_scores_of_another_year_are_named(tmp_path):
    rows = ["u,a_2001,b_2001,a_2002,b_2002,t_2001,t_2002"]
    later = SHARES.copy()
    later[:, 0] = SHARES[::-1, 0]
    for n in range(25):
        cells = [*RAW[n], later[n, 0], RAW[n, 1], SCORES[n], SCORES[n]]
        rows.append(f"u{n}," + ",".join(f"{c:.6g}" for c in cells))
    (tmp_path / "d.csv").write_text("\n".join(rows) + "\n")
    uses = [
        {"id": "a", "column": "a_{year}", "worst": 0, "best": 100},
        {"id": "b", "column": "b_{year}", "worst": 0, "best": 10},
    ]
    spec = IndexSpec.model_validate(
        {
            "id": "t",
            "units": {"key": "u"},
            "years": {"first": 2001, "last": 2002},
            "normalise": {"method": "goalposts"},
            "indicators": uses,
            "published": {"scores": {"columns": {"t": "t_{year}"}}},
        }
    )
    first, second = published.audits(spec, Sheets(tmp_path / "d.csv"))
    assert first[2].findings == []
    [one] = second[2].findings
    assert one.kind == of.YEAR and "those of 2001" in one.detail


def test_every_class_and_sentence_is_there_in_four_languages():
    kinds = {v for k, v in vars(of).items() if k.isupper() and isinstance(v, str)}
    for lang, w in texts().items():
        assert {k for k in kinds if f"kind.{k}" not in w} == set(), lang
    assert set(index_plants.CLASSES) and press(0, full=True).plants == []
