"""What a file says that is not read: columns, answers, cells; with the remedy in the tool's words."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.survey import Survey
from sources.errors import Invalid
from warehouse import query
from warehouse.surveys.exports.neutral import Export
from warehouse.surveys.governance.normalise import normalise
from warehouse.surveys.governance.resolve import ExportColumn, is_expected

_SHOWN = 6
_REMEDY = {
    "kobo": "In KoboToolbox export as XLSX with 'XML values and headers' and the separator '/'.",
    "odk": "In ODK Central download 'All data' as a ZIP, with 'Split select multiple' if you wish.",
    "limesurvey": "In LimeSurvey export with 'Question code' headings and 'Answer codes', without "
    "'Convert Y to' and 'Convert N to'.",
    "template": "Choose from the lists of the template.",
}
_REPEATS = {
    "kobo": "A CSV of KoboToolbox holds no repeats: export as XLSX.",
    "odk": "One CSV of ODK Central holds no repeats: download 'All data' as a ZIP.",
    "limesurvey": "Ask them with the codes of the form.",
    "template": "Their sheet was left empty.",
}


def sentences(
    export: Export, answers: pa.Table, found: Sequence[ExportColumn], survey: Survey
) -> list[str]:
    """What was not read of a file, a sentence each; nothing where all was.

    answers: those of institutions, as they are kept. Raises `Invalid` where no answer of an
    institution was recognised. No sentence quotes an answer.
    """
    tool = "kobo" if export.tool.startswith("kobo") else export.tool
    versions = export.responses.select(["response", "version"])
    read = normalise(answers, versions, list(found), survey)
    con = query.memory(serial=True)
    con.register("read", read)
    unread = con.sql(
        "select question::varchar, count(*) from read where status in ('invalid', 'ambiguous') "
        "group by question order by min(cell)"
    ).fetchall()
    outside = con.sql(
        "select question::varchar, count(*) from read where status = 'out_of_range' "
        "group by question order by min(cell)"
    ).fetchall()
    said = con.sql(
        "select count(*) from read where status in ('answered', 'chosen', 'dont_know', 'not_applicable')"
    ).fetchall()[0][0]
    locked = export.responses["state"].to_pylist().count("encrypted")
    if not said and len(export) > locked:
        heads = list(dict.fromkeys(c.header for c in found if not is_expected(c.header)))
        raise Invalid(
            f"{export.name}: no answer was recognised (its columns: {', '.join(heads)[:120]}). "
            f"{_REMEDY[tool]}"
        )
    made = []
    unnamed = pc.and_(
        pc.equal(export.answers["header"].cast(pa.string()), ""),
        pc.not_equal(export.answers["value"], ""),
    )
    strangers = ["a column without a name"] if pc.any(unnamed).as_py() else []
    strangers += [
        c.header + (f" [{c.raw_option}]" if c.raw_option and c.raw_option not in c.header else "")
        for c in found
        if c.header and not c.question and c.secrecy == "personal" and not is_expected(c.header)
    ]
    if strangers:
        made.append(
            f"{len(strangers)} columns are no question of this survey and were not read: "
            f"{_listed(strangers)}. {_REMEDY[tool]}"
        )
    if unread:
        what = _listed([f"{question} ({n})" for question, n in unread])
        made.append(
            f"{sum(n for _, n in unread)} answers are none that their question knows and were not "
            f"read: {what}. {_REMEDY[tool]}"
        )
    if outside:
        made.append(
            f"{sum(n for _, n in outside)} answers are outside what their question allows and are not "
            f"published: {_listed([f'{question} ({n})' for question, n in outside])}. Ask the city for the "
            "right figures, or correct the question's limits."
        )
    made += _lost(con, survey)
    asked = {c.question for c in found if c.question}
    for group in survey.groups:
        names = [q.name for q in group.questions]
        if group.repeat and group.repeat in asked and not asked & set(names):
            made.append(
                f"The file holds none of the questions of '{group.label.en}' ({group.name}), which are "
                f"asked several times. {_REPEATS[tool]}"
            )
    if export.left_out:
        made.append(
            f"{len(export.left_out)} cells begin with '=' and are formulas, which are not computed "
            f"here; they were taken as text: {_listed(export.left_out)}. Replace them by their values."
        )
    if export.comments:
        made.append(
            f"{len(export.comments)} cells have a comment, which was not read: "
            f"{_listed(export.comments)}. Write into the cell what is to be taken."
        )
    if locked:
        made.append(
            f"{locked} responses are encrypted and have no answers: download them from ODK Central with "
            "the passphrase."
        )
    return made


def _lost(con: duckdb.DuckDBPyConnection, survey: Survey) -> list[str]:
    """What enters no table because the answer that places it is missing; relation `read`."""
    known = "status in ('answered', 'chosen', 'dont_know', 'not_applicable')"
    made = []
    undated = con.sql(
        f"""select count(*) from (select response from read where {known} group by response
          having not bool_or(question = 'ref_year' and status = 'answered'))"""
    ).fetchall()[0][0]
    if undated:
        made.append(
            f"{undated} responses have no reference year (ref_year), so that nothing of them enters a "
            "table: ask the city for the year, and import the export again."
        )
    nameless, twice = con.sql(
        f"""with entries as (select response, entry, max(lower(trim(value_norm))) filter (where
              question = 'body_name' and status = 'answered') as name
            from read where entry <> '' and {known} group by all),
          named as (select count(*) as n from entries where name is not null group by response, name)
        select (select count(*) from entries where name is null),
          (select coalesce(sum(n - 1), 0) from named)"""
    ).fetchall()[0]
    if nameless:
        made.append(
            f"{nameless} bodies have no name (body_name) and enter no table of bodies: ask the city "
            "for their names."
        )
    if twice:
        made.append(
            f"{twice} bodies have the name of another one in the same response and are taken as one "
            "body: give each its own name (body_name)."
        )
    return made


def prove_one_column_each(export: Export, found: Sequence[ExportColumn]) -> None:
    """Raise `Invalid` where two columns answer one question in one response, naming both."""
    known = [c for c in found if c.question]
    con = query.memory(serial=True)
    wanted = export.answers.select(
        ["response", "entry", "header", "option", "value", "sheet", "column"]
    )
    numbered = wanted.append_column("cell", pa.array(np.arange(len(wanted))))
    con.register("answers", numbered)
    con.register(
        "known",
        pa.table(
            {
                "header": pa.array([c.header for c in known], pa.string()),
                "option": pa.array([c.raw_option for c in known], pa.string()),
                "question": pa.array([c.question for c in known], pa.string()),
                "choice": pa.array([c.option for c in known], pa.string()),
            }
        ),
    )
    twice = con.sql(
        """with places as (
             select k.question, k.choice, a.response, a.entry::varchar as entry, a.sheet::varchar as sheet,
               a."column"::varchar as "column", a.header::varchar as header, trim(a.value) as value, a.cell
             from answers a join known k on k.header = a.header and k.option = a.option
             where trim(a.value) <> '')
           select question, arg_min(sheet, cell), arg_min("column", cell), arg_min(header, cell),
             arg_max("column", cell), arg_max(header, cell), arg_max(sheet, cell)
           from places group by question, choice, response, entry
           having count(distinct sheet || chr(0) || "column") > 1 and count(distinct value) > 1
           order by min(cell) limit 1"""
    ).fetchall()
    if twice:
        question, sheet, first, head, second, other, also = twice[0]
        raise Invalid(
            f"{export.name}: two columns answer the question '{question}': {first} ('{head}') of "
            f"'{sheet}' and {second} ('{other}') of '{also}', with different answers: remove one of "
            "them, or export with names instead of labels."
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
