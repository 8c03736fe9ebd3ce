"""What is found suspicious in a download, what drift does, and what a person accepts."""

from __future__ import annotations

import json
from dataclasses import asdict

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.models.model import Dataset
from sources.records import records
from sources.refresh.judgement import DownloadedRecords, DownloadJudgement, Needs, judge

TERRITORY = [{"code": "geo", "system": "x", "vintage": "current"}]


def stated(**more: object) -> Dataset:
    return Dataset.model_validate({"title": "d", "territory": TERRITORY} | more)


def edition(
    rows: list[tuple[str, str, float]], size: int = 0, **more: list[str]
) -> DownloadedRecords:
    """(geo, unit, value) for 2020; `more` are further dimensions."""
    geo, unit, value = (list(c) for c in zip(*rows, strict=True))
    table = records.make(
        records.About("p", "CSV"),
        dimensions={"geo": pa.array(geo), "unit": pa.array(unit)}
        | {k: pa.array(v) for k, v in more.items()},
        period=pa.array(["2020"] * len(rows)),
        value=pa.array(value, pa.float64()),
        value_text=pa.array([str(v) for v in value]),
    )
    return DownloadedRecords(table, size or 10 * len(rows))


def rows(n: int, value: float = 1.0, unit: str = "NR") -> list[tuple[str, str, float]]:
    return [(f"G{i:03}", unit, value + i) for i in range(n)]


BEFORE = edition(rows(100))


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (edition(rows(70)), "70 records where there were 100"),
        (edition(rows(100), size=100), "100 bytes where there were 1,000"),
        (edition(rows(500)), "500 records where there were 100"),
        (edition(rows(160)[60:]), "60 of 100 series are gone, such as geo=G000;unit=NR"),
        (edition(rows(100, value=2)), "100 of 100 figures that stood before have another value"),
    ],
)
def test_what_is_suspicious_says_why(new: DownloadedRecords, why: str) -> None:
    found = judge(new, BEFORE, stated())
    assert why in "; ".join(found.reasons)
    wide = {"max_loss": 1, "max_growth": 9, "max_rewrite": 1}
    assert judge(new, BEFORE, stated(expect=wide)) == DownloadJudgement()


def test_what_a_dataset_always_does_is_fine() -> None:
    grown = rows(120)
    grown[0] = ("G000", "NR", 7.0)
    assert judge(edition(grown), BEFORE, stated()) == DownloadJudgement()
    assert judge(BEFORE, None, stated()) == DownloadJudgement()


def test_columns_and_codes_that_must_be_there() -> None:
    new = edition(rows(100, unit="THS"))
    must = {"dims": ["sex"], "codes": {"unit": ["NR"]}, "max_loss": 1}
    said = judge(new, None, stated(expect=must)).reasons
    assert said == ("the column 'sex' is gone", "unit no longer holds 'NR'")
    needs = Needs(("geo", "unit", "never"), {"unit": ("NR", "NEVER")})
    found = judge(new, BEFORE, stated(expect={"max_loss": 1}), needs)
    assert found.reasons == ("unit no longer holds 'NR'",)


NEW_UNIT = edition([*rows(100), ("G000", "PC", 3.0)])
NEW_CODE = edition([*rows(100), ("G999", "NR", 3.0)])
NEW_COLUMN = edition(rows(100), sex=["F", *[""] * 99])


@pytest.mark.parametrize(
    ("kind", "new", "column", "code"),
    [
        ("units", NEW_UNIT, "unit", "PC"),
        ("codes", NEW_CODE, "geo", "G999"),
        ("columns", NEW_COLUMN, "sex", "F"),
    ],
)
def test_each_word_of_drift(kind: str, new: DownloadedRecords, column: str, code: str) -> None:
    loose = {"max_loss": 1.0}
    assert judge(new, BEFORE, stated(drift="evolve", expect=loose)) == DownloadJudgement()
    frozen = judge(new, BEFORE, stated(drift={kind: "freeze"}, expect=loose))
    assert f"drift of {kind} is frozen" in frozen.reasons[0]
    aside = judge(new, BEFORE, stated(drift={kind: "quarantine"}, expect=loose))
    assert aside == DownloadJudgement((), {column: (code,)})
    # It waits in every later edition until a person accepts it.
    again = judge(new, new, stated(drift={kind: "quarantine"}), Needs(), aside.unknown)
    assert again.unknown == {column: (code,)}
    assert judge(new, new, stated(drift={kind: "quarantine"})) == DownloadJudgement()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.05, 0.95))
