"""Derived figures whose leading part is one age or sex: the variant is what is measured."""

import pyarrow as pa
import pytest

from catalog.model import Derived, Indicator, Input, Texts
from warehouse.methods.derive import derive
from warehouse.tables import HARMONISED

WORDS = Texts(ca="a", es="b", fr="c", en="d")


def figures(*rows: tuple[str, str, float]) -> pa.Table:
    """Standing population figures of one unit: (age, period, value)."""
    con_rows = [
        {c.name: None for c in HARMONISED.columns}
        | {"fate": "observation", "metro_id": "xx-alba", "unit_id": "metro:X1", "system": "metro"}
        | {"vintage": "2021", "scale": "fua", "indicator_id": "population", "sex": "_T"}
        | {"age": age, "period": period, "value": value, "unit": "PERSON", "obs_status": "A"}
        | {"provenance": "upstream", "source_id": "test", "dataset": "rows", "series_key": age}
        for age, period, value in rows
    ]
    names = [c.name for c in HARMONISED.columns]
    return pa.table({n: [r[n] for r in con_rows] for n in names})


def share(lead: Input) -> Indicator:
    """Old people in percent of all."""
    return Indicator(
        id="share", theme="demography", title=WORDS, definition=WORDS, unit="PC",
        direction="none", kind="derived",
        derived=Derived(
            formula="100 * old / whole",
            inputs={"old": lead, "whole": Input(indicator="population", age="_T")},
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [
        ("Y_GE65", [("_T", "2018", 20.0)]),
        (None, [("Y_GE65", "2018", 20.0), ("_T", "2018", 100.0)]),
    ],
)
def test_a_pinned_age_of_the_leading_part_makes_a_total(pinned, expected):
    population = figures(("Y_GE65", "2018", 20.0), ("_T", "2018", 100.0))
    made = derive(share(Input(indicator="population", age=pinned)), {"population": population})
    rows = zip(*(made[c].to_pylist() for c in ("age", "period", "value")), strict=True)
    assert sorted(rows) == sorted(expected)
