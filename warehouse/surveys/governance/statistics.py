"""Confidential answers of a wave as protected sums: what stays when nobody's own figure may be told.

Numbers of class N are summed over metropolises by region and model of governance; choices of class N
are counted, person by person, over the wave. A cell that would tell somebody's figure is empty and of
class C, one that would give it away by subtraction of class D; both have the status Q (suppressed).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from catalog import survey_loader
from catalog.contents import Catalog
from catalog.models.survey import Survey, SurveyCorrection
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.surveys.governance import desk_wave
from warehouse.surveys.governance.desk_wave import RESPONSES
from warehouse.surveys.governance.facts import BODIES, BODY, OF_BODY, decisions, known_bodies
from warehouse.surveys.governance.tables import stated_files
from warehouse.surveys.intake import shelves
from warehouse.surveys.intake.shelves import all_waves
from warehouse.surveys.secrecy import disclosure
from warehouse.tables import Table

STATEMENT = tables.of("governance_statistics")
ALL = ""
LIMITS = disclosure.DisclosureLimits()
MEDIAN_FROM = 10  # metropolises: a median of fewer is close to somebody's own figure
_NUMBERS = ("integer", "decimal")
_CHOSEN = f"""
with {BODIES}, one as (
  select wave, metro_id, response_id from response where standing and metro_id is not null
    and state not in ('draft', 'rejected')
  qualify row_number() over (partition by wave, metro_id
    order by (state = 'validated') desc, submitted desc, response_id desc) = 1
), answered as (
  select p.wave, p.question, p.metro_id, p.response_id, p.value_norm, {BODY} as body_id,
    d.choose, d.value as decided, d.question is not null as is_decided
  from answer p {OF_BODY}
  left join decision d on d.wave = p.wave and d.metro_id = p.metro_id and d.question = p.question
    and d.body = {BODY}
  where p.standing and p.metro_id is not null and p.status = 'answered' and p.value_norm is not null
), told as (
  -- Where a person decided, one answer counts: the one that was chosen, or what was put in its place.
  select wave, question, metro_id, response_id, value_norm, is_decided from answered
  where not is_decided or choose = response_id
  union all
  select distinct wave, question, metro_id, '', decided, true from answered
  where is_decided and nullif(decided, '') is not null
)
"""
_MAGNITUDES = (
    _CHOSEN
    + """, mine as (
  select t.wave, t.question, t.metro_id, sum(try_cast(t.value_norm as decimal(18, 2))) as amount
  from told t left join one using (wave, metro_id, response_id) join asked q using (question)
  where q.number and (t.is_decided or one.response_id is not null)
  group by all having amount is not null
)
select m.wave, m.question, coalesce(r.region, 'not known') as region,
  coalesce(p.model, 'not known') as category, list(m.amount::double order by m.metro_id) as amounts
from mine m left join metro r using (metro_id) left join governance_profile p using (metro_id)
group by all order by all
"""
)
_COUNTS = (
    _CHOSEN
    + """
