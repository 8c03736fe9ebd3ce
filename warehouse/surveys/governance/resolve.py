"""Which question of the questionnaire a column of an export is: by name, older name or wording."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import pyarrow as pa

from catalog.languages import languages
from catalog.models.survey import Question, Survey

# What tools add about a response that says nothing of a person; all else unknown is personal.
TECHNICAL = frozenset(
    [
        "_index",
        "_parent_index",
        "_parent_table_name",
        "_submission__index",
        "__version__",
        "_version_",
        "version",
        "versionID",
        "formUID",
        "_xform_id_string",
        "_status",
        "status",
        "_validation_status",
        "ReviewState",
        "lastpage",
        "startlanguage",
        "seed",
        "FormVersion",
        "AttachmentsPresent",
        "AttachmentsExpected",
        "Edits",
        "Status",
        "_tags",
        "_submission__validation_status",
        "_submission__status",
    ]
)


# What tools put between the names of groups, question and choice; the first is the usual one.
SIGNS = ("/", "-", ".", ":")
# Columns that tools add about a response or the person: expected, and no question.
EXPECTED = re.compile(
    r"_.*|meta[/.:-].*|formhub[/.:-].*|start|end|today|username|deviceid|simserial|subscriberid|"
    r"phonenumber|KEY|PARENT_KEY|Submi.*|device_id|reporter|id|token|.*date|datestamp|ipaddr|refurl|"
    r"interviewtime|.*Time(\d+)?|DeviceID|ReviewState|SET-OF-.*|lastpage|startlanguage|seed"
)


@dataclass(frozen=True)
class ExportColumn:
    """What one column of an export is. `question` is empty where it is none of the questionnaire.

    `secrecy` is F, N, personal, or technical (about the response, not kept as an answer).
    `ambiguous`: its wording is that of several questions.
    """

    header: str
    question: str
    option: str
    secrecy: str
    raw_option: str = ""
    ambiguous: bool = False


def columns(answers: pa.Table, survey: Survey) -> list[ExportColumn]:
    """Every different column of `Export.answers`, resolved."""
    keys = answers.select(["header", "question", "option"])
    seen = keys.group_by(keys.column_names).aggregate([]).to_pylist()
    known = KnownQuestions(survey)
    named = sorted((str(k["header"]), str(k["question"]), str(k["option"])) for k in seen)
    return [known.column(*key) for key in named]


class KnownQuestions:
    """The names and wordings under which each question of a questionnaire is known."""

    def __init__(self, survey: Survey):
        self.survey = survey
        self.questions = {q.name: q for q in survey.questions}
        self.names = {_bare(n): n for n in self.questions}
        self.dropped: dict[str, str] = {}
        for version in reversed(survey.history):
            for old, new in version.renamed.items():
                self.names.setdefault(_bare(old), new)
            for old, gone in version.dropped.items():
                self.dropped.setdefault(old, gone.secrecy)
        self.labels: dict[str, set[str]] = {}
        for q in survey.questions:
            for lang in languages():
                self.labels.setdefault(_wording(getattr(q.label, lang)), set()).add(q.name)
        for version in survey.history:
            for name, wordings in version.worded.items():
                for text in wordings:
                    self.labels.setdefault(_wording(text), set()).add(name)

    def column(self, header: str, leaf: str, option: str) -> ExportColumn:
        """What a column is, from its header, leaf name and option."""
        found = self._names(header, leaf)
        if len(found) > 1:
            return ExportColumn(header, "", "", "personal", option, ambiguous=True)
        if not found and not option:
            question, option_here = self._of_choice(header)
            if question is not None:
                return ExportColumn(header, question.name, option_here, question.secrecy, option)
        if not found:
            if leaf in self.dropped:
                return ExportColumn(header, leaf, "", self.dropped[leaf], option)
            kind = "technical" if leaf in TECHNICAL or leaf.startswith("__version") else "personal"
            return ExportColumn(header, "", "", kind, option)
        question = self.questions[next(iter(found))]
        choice = self.choice(question, option) if option else ""
        if option and not choice:
            return ExportColumn(header, "", "", "personal", option)
        return ExportColumn(header, question.name, choice, question.secrecy, option)

    def _of_choice(self, header: str) -> tuple[Question | None, str]:
        """The question and the choice that a heading names together, with any sign between them.

        Tools write the columns of a multiple choice as `participation/council`, or with the sign
        that the export was asked for (`planning-participation-council`, `a.participation.council`).
        """
        for sign in SIGNS:
            before, _, last = header.rpartition(sign)
            while before:
                question = self._multiple(before)
                if question is not None:
                    choice = self.choice(question, last)
                    return (question, choice) if choice else (None, "")
                before, _, more = before.rpartition(sign)
                last = f"{more}{sign}{last}"
        return None, ""

    def _multiple(self, text: str) -> Question | None:
        """The question of multiple choice that a text, or what is behind its last sign, names."""
        found = self._names(text, text)
        question = self.questions[next(iter(found))] if len(found) == 1 else None
        return question if question is not None and question.type == "select_multiple" else None

    def _names(self, header: str, leaf: str) -> set[str]:
        for text in (leaf, *(leaf.rsplit(sign, 1)[-1] for sign in SIGNS)):
            if _bare(text) in self.names:
                return {self.names[_bare(text)]}
        parts = re.split(r"(?<=[/.:-])", header)
        for at in range(len(parts)):
            text = "".join(parts[at:])
            for end in (text, text.rsplit("/", 1)[0], text.split(" [")[0]):
                if _wording(end) in self.labels:
                    return self.labels[_wording(end)]
        return set()

    def choice(self, question: Question, text: str) -> str:
        """The choice of a question's list that a text names, in any language; or nothing."""
        listed = self.survey.choices.get(question.list, {})
        folded = _wording(text)
        for name, label in listed.items():
            if folded in (name, *(_wording(getattr(label, lang)) for lang in languages())):
                return name
        bare = {_bare(name): name for name in listed}  # of tools that allow no underscore
        return bare.get(_bare(text.strip()), "")


