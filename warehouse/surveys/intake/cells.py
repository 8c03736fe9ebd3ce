"""What is wrong with single answers, cell by cell, each with its remedy in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.survey import Survey
from warehouse import query
from warehouse.surveys.exports.neutral import Export
from warehouse.surveys.governance.normalise import normalise
from warehouse.surveys.governance.resolve import ExportColumn, columns, is_expected
from warehouse.surveys.intake.intake import EMAIL, TELEPHONE
from warehouse.surveys.intake.words import choices, label, number, say

_INVALID = {
    "integer": "not_whole",
    "decimal": "not_number",
    "date": "not_date",
    "select_one": "not_in_list",
    "select_multiple": "not_in_list",
}
_SHOWN = 8  # choices named in a message


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend (`must`) or to look at: where, about which question, what and how."""

    sheet: str
    row: int
    column: str
    question: str
    text: str
    must: bool = True

    @property
    def cell(self) -> str:
        """The place as a spreadsheet names it, such as `Organismes!D7`."""
        place = (
            f"{self.column}{self.row}"
            if re.fullmatch("[A-Z]{1,3}", self.column)
            else (f"{self.row}/{self.column}")
        )
        return f"{self.sheet}!{place}" if self.row else self.sheet


class Checked:
    """An export read against its questionnaire, with the places of its answers."""

    def __init__(self, export: Export, survey: Survey, lang: str, metro: str = ""):
        """metro: the metropolis of responses that name none."""
        self.export, self.survey, self.lang, self.metro = export, survey, lang, metro
        self.columns: list[ExportColumn] = columns(export.answers, survey)
        versions = export.responses.select(["response", "version"])
        self.answers = normalise(export.answers, versions, self.columns, survey)
        self.con = query.memory(serial=True)
        self.con.register("n", self.answers)
        self._questions = {q.name: q for q in survey.questions}

    def place(self, cell: int) -> tuple[str, int, str]:
        """(sheet, row, column) of a cell."""
        row = self.export.answers.slice(cell, 1).select(["sheet", "row", "column"]).to_pylist()[0]
        return row["sheet"], row["row"], row["column"]

    def at(self, response: int, entry: str, question: str) -> tuple[str, int, str]:
        """Where the answer to a question stands; the file as a whole where it has no cell."""
        found = self.con.execute(
            "select cell from n where response = ? and entry::varchar = ? and "
            "question::varchar = ? order by option <> '', cell limit 1",
            [response, entry, question],
        ).fetchall()
        return self.place(found[0][0]) if found else (self.export.name, 0, "")

    def problem(self, place, question: str, text: str, must: bool = True) -> Problem:
        """A problem about a question at a place."""
        return Problem(*place, label(self.survey, question, self.lang), text, must)

    def cells(self, metros: Mapping[str, str]) -> list[Problem]:
        """Every problem of a single answer. `metros`: identifiers of the registry, with names."""
        return [
            *self._unread(),
            *self._limits(),
            *self._patterns(),
            *self._missing(),
            *self._not_asked(),
            *self._metro(metros),
            *self._leaks(),
            *self._headers(),
            *self._not_read(),
        ]

    def _rows(self, where: str) -> list[tuple]:
        return self.con.sql(
            "select cell, question::varchar, value_raw, value_norm, status::varchar, response, "
            f"entry::varchar from n where {where} order by cell"
        ).fetchall()

    def _unread(self) -> list[Problem]:
        found = []
        for cell, name, raw, _, status, *_ in self._rows("status in ('invalid', 'ambiguous')"):
            q = self._questions.get(name)
            message = (
                "ambiguous" if status == "ambiguous" else _INVALID.get(q.type if q else "", "")
            )
            if not q or not message:
                continue
            listed = choices(self.survey, q.list, self.lang) if q.list else []
            shown = ", ".join(listed[:_SHOWN]) + (", …" if len(listed) > _SHOWN else "")
            text = say(message, self.lang, value=raw, choices=shown)
            found.append(self.problem(self.place(cell), name, text))
        return found

    def _limits(self) -> list[Problem]:
        limited = [q for q in self.survey.questions if q.min is not None or q.max is not None]
        if not limited:
            return []
        cases = " or ".join(
            f"(question = '{q.name}' and try_cast(value_norm as double) not between "
            f"{q.min if q.min is not None else -1e300!r} and {q.max if q.max is not None else 1e300!r})"
            for q in limited
        )
        found = []
        for cell, name, raw, norm, *_ in self._rows(f"status = 'out_of_range' and ({cases})"):
            q = self._questions[name]
            small = q.min is not None and float(norm) < q.min
            limit = q.min if small else q.max
            assert limit is not None
            message = "too_small" if small else "too_large"
            text = say(message, self.lang, value=raw, limit=number(limit, self.lang))
            found.append(self.problem(self.place(cell), name, text))
        return found

    def _patterns(self) -> list[Problem]:
        found = []
        for q in self.survey.questions:
            if not q.pattern or q.name == "metro_id":
                continue
            cells = f"question = '{q.name}' and status = 'answered'"
            wrong = f"{cells} and not regexp_full_match(value_norm, '{q.pattern}')"
            for cell, name, raw, *_ in self._rows(wrong):
                hint = getattr(q.hint, self.lang) if q.hint else q.pattern
                text = say("pattern", self.lang, value=raw, hint=hint)
                found.append(self.problem(self.place(cell), name, text))
        return found

    def _missing(self) -> list[Problem]:
        """Required questions without an answer: of every response, blank ones too, and of those
        entries of a repeat in which something was answered."""
        repeats = {q.name: g.name for g in self.survey.groups if g.repeat for q in g.questions}
        entries = self.con.sql(
            "select distinct response, entry::varchar from n where entry = '' or status in "
            "('answered', 'chosen', 'invalid', 'dont_know') order by all"
        ).fetchall()
        answered = set(
            self.con.sql(
                "select distinct response, entry::varchar, question::varchar from n "
                "where status not in ('empty', 'not_asked')"
            ).fetchall()
        )
        found = []
        for q in self.survey.questions:
            if not q.required or (q.name == "metro_id" and self.metro):
                continue
            inside = repeats.get(q.name, "")
            for response, entry in entries:
                mine = entry.startswith(f"{inside}[") if inside else entry == ""
                if mine and (response, entry, q.name) not in answered:
                    place = self.at(response, entry, q.name)
                    found.append(self.problem(place, q.name, say("missing", self.lang)))
        return found

    def _not_asked(self) -> list[Problem]:
        found = []
        for q in self.survey.questions:
            if not q.when:
                continue
            among = ", ".join(f"'{v}'" for v in q.when.among)
            other = (
                f"question = '{q.name}' and status = 'answered' and exists (select 1 from n o where "
                f"o.response = n.response and o.entry = n.entry and o.question = '{q.when.question}' "
                f"and o.status = 'answered' and o.value_norm not in ({among}))"
            )
            for cell, name, *_ in self._rows(other):
                wording = label(self.survey, q.when.question, self.lang)
                text = say("not_asked", self.lang, other=wording)
                found.append(self.problem(self.place(cell), name, text))
        return found

    def _metro(self, metros: Mapping[str, str]) -> list[Problem]:
        from rapidfuzz import process

        found = []
        for cell, name, raw, norm, *_ in self._rows(
            "question = 'metro_id' and status = 'answered'"
        ):
            if self.metro and norm != self.metro:
                text = say("other_metro", self.lang, value=raw, metro=self.metro)
                found.append(self.problem(self.place(cell), name, text))
                continue
            if norm in metros:
                continue
            near = [m for m, _, _ in process.extract(norm, list(metros), limit=2, score_cutoff=75)]
            near += [m for m, title in metros.items() if title.casefold() == norm.casefold()]
            hint = f" ({', '.join(dict.fromkeys(near))}?)" if near else ""
            text = say("unknown_metro", self.lang, value=raw, near=hint)
            found.append(self.problem(self.place(cell), name, text))
        return found

    def _leaks(self) -> list[Problem]:
        looks = f"regexp_matches(value_raw, '{EMAIL}|{TELEPHONE}')"
        return [
            self.problem(self.place(cell), name, say("personal_in_text", self.lang))
            for cell, name, *_ in self._rows(f"secrecy = 'F' and status = 'answered' and {looks}")
        ]

    def _not_read(self) -> list[Problem]:
        """Cells that say something which is not read: comments, formulas."""
        found = []
        for message, cells in (
            ("has_comment", self.export.comments),
            ("is_formula", self.export.left_out),
        ):
            for cell in cells:
                sheet, _, place = cell.rpartition("!")
                column = place.rstrip("0123456789")
                at = (sheet, int(place[len(column) :] or 0), column)
                question = self._asked_at(*at)
                found.append(self.problem(at, question, say(message, self.lang), must=False))
        return found

    def _asked_at(self, sheet: str, row: int, column: str) -> str:
        """The question that a cell answers; the cell itself where it answers none."""
        cells = self.export.answers.select(["sheet", "row", "column"])
        here = pc.and_(
            pc.equal(cells["row"], row), pc.equal(cells["column"].cast(pa.string()), column)
        )
        here = pc.and_(here, pc.equal(cells["sheet"].cast(pa.string()), sheet))
        at = pc.index(here, True).as_py()
        said = self.con.execute("select question::varchar from n where cell = ?", [at]).fetchall()
        return said[0][0] if said else f"{sheet}!{column}{row}"

    def _headers(self) -> list[Problem]:
        """Columns that are no question; those that tools add about the person are expected."""
        found = []
        for c in self.columns:
            if c.question or c.secrecy != "personal" or is_expected(c.header):
                continue
            message = "ambiguous_question" if c.ambiguous else "unknown_question"
            text = say(message, self.lang, value=c.header)
            found.append(Problem(self.export.name, 0, "", c.header, text, c.ambiguous))
        return found
