"""The questionnaire, its XLSForm and its template come from one file and agree."""

from __future__ import annotations

import openpyxl
import pytest
from pyxform.xls2xform import convert
from survey_files import BODY, TOP, fill

from catalog import survey_loader
from catalog.languages import languages
from catalog.models.survey import Survey
from warehouse.surveys.exports.read import read
from warehouse.surveys.governance.resolve import KnownQuestions
from warehouse.surveys.intake import form, template
from warehouse.surveys.intake.cells import Checked

SURVEY = survey_loader.survey()


def test_the_form_converts_with_pyxform_and_holds_every_question(tmp_path):
    form.write(SURVEY, tmp_path / "form.xlsx")
    made = convert(str(tmp_path / "form.xlsx"))
    assert made.warnings == []
    for q in SURVEY.questions:
        assert f"/{q.name}" in made.xform
    assert made.xform.count("<translation") == len(languages())
    assert 'jr:count="/data/territory/n_bodies"' in made.xform.replace('" /', '"/').replace(
        ' "', '"'
    )


@pytest.mark.parametrize("lang", languages())
def test_no_two_questions_have_one_wording(lang):
    wordings = [getattr(q.label, lang).casefold() for q in SURVEY.questions]
    assert len(set(wordings)) == len(wordings)


@pytest.mark.parametrize("lang", languages())
def test_the_template_is_read_back_as_it_was_filled(lang, tmp_path):
    template.write(SURVEY, lang, tmp_path / "t.xlsx", "es-barcelona")
    path = fill(tmp_path / "t.xlsx", tmp_path / "f.xlsx", TOP, [BODY, {"body_name": "Second"}])
    export = read(path)
    assert (export.tool, export.language, len(export)) == ("template", lang, 1)
    said = {(r["header"], r["entry"]): r["value"] for r in export.answers.to_pylist()}
    assert said["metro_id", ""] == "es-barcelona" and said["area_km2", ""] == "636,1"
    assert said["body_name", "body[2]"] == "Second" and said["regulates/waste", "body[1]"] == "Sí"


def test_a_template_that_nobody_filled_is_not_ready(tmp_path):
    file = tmp_path / "blank.xlsx"
    template.write(SURVEY, "ca", file)
    checked = Checked(read(file), SURVEY, "ca")
    told = {p.question for p in checked.cells({"es-barcelona": "Barcelona"}) if p.must}
    repeated = {q.name for g in SURVEY.groups if g.repeat for q in g.questions}
    asked = [q for q in SURVEY.questions if q.required and q.name not in repeated]
    assert told == {q.label.ca for q in asked} and len(told) >= 4


def test_the_template_has_drop_downs_limits_and_locks(tmp_path):
    template.write(SURVEY, "ca", tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames[:3] == ["Instruccions", "Qüestionari", "Entitats"]
    assert book["lists"].sheet_state == book["observatory"].sheet_state == "hidden"
    assert book.security.lockStructure
    sheet = book["Entitats"]
    rows = {sheet.cell(n, 1).value: n for n in range(2, sheet.max_row + 1)}
    rules = {next(iter(v.sqref.ranges)).min_row: v for v in sheet.data_validations.dataValidation}
    assert rules[rows["model"]].type == "list"
    assert rules[rows["year_created"]].formula1 == "1800"
    assert f"D${rows['seats_total']}" in rules[rows["women_seats"]].formula2
    assert sheet.protection.sheet and not sheet.cell(rows["model"], 4).protection.locked
    assert sheet.column_dimensions["A"].hidden


def test_older_names_and_choices_are_known_and_strangers_are_personal():
    known = KnownQuestions(SURVEY)
    assert known.column("body/money/budget_total", "budget_total", "").question == "expenditure"
    assert known.column("scope/n_municipalities", "n_municipalities", "").question
    assert known.column("Territori/Població", "Població", "").question == "population"
    assert known.column("nmunicipalities", "nmunicipalities", "").question == "n_municipalities"
    assert known.column("territory-area_km2", "area_km2", "").question == "area_km2"
    option = known.column("body/regulates/Residus", "regulates", "Residus")
    assert (option.question, option.option) == ("regulates", "waste")
    for stranger in ("username", "deviceid", "_geolocation", "phone", "What do you think?"):
        assert known.column(stranger, stranger, "").secrecy == "personal"
    assert known.column("__version__", "__version__", "").secrecy == "technical"


def test_a_mistake_in_a_questionnaire_is_told():
    raw = SURVEY.model_dump(by_alias=True)
    raw["rules"][0]["questions"] = ["nothing"]
    with pytest.raises(ValueError, match="speaks of 'nothing', which is not asked"):
        Survey.model_validate(raw)


def test_the_metropolis_of_a_template_that_names_none_comes_from_the_command(tmp_path):
    from expectations.survey_file import problems, prove
    from sources.errors import Invalid
    from warehouse.surveys.exports.read import read

    blank, file = tmp_path / "p.xlsx", tmp_path / "sense.xlsx"
    template.write(SURVEY, "ca", blank)
    fill(blank, file, TOP | {"metro_id": None}, [BODY])
    with pytest.raises(Invalid, match="1 answers are to be mended"):
        prove(read(file), file)
    prove(read(file), file, "es-barcelona")
    other = fill(blank, tmp_path / "altra.xlsx", TOP, [BODY])
    prove(read(other), other, "es-barcelona")
    with pytest.raises(Invalid, match=r"check altra\.xlsx --metro it-turin"):
        prove(read(other), other, "it-turin")
    (told,) = [p for p in problems(other, None, None, "it-turin")[0] if p.must]
    assert told.cell == "Qüestionari!D3" and "«es-barcelona»" in told.text
    assert "«it-turin»" in told.text
