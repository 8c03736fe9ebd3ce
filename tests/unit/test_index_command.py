"""`observatory index` on tables as people have them."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import get_args

import openpyxl
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner

import catalog
from catalog.models import index_spec as spec
from catalog.models.index_spec import read
from catalog.yaml_files import CatalogError
from pipelines.commands.index import index

SPEC = {
    "title": "Liveability",
    "units": {"key": "city"},
    "indicators": [
        {"id": "jobs", "parent": "work", "error": 0.5},
        {"id": "pay", "parent": "work"},
        {"id": "smog", "direction": "lower"},
    ],
    "groups": [{"id": "work"}],
    "robustness": {"draws": 50, "normalise": [{"method": "z"}]},
}
ROWS = [
    ["city", "jobs", "pay", "smog"],
    ["Aa", "10", "3.5", "7"],
    ["=cmd|' /C calc'!A0", "20", "", "9"],
    ["Cc", "15", "2.5", "3"],
    ["Dd", "12", "4.5", "5"],
]


def run(tmp_path: Path, rows=ROWS, *, sep=",", command="run", **change):
    spec, data = tmp_path / "spec.yaml", tmp_path / "data.csv"
    spec.write_text(yaml.safe_dump(SPEC | change))
    data.write_text("\n".join(sep.join(r) for r in rows) + "\n")
    return CliRunner().invoke(index, [command, str(spec), str(data), "-o", str(tmp_path / "out")])


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_stage_is_written(tmp_path):
    result = run(tmp_path, impute={"method": "median"})
    assert result.exit_code == 0, result.output + repr(result.exception)
    out = tmp_path / "out"
    for name in (
        *("raw", "denominated", "imputed", "imputed_cells", "treated", "normalised", "scores"),
        *("index", "ranks", "rank_range", "rank_ci", "leave_one_out", "sensitivity"),
        *("correlation", "indicators", "weights", "left_out"),
    ):
        assert len(table(out / f"{name}.csv")) == pq.read_table(out / f"{name}.parquet").num_rows
    [cell] = table(out / "imputed_cells.csv")
    assert cell["indicator"] == "pay" and float(cell["value"]) == 3.5 and cell["method"] == "median"
    assert (out / "ranks.svg").read_text().startswith("<svg")
    words = (out / "README.md").read_text()
    assert words.startswith("# Liveability") and "1 missing cells were filled by median" in words


def test_no_cell_of_the_export_runs_in_a_spreadsheet(tmp_path):
    assert run(tmp_path).exit_code == 0
    for path in (tmp_path / "out").glob("*.csv"):
        with path.open(newline="") as file:
            for cell in (c for row in csv.reader(file) for c in row):
                risky = cell.lstrip().startswith(("=", "+", "@", "\t"))
                assert not risky, (path.name, cell)
                assert not cell.startswith("-") or float(cell) < 0


def test_a_workbook_gives_the_same_as_csv(tmp_path):
    assert run(tmp_path).exit_code == 0
    first = (tmp_path / "out" / "scores.csv").read_bytes()
    book = openpyxl.Workbook()
    for row in ROWS:
        cells = [float(c) if c.replace(".", "").isdigit() else (c or None) for c in row]
        book.active.append(cells)
        book.active.cell(book.active.max_row, 1).data_type = "s"
    book.save(tmp_path / "data.xlsx")
    args = ["run", str(tmp_path / "spec.yaml"), str(tmp_path / "data.xlsx")]
    result = CliRunner().invoke(index, [*args, "-o", str(tmp_path / "book")])
    assert result.exit_code == 0, repr(result.exception)
    assert (tmp_path / "book" / "scores.csv").read_bytes() == first


def changed(row: int, column: int, cell: str) -> list[list[str]]:
    rows = [list(r) for r in ROWS]
    rows[row][column] = cell
    return rows


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (changed(3, 0, "Aa"), "unit 'Aa' is on lines 2 and 4; keep one"),
        (changed(3, 0, ""), "line 4: column 'city' is empty"),
        (changed(1, 1, "ten"), "column 'jobs', line 2: 'ten' is no number"),
        (changed(1, 1, "inf"), "'inf' is no number"),
        (changed(0, 1, "Jobs"), "there is no column 'jobs'; did you mean 'Jobs'?"),
        (changed(0, 2, "jobs"), "there are 2 columns 'jobs'"),
        ([*ROWS, ["Ee", "1"]], "line 6: it has 2 cells and the header 4"),
        (ROWS[:1], "there is no row below the header"),
        (ROWS[:2], "Only 1 of 1 units pass"),
    ],
)
def test_what_is_wrong_with_a_table_is_a_sentence(tmp_path, rows, told):
    result = run(tmp_path, rows)
    assert result.exit_code and told in str(result.exception)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "spec.yaml: the file is missing"),
        ("", "spec.yaml: the file is empty"),
        ("id: [", "spec.yaml: this is not valid YAML at line 2"),
        ("- a\n- b\n", "spec.yaml: field 'the file as a whole'"),
        ("\xff", "spec.yaml: this is not valid YAML"),
        (yaml.safe_dump(SPEC | {"normalise": {"method": "minmax"}}), "'minmax' is not allowed"),
        (yaml.safe_dump(SPEC | {"groups": []}), "spec.yaml: field 'the file as a whole': "),
    ],
)
@pytest.mark.parametrize("command", ["run", "audit"])
def test_what_is_wrong_with_a_spec_in_the_folder_where_one_stands_is_a_sentence(
    tmp_path, monkeypatch, command, text, told
):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("spec.yaml").write_text(text, encoding="latin-1")
    Path("data.csv").write_text("city,jobs\nAa,1\n")
    result = CliRunner().invoke(index, [command, "spec.yaml", "data.csv", "-o", "out"])
    assert isinstance(result.exception, CatalogError)
    assert told in str(result.exception)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("impute", spec.Filling),
        ("treat", spec.Treating),
        ("normalise", spec.Scaling),
        ("weight", spec.Weighing),
        ("aggregate", spec.Joining),
    ],
)
def test_the_first_example_names_every_choice_above_its_field(field, kind):
    example = Path(catalog.__file__).parents[1] / "docs/examples/indices/first.yaml"
    above = re.search(rf"((?:^# .*\n)+)^{field}: ", example.read_text(), re.M)
    assert above
    assert [c for c in get_args(kind) if not re.search(rf"\b{c}\b", above[1])] == []


def test_whose_score_stands_on_less_is_told(tmp_path):
    run(tmp_path)
    said = (tmp_path / "out" / "README.md").read_text()
    assert "for 1 of 4 units: =cmd|' /C calc'!A0 (2 of 3); " in said
    assert "Ranges do not say" in said
    run(tmp_path, robustness={"draws": 50, "impute": [{"method": "median"}]})
    assert "Ranges do not say" not in (tmp_path / "out" / "README.md").read_text()
    run(tmp_path, ROWS[:2] + ROWS[3:])
    assert "Every unit has every indicator." in (tmp_path / "out" / "README.md").read_text()


def test_a_folder_is_no_spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    with pytest.raises(CatalogError, match="specs: it cannot be read"):
        read(Path("specs"))


def test_decimal_commas_are_asked_about_and_then_read(tmp_path):
    rows = [[c.replace(".", ",") for c in r] for r in ROWS]
    refused = run(tmp_path, rows, sep=";")
    assert "'3,5' has a decimal comma; say decimal: ','" in str(refused.exception)
    assert run(tmp_path, rows, sep=";", decimal=",").exit_code == 0
    with_comma = (tmp_path / "out" / "index.csv").read_bytes()
    assert run(tmp_path).exit_code == 0
    assert (tmp_path / "out" / "index.csv").read_bytes() == with_comma


def test_an_audit_needs_to_know_what_was_published(tmp_path):
    result = run(tmp_path, command="audit")
    assert "add 'published' with the stages' sheets" in str(result.exception)


def test_an_audit_of_files(tmp_path):
    """Publish with `run`, misplace a column, and have it found in the files."""
    rows = [["city", "jobs", "pay", "smog"]]
    rows += [
        [f"c{n:02}", f"{(n * 7) % 23}", f"{(n * n) % 31}.5", f"{(n * 5) % 17}"] for n in range(20)
    ]
    assert run(tmp_path, rows).exit_code == 0
    out = tmp_path / "out"
    published = {
        "normalised": {"sheet": "normalised"},
        "scores": {"sheet": "scores"},
        "ranks": {"sheet": "ranks"},
    }
    change = {"units": {"key": "unit"}, "data": {"sheet": "raw"}, "published": published}
    (tmp_path / "audit.yaml").write_text(yaml.safe_dump(SPEC | change))
    args = ["audit", str(tmp_path / "audit.yaml"), str(out), "-o", str(tmp_path / "told")]
    clean = CliRunner().invoke(index, args)
    assert clean.exit_code == 0 and "Discrepancies: 0; notes: 0" in clean.output, clean.output
    lines = (out / "normalised.csv").read_text().splitlines()
    cells = [line.split(",") for line in lines]
    moved = [c[2] for c in cells[1:]]
    for n, c in enumerate(cells[1:]):
        c[2] = moved[n - 1]
    (out / "normalised.csv").write_text("\n".join(",".join(c) for c in cells) + "\n")
    spoiled = CliRunner().invoke(index, args)
    assert "shifted column: normalised, jobs: it is 1 row too far down" in spoiled.output
    [row] = table(tmp_path / "told" / "findings.csv")
    assert row["class"] == "shifted column" and row["units_whose_rank_moves"] == "0"
    page = (tmp_path / "told" / "index.html").read_text(encoding="utf-8")
    assert "Discrepancies: 1. None of them changes a rank of the index." in page
    titled = (
        (tmp_path / "audit.yaml")
        .read_text()
        .replace("id: jobs", "id: jobs\n  title: Jobs within an hour")
    )
    (tmp_path / "audit.yaml").write_text(titled)
    assert CliRunner().invoke(index, args).exit_code == 0
    page = (tmp_path / "told" / "index.html").read_text(encoding="utf-8")
    assert "<dt>jobs</dt><dd>Jobs within an hour</dd>" in page
