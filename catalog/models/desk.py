"""Desk research on governance: facts from texts that were opened, in waves (`surveys/desk/*.yaml`).

A later wave adds facts to bodies of an earlier one and corrects them by name: the earlier file stays as
it is, and the fact that is withdrawn keeps its row, with the wave and the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from catalog.models.model import Strict

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
FactField = Literal[
    "legal_form",
    "legal_basis",
    "legal_citation",
    "purpose",
    "delimitation",
    "year_created",
    "created_on",
    "year_abolished",
    "compulsory",
    "n_municipalities",
    "n_districts",
    "n_members",
    "area_km2",
    "population",
    "own_taxes",
    "head_selection",
    "assembly_selection",
    "assembly_seats",
    "competence",
    "revenue_source",
    "no_metropolitan_body",
]
# Field to the list of choices in the questionnaire from which its value is taken.
LISTS = {
    "legal_basis": "legal_basis",
    "delimitation": "delimitation",
    "head_selection": "selection",
    "assembly_selection": "selection",
    "competence": "field",
    "revenue_source": "revenue",
}
WHOLE = {
    *("year_created", "year_abolished", "n_municipalities", "n_districts", "n_members"),
    *("population", "assembly_seats"),
}
DECIMAL = {"area_km2"}
FLAGS = {"compulsory", "own_taxes", "no_metropolitan_body"}
SEVERAL = {"competence", "revenue_source"}
OF_METROPOLIS = {"no_metropolitan_body", "n_municipalities", "area_km2", "population", "purpose"}
CONFIDENCE = {
    "law": "high",
    "official": "high",
    "encyclopaedia": "low",
    "press": "medium",
    "scholarly": "medium",
}
TIERS = ("law", "official", "scholarly", "press", "encyclopaedia")
DATE = r"\d{4}(-\d{2}(-\d{2})?)?"


def _in_calendar(text: str) -> str:
    try:
        if not re.fullmatch(DATE, text):
            raise ValueError
        date.fromisoformat(text + "0000-01-01"[len(text) :])
    except ValueError:
        raise ValueError(
            f"'{text}' is no date of the calendar; write the year, month or day as 2010, 2010-08 or "
            "2010-08-03"
        ) from None
    return text


# The pattern is for editors; the function says in words what is wrong.
PartialDate = Annotated[
    str, AfterValidator(_in_calendar), Field(json_schema_extra={"pattern": f"^{DATE}$"})
]
"""A year, a month or a day."""
DateIfKnown = Annotated[str, AfterValidator(lambda text: text and _in_calendar(text))]
"""The same, or empty where it is not known."""


class DeskSource(Strict):
    """A text that was opened and read."""

    title: str
    url: Annotated[str, Field(pattern=r"^https?://")]
    kind: Literal["law", "official", "encyclopaedia", "press", "scholarly"]
    document: str = ""
    """The document itself, by its number or author, where the address serves a copy of it."""


class DeskFact(Strict):
    """One thing that a text says of a body."""

    field: FactField
    value: bool | int | float | str
    as_of: int | None = None
    """The year for which the source says it; empty where the source says none."""
    valid_from: date | None = None
    """The day from which it holds, where the source says one."""
    role: Literal["", "exclusive", "shared", "coordination", "advisory", "funding"] = ""
    note: str = ""
    source: str = ""
    recalled: bool = False
    """Known from memory, no text was opened: kept here for whoever looks it up, never published."""

    @model_validator(mode="after")
    def _typed(self) -> DeskFact:
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        kind = (
            bool if self.field in FLAGS else int if self.field in WHOLE
            else float if self.field in DECIMAL else str
        )  # fmt: skip
        if type(self.value) is not kind and not (kind is float and type(self.value) is int):
            raise ValueError(f"'{self.field}' is {words[kind]}, not {self.value!r}")
        if self.field == "created_on":
            date.fromisoformat(str(self.value))
        if self.role and self.field != "competence":
            raise ValueError("only a competence has a role")
        if self.recalled == bool(self.source):
            raise ValueError("a fact has a 'source', unless it is only 'recalled: true'")
        return self

    @property
    def text(self) -> str:
        """The value as text: yes or no for a flag."""
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        return str(self.value)


class DeskEvent(Strict):
    """A dated change: a reform, the body that was there before, the one that came after."""

    event: Literal["reform", "predecessor", "successor"]
    what: str = ""
    """What happened, or which body; may be empty where `body` names it."""
    body: str = ""
    """The other body, where the catalog has it."""
    when: PartialDate | None = None
    """Year, month or day; empty where no text says it."""
    note: str = ""
    source: str

    @model_validator(mode="after")
    def _says_something(self) -> DeskEvent:
        if not (self.what or self.body):
            raise ValueError("an event says 'what' happened, or which 'body' it concerns")
        if self.event == "reform" and self.body:
            raise ValueError("a reform has no other 'body'; use predecessor or successor")
        return self


class DeskBody(Strict):
    """A metropolitan body and what is known of it."""

    body: Name
    metro: Name
    name: str
    also: list[str] = Field(default_factory=list)
    """Other names under which a city may answer."""
    group: str = ""
    one_with: str = ""
    """The entry of the very same body at another metropolis, under which it counts."""
    facts: list[DeskFact] = Field(default_factory=list)
    events: list[DeskEvent] = Field(default_factory=list)


class DeskMetropolis(Strict):
    """What is known of a metropolis and of no body: that it has none, its size as a text gives it."""

    metro: Name
    facts: list[DeskFact] = Field(default_factory=list)
    events: list[DeskEvent] = Field(default_factory=list)

    @model_validator(mode="after")
    def _of_a_metropolis(self) -> DeskMetropolis:
        if other := sorted({f.field for f in self.facts} - OF_METROPOLIS):
            raise ValueError(f"'{other[0]}' is a fact of a body; state it under 'bodies'")
        return self


class DeskCorrection(Strict):
    """A fact of an earlier wave that no longer counts; its row stays, with the reason."""

    body: str = ""
    group: str = ""
    field: FactField | Literal["group"]
    """`group` takes a body out of its group: the facts of the group are no longer facts of it."""
    value: bool | int | float | str
    """As the earlier wave states it."""
    reason: str
    source: str

    @model_validator(mode="after")
    def _of_one(self) -> DeskCorrection:
        if bool(self.body) == bool(self.group):
            raise ValueError("a correction names either a 'body' or a 'group'")
        return self


class DeskResearch(Strict):
    """A wave of desk research: texts, facts of groups, bodies, corrections of earlier waves."""

    wave: Name
    status: str
    read_on: date
    sources: dict[str, DeskSource]
    groups: dict[str, list[DeskFact]] = Field(default_factory=dict)
    bodies: list[DeskBody]
    metropolises: list[DeskMetropolis] = Field(default_factory=list)
    corrections: list[DeskCorrection] = Field(default_factory=list)

    @model_validator(mode="after")
    def _whole(self) -> DeskResearch:
        if idle := sorted(set(self.sources) - self.used):
            raise ValueError(f"no fact rests on the source '{idle[0]}'; remove it, or use it")
        if twice := [n for n, c in Counter(b.body for b in self.bodies).items() if c > 1]:
            raise ValueError(f"the body '{twice[0]}' appears twice")
        if twice := [n for n, c in Counter(m.metro for m in self.metropolises).items() if c > 1]:
            raise ValueError(f"the metropolis '{twice[0]}' appears twice")
        for body in (*self.bodies, *self.metropolises):
            name = body.body if isinstance(body, DeskBody) else body.metro
            said = Counter(
                (f.field, f.as_of, f.valid_from, f.field in SEVERAL and f.value) for f in body.facts
            )
            if twice := [k[0] for k, count in said.items() if count > 1]:
                raise ValueError(f"'{name}': '{twice[0]}' is said twice of the same time")
        return self

    @property
    def used(self) -> set[str]:
        """The names of all sources that something rests on; those of earlier waves among them."""
        used = {f.source for facts in self.groups.values() for f in facts}
        used |= {
            x.source for b in (*self.bodies, *self.metropolises) for x in (*b.facts, *b.events)
        }
        return (used | {c.source for c in self.corrections}) - {""}