# How tools and people write yes and no beside the words of the questionnaire.
_YES_NO = {
    **dict.fromkeys(("y", "true", "si", "ja", "sim"), "yes"),
    **dict.fromkeys(("n", "false", "nein", "não", "nao"), "no"),
}


def spellings(survey: Survey) -> list[tuple[str, str, str, str]]:
    """(list, form version or nothing, spelling, choice): every way in which a choice is written."""
    rows: dict[tuple[str, str, str], str] = {}
    for name, listed in survey.choices.items():
        for choice, label in listed.items():
            rows[name, "", choice.casefold()] = choice
            for lang in languages():
                rows.setdefault((name, "", _wording(getattr(label, lang))), choice)
            if "_" in choice:
                rows.setdefault((name, "", _bare(choice)), choice)
        if {"yes", "no"} <= set(listed):
            for spelling, choice in _YES_NO.items():
                rows.setdefault((name, "", spelling), choice)
    for version in survey.history:
        for name, changed in version.choices.items():
            for old, new in changed.items():
                key = (name, "", old.casefold())
                rows[(name, version.version, key[2]) if key in rows else key] = new
    return [(*key, choice) for key, choice in rows.items()]


def is_expected(header: str) -> bool:
    """Whether a column is one that tools add by themselves."""
    leaf = re.split(r"[/.:]", header)[-1]
    return bool(EXPECTED.fullmatch(leaf) or EXPECTED.fullmatch(header))


def _bare(name: str) -> str:
    """A name as tools that allow no underscore write it."""
    return name.casefold().replace("_", "")


def _wording(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    return " ".join(text.casefold().replace("’", "'").split()).strip(" /*:")
