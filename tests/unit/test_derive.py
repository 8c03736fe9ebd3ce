"""Derived figures whose leading part is one age or sex: the variant is what is measured."""

import csv

import pyarrow as pa
import pytest
from rows import observations, rows

from catalog.contents import FOLDER
from catalog.models.comparability import load
from catalog.models.model import Derived, Indicator, Input, Texts
from warehouse import tables
from warehouse.methods.breaks import breaks, marked
from warehouse.methods.derive import derive
from warehouse.methods.trend import trend
from warehouse.tables import HARMONISED

WORDS = Texts.model_validate({"ca": "a", "es": "b", "fr": "c", "en": "d"})


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


def test_a_formula_of_one_part_alone_is_computed():
    spec = share(Input(indicator="population")).model_copy(
        update={
            "derived": Derived(formula="old / 10", inputs={"old": Input(indicator="population")})
        }
    )
    made = derive(spec, {"population": figures(("_T", "2018", 50.0), ("_T", "2019", 60.0))})
    assert made["value"].to_pylist() == [5.0, 6.0]
    assert set(made["fate"].to_pylist()) == {"observation"}


RIGA = {
    "unit_id": "eurostat_metro:LV001MC", "system": "eurostat_metro", "vintage": "NUTS2021",
    "metro_id": "lv-riga", "scale": "metro_region", "sex": "_T", "age": "_T",
}  # fmt: skip
DENSITY = share(Input(indicator="population")).model_copy(
    update={
        "id": "density",
        "derived": Derived(
            formula="people / area",
            inputs={"people": Input(indicator="population"), "area": Input(indicator="area")},
        ),
    }
)


def _part(indicator: str, values: dict[int, float], **differs) -> pa.Table:
    common: dict[str, object] = {
        "fate": "observation",
        "freq": "A",
        "indicator_id": indicator,
        "obs_status": "A",
    }
    common |= {"provenance": "upstream", "recorded_to": None, "break_origin": None} | RIGA | differs
    given = [{"period": str(year), "value": value} for year, value in values.items()]
    return rows(HARMONISED, given, **common)


def _boundary() -> pa.Table:
    """The redraw of Riga's region, as the registry has it: 304 km2 until 2017, then 10,444."""
    with (FOLDER / "metros" / "boundary_version.csv").open(encoding="utf-8", newline="") as file:
        found = [r for r in csv.DictReader(file) if r["unit_id"] == RIGA["unit_id"]]
    whole = ("version", "valid_from", "valid_to")
    return rows(
        tables.of("boundary_version"),
        [
            {k: r[k] for k in ("unit_id", "system", "vintage", "evidence")}
            | {k: int(r[k]) if r[k] else None for k in whole}
            | {"area_km2": float(r["area_km2"])}
            for r in found
        ],
    )


@pytest.mark.parametrize("missing", [set(), {2018}])
def test_around_a_redraw_no_density_mixes_delineations_and_no_trend_crosses_it(missing):
    boundary = _boundary()
    before, after = boundary.to_pylist()
    assert (before["valid_to"], after["valid_from"]) == (2017, 2018)
    areas = {
        year: before["area_km2"] if year < 2018 else after["area_km2"]
        for year in range(2010, 2025)
        if year not in missing
    }
    # People per km2 are 2,000 in the city alone and 100 in the region, falling by one a year.
    people = {y: (2000 if y < 2018 else 100) * a - (y - 2010) * a for y, a in areas.items()}
    made = derive(
        DENSITY, {"population": _part("population", people), "area": _part("area", areas)}
    )
    density = dict(zip(made["period"].to_pylist(), made["value"].to_pylist(), strict=True))
    assert density == {
        str(y): pytest.approx((2000 if y < 2018 else 100) - (y - 2010)) for y in areas
    }
    series = observations(
        [{"period": p, "value": v} for p, v in density.items()], indicator_id="density", **RIGA
    )
    found = breaks(series, boundary, load().breaks)
    assert {(r["period"], r["evidence"].split(",")[0]) for r in found.to_pylist()} == {
        (str(min(y for y in areas if y >= 2018)), "boundary")
    }
    (line,) = trend(marked(series, found), set()).to_pylist()
    assert (line["first_period"], line["slope"]) == (str(min(y for y in areas if y >= 2018)), -1.0)


@pytest.mark.parametrize("other", [{"vintage": "NUTS2010"}, {"system": "eurostat_fua"}])
def test_an_area_of_another_delineation_or_year_makes_no_density(other):
    people = _part("population", {2018: 1e6})
    made = derive(DENSITY, {"population": people, "area": _part("area", {2018: 304.0}, **other)})
    assert made["fate"].to_pylist() == ["not_computable"]
    made = derive(DENSITY, {"population": people, "area": _part("area", {2017: 304.0})})
    assert (made["value"].to_pylist(), made["fate"].to_pylist()) == ([None], ["not_computable"])
