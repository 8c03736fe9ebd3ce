"""Answers as files: every format holds the same, and is what its programs read."""

from __future__ import annotations

import io
import json
import math
from datetime import date
from decimal import Decimal

import click
import openpyxl
import pyarrow.parquet as pq
import pytest

from pipelines.commands import files

COLUMNS = ["metro_id", "value", "when", "exact", "note"]
ROWS = [
    ("es-barcelona", 5.5, date(2026, 1, 2), Decimal("1.50"), "=1+1"),
    ("lv-riga", None, None, Decimal(2), 'a "quoted", one'),
]


def test_every_format_holds_the_same():
    answer = [(COLUMNS, ROWS)]
    listed = json.loads(files.content("json", answer))
    assert listed[0] == {
        **{"metro_id": "es-barcelona", "value": 5.5, "when": "2026-01-02"},
        **{"exact": 1.5, "note": "=1+1"},
    }
    assert listed[1]["value"] is None and listed[1]["exact"] == 2
    text = files.content("csv", answer).decode()
    assert text.splitlines()[2] == 'lv-riga,,,2,"a ""quoted"", one"'
    assert "\t" in files.content("tsv", answer).decode()
    table = pq.read_table(io.BytesIO(files.content("parquet", answer)))
    assert table.column_names == COLUMNS
    assert [tuple(r.values()) for r in table.to_pylist()] == ROWS
    sheet = openpyxl.load_workbook(io.BytesIO(files.content("xlsx", answer))).worksheets[0]
    cells = list(sheet.iter_rows())
    assert [c.value for c in cells[0]] == COLUMNS
    assert cells[1][4].value == "=1+1" and cells[1][4].data_type == "s"  # text, no formula
    assert cells[2][1].value is None


def test_what_is_no_number_is_null_in_json():
    assert json.loads(files.content("json", [(["x"], [(math.nan,), (math.inf,)])])) == [
        {"x": None},
        {"x": None},
    ]


def test_several_answers_go_where_there_is_room_for_them(tmp_path):
    two = [(COLUMNS, ROWS), (["n"], [(1,)])]
    book = tmp_path / "two.xlsx"
    files.write(book, two)
    assert openpyxl.load_workbook(book).sheetnames == ["Answer 1", "Answer 2"]
    files.write(tmp_path / "two.json", two)
    assert len(json.loads((tmp_path / "two.json").read_text())) == 2
    with pytest.raises(click.ClickException, match="There are 2 answers"):
        files.write(tmp_path / "two.csv", two)
    assert not (tmp_path / "two.csv").exists()


def test_an_empty_answer_keeps_its_columns(tmp_path):
    files.write(tmp_path / "none.parquet", [(COLUMNS, [])])
    assert pq.read_table(tmp_path / "none.parquet").column_names == COLUMNS


@pytest.mark.parametrize("name", ["answer.doc", "answer", "no/such/folder/answer.csv"])
def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path, name):
    with pytest.raises(click.ClickException):
        files.write(tmp_path / name, [(COLUMNS, ROWS)])
