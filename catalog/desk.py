"""Read and validate the waves of desk research, and put together what they say.

A later wave adds facts to bodies of an earlier one and withdraws facts by name: the earlier file stays
as it is, and the fact keeps its row, with the wave and the reason.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from catalog.contents import FOLDER
from catalog.models import hosts
from catalog.models.desk import (
    CONFIDENCE,
    LISTS,
    SEVERAL,
    DeskBody,
    DeskFact,
    DeskResearch,
    DeskSource,
)
from catalog.models.model import Strict
from catalog.survey_loader import survey
from catalog.yaml_files import CatalogError, parsed

WAVES = "surveys/desk"


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
        yield from _choices(w, choices)
        for name, source in w.sources.items():
            for fault in known.faults(source.url, source.kind, source.document):
                yield f"{_where(w)}: source '{name}': {fault}"


def _choices(wave: DeskResearch, choices: Mapping[str, Collection[str]]) -> Iterator[str]:
    facts = [(g, f) for g, listed in wave.groups.items() for f in listed]
    facts += [(b.body, f) for b in wave.bodies for f in b.facts]
    for of, fact in facts:
        listed = choices[LISTS[fact.field]] if fact.field in LISTS else ()
        if listed and fact.value not in listed:
            yield (
                f"{_where(wave)}: '{of}': {fact.field} '{fact.value}' is none of the choices of "
                f"the questionnaire ({', '.join(listed)}); correct it."
            )
        if fact.field == "no_metropolitan_body":
            yield f"{_where(wave)}: '{of}': '{fact.field}' belongs under 'metropolises'; move it."


def _across(waves: Sequence[DeskResearch]) -> Iterator[str]:
    """What does not agree between waves: texts, bodies, groups, corrections, facts of one time."""
    yield from _texts(waves)
    yield from _bodies(waves)
    for w in waves:
        yield from _unmatched(w, waves)
    yield from _contradictions(waves)


def _texts(waves: Sequence[DeskResearch]) -> Iterator[str]:
    texts: dict[str, DeskSource] = {}
    for w in waves:
        for name, source in w.sources.items():
            if texts.setdefault(name, source).url != source.url:
                yield f"{_where(w)}: source '{name}' is another text in an earlier wave; rename it."
        for name in sorted(w.used - set(texts)):
            yield f"{_where(w)}: there is no source '{name}'; add it to 'sources'."


def same_as(waves: Sequence[DeskResearch]) -> dict[str, str]:
    """The entries of a body that is entered at another metropolis already, and under which name."""
    return {b.body: b.one_with for w in waves for b in w.bodies if b.one_with}


def _bodies(waves: Sequence[DeskResearch]) -> Iterator[str]:
    home: dict[str, DeskBody] = {}
    groups = {g for w in waves for g in w.groups}
    used = {b.group for w in waves for b in w.bodies}
    for w in waves:
        for name in sorted(set(w.groups) - used):
            yield f"{_where(w)}: no body is of the group '{name}'; remove it."
        for b in w.bodies:
            first = home.setdefault(b.body, b)
            if first.metro != b.metro:
                yield (
                    f"{_where(w)}: body '{b.body}' is of '{first.metro}' in an earlier wave and of "
                    f"'{b.metro}' here; give it one metropolis."
                )
            if b.group and b.group not in groups:
                yield f"{_where(w)}: there is no group '{b.group}'; add it to 'groups'."
    one = same_as(waves)
    for body, other in one.items():
        if other not in home or other in one:
            yield (
                f"catalog/{WAVES}: '{body}' is one with '{other}', which is no body that counts by "
                "itself; name that one."
            )
    named = [(w, e.body) for w in waves for b in (*w.bodies, *w.metropolises) for e in b.events]
    for w, body in named:
        if body and body not in home:
            yield f"{_where(w)}: an event names the body '{body}', which no wave has; correct it."


def _contradictions(waves: Sequence[DeskResearch]) -> Iterator[str]:
    told: dict[tuple[object, ...], Said] = {}
    for s in said(waves):
        f = s.fact
        undated = f.as_of is None and f.valid_from is None
        if s.withdrawn_in or f.recalled or f.field in SEVERAL or undated:
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


@dataclasses.dataclass(frozen=True)
class _Ended:
    """Which facts later waves withdrew, and which bodies they took out of their groups."""

    order: list[str]
    facts: dict[tuple[str, str, object], tuple[str, str]]
    groups: dict[tuple[str, str], tuple[str, str]]

    @classmethod
    def of(cls, waves: Sequence[DeskResearch]) -> _Ended:
        every = [(w.wave, c) for w in waves for c in w.corrections]
        return cls(
            [w.wave for w in waves],
            {
                (c.body or c.group, c.field, c.value): (wave, c.reason)
                for wave, c in every
                if c.field != "group"
            },
            {(c.body, str(c.value)): (wave, c.reason) for wave, c in every if c.field == "group"},
        )

    def by(self, of: str, fact: DeskFact, wave: str) -> tuple[str, str]:
        """(wave, reason) of a correction that came after the fact; empty for none."""
        by = self.facts.get((of, fact.field, fact.value))
        return by if by and self.order.index(by[0]) > self.order.index(wave) else ("", "")


def said(waves: Sequence[DeskResearch]) -> Iterator[Said]:
    """Every fact of every body and metropolis, those of its group included, in the order of waves.

    A fact of a group counts for a body only where the body says nothing itself on that field, in any
    wave; fields of which there may be several add up.
    """
    stated: dict[str, list[tuple[DeskResearch, DeskBody]]] = {}
    for w in waves:
        for b in w.bodies:
            stated.setdefault(b.body, []).append((w, b))
    ended = _Ended.of(waves)
    texts = {n: s for n, (s, _) in sources(waves).items()}
    for body, entries in stated.items():
        metro, name = entries[0][1].metro, entries[-1][1].name
        for wave, fact, by in _of_body(body, entries, waves, ended):
            yield Said(
                wave=wave, body=body, metro=metro, name=name, fact=fact,
                source=texts.get(fact.source), withdrawn_in=by[0], withdrawn_reason=by[1],
            )  # fmt: skip
    for w in waves:
        for m in w.metropolises:
            for fact in m.facts:
                yield Said(
                    wave=w.wave, body="", metro=m.metro, name="", fact=fact,
                    source=texts.get(fact.source),
                )  # fmt: skip


def _of_body(
    body: str,
    entries: Sequence[tuple[DeskResearch, DeskBody]],
    waves: Sequence[DeskResearch],
    ended: _Ended,
) -> Iterator[tuple[str, DeskFact, tuple[str, str]]]:
    """(wave, fact, its correction) of one body: what it has from its group, then its own."""
    group = next((b.group for _, b in entries if b.group), "")
    out = ended.groups.get((body, group), ("", ""))
    own = {
        f.field for w, b in entries for f in b.facts if not ended.by(body, f, w.wave)[0]
    } - SEVERAL  # fmt: skip
    for w in waves:
        here = [f for at, b in entries if at is w for f in b.facts]
        told = {(f.field, f.value) for f in here}
        left = bool(out[0]) and ended.order.index(out[0]) <= ended.order.index(w.wave)
        for fact in [] if left else w.groups.get(group, []):
            if fact.field not in own and (fact.field, fact.value) not in told:
                by = ended.by(group, fact, w.wave)
                yield w.wave, fact, by if by[0] else out
        for fact in here:
            yield w.wave, fact, ended.by(body, fact, w.wave)


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
