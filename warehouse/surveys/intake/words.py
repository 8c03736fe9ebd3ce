"""Words for a person in their language: messages, limits, choices."""

from __future__ import annotations

from catalog import survey_loader
from catalog.models.survey import Question, Survey


def say(message: str, lang: str, **values: object) -> str:
    """A message of the catalog in a language, with its values put in."""
    text = getattr(survey_loader.messages()[message], lang)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def number(value: float, lang: str) -> str:
    """A number as a reader of the language writes it; years and others below 10,000 undivided."""
    group = "," if abs(value) >= 10_000 else ""
    text = f"{value:{group}.0f}" if float(value).is_integer() else f"{value:{group}.10g}"
    if lang == "en":
        return text
    return text.translate({ord(","): "\u00a0", ord("."): ","})


def limits(q: Question, lang: str) -> str:
    """Between what an answer must lie; nothing where no limit is stated."""
    if q.min is None or q.max is None:
        return ""
    return say("between", lang, low=number(q.min, lang), high=number(q.max, lang))


def label(survey: Survey, question: str, lang: str) -> str:
    """The wording of a question; its name where there is none."""
    try:
        return getattr(survey.question(question).label, lang)
    except KeyError:
        return question


def choices(survey: Survey, name: str, lang: str) -> list[str]:
    """The wordings of a list's choices, in order."""
    return [getattr(text, lang) for text in survey.choices[name].values()]
