"""The auditor: planted slips of every class are found and named, and nothing is found on clean data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from catalog.models.index_spec import IndexSpec, read
from tests.index_plants import KINDS, Plant, Press, draw
from warehouse.indices import published as index_public
from warehouse.indices import tables_in as index_data
from warehouse.indices.steps.audit import audit
from warehouse.indices.steps.engine import Data
from warehouse.indices.steps.explain import (
    BOUNDS,
    FILLED,
    OTHER_MEAN,
    ROUNDED,
    SHIFTED,
    SWAPPED,
    UNKNOWN,
    UNVERIFIABLE,
)
from warehouse.indices.steps.findings import Finding

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "indices"
ALL = ["raw", "denominated", "imputed", "treated", "normalised"]


def own(goalposts: bool) -> Press:
    """An index of our own, of either kind: goalposts in a sheet, or estimated from the data."""
    rng = np.random.default_rng(11)
    raw = 50 + 15 * rng.standard_normal((40, 10))
    raw[rng.choice(40, 5, replace=False), 4] = np.nan
    posts = {f"i{n}": (10.0, 90.0, "higher") if n % 3 else (90.0, 10.0, "lower") for n in range(10)}
    spec = IndexSpec.model_validate(
        {
            "units": {"key": "unit"},
            "indicators": [
                {"id": f"i{n}", "parent": f"g{n // 4}", "direction": posts[f"i{n}"][2]}
                for n in range(10)
            ],
            "groups": [{"id": f"g{n}"} for n in range(3)],
            "impute": {"method": "none"} if goalposts else {"method": "group_mean", "by": "zone"},
            "treat": {"method": "none" if goalposts else "winsorise"},
            "normalise": {"method": "goalposts", "bounds": {"id": "i", "worst": "w", "best": "b"}}
            if goalposts
            else {"method": "min_max"},
            "published": {"tolerance": 1e-9},
        }
    )
    units = [f"u{n:02}" for n in range(40)]
    data = Data(units, units, raw, groups={"zone": [f"z{n % 4}" for n in range(40)]})
    spec = index_data.with_goalposts(spec, posts) if goalposts else spec
    return Press(
        spec, data, ["raw", "normalised"] if goalposts else ALL, posts if goalposts else {}
    )


def real(real_data: Path, name: str) -> tuple[IndexSpec, Press]:
    folder = real_data / "known_answers" / name
    sheets = index_data.Sheets(folder if name == "asem" else folder / "results.xlsx")
    spec = read(EXAMPLES / f"{name}.yaml")
    posts = index_data.goalposts(spec, sheets)
    full = index_data.with_goalposts(spec, posts)
    stages = ALL if name == "asem" else ["raw", "normalised"]
    press = Press(full, index_data.data(full, sheets), stages, posts, single=name != "asem")
    return spec, press


def found(spec: IndexSpec, press: Press, plants: list[Plant]) -> list[Finding]:
    press.plants = plants
    known = audit(spec, press.publish()).findings
    return [f for f in known if "the spec reads it" not in f.detail]


def explains(finding: Finding, plant: Plant) -> bool:
    about = set(finding.about) & set(plant.about)
    whole = plant.kind != SWAPPED or set(finding.about) == set(plant.about)
    return finding.kind == plant.kind and bool(about) and whole


def prove(spec: IndexSpec, press: Press, seed: int, kinds: list[str]) -> None:
    rng = np.random.default_rng(seed)
    plants: list[Plant] = []
    for kind in kinds:
        taken = {n for p in plants for n in p.about}
        plants.append(draw(press, kind, rng, taken))
    findings = found(spec, press, plants)
    for plant in plants:
        assert any(explains(f, plant) for f in findings), (seed, plant, findings)
    false = [f for f in findings if not any(explains(f, p) for p in plants)]
    assert not [f for f in false if f.is_defect], (seed, plants, false)


@pytest.mark.parametrize("goalposts", [True, False])
def test_our_own_index_alone_and_three_at_a_time(goalposts):
    press = own(goalposts)
    spec = press.spec
    assert found(spec, press, []) == []
    for seed in range(27):
        prove(spec, press, seed, [KINDS[seed % len(KINDS)]])
    for seed in range(100, 120):
        rng = np.random.default_rng(seed)
        prove(spec, press, seed, [str(k) for k in rng.choice(KINDS, 3, replace=False)])


@pytest.mark.parametrize("name", ["asem", "us_metros_2019"])
def test_published_indices_with_planted_slips(real_data, name):
    spec, press = real(real_data, name)
    assert found(spec, press, []) == []
    for seed in range(27):
        prove(spec, press, seed, [KINDS[seed % len(KINDS)]])
    for seed in range(100, 130):
        rng = np.random.default_rng(seed)
        prove(spec, press, seed, [str(k) for k in rng.choice(KINDS, 3, replace=False)])


def test_asem_as_published_is_clean(real_data):
    spec = read(EXAMPLES / "asem.yaml")
    public = index_public.publication(spec, index_data.Sheets(real_data / "known_answers/asem"))
    findings = audit(spec, public).findings
    assert [f for f in findings if f.is_defect] == []
    # Two of its groups are ranked by scores rounded to two decimals.
    assert {(f.kind, f.stage, f.about) for f in findings} == {
        (ROUNDED, "ranks", ("ConEcFin",)),
        (ROUNDED, "ranks", ("Instit",)),
    }


def test_us_metros_as_published_has_six_unknown_ids_and_nothing_else(real_data, tmp_path):
    spec = read(EXAMPLES / "us_metros_2019.yaml")
    sheets = index_data.Sheets(real_data / "known_answers/us_metros_2019/results.xlsx")
    public = index_public.publication(spec, sheets)
    told = audit(spec, public)
    assert len(told.findings) == 6
    assert {f.kind for f in told.findings} == {UNKNOWN} and not any(f.moved for f in told.findings)
    [remark] = told.remarks
    assert remark.startswith("sdg11v4_PM25") and "150 and 10" in remark
    # Without being told which is which, the auditor finds out by the values.
    plain = [u.model_copy(update={"bounds_id": ""}) for u in spec.indicators]
    blind = audit(spec.model_copy(update={"indicators": plain}), public)
    assert {(f.about, f.kind) for f in blind.findings} == {(f.about, f.kind) for f in told.findings}
    assert all("RWJ" in f.detail and "exactly" in f.detail for f in blind.findings)
    index_public.write(spec, public, told, tmp_path)
    assert "No rank of the index is affected" in (tmp_path / "README.md").read_text()


def test_the_words_say_how_far_and_which_way():
    press = own(goalposts=True)
    [shift] = found(press.spec, press, [Plant(SHIFTED, "normalised", ("i1",), "2", True)])
    assert "2 rows too far down" in shift.detail and "the index follows normalised" in shift.detail
    assert shift.moved and shift.furthest
    [misprint] = found(press.spec, press, [Plant(SHIFTED, "normalised", ("i1",), "2")])
    assert "was made from the right values" in misprint.detail and misprint.moved == 0
    [mean] = found(press.spec, press, [Plant(OTHER_MEAN, "scores", ("g1",), "geometric")])
    assert "geometric" in mean.detail and mean.moved is not None
    [left] = found(press.spec, press, [Plant(OTHER_MEAN, "scores", ("g1",), "dropped")])
    assert left.detail == "i4 was left out"
    [bounds] = found(press.spec, press, [Plant(BOUNDS, "goalposts", ("i2",), "moved")])
    assert "worst 10 and best 90" in bounds.detail
    [filled] = found(press.spec, press, [Plant(FILLED, "normalised", ("i4",), "mean", True)])
    assert "5 values" in filled.detail and "the mean of the others" in filled.detail
    [gone] = found(press.spec, press, [Plant(UNVERIFIABLE, "raw", ("i5",))])
    assert not gone.is_defect
