"""What survey tools really export, and our own small exports of the same shapes: no cell is lost."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import orjson
import pytest
import survey_files as files

from sources.errors import SourceError
from sources.formats.workbook import letter, spell
from warehouse.surveys.exports.neutral import Export
from warehouse.surveys.exports.read import read


def cells(export: Export) -> dict[tuple[str, int, str], str]:
    rows = export.answers.select(["sheet", "row", "column", "value"]).to_pylist()
    found = {(r["sheet"], r["row"], r["column"]): r["value"] for r in rows}
    assert len(found) == len(rows), "two answers at one place"
    return found


def stored(path) -> dict[tuple[str, int, str], str]:
    """Every cell of the file below a header, read by other means than the reader's own."""
    if path.suffix == ".xlsx":
        return {
            (sheet.title, c.row, letter(c.column - 1)): spell(c.value)
            for sheet in openpyxl.load_workbook(path)
            for row in sheet.iter_rows(min_row=2)
            for c in row
        }
    first, _, _ = path.read_text(encoding="utf-8-sig").partition("\n")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    text = path.read_text(encoding="utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    return {
        (path.name, n, letter(place)): (row[place] if place < len(row) else "")
        for n, row in enumerate(rows, 2)
        for place in range(len(header))
    }


def of_records(records: list[dict]) -> int:
    count = 0
    for record in records:
        for key, value in record.items():
            inner = isinstance(value, list) and value and isinstance(value[0], dict)
            count += of_records(value) if inner and not key.startswith("_") else 1
    return count


SHEETS = ("kobo_exports/*.csv", "kobo_exports/*.xlsx", "odk/*.csv")


def test_no_cell_of_a_real_export_is_lost(real_data):
    paths = [p for pattern in SHEETS for p in sorted((real_data / "survey").glob(pattern))]
    assert len(paths) == 21
    for path in paths:
        # One column and nothing else: the file itself cannot say who wrote it.
        tool = "kobo" if path.name.startswith("select_one_legacy") else None
        assert cells(read(path, tool)) == stored(path), path.name


def test_no_answer_of_real_records_is_lost(real_data):
    page = real_data / "survey" / "kobo_api" / "assets_FORM_data_page.json"
    paths = [page, *sorted((real_data / "survey" / "kobo_forms").glob("*/*.json"))]
    held = 0
    for path in paths:
        raw = orjson.loads(path.read_bytes())
        records = next((raw[k] for k in ("results", "submissions", "subissions") if k in raw), None)
        if records is None:
            with pytest.raises(SourceError, match="a form and holds no answers"):
                read(path)
            continue
        held += 1
        assert len(read(path).answers) == of_records(records)
    assert held == 9


def test_real_forms_are_no_exports(real_data):
    folder = real_data / "survey"
    for path in [*(folder / "xlsform").glob("*.xlsx"), *(folder / "odk").glob("I8n*")]:
        with pytest.raises(SourceError, match=r"holds no answers|no export"):
            read(path)


def test_repeats_point_to_their_parents(real_data):
    export = read(real_data / "survey" / "kobo_exports" / "grouped_repeatable.xml.xlsx")
    rows = export.answers.to_pylist()
    boston = next(r["response"] for r in rows if r["value"] == "boston")
    named = {r["entry"]: r["value"] for r in rows if r["question"] == "household_member_name"
             and r["response"] == boston}  # fmt: skip
    assert list(named) == [f"houshold_member_repeat[{n}]" for n in range(1, 6)]
    assert named["houshold_member_repeat[4]"] == "fiona"


def kinds(export: Export, question: str) -> dict[tuple[int, str], str]:
    return {
        (r["response"], r["option"]): r["kind"]
        for r in export.answers.to_pylist()
        if r["question"] == question
    }


def test_three_kinds_of_no_answer_stay_apart(written):
    path = written(
        "legacy.csv",
        "_uuid,_submission_time,g/fruit/apple,g/fruit/pear,g/age,kids[1]/name,kids[2]/name\n"
        "a,2016-01-01T00:00:00,True,False,n/a,Ada,n/a\nb,2016-01-01T00:00:00,n/a,n/a,,Bo,Cy\n",
    )
    export = read(path)
    assert export.tool == "kobocat"
    assert kinds(export, "fruit") == {
        (0, "apple"): "chosen",
        (0, "pear"): "not_chosen",
        (1, "apple"): "not_asked",
        (1, "pear"): "not_asked",
    }
    assert kinds(export, "age") == {(0, ""): "not_asked", (1, ""): "empty"}
    entries = {r["entry"] for r in export.answers.to_pylist() if r["question"] == "name"}
    assert entries == {"kids[1]", "kids[2]"}
    assert cells(export) == stored(path)


