"""The fillable workbook for a city without a form tool, made from the same questionnaire.

Questions run down the page, answers are beside them, one column for each body. Drop-downs and limits
are Excel's own data validation over a hidden sheet of lists; only answer cells can be changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catalog.models.survey import Question, Survey, SurveySection
from sources.formats.workbook import letter
from warehouse.surveys.exports.ours import FIRST_ANSWER, LISTS, META
from warehouse.surveys.intake.words import choices, limits, say

BODIES = 10
_INK, _BAND, _PAPER, _LINE = "1F3A4D", "D9E6EC", "F3F5F6", "9FB4BF"
_WIDTHS = {"A": 4, "B": 52, "C": 58}


def write(survey: Survey, lang: str, path: Path, metro_id: str = "", contact: str = "") -> None:
    """Write the template in one language (ca, es, fr, en), with the metropolis filled in if given.

    contact: the address of whoever sends it out, for questions and for requests about personal data.
    """
    from openpyxl import Workbook
    from openpyxl.workbook.protection import WorkbookProtection

    book = Workbook()
    intro = book.active
    assert intro is not None
    intro.title = say("instructions", lang)
    _intro(intro, survey, lang, contact)
    lists = book.create_sheet(LISTS)
    ranges = _lists(lists, survey, lang)
    plain = [g for g in survey.groups if not g.repeat]
    pages = [(say("questionnaire", lang), "", plain, 1)]
    pages += [(getattr(g.label, lang), g.name, [g], BODIES) for g in survey.groups if g.repeat]
    meta = [("survey", survey.id), ("version", survey.version), ("language", lang)]
    for title, repeat, groups, answers in pages:
        sheet = book.create_sheet(title)
        _page(sheet, survey, groups, answers, lang, ranges, metro_id)
        meta.append((f"sheet:{title}", repeat))
    said = book.create_sheet(META)
    for row in meta:
        said.append(row)
    book.move_sheet(lists, len(book.sheetnames))
    for hidden in (lists, said):
        hidden.sheet_state = "hidden"
        hidden.protection.enable()
    book.security = WorkbookProtection(lockStructure=True)
    book.active = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def _intro(sheet: Any, survey: Survey, lang: str, contact: str) -> None:
    from openpyxl.styles import Alignment, Font

    wide, row = 96, 4
    title = Font(bold=True, color=_INK, size=12)
    sheet["B2"] = getattr(survey.title, lang)
    sheet["B2"].font = Font(size=18, bold=True, color=_INK)
    paragraphs = [(getattr(survey.intro, lang), Font())]
    if survey.notice is not None:
        paragraphs.append((say("privacy", lang), title))
        for name in ("controller", "purpose", "retention", "contact"):
            text = getattr(getattr(survey.notice, name), lang)
            if name == "contact" and contact:
                text = f"{contact}. {text}"
            colon = "\u00a0:" if lang == "fr" else ":"
            paragraphs.append((f"{say(name, lang)}{colon} {text}", Font()))
    paragraphs.append((f"{survey.id} {survey.version}", Font(color="777777", size=9)))
    for text, font in paragraphs:
        cell = sheet.cell(row, 2, text)
        cell.font = font
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[row].height = 16 * -(-len(text) // (wide - 6)) + 6
        row += 1
    sheet.column_dimensions["A"].width = 3
    sheet.column_dimensions["B"].width = wide
    _paper(sheet, 1)
    sheet.print_area = f"A1:B{row - 1}"
    sheet.sheet_view.showGridLines = False
    sheet.protection.enable()


def _paper(sheet: Any, pages_wide: int) -> None:
    """A4, turned, with a number on each page; as many pages long as it takes."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages_wide, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P / &N"


def _lists(sheet: Any, survey: Survey, lang: str) -> dict[str, str]:
    """The lists of choices, one a column; answers list to its range."""
    ranges = {}
    for place, name in enumerate(survey.choices):
        words = choices(survey, name, lang)
        column = letter(place)
        for row, word in enumerate([name, *words], 1):
            sheet[f"{column}{row}"] = word
        ranges[name] = f"{LISTS}!${column}$2:${column}${len(words) + 1}"
    yes_no = choices(survey, "yes_no", lang)[:2]
    column = letter(len(survey.choices))
    for row, word in enumerate(["mark", *yes_no], 1):
        sheet[f"{column}{row}"] = word
    ranges["mark"] = f"{LISTS}!${column}$2:${column}$3"
    return ranges