def test_a_loss_is_held_exactly_beyond_the_tolerance(n: int, lost: int, limit: float) -> None:
    lost = min(lost, n - 1)
    found = judge(edition(rows(n)[lost:]), edition(rows(n)), stated(expect={"max_loss": limit}))
    assert bool(found.reasons) == (lost > limit * n or n - lost < (1 - limit) * n)


def years(first: int, last: int, places: int = 20, **changed: float | None) -> DownloadedRecords:
    """A figure near 100 for each place and year; `changed` gives other ones for a year (`y2021`)."""
    cells = [
        (f"G{p:03}", str(year), changed.get(f"y{year}", 100.0 + p))
        for year in range(first, last + 1)
        for p in range(places)
        if changed.get(f"y{year}", 0.0) != -1.0
    ]
    geo, period, value = (list(c) for c in zip(*cells, strict=True))
    table = records.make(
        records.About("p", "CSV", parts=("A", "B")),
        dimensions={"geo": pa.array(geo), "unit": pa.array(["NR"] * len(cells))},
        period=pa.array(period),
        value=pa.array(value, pa.float64()),
        value_text=pa.array(["x"] * len(cells)),
    )
    return DownloadedRecords(table, 10 * len(cells))


def test_new_records_without_figures_are_held() -> None:
    before = years(2015, 2020)
    found = judge(years(2015, 2021, y2021=None), before, stated())
    assert found.reasons == ("20 of 20 new records have no figure",)
    assert judge(years(2015, 2021), before, stated()) == DownloadJudgement()
    nothing = judge(years(2015, 2015, y2015=None), None, stated())
    assert nothing.reasons == ("none of 20 records has a figure",)


def test_a_year_that_is_missing_is_held_and_a_moving_window_is_not() -> None:
    before = years(2001, 2020)
    for gone in ("y2010", "y2020", "y2001"):
        changed: dict[str, float | None] = {gone: -1.0}
        lost = years(2001, 2020, 20, **changed)
        (why,) = judge(lost, before, stated()).reasons
        assert f"no record is left of '{gone[1:]}', of which there were 20" in why
    assert judge(years(2002, 2021), before, stated()) == DownloadJudgement()
    (why,) = judge(years(2003, 2021), before, stated()).reasons
    assert "no record is left of '2002'" in why


def test_a_straggler_may_go() -> None:
    early = edition([("G000", "NR", 1.0)]).records.set_column(2, "period", pa.array(["1999"]))
    before = DownloadedRecords(pa.concat_tables([BEFORE.records, early]), 1010)
    assert judge(BEFORE, before, stated()) == DownloadJudgement()


def test_another_order_of_magnitude_is_held() -> None:
    before = years(2015, 2020)
    (why,) = judge(years(2015, 2021, y2021=100_000.0), before, stated()).reasons
    assert "about 913 times as large as before in 20 series" in why
    assert judge(years(2015, 2021, y2021=300.0), before, stated()) == DownloadJudgement()
    mixed = [*rows(50), *[(f"H{i}", "THS", 5.0) for i in range(10)]]
    moved = [*rows(50), *[(f"H{i}", "THS", 0.005) for i in range(10)]]
    (why,) = judge(edition(moved), edition(mixed), stated()).reasons
    assert why.startswith("unit THS: the newest figures are about 1,000 times as small")


def test_a_sheet_that_is_missing_is_held() -> None:
    before = years(2015, 2020)
    one = records.about(before.records)
    less = before.records.replace_schema_metadata(
        {b"observatory": json.dumps(asdict(one) | {"parts": ["A"]}).encode()}
    )
    (why,) = judge(DownloadedRecords(less, before.size), before, stated()).reasons
    assert why == "1 sheets hold the table where there were 2 (gone: 'B')"
