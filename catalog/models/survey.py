"""The shape of a questionnaire in `catalog/surveys`: questions, choices, rules, older versions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from catalog.languages import languages
from catalog.models.model import Strict, Texts

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\{\})?$")]
Kind = Literal["text", "integer", "decimal", "date", "select_one", "select_multiple"]
Class = Literal["F", "N", "personal"]


class When(Strict):
    """A question is asked only where another has one of these answers."""

    model_config = ConfigDict(populate_by_name=True)
    question: Name
    among: list[str] = Field(alias="in")


class Question(Strict):
    """One question: what is asked, how it is answered, what its answer is to the world."""

    model_config = ConfigDict(populate_by_name=True)
    name: Name
    type: Kind
    list: str = ""
    """Name of the list of choices, for the two kinds of select."""
    label: Texts
    hint: Texts | None = None
    required: bool = False
    secrecy: Class = Field(alias="class")
    """F: a public fact about an institution; N: not for publication; personal: kept apart."""
    unit: str = ""
    item: str = ""
    """The item of the table of finance that an amount is."""
    scale_from: str = ""
    """The question whose answer says which territory this one speaks of (else: authority)."""
    min: float | None = None
    max: float | None = None
    at_least: str = ""
    at_most: str = ""
    pattern: str = ""
    """A regular expression that the whole answer must match."""
    when: When | None = None
    for_each: str = ""
    """A list of choices: the question is asked once for each, `{}` standing for the choice."""
    choice: str = ""
    """The choice that a question of `for_each` speaks of, once it is spelt out."""

    @model_validator(mode="after")
    def _list_where_chosen(self) -> Question:
        if self.type.startswith("select") != bool(self.list):
            raise ValueError("a select has a 'list', and nothing else has one")
        return self


class SurveySection(Strict):
    """A section of the questionnaire; with `repeat`, one that is answered several times."""

    name: Name
    label: Texts
    one: Texts | None = None
    """What one of several is called."""
    repeat: str = ""
    """The question whose answer says how many times."""
    questions: list[Question]


class Retype(Strict):
    """The type of a question before and now."""

    model_config = ConfigDict(populate_by_name=True)
    before: str = Field(alias="from")
    now: str = Field(alias="to")


class Dropped(Strict):
    """A question that is no longer asked; its answers stay in the answer layer."""

    model_config = ConfigDict(populate_by_name=True)
    reason: str
    secrecy: Class = Field("personal", alias="class")


class FormVersion(Strict):
    """What an earlier version of the form asked otherwise; older versions come first."""

    version: str
    note: str = ""
    renamed: dict[str, str] = Field(default_factory=dict)
    worded: dict[str, list[str]] = Field(default_factory=dict)
    """Question of today: what it was called then, in any language; exports may have the wording alone."""
    choices: dict[str, dict[str, str]] = Field(default_factory=dict)
    """List (or question, where it had a list then): the choice of then to the choice of today."""
    moved: dict[str, Retype] = Field(default_factory=dict)
    retyped: dict[str, Retype] = Field(default_factory=dict)
    dropped: dict[str, Dropped] = Field(default_factory=dict)


class SurveyRule(Strict):
    """What must hold between answers: SQL that is true where it does not, and its sentence."""

    id: Name
    of: Literal["response", "body"]
    severity: Literal["critical", "warning"] = "critical"
    questions: list[str]
    bad: str
    text: Texts
    note: str = ""


class Notice(Strict):
    """What the person who answers is told of their data (GDPR, article 13)."""

    controller: Texts
    purpose: Texts
    retention: Texts
    contact: Texts


class Survey(Strict):
    """One questionnaire with its choices, rules and history."""

    id: str
    version: str
    title: Texts
    intro: Texts
    notice: Notice | None = None
    choices: dict[str, dict[str, Texts]]
    groups: list[SurveySection]
    history: list[FormVersion] = Field(default_factory=list)
    rules: list[SurveyRule] = Field(default_factory=list)

    @model_validator(mode="after")
    def _spelt_out(self) -> Survey:
        groups = [
            g.model_copy(update={"questions": [s for q in g.questions for s in self._each(q)]})
            for g in self.groups
        ]
        object.__setattr__(self, "groups", groups)
        names = [q.name for q in self.questions]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"the question '{twice[0]}' appears twice")
        known = set(names)
        for q in self.questions:
            if q.list and q.list not in self.choices:
                raise ValueError(f"question '{q.name}': there is no list '{q.list}' in choices")
            said = [q.at_least, q.at_most, q.scale_from, q.when.question if q.when else ""]
            for other in filter(None, said):
                if other not in known:
                    raise ValueError(f"question '{q.name}' speaks of '{other}', which is not asked")
        for rule in self.rules:
            if unknown := [n for n in rule.questions if n not in known]:
                raise ValueError(f"rule '{rule.id}' speaks of '{unknown[0]}', which is not asked")
        return self

    def _each(self, q: Question) -> list[Question]:
        if not q.for_each:
            return [q]
        if q.for_each not in self.choices:
            raise ValueError(f"question '{q.name}': there is no list '{q.for_each}' in choices")
        return [_of(q, name, label) for name, label in self.choices[q.for_each].items()]

    @property
    def questions(self) -> list[Question]:
        """All questions, in order."""
        return [q for g in self.groups for q in g.questions]

    def question(self, name: str) -> Question:
        """The question of that name; `KeyError` if there is none."""
        return {q.name: q for q in self.questions}[name]

    def group_of(self, name: str) -> SurveySection:
        """The group in which a question stands."""
        return next(g for g in self.groups for q in g.questions if q.name == name)


def _of(q: Question, choice: str, label: Texts) -> Question:
    """The question of `for_each` for one choice."""
    texts = {
        lang: getattr(q.label, lang).replace("{}", getattr(label, lang)) for lang in languages()
    }
    changed: dict[str, Any] = {
        "name": q.name.replace("{}", choice),
        "label": Texts(**texts),
        "item": q.item.replace("{}", choice),
        "choice": choice,
        "for_each": "",
        "when": q.when
        and q.when.model_copy(update={"question": q.when.question.replace("{}", choice)}),
    }
    return q.model_copy(update=changed)


class SurveyCorrection(Strict):
    """A decision of a person: which of several answers holds, or what an answer really is.

    `choose` takes the answer of one response; `value` replaces the answer (empty: there is none);
    `expect` is the answer as it was read, and the correction fails loudly when it is another.
    """

    metro_id: str
    wave: str
    question: str
    body: str = ""
    """Identifier of the body, for a question that is asked of each."""
    choose: str = ""
    value: str | None = None
    expect: str | None = None
    reason: str
    source: str

    @model_validator(mode="after")
    def _one_decision(self) -> SurveyCorrection:
        if bool(self.choose) == (self.value is not None):
            raise ValueError("give either 'choose' (a response) or 'value' (the answer)")
        return self
