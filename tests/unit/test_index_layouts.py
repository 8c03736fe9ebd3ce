"""Indices in the layouts that the world publishes: titles, units, notes, encodings, years, panels."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import yaml
from click.testing import CliRunner

from catalog.models.index_spec import IndexSpec, read
from pipelines.commands.index import index
from warehouse.errors import WarehouseError
from warehouse.indices import panel
from warehouse.indices.steps import outranking
from warehouse.indices.tables_in import Sheets

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "indices"
FEW = {"robustness": {"draws": 20}}


def run(folder: Path, spec: dict[str, Any], data: Path, *more: str) -> Path:
    file = folder / "spec.yaml"
    file.write_text(yaml.safe_dump(FEW | spec), encoding="utf-8")
    out = folder / "out"
    result = CliRunner().invoke(index, ["run", str(file), str(data), "-o", str(out), *more])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return out


def refused(folder: Path, spec: dict[str, Any], data: Path) -> str:
    with pytest.raises(Exception) as error:
        run(folder, spec, data)
    assert "Traceback" not in str(error.value)
    return str(error.value)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def book(path: Path, sheets: dict[str, list[list]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, lines in sheets.items():
        sheet = made.create_sheet(name)
        for line in lines:
            sheet.append(line)
    made.save(path)
    return path


def human(path: Path, years: range, units: int = 12) -> np.ndarray:
    """A file as the HDI is published, figures invented; returns the index by the public method."""
    rng = np.random.default_rng(3)
    span = len(years)
    low, high = np.array([50, 5, 3, 900]), np.array([84, 20, 14, 90_000])
    values = np.round(rng.uniform(low, high, (span, units, 4)), 3)
    share = (values[..., :3] - [20, 0, 0]) / [65, 18, 15]
    income = np.log(values[..., 3] / 100) / np.log(750)
    life, school, mean = (np.clip(share[..., n], 0, 1) for n in range(3))
    made = np.cbrt(life * (school + mean) / 2 * np.clip(income, 0, 1))
    ranks = 1 + (np.round(made[-1], 3)[None, :] > np.round(made[-1], 3)[:, None]).sum(axis=1)
    names = ["le", "eys", "mys", "gnipc"]
    header = ["iso3", "country", "hdi_rank_2022", *(f"hdi_{y}" for y in years)]
    header += [f"{n}_{y}" for n in names for y in years]
    lines = [header]
    for u in range(units):
        figures = [f"{made[t, u]:.3f}" for t in range(span)]
        figures += [f"{values[t, u, n]}" for n in range(4) for t in range(span)]
        lines.append([f"C{u:02}", "Côte d’Ivoire" if not u else f"c{u}", str(ranks[u]), *figures])
    world = ["ZZK.WORLD", "World", "", *["0.7"] * span, *["60"] * (4 * span)]
    text = "\n".join(",".join(line) for line in [*lines, world])
    path.write_bytes(text.encode("cp1252"))
    return made


def test_the_human_development_index_of_all_years_in_one_command(tmp_path):
    years = range(1990, 2023)
    made = human(tmp_path / "hdi.csv", years)
    spec = yaml.safe_load((EXAMPLES / "hdi.yaml").read_text())
    out = run(tmp_path, spec | FEW, tmp_path / "hdi.csv", "--language", "es")
    told = rows(out / "index.csv")
    assert len(told) == made.size
    ours = np.array([float(r["score"]) for r in told]).reshape(made.shape)
    assert np.abs(ours - made).max() < 1e-12
    assert {r["unit"] for r in told} == {f"C{n:02}" for n in range(12)}
    last = [r for r in told if r["year"] == "2022"]
    published = {r["iso3"]: r["hdi_rank_2022"] for r in _cp1252(tmp_path / "hdi.csv")}
    assert [r["rank"] for r in last] == [published[r["unit"]] for r in last]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert 'lang="es"' in page and "Côte d’Ivoire" in page and "Índice de desarrollo humano" in page
    assert "1 row left out as stated (ZZK.WORLD)" in page
    changes = rows(out / "rank_changes.csv")
    assert {r["says"] for r in changes} <= {
        *("rose beyond the range", "fell beyond the range", "within the range")
    }
    assert len(changes) == 33 * 12


def _cp1252(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_bytes().decode("cp1252").splitlines()))


def test_an_encoding_is_stated_and_never_guessed(tmp_path):
    spec = yaml.safe_load((EXAMPLES / "hdi.yaml").read_text()) | FEW
    human(tmp_path / "hdi.csv", range(2021, 2023))
    spec["years"] = {"only": [2021, 2022]}
    without = {k: v for k, v in spec.items() if k != "encoding"}
    assert "is not UTF-8" in (said := refused(tmp_path, without, tmp_path / "hdi.csv"))
    assert "encoding: cp1252" in said
    text = (tmp_path / "hdi.csv").read_bytes().decode("cp1252")
    (tmp_path / "hdi.csv").write_text(text, encoding="utf-8")
    assert "is in UTF-8, but the spec says encoding: cp1252" in refused(
        tmp_path, spec, tmp_path / "hdi.csv"
    )
    assert "'cp125' is no encoding" in refused(
        tmp_path, spec | {"encoding": "cp125"}, tmp_path / "hdi.csv"
    )


SHEETS = {
    "INTRO": [["A title"], ["https://example.org"]],
    "INDEX": [
        ["INDEX"],
        ["Code", "Name", "OVERALL RANK", "OVERALL INDEX", "GOAL 1", "Poverty, %", "Income"],
        ["A1", "Alpha", 1, 76.780625, 76.780625, 69, 84.56125],
        ["B2", "Beta", 2, 42.29166666666667, 42.29166666666667, 53.33333333333334, 31.25],
        ["C3", "Gamma", 3, 22.70833333333333, 22.70833333333333, 31.66666666666666, 13.75],
    ],
    "DATA": [
        ["DATA FILE"],
        ["Rank", "Name", "Code", "Poverty, %", "Income"],
        [None, None, None, "%", "$ per head"],
        [3, "Gamma", "C3", 20.5, 31000],
        [1, "Alpha", "A1", 9.3, 87649],
        [2, "Beta", "B2", 14, 45000],
    ],
    "ANNEX": [
        ["Sources and bounds"],
        ["Indicator", "Goal", "Worst", "Best"],
        ["Poverty, %", "1", 30, 0],
        ["Income", "1", 20000, 100000],
        ["Tax wedge (OECD only)", "1", 1, 0],
    ],
}
METROS = {
    "id": "index",
    "units": {"key": "Code", "name": "Name"},
    "data": {"sheet": "DATA", "skip": 1},
    "normalise": {
        "method": "goalposts",
        "bounds": {"sheet": "ANNEX", "id": "Indicator", "worst": "Worst", "best": "Best"},
    },
    "indicators": [
        {"id": "poverty", "column": "Poverty, %", "bounds_id": "Poverty, %", "parent": "goal1"},
        {"id": "income", "column": "Income", "bounds_id": "Income", "parent": "goal1"},
    ],
    "groups": [{"id": "goal1"}],
}


def test_titles_units_below_the_names_and_several_sheets(tmp_path):
    out = run(tmp_path, METROS, book(tmp_path / "b.xlsx", SHEETS))
    told = {r["unit"]: float(r["score"]) for r in rows(out / "index.csv")}
    assert told == pytest.approx({"A1": 76.780625, "B2": 42.2916667, "C3": 22.7083333})
    assert "column 'Code' is empty" in refused(
        tmp_path, METROS | {"data": {"sheet": "DATA"}}, tmp_path / "b.xlsx"
    )
    assert "did you mean 'DATA'?" in refused(
        tmp_path, METROS | {"data": {"sheet": "DTA"}}, tmp_path / "b.xlsx"
    )


def test_a_note_below_the_table_is_told_and_a_stated_mean_made(tmp_path):
    parts = ["Productivity", "Quality of life", "Infrastructure", "Environment"]
    lines = [
        ["A prosperity index, 2012"],
        ["Country", "City", "Index", *parts],
        [
            "X",
            "Yerevan",
            0.7431231939236385,
            0.942817590707342,
            0.741464502084594,
            0.8282902121045195,
            0.526674990205359,
        ],
        [
            "X",
            "Vienna",
            0.6395698022981127,
            0.8989647581640126,
            0.7441194114107709,
            0.5709744771917231,
            0.4380763462871377,
        ],
        [None],
        ["Source: an agency, 2012"],
    ]
    spec: dict[str, Any] = {
        "id": "cpi",
        "units": {"key": "City"},
        "normalise": {"method": "none", "low": 0, "high": 1},
        "aggregate": {"method": "geometric"},
        "indicators": [{"id": f"p{n}", "column": c} for n, c in enumerate(parts)],
    }
    out = run(tmp_path, spec, book(tmp_path / "b.xlsx", {"Prosperity": lines}))
    assert [float(r["score"]) for r in rows(out / "index.csv")] == pytest.approx(
        [lines[2][2], lines[3][2]], abs=1e-12
    )
    assert "line 6: read as a note: 'Source: an agency, 2012'" in (out / "README.md").read_text()


PANEL = [
    ["This data should be cited as ..."],
    ["country", "id", "year", "region", "x_a", "x_b"],
    ["Aland", "AAA", 2000, "North", 5.0, 80.0],
    ["Aland", "AAA", 2001, "North", None, 60.0],
    ["Aland", "AAA", 2002, "North", 9.0, 70.0],
    ["Bland", "BBB", 2000, "South", 8.0, 60.0],
    ["Bland", "BBB", 2001, "South", None, 20.0],
    ["Bland", "BBB", 2002, "South", 7.0, 100.0],
]
YEARS = {
    "units": {"key": "id", "name": "country"},
    "years": {"column": "year", "fill": "linear"},
    "data": {"prefix": "x_"},
    "normalise": {"over": "years"},
    "indicators": [{"id": "a"}, {"id": "b"}],
}


def test_a_panel_is_scaled_over_its_years_and_filled_between_them(tmp_path):
    out = run(tmp_path, YEARS, book(tmp_path / "b.xlsx", {"Raw": PANEL}))
    told = {(r["year"], r["unit"]): float(r["score"]) for r in rows(out / "index.csv")}
    # a goes from 5 to 9 and b from 20 to 100 over the three years; a of 2001 is 7 and 7.5.
    assert told["2001", "AAA"] == pytest.approx((50 + 50) / 2)
    assert told["2001", "BBB"] == pytest.approx((62.5 + 0) / 2)
    assert told["2002", "BBB"] == pytest.approx((50 + 100) / 2)
    cells = rows(out / "imputed_cells.csv")
    assert {(c["year"], c["indicator"]) for c in cells} == {("2001", "a")}
    left = YEARS | {"years": {"column": "year", "only": [2000, 2004]}}
    assert "there is no row of 2004" in refused(tmp_path, left, tmp_path / "b.xlsx")
    none = YEARS | {"years": None}
    assert "say 'years' in the spec if each has its year" in refused(
        tmp_path, none, tmp_path / "b.xlsx"
    )


def test_filling_from_other_years_goes_no_further_than_stated():
    one = np.array([[[1.0, 1]], [[np.nan, 2]], [[np.nan, 3]], [[4, 4]]])
    data = {2000 + n: panel.Data(["u"], ["u"], v) for n, v in enumerate(one)}
    linear = panel.filled(data, "linear", 5)
    assert [linear[y].raw[0, 0] for y in linear] == [1, 2, 3, 4]
    assert np.isnan(panel.filled(data, "linear", 1)[2001].raw[0, 0])
    before = panel.filled(data, "previous", 1)
    assert before[2001].raw[0, 0] == 1 and np.isnan(before[2002].raw[0, 0])
    carried = before[2001].carried
    assert carried is not None and carried.tolist() == [[True, False]]


def test_a_long_table_is_the_same_as_a_wide_one(tmp_path):
    long = [["id", "year", "country", "what", "number"]]
    for line in PANEL[2:]:
        for name, value in zip("ab", line[4:], strict=True):
            long.append([line[1], line[2], line[0], f"x_{name}", value])
    wide = run(tmp_path, YEARS, book(tmp_path / "b.xlsx", {"Raw": PANEL}))
    first = (wide / "scores.csv").read_bytes()
    spec = YEARS | {"data": {"prefix": "x_", "long": {"id": "what", "value": "number"}}}
    made = run(tmp_path, spec, book(tmp_path / "l.xlsx", {"Raw": long}))
    assert (made / "scores.csv").read_bytes() == first
    twice = book(tmp_path / "t.xlsx", {"Raw": [*long, long[-1]]})
    assert "'x_b' of BBB 2002 is on lines 13 and 14" in refused(tmp_path, spec, twice)


DEC = {"units": {"key": "u"}, "indicators": [{"id": "a"}, {"id": "b"}]}


@pytest.mark.parametrize(
    ("change", "cells", "told"),
    [
        ({"decimal": ","}, ["1.5", "2,5"], "'1.5' has a decimal point, but the spec says"),
        ({"decimal": ","}, ["1.000", "2,5"], "does not fit decimal: ','. If '.' separates"),
        ({}, ["1,000", "900"], "If ',' separates thousands, say thousands: ','"),
        ({}, ["1,5", "900"], "say decimal: ','"),
        ({"thousands": ","}, ["1,00", "900"], "decimal comma"),
        ({"decimal": ",", "thousands": ","}, ["1", "2"], "are both ','"),
    ],
)
def test_a_figure_that_contradicts_the_convention_is_refused(tmp_path, change, cells, told):
    (tmp_path / "d.csv").write_text("u;a;b\n" + "".join(f"{c};{c};3\n" for c in cells))
    assert told in refused(tmp_path, DEC | change, tmp_path / "d.csv")


@pytest.mark.parametrize(
    ("change", "cells", "values"),
    [
        ({"thousands": ","}, ["1,000", "2,500.5", "900"], [1000, 2500.5, 900]),
        ({"decimal": ",", "thousands": "."}, ["1.000", "2.500,5", "0,25"], [1000, 2500.5, 0.25]),
        ({"thousands": " "}, ["1 000", "2\u00a0500.5", "9e2"], [1000, 2500.5, 900]),
    ],
)
def test_thousands_are_read_where_they_are_stated(tmp_path, change, cells, values):
    lines = "".join(f"u{n};{c};3\n" for n, c in enumerate(cells))
    (tmp_path / "d.csv").write_text("u;a;b\n" + lines, encoding="utf-8")
    out = run(tmp_path, DEC | change, tmp_path / "d.csv")
    assert [float(r["a"]) for r in rows(out / "raw.csv")] == values


def test_a_number_of_a_workbook_is_that_number(tmp_path):
    lines = [["u", "a", "b"], ["x", 1.5, 2], ["y", "2,5", 3], ["z", 0.125, 1], ["w", 1234.5, 9]]
    out = run(tmp_path, DEC | {"decimal": ","}, book(tmp_path / "b.xlsx", {"s": lines}))
    assert [float(r["a"]) for r in rows(out / "raw.csv")] == [1.5, 2.5, 0.125, 1234.5]


def test_what_is_infinite_is_refused(tmp_path):
    (tmp_path / "d.csv").write_text("u,a,b\nx,1,2\ny,2,3\n")
    for weight in (float("inf"), 1e308):
        spec = DEC | {"indicators": [{"id": "a", "weight": weight}, {"id": "b"}]}
        assert "field 'indicators.0.weight'" in refused(tmp_path, spec, tmp_path / "d.csv")
    (tmp_path / "e.csv").write_text("u,a,b\nx,1,2\ny,1e400,3\n")
    assert "column 'a', line 3: '1e400' is no number" in refused(tmp_path, DEC, tmp_path / "e.csv")


@pytest.mark.parametrize(("cell", "told"), [("=1+1", "a formula without"), ("#DIV/0!", "#DIV/0!")])
def test_a_cell_of_a_workbook_without_a_result_is_no_missing_figure(tmp_path, cell, told):
    lines = [["u", "a", "b"], ["x", 1, 2], ["y", cell, 3], ["z", 3, 1]]
    said = refused(tmp_path, DEC, book(tmp_path / "b.xlsx", {"s": lines}))
    assert "sheet s, column 'a', line 3" in said and told in said


def test_filters_name_what_they_do_not_find(tmp_path):
    (tmp_path / "d.csv").write_text("u,kind,a,b\nx,city,1,2\ny,city,2,3\nz,region,2,4\n")
    spec = DEC | {"data": {"keep": {"kind": ["city"]}}}
    assert [r["unit"] for r in rows(run(tmp_path, spec, tmp_path / "d.csv") / "raw.csv")] == [
        *("x", "y")
    ]
    spec = DEC | {"data": {"leave_out": {"kind": ["regions"]}}}
    assert "no row has 'regions', which the spec filters by; did you mean 'region'?" in refused(
        tmp_path, spec, tmp_path / "d.csv"
    )


def test_statements_of_one_indicator(tmp_path):
    """Its own scale, categories, caps, transform; percent of the best; a target."""
    (tmp_path / "d.csv").write_text(
        "u,grade,share,gain,log,cost\n"
        "x,yes,40,10,100,10\ny,no,80,-50,1000,20\nz,partly,60,30,10000,40\n"
    )
    uses: list[dict[str, Any]] = [
        {"id": "grade", "scores": {"yes": 100, "partly": 50, "no": 0}}
        | {"normalise": {"method": "none"}},
        {"id": "share", "best": 100, "normalise": {"method": "target"}},
        {"id": "gain", "cap_low": 0},
        {"id": "log", "transform": "log", "worst": 10, "best": 1000}
        | {"normalise": {"method": "goalposts", "clip": "low"}},
        {"id": "cost", "direction": "lower", "normalise": {"method": "percent_of_best"}},
    ]
    spec = {"units": {"key": "u"}, "indicators": uses}
    told = rows(run(tmp_path, spec, tmp_path / "d.csv") / "normalised.csv")
    found = np.array(
        [[float(r[c]) for c in ("grade", "share", "gain", "log", "cost")] for r in told]
    )
    assert found == pytest.approx(
        np.array(
            [
                [100, 0, 100 / 3, 50, 100],
                [0, 200 / 3, 0, 100, 50],
                [50, 100 / 3, 100, 150, 25],
            ]
        )
    )
    uses[0]["scores"] = {"yes": 100, "no": 0}
    assert "'partly' has no number under 'scores'" in refused(tmp_path, spec, tmp_path / "d.csv")


def test_goalposts_that_move_with_the_years(tmp_path):
    (tmp_path / "d.csv").write_text("u,a_2000,a_2001,b\nx,5,5,1\ny,8,8,2\n")
    use = {"id": "a", "column": "a_{year}", "worst": 0, "best": {2000: 10, 2001: 20}}
    spec: dict[str, Any] = {
        "units": {"key": "u"},
        "years": {"first": 2000, "last": 2001},
        "normalise": {"method": "goalposts"},
        "indicators": [use, {"id": "b", "worst": 0, "best": 4}],
    }
    told = rows(run(tmp_path, spec, tmp_path / "d.csv") / "normalised.csv")
    assert [float(r["a"]) for r in told] == [50, 80, 25, 40]
    spec["years"] = {"first": 2000, "last": 2002}
    assert "has no 'best' of 2002" in refused(tmp_path, spec, tmp_path / "d.csv")


def test_a_group_without_score_is_filled_as_stated(tmp_path):
    (tmp_path / "d.csv").write_text("u,z,a,b\nw,n,0,10\nx,n,100,20\ny,s,50,30\nz,n,50,\n")
    spec: dict[str, Any] = {
        "units": {"key": "u"},
        "indicators": [{"id": "a", "parent": "g"}, {"id": "b", "parent": "h"}],
        "groups": [{"id": "g"}, {"id": "h", "fill": {"method": "group_mean", "by": "z"}}],
    }
    out = run(tmp_path, spec, tmp_path / "d.csv")
    assert float(rows(out / "scores.csv")[3]["h"]) == pytest.approx((0 + 50) / 2)
    assert rows(out / "filled_groups.csv") == [{"unit": "z", "group": "h"}]
    assert "h: 1 units have the stated filling" in (out / "README.md").read_text()
    spec |= {"groups": [{"id": "g"}, {"id": "h", "fill": {"value": 7}}]}
    assert float(rows(run(tmp_path, spec, tmp_path / "d.csv") / "scores.csv")[3]["h"]) == 7


def test_scores_are_rounded_before_they_are_ranked(tmp_path):
    (tmp_path / "d.csv").write_text("u,a,b\nx,1.001,1\ny,1.002,1\nz,0.5,1\nw,2,1\n")
    spec: dict[str, Any] = {
        "units": {"key": "u"},
        "normalise": {"method": "none"},
        "indicators": [{"id": "a"}, {"id": "b"}],
    }
    for ranking, expected in (
        ({"decimals": 2}, "2244"),
        ({"decimals": 2, "ties": "dense"}, "2231"),
        ({"decimals": 2, "ties": "max"}, "3341"),
        ({}, "3241"),
    ):
        out = run(tmp_path, spec | {"ranking": ranking}, tmp_path / "d.csv")
        told = "".join(r["rank"] for r in rows(out / "index.csv"))
        assert told == expected.replace("2244", "2241"), ranking


def test_weights_by_importance_and_the_loadings_of_components(tmp_path):
    rng = np.random.default_rng(2)
    common = rng.standard_normal((80, 1))
    raw = np.hstack([common + 0.2 * rng.standard_normal((80, 2)), rng.standard_normal((80, 1))])
    lines = [f"u{n}," + ",".join(f"{v:.6f}" for v in r) for n, r in enumerate(raw)]
    (tmp_path / "d.csv").write_text("u,a,b,c\n" + "\n".join(lines) + "\n")
    spec = {"units": {"key": "u"}, "indicators": [{"id": i} for i in "abc"]}
    told = rows(run(tmp_path, spec | {"weight": "optimised"}, tmp_path / "d.csv") / "weights.csv")
    assert [float(r["importance"]) for r in told] == pytest.approx([1 / 3] * 3, abs=1e-3)
    assert float(told[2]["weight"]) > float(told[0]["weight"])
    out = run(tmp_path, spec | {"weight": "pca"}, tmp_path / "d.csv")
    loads = [r for r in rows(out / "loadings.csv") if r["component"] == "1"]
    weights = {r["part"]: float(r["weight"]) for r in rows(out / "weights.csv")}
    assert {r["part"]: float(r["loading"]) ** 2 for r in loads} == pytest.approx(weights)


def test_outranking_stands_beside_the_means(tmp_path):
    normalised = np.array([[3.0, 3, 0], [2, 2, 90], [1, 1, 10], [0, np.nan, 5]])
    weight = np.ones(3) / 3
    # The first beats the next two in two of three indicators, and is even with the last.
    assert outranking.copeland(normalised, weight).tolist() == [2, 1, -1, -2]
    assert outranking.borda(normalised, weight)[:3] == pytest.approx([2 / 3, 13 / 18, 1 / 3])
    lines = [f"u{n}," + ",".join(map(str, r)) for n, r in enumerate(normalised[:3])]
    (tmp_path / "d.csv").write_text("u,a,b,c\n" + "\n".join(lines) + "\n")
    spec: dict[str, Any] = {
        "units": {"key": "u"},
        "indicators": [{"id": i} for i in "abc"],
        "normalise": {"method": "none"},
        "aggregate": {"outranking": ["copeland", "borda"]},
    }
    [first, second, _] = rows(run(tmp_path, spec, tmp_path / "d.csv") / "outranking.csv")
    assert (first["rank"], first["rank_copeland"]) == ("3", "1")
    assert (second["rank"], second["rank_copeland"]) == ("1", "2")


def test_leaving_one_out_obeys_the_gates(tmp_path):
    (tmp_path / "d.csv").write_text("u,a,b,c\nw,1,2,3\nx,2,1,5\ny,4,5,\nz,3,3,3\n")
    spec: dict[str, Any] = {
        "units": {"key": "u"},
        "indicators": [{"id": i} for i in "abc"],
        "coverage": {"unit": 0.66},
    }
    told = rows(run(tmp_path, spec, tmp_path / "d.csv") / "leave_one_out.csv")
    assert [told[2][i] for i in "abc"] == ["", "", "1"]


def test_the_two_sources_of_doubt_are_told_apart(tmp_path):
    (tmp_path / "d.csv").write_text("u,a,b\nw,1,2\nx,2,1\ny,4,5\nz,3,3\n")
    uses = [{"id": "a", "error": 0.5}, {"id": "b"}]
    spec = {"units": {"key": "u"}, "indicators": uses}
    out = run(tmp_path, spec, tmp_path / "d.csv")
    for row in rows(out / "rank_shares.csv"):
        if row["share_choices"]:
            assert float(row["share_choices"]) + float(row["share_errors"]) == pytest.approx(1)
    assert "variance of the rank:" in (out / "ranks.svg").read_text()


def test_a_year_that_cannot_be_made_is_told_and_the_others_are(tmp_path):
    (tmp_path / "d.csv").write_text("u,a_1,b_1,a_2,b_2\nx,1,2,,\ny,2,3,,\n".replace("_", "_200"))
    uses = [{"id": i, "column": f"{i}_{{year}}"} for i in "ab"]
    spec = {"units": {"key": "u"}, "years": {"only": [2001, 2002]}, "indicators": uses}
    done, told = panel.runs(IndexSpec.model_validate(FEW | spec), Sheets(tmp_path / "d.csv"))
    assert [r.year for r in done] == [2001] and told[0].startswith("2002: no index.")
    spec["years"] = {"only": [2002]}
    with pytest.raises(WarehouseError, match="2002: no index"):
        panel.runs(IndexSpec.model_validate(FEW | spec), Sheets(tmp_path / "d.csv"))


def test_every_example_is_a_specification():
    for path in EXAMPLES.glob("*.yaml"):
        assert read(path).indicators


def whole(rows_of: dict[str, list[list]]) -> dict[str, list[list]]:
    return {name: [list(line) for line in lines] for name, lines in rows_of.items()}


AUDITED = METROS | {
    "published": {
        "normalised": {"sheet": "INDEX", "columns": {"poverty": "Poverty, %", "income": "Income"}},
        "scores": {"sheet": "INDEX", "columns": {"index": "OVERALL INDEX", "goal1": "GOAL 1"}},
        "ranks": {"sheet": "INDEX", "columns": {"index": "OVERALL RANK"}},
    }
}


def audited(folder: Path, spec: dict[str, Any], data: Path) -> list[dict[str, str]]:
    file = folder / "spec.yaml"
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    result = CliRunner().invoke(index, ["audit", str(file), str(data), "-o", str(folder / "audit")])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return rows(folder / "audit" / "findings.csv")


def test_percentages_among_plain_numbers_are_refused_with_their_place(tmp_path):
    path = book(tmp_path / "b.xlsx", SHEETS)
    made = openpyxl.load_workbook(path)
    for line, value in ((4, 0.205), (5, 0.093)):
        made["DATA"].cell(line, 4, value).number_format = "0.0%"
    made.save(path)
    said = refused(tmp_path, METROS, path)
    assert "column 'Poverty, %', line 4: the cell shows 20.5% and holds 0.205" in said
    assert "that of line 6 is the plain number 14" in said
    made["DATA"].cell(6, 4, 0.14).number_format = "0%"
    made.save(path)
    out = run(tmp_path, METROS, path)
    assert [float(r["poverty"]) for r in rows(out / "raw.csv")] == [0.205, 0.093, 0.14]
    assert "the 20.5% of line 4 was read as 0.205" in (out / "README.md").read_text()


def test_a_source_in_the_key_column_is_a_note_and_a_unit_without_values_is_none(tmp_path):
    sheets = whole(SHEETS)
    sheets["INDEX"] += [[], ["Source: an agency"], ["* estimate"]]
    path = book(tmp_path / "b.xlsx", sheets)
    assert audited(tmp_path, AUDITED, path) == []
    assert "line 7: read as a note: 'Source: an agency'" in (
        (tmp_path / "audit" / "README.md").read_text()
    )
    sheets["DATA"].append([None, None, "D4"])
    out = run(tmp_path, METROS, book(tmp_path / "c.xlsx", sheets))
    assert [r["unit"] for r in rows(out / "left_out.csv")] == ["D4"]
    (tmp_path / "d.csv").write_text("u,a,b\nx,1,2\ny,2,3\n,,\nSource: an agency,,\n")
    out = run(tmp_path, DEC, tmp_path / "d.csv")
    assert [r["unit"] for r in rows(out / "index.csv")] == ["x", "y"]


@pytest.mark.parametrize("ranks", [["1", "2=", "2="], ["1", "=2", "2 ="]])
def test_a_rank_that_several_share_may_say_so(tmp_path, ranks):
    lines = ["u,a,b,score,rank"]
    lines += [f"{u},{v},{v},{v},{r}" for u, v, r in zip("xyz", (9, 5, 5), ranks, strict=True)]
    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n")
    spec = DEC | {
        "normalise": {"method": "none"},
        "published": {
            "scores": {"columns": {"index": "score"}},
            "ranks": {"columns": {"index": "rank"}},
        },
    }
    assert audited(tmp_path, spec, tmp_path / "d.csv") == []


def test_a_unit_that_is_published_and_has_no_raw_values_shifts_no_rank(tmp_path):
    sheets = whole(SHEETS)
    del sheets["DATA"][4]  # A1, the first
    [one] = audited(tmp_path, AUDITED, book(tmp_path / "b.xlsx", sheets))
    assert (one["class"], one["about"]) == ("unknown id", "A1")
    sheets = whole(SHEETS)
    for line in sheets["INDEX"][2:]:
        line[0] = f"0{line[0]}"
    words = "none of its units is among the raw values: '0A1' is there, and 'C3' here"
    with pytest.raises(WarehouseError, match=words):
        audited(tmp_path, AUDITED, book(tmp_path / "c.xlsx", sheets))


def test_what_a_header_and_a_key_hold_is_said(tmp_path):
    sheets = whole(SHEETS)
    sheets["DATA"][1][2] = "CODE"
    assert "sheet DATA: there is no column 'Code'; did you mean 'CODE' of line 2?" in refused(
        tmp_path, METROS, book(tmp_path / "b.xlsx", sheets)
    )
    sheets = whole(SHEETS)
    sheets["DATA"][3][2] = '="C"&"3"'
    assert "column 'Code', line 4: the cell has a formula without a stored result" in refused(
        tmp_path, METROS, book(tmp_path / "b.xlsx", sheets)
    )
    (tmp_path / "d.csv").write_text("u\nu,a,b\nx,1,2\ny,2,3\nSource: us, 2018\n")
    assert "line 5: it has 2 cells and the header 3" in (
        said := refused(tmp_path, DEC, tmp_path / "d.csv")
    )
    assert "if it and those below are notes, say last: 4" in said
    out = run(tmp_path, DEC | {"data": {"last": 4}}, tmp_path / "d.csv")
    assert [r["unit"] for r in rows(out / "index.csv")] == ["x", "y"]


def test_signs_as_they_are_printed(tmp_path):
    (tmp_path / "d.csv").write_text("\ufeffu;a;b\nx;\u22121.5;1’000\ny;2;3'000\n", encoding="utf-8")
    spec = DEC | {"thousands": "'", "encoding": "utf-8-sig"}
    told = rows(run(tmp_path, spec, tmp_path / "d.csv") / "raw.csv")
    assert [(float(r["a"]), float(r["b"])) for r in told] == [(-1.5, 1000), (2, 3000)]


def test_a_unit_that_was_renamed_between_years_is_asked_about(tmp_path):
    head = ["country", "a", "b"]
    sheets = {
        "Y2000": [head, ["Swaziland", 1, 2], ["Fiji", 3, 4], ["Togo", 2, 6]],
        "Y2001": [head, ["Eswatini", 1, 2], ["Fiji", 3, 5], ["Togo", 2, 6]],
    }
    spec = DEC | {
        "units": {"key": "country"},
        "years": {"first": 2000, "last": 2001},
        "data": {"sheet": "Y{year}"},
    }
    out = run(tmp_path, spec, book(tmp_path / "b.xlsx", sheets))
    assert "Only in 2000 and not in 2001: Swaziland; only in 2001: Eswatini." in (
        (out / "README.md").read_text()
    )
