"""The tables of governance: from all waves that were read, and from desk research."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from catalog import Catalog
from warehouse import store, tables
from warehouse.home import Home
from warehouse.inputs import Inputs
from warehouse.surveys.governance import desk_wave
from warehouse.tables import Table


def made(home: Home, statement: Table) -> pa.Table:
    """One table of governance from all waves that were read, and from desk research."""
    from warehouse.surveys.intake import shelves
    from warehouse.surveys.intake.shelves import all_waves

    if statement == tables.of("gov_source"):
        return desk_wave.sources()
    if statement == tables.of("gov_event"):
        return desk_wave.events()
    if statement == tables.of("gov_fact"):
        return desk_wave.beside()["gov_fact"]
    waves = all_waves(home)
    files = [str(shelves.read_wave(home, w, "answers")) for w in waves]
    if statement == tables.of("gov_answer"):
        return published(files) if files else store.empty(statement)
    said = [str(shelves.read_wave(home, w, "responses")) for w in waves]
    state = tuple((p, Path(p).stat().st_mtime_ns) for p in (*files, *said, *_stated()))
    typed = _typed(home, tuple(waves), state)[statement.name]
    if statement == tables.of("gov_wave"):
        return pa.concat_tables([typed, desk_wave.waves().cast(typed.schema)])
    return typed


@functools.lru_cache(maxsize=1)
def _typed(home: Home, waves: tuple[str, ...], _state: object) -> dict[str, pa.Table]:
    """All typed tables at once; made anew when a file that they rest on changes."""
    from catalog import survey_loader
    from warehouse.surveys.governance.facts import facts
    from warehouse.surveys.intake import shelves

    survey = survey_loader.survey()
    files = [str(shelves.read_wave(home, w, "answers")) for w in waves]
    responses = [shelves.table(shelves.read_wave(home, w, "responses")) for w in waves]
    asked = [q.name for q in survey.questions]
    # A decision may be on an answer that is not for publication: it is proved like the others.
    secret = {q.name for q in survey.questions if q.secrecy == "N"}
    decided = sorted({c.question for c in survey_loader.corrections()} & secret)
    return facts(
        published(files, asked, decided) if files else store.empty(tables.of("gov_answer")),
        pa.concat_tables(responses) if responses else desk_wave.RESPONSES.empty_table(),
        survey,
        survey_loader.corrections(),
        desk_wave.beside(),
        desk_wave.names(),
    )


def published(
    files: list[str], questions: list[str] | None = None, confidential: Sequence[str] = ()
) -> pa.Table:
    """Answers of class F (what is public of an institution) in the files of waves.

    confidential: questions whose answers of class N come along, for what is not published.
    """
    from warehouse import query

    con = query.memory(serial=True)
    con.execute("set variable files = $files", {"files": files})
    con.execute("set variable asked = $asked", {"asked": questions or []})
    some = "" if questions is None else "and question in (select unnest(getvariable('asked')))"
    con.execute("set variable confidential = $listed", {"listed": list(confidential)})
    return con.sql(
        f"select * from read_parquet(getvariable('files')) where (secrecy = 'F' {some}) or "
        "(secrecy = 'N' and question in (select unnest(getvariable('confidential'))))"
    ).to_arrow_table()


def _stated() -> list[str]:
    import catalog

    return [str(p) for p in stated_files(catalog.load())]


def stated_files(catalog: Catalog) -> list[Path]:
    """The catalog files that decide what the tables of governance hold."""
    named = [
        catalog.folder / "surveys" / "governance.yaml",
        catalog.folder / "surveys" / "hosts.yaml",
        *sorted((catalog.folder / "surveys" / "desk").glob("*.yaml")),
        catalog.folder / "corrections" / "surveys" / "governance.yaml",
    ]
    return [p for p in named if p.exists()]


def make(given: Inputs) -> pa.Table:
    """One of the tables `gov_*` that hold answers and facts."""
    return made(given.home, given.statement)


def facts(catalog: Catalog, statement: Table) -> object:
    """The questionnaire, desk research and decisions, as they are written."""
    return [p.read_text(encoding="utf-8") for p in stated_files(catalog)]