select t.wave, t.question, t.value_norm as category, count(*) as persons
from told t join asked q using (question) where not q.number group by all order by all
"""
)


def statistics(
    answers: pa.Table,
    responses: pa.Table,
    metro: pa.Table,
    profile: pa.Table,
    survey: Survey,
    limits: disclosure.DisclosureLimits = LIMITS,
    corrections: Sequence[SurveyCorrection] = (),
    known: Sequence[tuple[str, str, str]] = (),
) -> pa.Table:
    """`governance_statistics` from answers and responses of all waves, those of class N included.

    answers: columns of `gov_answer`; responses, corrections, known: as `facts.facts` takes them; metro,
    profile: published.
    """
    asked = [
        q for q in survey.questions if q.secrecy == "N" and q.type in (*_NUMBERS, "select_one")
    ]
    tables = {
        "answer": answers,
        "response": responses,
        "metro": metro,
        "governance_profile": profile,
        "known_body": known_bodies(known),
        "decision": decisions(corrections),
        "asked": pa.table(
            {
                "question": pa.array([q.name for q in asked], pa.string()),
                "number": pa.array([q.type in _NUMBERS for q in asked], pa.bool_()),
            }
        ),
    }
    units = {q.name: q.unit for q in asked}
    rows: list[dict] = []
    for (wave, question), cells in _grouped(query.run(_MAGNITUDES, tables)):
        rows += _magnitudes(wave, question, units[question] or "", cells, limits)
    for (wave, question), cells in _grouped(query.run(_COUNTS, tables)):
        rows += _counts(wave, question, cells, limits)
    rows.sort(key=lambda r: tuple(r[k] for k in STATEMENT.key))
    types = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
    return pa.table(
        {c.name: pa.array([r[c.name] for r in rows], types[c.type]) for c in STATEMENT.columns}
    )


def magnitudes(
    cells: list[dict], limits: disclosure.DisclosureLimits
) -> tuple[list[str], list[str], np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(regions, categories, contributions, totals, marks, needs): a table with its totals last.

    cells: `region, category, amounts`. contributions: a list of figures in each place.
    """
    regions = sorted({c["region"] for c in cells})
    categories = sorted({c["category"] for c in cells})
    shape = (len(regions) + 1, len(categories) + 1)
    parts = np.empty(shape, object)
    for place in np.ndindex(shape):
        parts[place] = []
    for c in cells:
        i, j = regions.index(c["region"]), categories.index(c["category"])
        for place in ((i, j), (-1, j), (i, -1), (-1, -1)):
            parts[place].extend(c["amounts"])
    hidden = np.zeros(shape, bool)
    needs = np.zeros(shape)
    for place in np.ndindex(shape):
        hidden[place] = bool(disclosure.sensitive(parts[place], limits))
        needs[place] = disclosure.protection(parts[place], limits)
    inner = np.array([[sum(p) for p in row[:-1]] for row in parts[:-1]])
    totals = disclosure.with_totals(inner)
    # Who answers a wave is public: a cell of nobody is known to be nothing.
    nobody = np.array([[not p for p in row] for row in parts])
    marks = disclosure.suppress(totals, hidden, needs, fixed=nobody)
    return regions, categories, parts, totals, np.where(nobody, "F", marks), needs


def _magnitudes(wave, question, unit, cells, limits) -> Iterator[dict]:
    regions, categories, parts, totals, marks, _ = magnitudes(cells, limits)
    for i, region in enumerate([*regions, ALL]):
        for j, category in enumerate([*categories, ALL]):
            few = parts[i, j]
            if few:
                row = _row(wave, question, region, category, unit, totals[i, j], marks[i, j])
                open_median = marks[i, j] == "F" and len(few) >= MEDIAN_FROM
                row["median"] = float(f"{np.median(few):.2g}") if open_median else None
                yield row | {"metropolises": len(few)}


def _counts(wave, question, cells, limits) -> Iterator[dict]:
    counts = disclosure.with_totals(np.array([float(c["persons"]) for c in cells]))
    marks = disclosure.suppress(counts, disclosure.rare(counts, limits.k), limits.k)
    for c, count, mark in zip([*(c["category"] for c in cells), ALL], counts, marks, strict=True):
        yield _row(wave, question, ALL, c, "person", count, mark)


def _row(wave, question, region, category, unit, total, mark) -> dict:
    return {
        "wave": wave,
        "question": question,
        "region": region,
        "category": category,
        "metropolises": None,
        "total": round(float(total), 2) if mark == "F" else None,
        "median": None,
        "unit": unit,
        "obs_status": "A" if mark == "F" else "Q",
        "conf_status": str(mark),
    }


def _grouped(table: pa.Table) -> Iterator[tuple[tuple[str, str], list[dict]]]:
    from itertools import groupby

    rows = table.to_pylist()
    for key, cells in groupby(rows, key=lambda r: (r["wave"], r["question"])):
        yield key, list(cells)


def make(given: Inputs) -> pa.Table:
    """Table `governance_statistics`: answers of class N leave the layer of answers here alone."""
    waves = all_waves(given.home)
    answers = [shelves.table(shelves.read_wave(given.home, w, "answers")) for w in waves]
    said = [shelves.table(shelves.read_wave(given.home, w, "responses")) for w in waves]
    return statistics(
        pa.concat_tables(answers) if waves else store.empty(tables.of("gov_answer")),
        pa.concat_tables(said) if waves else RESPONSES.empty_table(),
        given["metro"],
        given["governance_profile"],
        survey_loader.survey(),
        corrections=survey_loader.corrections(),
        known=desk_wave.names(),
    )


def facts(catalog: Catalog, statement: Table) -> object:
    """The questionnaire, decisions and names of bodies, as they are written."""
    return [p.read_text(encoding="utf-8") for p in stated_files(catalog)]
