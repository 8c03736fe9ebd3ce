"""The questionnaire as an XLSForm, for KoboToolbox, ODK and whatever else reads one.

Format: XLSForm (xlsform.org), sheets survey, choices and settings, one label column a language.
"""

from __future__ import annotations

from pathlib import Path

from catalog.languages import languages, own_name
from catalog.models.survey import Question, Survey, SurveySection
from warehouse.surveys.intake.words import limits, say


def write(survey: Survey, path: Path) -> None:
    """Write the XLSForm to `path`; it converts with pyxform without an error."""
    from openpyxl import Workbook

    texts = [f"{kind}::{_named(x)}" for kind in ("label", "hint") for x in _order()]
    told = [f"constraint_message::{_named(x)}" for x in _order()]
    header = ["type", "name", *texts, "required", "relevant", "constraint", *told, "repeat_count"]
    rows: list[dict[str, str]] = [{"type": t, "name": t} for t in ("start", "end", "today")]
    for group in survey.groups:
        rows += _group(group, survey)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "survey"
    sheet.append(header)
    for row in rows:
        sheet.append([row.get(name) for name in header])
    choices = book.create_sheet("choices")
    choices.append(["list_name", "name", *(f"label::{_named(x)}" for x in _order())])
    for name, listed in survey.choices.items():
        for choice, label in listed.items():
            choices.append([name, choice, *(getattr(label, x) for x in _order())])
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version", "default_language"])
    settings.append([survey.title.en, survey.id, survey.version, _named("en")])
    for page in book.worksheets:
        page.freeze_panes = "A2"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def _order() -> tuple[str, ...]:
    """English first: it is the default language of the form."""
    *others, source = languages()
    return (source, *others)


def _named(lang: str) -> str:
    """A language as XLSForm names it, such as `Català (ca)`."""
    return f"{own_name(lang).capitalize()} ({lang})"


def _group(group: SurveySection, survey: Survey) -> list[dict[str, str]]:
    kind = "repeat" if group.repeat else "group"
    label = {f"label::{_named(x)}": getattr(group.one or group.label, x) for x in languages()}
    begin = {"type": f"begin_{kind}", "name": group.name, **label}
    if group.repeat:
        begin["repeat_count"] = f"${{{group.repeat}}}"
    return [begin, *(_question(q, survey) for q in group.questions), {"type": f"end_{kind}"}]


def _question(q: Question, survey: Survey) -> dict[str, str]:
    row = {
        "type": f"{q.type} {q.list}" if q.list else q.type,
        "name": q.name,
        "required": "yes" if q.required else "",
        "relevant": _relevant(q),
        "constraint": _constraint(q),
    }
    for x in languages():
        row[f"label::{_named(x)}"] = getattr(q.label, x)
        if q.hint:
            row[f"hint::{_named(x)}"] = getattr(q.hint, x)
        if row["constraint"]:
            hint = getattr(q.hint, x) if q.hint else ""
            told = " ".join(filter(None, (limits(q, x), hint))) or say("wrong_entry", x)
            row[f"constraint_message::{_named(x)}"] = told
    return {k: v for k, v in row.items() if v}


def _relevant(q: Question) -> str:
    if not q.when:
        return ""
    return " or ".join(f"${{{q.when.question}}} = '{value}'" for value in q.when.among)


def _constraint(q: Question) -> str:
    parts = []
    if q.min is not None:
        parts.append(f". >= {q.min:g}" if q.min < 1e6 else f". >= {q.min:.0f}")
    if q.max is not None:
        parts.append(f". <= {q.max:.0f}")
    # An empty other question must not forbid the answer.
    if q.at_least:
        parts.append(f"(${{{q.at_least}}} = '' or . >= ${{{q.at_least}}})")
    if q.at_most:
        parts.append(f"(${{{q.at_most}}} = '' or . <= ${{{q.at_most}}})")
    if q.pattern:
        parts.append(f"regex(., '^{q.pattern}$')")
    return " and ".join(parts)