def test_limesurvey_options_matrices_and_unfinished_responses(written):
    path = written(
        "lime.csv",
        '\ufeff"id","submitdate","lastpage","startlanguage","M[SQ001]","M[SQ002]","M[other]","X[SQ001]","X[SQ002]"\n'
        '"1","2026-01-02 10:00:00","3","ca","Y","","","Y","N"\n"2","","1","ca","","","sol","",""\n',
    )
    export = read(path)
    assert export.tool == "limesurvey"
    assert export.responses["state"].to_pylist() == ["submitted", "incomplete"]
    assert kinds(export, "M") == {
        (0, "SQ001"): "chosen",
        (0, "SQ002"): "not_chosen",
        (0, "other"): "empty",
        (1, "SQ001"): "empty",
        (1, "SQ002"): "empty",
        (1, "other"): "answered",
    }
    assert (
        kinds(export, "X")[0, "SQ002"] == "answered"
    )  # a matrix of yes and no, no multiple choice
    assert cells(export) == stored(path)


def test_odk_zip_with_nested_repeats(tmp_path):
    path = files.zipped(
        tmp_path / "gov.zip",
        {
            "gov.csv": b"SubmissionDate,g-area,KEY,ReviewState\n2026-01-01T00:00:00Z,5,uuid:1,approved\n",
            "gov-body.csv": b"name,PARENT_KEY,KEY\nA,uuid:1,uuid:1/body[1]\nB,uuid:1,uuid:1/body[2]\n",
            "gov-body-seat.csv": b"n,PARENT_KEY,KEY\n9,uuid:1/body[2],uuid:1/body[2]/seat[1]\n",
            "media/a.jpg": b"\xff\xd8",
        },
    )
    export = read(path)
    assert (export.tool, len(export)) == ("odk", 1)
    entries = {r["value"]: r["entry"] for r in export.answers.to_pylist()}
    assert (entries["B"], entries["9"]) == ("body[2]", "body[2]/seat[1]")
    orphan = {"gov.csv": b"SubmissionDate,KEY\nx,uuid:1\n", "gov-b.csv": b"n,PARENT_KEY,KEY\n1,uuid:9,k\n"}  # fmt: skip
    with pytest.raises(SourceError, match="its parent is not among"):
        read(files.zipped(tmp_path / "orphan.zip", orphan))


def test_kobo_workbook_with_nested_repeats_and_orphans(tmp_path):
    sheets = {
        "form": [["_id", "q", "_index"], [1, "x", 1], [2, "=y", 2]],
        "kids": [["name", "_index", "_parent_table_name", "_parent_index"], ["Ada", 1, "form", 2]],
        "toys": [["toy", "_parent_table_name", "_parent_index"], ["ball", "kids", 1]],
    }
    sheets["form"][2][1] = "y"
    export = read(files.book(tmp_path / "k.xlsx", **sheets))
    found = {r["value"]: (r["response"], r["entry"]) for r in export.answers.to_pylist()}
    assert found["ball"] == (1, "kids[1]/toys[1]")
    kids: list[Any] = sheets["kids"][1]
    kids[3] = 9
    with pytest.raises(SourceError, match="entry 9, which is not there"):
        read(files.book(tmp_path / "o.xlsx", **sheets))


@pytest.mark.parametrize(
    "text",
    [
        "Timestamp,Your city\n2026-01-01,Barcelona\n",
        "StartDate,EndDate,Status,IPAddress\n1,2,3,4\n",
        "Respondent ID,Collector ID\n1,2\n",
    ],
)
def test_a_tool_that_is_not_known_is_refused_with_a_sentence(text, written):
    with pytest.raises(SourceError, match=r"of a tool that is not known here .*KoboToolbox"):
        read(written("answers.csv", text))


def test_a_cell_too_many_is_refused_and_one_too_few_is_empty(written):
    with pytest.raises(SourceError, match="record 1: it has 3 cells and the header 2"):
        read(written("a.csv", "_id,q\n1,two,three\n"))
    export = read(written("b.csv", "_id,q,r\n1,two\n"))
    assert kinds(export, "r") == {(0, ""): "empty"}