def _page(
    sheet, survey, groups: list[SurveySection], answers: int, lang, ranges, metro_id: str
) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

    last = FIRST_ANSWER + answers - 1
    band, paper = PatternFill("solid", fgColor=_BAND), PatternFill("solid", fgColor=_PAPER)
    line = Side(style="thin", color=_LINE)
    wrap = Alignment(wrap_text=True, vertical="center", horizontal="left")
    width = 34 if answers == 1 else 30
    heads = [say("question", lang), say("help", lang)]
    one = getattr(groups[0].one, lang) if answers > 1 and groups[0].one else say("answer", lang)
    heads += [f"{one} {n}" if answers > 1 else one for n in range(1, answers + 1)]
    for place, text in enumerate(heads, 1):
        cell = sheet.cell(1, place + 1, text)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_INK)
        cell.alignment = wrap
    rows = _rows(groups, survey, lang)
    at = {q.name: n for n, (q, option, _) in enumerate(rows, 2) if q is not None and not option}
    for n, (q, option, text) in enumerate(rows, 2):
        if q is None:
            for place in range(1, last + 2):
                sheet.cell(n, place).fill = band
            sheet.cell(n, 2, text).font = Font(bold=True, color=_INK, size=12)
            continue
        sheet.cell(n, 1, f"{q.name}/{option}" if option else q.name)
        sheet.cell(n, 2, text + (" *" if q.required else "")).font = Font(bold=q.required)
        sheet.cell(n, 3, _help(q, option, survey, lang)).font = Font(color="666666", italic=True)
        room = [
            (text, 46),
            (str(sheet.cell(n, 3).value), 58),
            (_longest(q, survey, lang), width - 4),
        ]
        lines = max(-(-len(said) // wide) for said, wide in room)
        sheet.row_dimensions[n].height = 16 * lines + 2
        for place in (2, 3):
            sheet.cell(n, place).fill = paper
            sheet.cell(n, place).alignment = wrap
        for place in range(FIRST_ANSWER + 1, last + 2):
            cell = sheet.cell(n, place)
            cell.protection = Protection(locked=False)
            cell.border = Border(line, line, line, line)
            cell.alignment = wrap
            if q.type == "date":
                cell.number_format = "yyyy-mm-dd"
        area = f"{letter(FIRST_ANSWER)}{n}:{letter(last)}{n}"
        _validate(sheet, q, option, area, at, survey, lang, ranges)
        if q.name == "metro_id" and metro_id:
            sheet.cell(n, FIRST_ANSWER + 1, metro_id)
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
    for place in range(FIRST_ANSWER, last + 1):
        sheet.column_dimensions[letter(place)].width = width
    sheet.column_dimensions["A"].hidden = True
    sheet.freeze_panes = f"{letter(FIRST_ANSWER)}2"
    _paper(sheet, 1 if answers == 1 else 5)
    sheet.print_area = f"A1:{letter(last)}{len(rows) + 1}"
    sheet.print_title_cols, sheet.print_title_rows = "A:C", "1:1"
    sheet.protection.enable()
    sheet.protection.formatColumns = sheet.protection.formatRows = False


def _rows(groups: list[SurveySection], survey: Survey, lang: str):
    """(question, option, text) a row; a heading has no question."""
    rows: list[tuple[Question | None, str, str]] = []
    for group in groups:
        rows.append((None, "", getattr(group.label, lang)))
        for q in group.questions:
            text = getattr(q.label, lang)
            if q.type != "select_multiple":
                rows.append((q, "", text))
                continue
            listed = survey.choices[q.list]
            rows += [(q, name, f"{text}: {getattr(x, lang)}") for name, x in listed.items()]
    return rows


def _help(q: Question, option: str, survey: Survey, lang: str) -> str:
    parts = [getattr(q.hint, lang)] if q.hint else []
    if q.required:
        parts.append(say("required", lang))
    if option:
        parts.append(say("mark", lang))
    elif q.list:
        parts.append(say("choose", lang))
    parts.append(limits(q, lang))
    if q.when:
        other = survey.question(q.when.question)
        said = survey.choices[other.list][q.when.among[0]]
        words = {"other": getattr(other.label, lang), "value": getattr(said, lang)}
        parts.append(say("only_if", lang, **words))
    return " ".join(filter(None, parts))


def _longest(q: Question, survey: Survey, lang: str) -> str:
    """The longest answer that a cell must show: a choice of its list, or a name."""
    if q.list:
        return max(choices(survey, q.list, lang), key=len)
    return "Àrea Metropolitana de " * 2 if q.type == "text" else "."


def _validate(sheet, q: Question, option: str, area: str, at, survey, lang, ranges) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    column = letter(FIRST_ANSWER)
    low = f"{column}${at[q.at_least]}" if q.at_least in at else _plain(q.min)
    high = f"{column}${at[q.at_most]}" if q.at_most in at else _plain(q.max)
    if q.list:
        made = DataValidation("list", formula1=ranges["mark" if option else q.list])
    elif q.type in ("integer", "decimal"):
        kind = "whole" if q.type == "integer" else "decimal"
        # With an empty other cell there is no limit from it.
        if q.at_most in at:
            high = f"IF(ISBLANK({high}),{_plain(q.max)},{high})"
        made = DataValidation(kind, operator="between", formula1=low, formula2=high)
    elif q.type == "date":
        made = DataValidation("date", operator="greaterThan", formula1="36526")
    else:
        return
    made.allow_blank = True
    made.showErrorMessage = made.showInputMessage = True
    made.errorTitle = say("wrong_entry", lang)[:31]
    made.error = (_help(q, option, survey, lang) or say("wrong_entry", lang))[:224]
    made.promptTitle = getattr(q.label, lang)[:31]
    made.prompt = _help(q, option, survey, lang)[:254]
    sheet.add_data_validation(made)
    made.add(area)


def _plain(limit: float | None) -> str:
    return f"{limit:.0f}" if limit is not None else "0"
