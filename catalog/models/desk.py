"""Facts from desk research (`surveys/desk_research.yaml`): their shape, checks and reading.

A fact stands with the text it was read in; one that is only `recalled` has none and never enters
the release. Facts of a group are facts of each of its bodies, unless a body says otherwise.
"""

from __future__ import annotations

import functools
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from catalog.loader import FOLDER, CatalogError, parsed
from catalog.models.model import Strict
from catalog.survey_loader import survey

FILE = "surveys/desk_research.yaml"
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
    "n_members",
    "own_taxes",
    "head_selection",
    "assembly_selection",
    "assembly_seats",
    "competence",
    "revenue_source",
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
WHOLE = {"year_created", "year_abolished", "n_municipalities", "n_members", "assembly_seats"}
FLAGS = {"compulsory", "own_taxes"}
SEVERAL = {"competence", "revenue_source"}
CONFIDENCE = {
    "law": "high",
    "official": "high",
    "encyclopaedia": "medium",
    "press": "medium",
    "scholarly": "medium",
}


class DeskSource(Strict):
    """A text that was opened and read."""

    title: str
    url: Annotated[str, Field(pattern=r"^https?://")]
    kind: Literal["law", "official", "encyclopaedia", "press", "scholarly"]


class DeskFact(Strict):
    """One thing that a text says of a body."""

    field: FactField
    value: bool | int | str
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
        kind = bool if self.field in FLAGS else int if self.field in WHOLE else str
        if type(self.value) is not kind:
            words = {bool: "true or false", int: "a whole number", str: "a text"}
            raise ValueError(f"'{self.field}' is {words[kind]}, not {self.value!r}")
        if self.field == "created_on":
            date.fromisoformat(str(self.value))
        if self.role and self.field != "competence":
            raise ValueError("only a competence has a role")
        if self.recalled == bool(self.source):
            raise ValueError("a fact has a 'source', unless it is only 'recalled: true'")
        return self


class DeskBody(Strict):
    """A metropolitan body and what is known of it."""

    body: Name
    metro: Name
    name: str
    group: str = ""
    facts: list[DeskFact]


class DeskResearch(Strict):
    """A wave of desk research: texts, facts of groups, bodies."""

    wave: Name
    status: str
    read_on: date
    sources: dict[str, DeskSource]
    groups: dict[str, list[DeskFact]] = Field(default_factory=dict)
    bodies: list[DeskBody]

    @model_validator(mode="after")
    def _whole(self) -> DeskResearch:
        used = {f.source for facts in self.groups.values() for f in facts}
        used |= {f.source for b in self.bodies for f in b.facts}
        if unknown := sorted(used - set(self.sources) - {""}):
            raise ValueError(f"there is no source '{unknown[0]}'; add it to 'sources'")
        if idle := sorted(set(self.sources) - used):
            raise ValueError(f"no fact rests on the source '{idle[0]}'; remove it, or use it")
        if gone := sorted({b.group for b in self.bodies} - set(self.groups) - {""}):
            raise ValueError(f"there is no group '{gone[0]}'; add it to 'groups'")
        if idle := sorted(set(self.groups) - {b.group for b in self.bodies}):
            raise ValueError(f"no body is of the group '{idle[0]}'; remove it")
        if twice := [n for n, c in Counter(b.body for b in self.bodies).items() if c > 1]:
            raise ValueError(f"the body '{twice[0]}' stands twice")
        for body in self.bodies:
            said = Counter((f.field, f.as_of, f.valid_from, f.field in SEVERAL and f.value)
                           for f in self.facts_of(body))  # fmt: skip
            if twice := [k[0] for k, count in said.items() if count > 1]:
                raise ValueError(f"'{body.body}': '{twice[0]}' is said twice of the same time")
        return self

    def facts_of(self, body: DeskBody) -> list[DeskFact]:
        """The facts of a body: its own, and those of its group of which it says nothing itself."""
        own = {f.field for f in body.facts} - SEVERAL
        return [f for f in self.groups.get(body.group, []) if f.field not in own] + body.facts


def load(folder: Path = FOLDER) -> DeskResearch:
    """The desk research; raises `CatalogError`, a sentence for each mistake in the file."""
    path = folder / FILE
    return _load(folder, path.stat().st_mtime_ns if path.exists() else 0)


@functools.lru_cache(maxsize=4)
def _load(folder: Path, _stamp: int) -> DeskResearch:
    problems: list[str] = []
    made = parsed(DeskResearch, folder / FILE, problems)
    if made is not None:
        problems += _foreign(made, folder)
    if made is None or problems:
        raise CatalogError("\n".join(problems) or f"{FILE}: the file is empty; restore it.")
    return made


def _foreign(research: DeskResearch, folder: Path) -> list[str]:
    """What does not agree with the registry and with the questionnaire."""
    import csv

    with (folder / "metros" / "metro.csv").open(encoding="utf-8", newline="") as file:
        metros = {row["metro_id"] for row in csv.DictReader(file)}
    choices = survey(folder=folder).choices
    found = [
        f"{FILE}: body '{b.body}': the registry has no metropolis '{b.metro}'; correct it."
        for b in research.bodies
        if b.metro not in metros
    ]
    facts = [(g, f) for g, listed in research.groups.items() for f in listed]
    facts += [(b.body, f) for b in research.bodies for f in b.facts]
    for of, fact in facts:
        listed = choices[LISTS[fact.field]] if fact.field in LISTS else ()
        if listed and fact.value not in listed:
            found.append(
                f"{FILE}: '{of}': {fact.field} '{fact.value}' is none of the choices of the "
                f"questionnaire ({', '.join(listed)}); correct it."
            )
    return found


def rows(research: DeskResearch) -> list[dict[str, Any]]:
    """Every fact, one row: body, metropolis, field, value, when, source, what it is worth."""
    made = []
    for body in research.bodies:
        for fact in research.facts_of(body):
            value = fact.value
            text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            source = research.sources.get(fact.source)
            made.append(
                {
                    "desk_id": body.body,
                    "metro_id": body.metro,
                    "name": body.name,
                    "field": fact.field,
                    "value": text,
                    "role": fact.role or None,
                    "as_of": fact.as_of,
                    "valid_from": fact.valid_from,
                    "note": fact.note or None,
                    "source_id": fact.source or None,
                    "confidence": CONFIDENCE[source.kind] if source else "recalled",
                    "recalled": fact.recalled,
                }
            )
    return made
