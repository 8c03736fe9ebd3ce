"""Desk research on governance: facts from texts that were opened, in waves (`surveys/desk/*.yaml`).

A later wave adds facts to bodies of an earlier one and corrects them by name: the earlier file stays as
it is, and the fact that is withdrawn keeps its row, with the wave and the reason.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from catalog.loader import FOLDER, CatalogError, parsed
from catalog.models import hosts
from catalog.models.model import Strict
from catalog.survey_loader import survey

WAVES = "surveys/desk"
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
PartialDate = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


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
    also: list[str] = []
    """Other names under which a city may answer."""
    group: str = ""
    facts: list[DeskFact] = []
    events: list[DeskEvent] = []


class DeskMetropolis(Strict):
    """What is known of a metropolis and of no body: that it has none, its size as a text gives it."""

    metro: Name
    facts: list[DeskFact] = []
    events: list[DeskEvent] = []

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
    metropolises: list[DeskMetropolis] = []
    corrections: list[DeskCorrection] = []

    @model_validator(mode="after")
    def _whole(self) -> DeskResearch:
        if idle := sorted(set(self.sources) - self.used):
            raise ValueError(f"no fact rests on the source '{idle[0]}'; remove it, or use it")
        if twice := [n for n, c in Counter(b.body for b in self.bodies).items() if c > 1]:
            raise ValueError(f"the body '{twice[0]}' stands twice")
        if twice := [n for n, c in Counter(m.metro for m in self.metropolises).items() if c > 1]:
            raise ValueError(f"the metropolis '{twice[0]}' stands twice")
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


class Said(Strict):
    """One fact in the sum of all waves: of which body, by which wave, and whether it still counts."""

    wave: str
    body: str
    """Empty for a fact of the metropolis."""
    metro: str
    name: str
    fact: DeskFact
    source: DeskSource | None
    withdrawn_in: str = ""
    withdrawn_reason: str = ""


def load(folder: Path = FOLDER) -> tuple[DeskResearch, ...]:
    """The waves of desk research, oldest first; raises `CatalogError`, a sentence for each mistake."""
    paths = sorted((folder / WAVES).glob("*.yaml"))
    return _load(folder, tuple((p, p.stat().st_mtime_ns) for p in paths))


@functools.lru_cache(maxsize=4)
def _load(folder: Path, stamped: tuple[tuple[Path, int], ...]) -> tuple[DeskResearch, ...]:
    problems: list[str] = []
    found = []
    for path, _ in stamped:
        made = parsed(DeskResearch, path, problems)
        if made is None:
            problems += [] if problems else [f"{WAVES}/{path.name}: the file is empty; restore it."]
            continue
        if made.wave != path.stem:
            problems.append(
                f"{WAVES}/{path.name}: 'wave' says '{made.wave}'; make it the name of the file."
            )
        found.append(made)
    waves = tuple(sorted(found, key=lambda w: (w.read_on, w.wave)))
    if not problems:
        problems = [*_foreign(waves, folder), *_across(waves)]
    if problems:
        raise CatalogError("\n".join(problems))
    return waves


def _where(wave: DeskResearch) -> str:
    return f"{WAVES}/{wave.wave}.yaml"


def _foreign(waves: Sequence[DeskResearch], folder: Path) -> Iterator[str]:
    """What does not agree with the registry, the questionnaire and the lists of hosts."""
    import csv

    with (folder / "metros" / "metro.csv").open(encoding="utf-8", newline="") as file:
        metros = {row["metro_id"] for row in csv.DictReader(file)}
    choices = survey(folder=folder).choices
    known = hosts.load(folder)
    for w in waves:
        for m in (*w.bodies, *w.metropolises):
            if m.metro not in metros:
                of = f"body '{m.body}'" if isinstance(m, DeskBody) else "'metropolises'"
                yield f"{_where(w)}: {of}: the registry has no metropolis '{m.metro}'; correct it."
        facts = [(g, f) for g, listed in w.groups.items() for f in listed]
        facts += [(b.body, f) for b in w.bodies for f in b.facts]
        for of, fact in facts:
            listed = choices[LISTS[fact.field]] if fact.field in LISTS else ()
            if listed and fact.value not in listed:
                yield (
                    f"{_where(w)}: '{of}': {fact.field} '{fact.value}' is none of the choices of "
                    f"the questionnaire ({', '.join(listed)}); correct it."
                )
            if fact.field == "no_metropolitan_body":
                yield f"{_where(w)}: '{of}': '{fact.field}' belongs under 'metropolises'."
        for name, source in w.sources.items():
            for fault in known.faults(source.url, source.kind, source.document):
                yield f"{_where(w)}: source '{name}': {fault}"


def _across(waves: Sequence[DeskResearch]) -> Iterator[str]:
    """What does not agree between waves: bodies, groups, corrections, facts of the same time."""
    home: dict[str, DeskBody] = {}
    texts: dict[str, DeskSource] = {}
    for w in waves:
        for name, source in w.sources.items():
            if texts.setdefault(name, source).url != source.url:
                yield f"{_where(w)}: source '{name}' is another text in an earlier wave; rename it."
        for name in sorted(w.used - set(texts)):
            yield f"{_where(w)}: there is no source '{name}'; add it to 'sources'."
    groups = {g for w in waves for g in w.groups}
    seen: set[str] = set()
    for w in waves:
        for b in w.bodies:
            first = home.setdefault(b.body, b)
            if first.metro != b.metro:
                yield (
                    f"{_where(w)}: body '{b.body}' is of '{first.metro}' in an earlier wave and of "
                    f"'{b.metro}' here; give it one metropolis."
                )
            if b.group and b.group not in groups:
                yield f"{_where(w)}: there is no group '{b.group}'; add it to 'groups'."
        seen |= {c for c in _unmatched(w, waves)}
    used = {b.group for w in waves for b in w.bodies}
    for w in waves:
        for name in sorted(set(w.groups) - used):
            yield f"{_where(w)}: no body is of the group '{name}'; remove it."
        for b in (*w.bodies, *w.metropolises):
            for e in b.events:
                if e.body and e.body not in home:
                    yield f"{_where(w)}: an event names the body '{e.body}', which no wave has."
    yield from sorted(seen)
    told: dict[tuple[object, ...], Said] = {}
    for s in said(waves):
        f = s.fact
        if (
            s.withdrawn_in
            or f.recalled
            or f.field in SEVERAL
            or (f.as_of, f.valid_from) == (None,) * 2
        ):
            continue
        other = told.setdefault((s.body or s.metro, f.field, f.as_of, f.valid_from), s)
        if other.fact.value != f.value and other.wave != s.wave:
            yield (
                f"{WAVES}/{s.wave}.yaml: '{s.body or s.metro}': {f.field} is {f.value!r} and in wave "
                f"{other.wave} {other.fact.value!r} for the same time; add a correction of the latter."
            )


def _unmatched(wave: DeskResearch, waves: Sequence[DeskResearch]) -> Iterator[str]:
    earlier = waves[: waves.index(wave)]
    for c in wave.corrections:
        listed = [f for w in earlier for f in w.groups.get(c.group, [])] if c.group else [
            f for w in earlier for b in w.bodies if b.body == c.body for f in b.facts
        ]  # fmt: skip
        grouped = {b.group for w in earlier for b in w.bodies if b.body == c.body}
        matched = (
            c.value in grouped if c.field == "group"
            else any((f.field, f.value) == (c.field, c.value) for f in listed)
        )  # fmt: skip
        if not matched:
            yield (
                f"{_where(wave)}: a correction of '{c.body or c.group}' withdraws {c.field} "
                f"{c.value!r}, which no earlier wave states; correct or remove it."
            )


def said(waves: Sequence[DeskResearch]) -> Iterator[Said]:
    """Every fact of every body and metropolis, those of its group included, in the order of waves.

    A fact of a group counts for a body only where the body says nothing itself on that field, in any
    wave; fields of which there may be several add up.
    """
    bodies: dict[str, list[tuple[DeskResearch, DeskBody]]] = {}
    for w in waves:
        for b in w.bodies:
            bodies.setdefault(b.body, []).append((w, b))
    ended: dict[tuple[str, str, object], tuple[str, str]] = {}
    left: dict[tuple[str, str], tuple[str, str]] = {}
    for w in waves:
        for c in w.corrections:
            if c.field == "group":
                left[c.body, str(c.value)] = (w.wave, c.reason)
            else:
                ended[c.body or c.group, c.field, c.value] = (w.wave, c.reason)
    order = [w.wave for w in waves]
    texts = {n: s for n, (s, _) in sources(waves).items()}

    def gone(of: str, fact: DeskFact, wave: str) -> tuple[str, str]:
        by = ended.get((of, fact.field, fact.value))
        return by if by and order.index(by[0]) > order.index(wave) else ("", "")

    for body, stated in bodies.items():
        metro, name = stated[0][1].metro, stated[-1][1].name
        group = next((b.group for _, b in stated if b.group), "")
        own = {
            f.field for w, b in stated for f in b.facts if not gone(body, f, w.wave)[0]
        } - SEVERAL  # fmt: skip
        for w in waves:
            here = [(body, f) for at, b in stated if at is w for f in b.facts]
            told = {(f.field, f.value) for _, f in here}
            of_group = [
                (group, f)
                for f in w.groups.get(group, [])
                if f.field not in own and (f.field, f.value) not in told
            ]
            out = left.get((body, group), ("", ""))
            if out[0] and order.index(out[0]) <= order.index(w.wave):
                of_group = []
            for of, fact in (*of_group, *here):
                by = gone(of, fact, w.wave)
                if of == group and not by[0]:
                    by = out
                yield Said(
                    wave=w.wave, body=body, metro=metro, name=name, fact=fact,
                    source=texts.get(fact.source),
                    withdrawn_in=by[0], withdrawn_reason=by[1],
                )  # fmt: skip
    for w in waves:
        for m in w.metropolises:
            for fact in m.facts:
                yield Said(
                    wave=w.wave, body="", metro=m.metro, name="", fact=fact,
                    source=texts.get(fact.source),
                )  # fmt: skip


def sources(waves: Sequence[DeskResearch]) -> dict[str, tuple[DeskSource, date]]:
    """Every text by its name, with the day on which it was opened first."""
    found: dict[str, tuple[DeskSource, date]] = {}
    for w in waves:
        for name, source in w.sources.items():
            found.setdefault(name, (source, w.read_on))
    return found


def rows(waves: Sequence[DeskResearch]) -> list[dict[str, Any]]:
    """Every fact, one row: body, metropolis, field, value, when, source, what it is worth."""
    status = {w.wave: w for w in waves}
    return [
        {
            "body_id": s.body,
            "metro_id": s.metro,
            "name": s.name,
            "field": s.fact.field,
            "value": s.fact.text,
            "role": s.fact.role or None,
            "as_of": s.fact.as_of,
            "valid_from": s.fact.valid_from,
            "note": s.fact.note or None,
            "source_id": s.fact.source or None,
            "tier": s.source.kind if s.source else None,
            "confidence": CONFIDENCE[s.source.kind] if s.source else "recalled",
            "recalled": s.fact.recalled,
            "status": status[s.wave].status,
            "wave": s.wave,
            "read_on": status[s.wave].read_on,
            "withdrawn_in": s.withdrawn_in or None,
            "withdrawn_reason": s.withdrawn_reason or None,
        }
        for s in said(waves)
    ]


def events(waves: Sequence[DeskResearch]) -> list[dict[str, Any]]:
    """Every event of every body and metropolis, one row, undated ones with no date."""
    names = {b.body: b.name for w in waves for b in w.bodies}
    made = []
    for w in waves:
        for b in (*w.bodies, *w.metropolises):
            for e in b.events:
                made.append(
                    {
                        "body_id": b.body if isinstance(b, DeskBody) else "",
                        "metro_id": b.metro,
                        "event": e.event,
                        "date": e.when,
                        "year": int(e.when[:4]) if e.when else None,
                        "what": e.what or names[e.body],
                        "other_body_id": e.body or None,
                        "note": e.note or None,
                        "source_id": e.source,
                        "wave": w.wave,
                    }
                )
    return made


def known_names(waves: Sequence[DeskResearch]) -> list[tuple[str, str, str]]:
    """(metropolis, name, body) for every name of every body, so that an answer finds its body."""
    return sorted(
        {(b.metro, n, b.body) for w in waves for b in w.bodies for n in (b.name, *b.also)}
    )
