"""Answers as text to answers that can be compared: numbers, dates, choices; nothing is overwritten."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from catalog.models.survey import Survey
from warehouse import query
from warehouse.surveys.governance.resolve import ExportColumn, spellings

# Beside the kinds that the tools tell apart: what an answer says of itself.
STATUSES = (
    *("answered", "empty", "not_asked", "chosen", "not_chosen"),
    *("dont_know", "not_applicable", "invalid", "ambiguous", "out_of_range"),
)
# Digits of every script, the Arabic signs for decimals and thousands, and the minus sign.
_DIGITS = [chr(n) for n in range(0x80, 0x20000) if unicodedata.category(chr(n)) == "Nd"]
_FROM = "".join(_DIGITS) + "\u066b\u2212\u066c"
_TO = "".join(str(unicodedata.digit(d)) for d in _DIGITS) + ".-"
_PLAIN_DIGITS = f"translate(trim(value), '{_FROM}', '{_TO}')"
_CLEAN = (
    rf"regexp_replace({_PLAIN_DIGITS}, '[\s\x{{00a0}}\x{{2009}}\x{{202f}}''\x{{2019}}]', '', 'g')"
)
# How people tick a cell, and how tools write that an option was chosen or not.
_TICKS = ("x", "✓", "✔", "☑", "☒", "●", "•", "1", "true", "y")
_CROSSES = ("0", "false")
_WHOLE = """case
    when regexp_full_match(c, '[+-]?\\d+') then c
    when regexp_full_match(c, '\\d{1,3}([.,]\\d{3})+') then replace(replace(c, '.', ''), ',', '')
    when regexp_full_match(c, '[+-]?\\d+[.,]0+') then regexp_extract(c, '^[+-]?\\d+')
    -- a year that a spreadsheet keeps as its first day
    when regexp_full_match(c, '\\d{4}-01-01(T?00:00:00)?') then left(c, 4)
  end"""
_NUMBER = """case
    when regexp_full_match(c, '[+-]?\\d+(\\.\\d+)?([eE][+-]?\\d+)?') then c
    when regexp_full_match(c, '[+-]?0,\\d+') then replace(c, ',', '.')
    when regexp_full_match(c, '\\d{1,3},\\d{3}') then 'ambiguous'
    when regexp_full_match(c, '[+-]?\\d+,\\d+') then replace(c, ',', '.')
    when regexp_full_match(c, '[+-]?\\d{1,3}(\\.\\d{3})+(,\\d+)?')
      then replace(replace(c, '.', ''), ',', '.')
    when regexp_full_match(c, '[+-]?\\d{1,3}(,\\d{3})+(\\.\\d+)?') then replace(c, ',', '')
  end"""
_DATE = """case
    when regexp_matches(c, '^\\d{4}-\\d{2}-\\d{2}') then try_cast(left(c, 10) as date)
    when regexp_full_match(c, '\\d{1,2}[./-]\\d{1,2}[./-]\\d{4}')
      then try_strptime(replace(replace(c, '.', '/'), '-', '/'), '%d/%m/%Y')::date
  end"""

_SQL = f"""
create temp macro fold(v) as lower(trim(replace(nfc_normalize(v), '’', chr(39))));
create temp view cell as
select a.cell, a.response, c.question, c.option, c.type, c.list, c.secrecy, c.scale_from,
  c.least, c.most,
  case when a.entry = '' then c.entry1 else a.entry end as entry, a.value, a.kind,
  case when r.version in (select version from spellings) then r.version else '' end as version
from answers a join columns c on c.header = a.header and c.option_raw = a.option
join versions r using (response)
where c.question <> '';
create temp table said as
select distinct type, list, version, value from cell
where kind = 'answered' and option = '' and type <> 'text';
create temp table read as
with clean as (select *, {_CLEAN} as c from said)
select type, list, version, value, case type when 'integer' then {_WHOLE}
  when 'decimal' then {_NUMBER} when 'date' then ({_DATE})::varchar end as norm
from clean where type in ('integer', 'decimal', 'date')
union all
select type, s.list, s.version, s.value,
  coalesce(v.choice, o.choice, case when fold(s.value) = 'other' then 'other' end)
from said s
left join spellings v on v.list = s.list and v.version = s.version and s.version <> ''
  and v.spelling = fold(s.value)
left join spellings o on o.list = s.list and o.version = '' and o.spelling = fold(s.value)
where type = 'select_one'
union all
select type, list, version, value,
  case when count(*) = count(choice) then string_agg(choice, ' ' order by choice) end
from (select s.*, unnest(string_split_regex(trim(value), '[\\s,;]+')) as token from said s
      where type = 'select_multiple') t
left join (select list as of_list, spelling, choice from spellings where version = '') o
  on o.of_list = t.list and o.spelling = fold(t.token)
group by all;
update read set norm = g.norm from labelled g where read.type = 'select_multiple'
  and read.norm is null and read.list = g.list and read.value = g.value;
create temp table read_option as select distinct value,
  case when y.choice in ('yes', 'no') then y.choice
    when fold(value) in (select word from tick) then 'yes'
    when fold(value) in (select word from cross_out) then 'not'
    when y.choice is not null then 'empty' end as norm
from cell left join spellings y on y.list = 'yes_no' and y.version = '' and y.spelling = fold(value)
where option <> '' and kind = 'answered';
create temp view made as
select c.cell, c.response, c.question, c.entry, c.option, c.type, c.value as value_raw,
  case when c.kind = 'chosen' then 'yes' when c.kind = 'not_chosen' then 'no'
    when c.kind <> 'answered' then null
    when c.option <> '' then case y.norm when 'yes' then 'yes' when 'no' then 'no' when 'not' then 'no' end
    when c.question = 'metro_id' then lower(coalesce(m.choice, trim(c.value)))
    when c.type = 'text' then coalesce(m.choice, trim(c.value))
    when d.norm = 'ambiguous' then null else d.norm end as value_norm,
  case when c.kind <> 'answered' then c.kind
    when c.option <> '' then
      case y.norm when 'yes' then 'chosen' when 'no' then 'said_no' when 'not' then 'not_chosen'
        when 'empty' then 'empty' else 'invalid' end
    when c.type = 'text' then 'answered'
    when d.norm is null then 'invalid'
    when d.norm = 'ambiguous' then 'ambiguous'
    when c.type in ('integer', 'decimal')
      and try_cast(d.norm as double) not between c.least and c.most then 'out_of_range'
    when c.list = 'yes_no' and d.norm = 'dk' then 'dont_know'
    when c.list = 'yes_no' and d.norm = 'na' then 'not_applicable' else 'answered' end as status,
  c.secrecy, c.scale_from
from cell c
left join read d on d.type = c.type and d.list = c.list and d.version = c.version
  and d.value = c.value and c.kind = 'answered' and c.option = ''
left join read_option y on c.option <> '' and c.kind = 'answered' and y.value = c.value
left join spellings m on m.list = c.question and m.version = '' and c.type = 'text'
  and m.spelling = fold(c.value);
-- Where options are beside it, an unread multiple choice (labels hold blanks) says no more.
create temp table beside as
select response, entry, question, coalesce(string_agg(option, ' ' order by option)
  filter (where status = 'chosen'), '') as chosen
from made where option <> '' and status in ('chosen', 'not_chosen', 'said_no') group by all
having count(*) filter (where status in ('chosen', 'said_no')) > 0;
-- A tool writes that an option was not chosen also where nobody answered: without an option that was
-- chosen, or one that a person denied, nothing was said.
create temp table silent as
select distinct response, entry, question from made anti join beside using (response, entry, question)
where option <> '';
create temp table scales as
select response, question, any_value(value_norm) as scale from made
where option = '' and question in (select scale_from from columns) group by all;
"""
_RESULT = """
select m.cell, m.response, m.question, m.entry,
  m.option, m.value_raw,
  case when b.question is not null then b.chosen
    when m.status = 'not_chosen' and z.question is not null then null
    else m.value_norm end as value_norm,
  case when b.question is not null then 'answered'
    when m.status = 'said_no' then 'not_chosen'
    when m.status = 'not_chosen' and z.question is not null then 'empty' else m.status end as status,
  m.secrecy,
  case when m.scale_from = '' then 'authority' else s.scale end as scale
from made m
left join beside b on m.type = 'select_multiple' and m.option = '' and m.status = 'invalid'
  and b.response = m.response and b.entry = m.entry and b.question = m.question
left join silent z on m.option <> '' and z.response = m.response and z.entry = m.entry
  and z.question = m.question
left join scales s on m.scale_from <> '' and s.response = m.response and s.question = m.scale_from
order by m.cell
"""


def normalise(
    answers: pa.Table, versions: pa.Table, columns: Sequence[ExportColumn], survey: Survey
) -> pa.Table:
    """Every answer to a question of the questionnaire, one row a cell, with its value read.

    answers: as `Export.answers`; versions: `response, version`, one row a response; columns: what
    each header is. Answers `cell` (row of `answers`), `response, question, entry, option, value_raw,
    value_norm, status, secrecy, scale`. Numbers with a decimal comma or thousands separators are read
    where there is one way to read them; `1,234` for a decimal is `ambiguous`, a number outside what its
    question allows is `out_of_range`.
    """
    # Joins as they are written: the cells are many and everything joined to them is small. (With its
    # own choice of sides DuckDB 2.0 stops on 300,000 cells with an internal error, "dict-surviving".)
    con = query.memory(as_written=True)
    given = answers.select(["response", "entry", "header", "option", "value", "kind"])
    given = pa.table({n: _plain(given[n]) for n in given.column_names})
    numbered = given.append_column("cell", pa.array(np.arange(len(answers), dtype=np.int32)))
    con.register("answers", numbered)
    con.register("versions", versions)
    con.register("columns", _columns(columns, survey))
    con.register("spellings", _spellings(survey))
    for name, words in (("tick", _TICKS), ("cross_out", _CROSSES)):
        con.register(name, pa.table({"word": pa.array(words, pa.string())}))
    con.register("labelled", _labelled(numbered, columns, survey))
    con.execute(_SQL)
    return con.sql(_RESULT).to_arrow_table()


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _columns(columns: Sequence[ExportColumn], survey: Survey) -> pa.Table:
    known = {q.name: q for q in survey.questions}
    # A tool without repeats asks of one body: its answers are those of the first.
    first = {q.name: f"{g.name}[1]" for g in survey.groups if g.repeat for q in g.questions}
    rows = []
    for c in columns:
        q = known.get(c.question)
        rows.append(
            {
                "header": c.header,
                "option": c.option if q else "",
                "question": c.question,
                "secrecy": c.secrecy,
                "type": q.type if q else "text",
                "list": q.list if q else "",
                "scale_from": q.scale_from if q else "",
                "entry1": first.get(c.question, ""),
                "least": -math.inf if q is None or q.min is None else q.min,
                "most": math.inf if q is None or q.max is None else q.max,
            }
        )
    names = ("header", "option", "question", "secrecy", "type", "list", "scale_from", "entry1")
    table = pa.table({n: pa.array([r[n] for r in rows], pa.string()) for n in names})
    for n in ("least", "most"):
        table = table.append_column(n, pa.array([r[n] for r in rows], pa.float64()))
    return table.append_column("option_raw", pa.array([c.raw_option for c in columns], pa.string()))


def _labelled(answers: pa.Table, columns: Sequence[ExportColumn], survey: Survey) -> pa.Table:
    """Answers to a multiple choice that are wordings one after the other, read as choices.

    Tools join the wordings of what was chosen with blanks, and wordings hold blanks themselves.
    """
    asked = {q.name: q for q in survey.questions if q.type == "select_multiple"}
    lists = {
        c.header: asked[c.question].list for c in columns if c.question in asked and not c.option
    }
    if not lists:
        return pa.table({n: pa.array([], pa.string()) for n in ("list", "value", "norm")})
    con = query.memory(serial=True)
    con.register("answers", answers)
    con.register("wanted", pa.table({"header": list(lists), "list": list(lists.values())}))
    found = con.sql(
        "select distinct list, value from answers join wanted using (header) where option = '' "
        "and contains(trim(value), ' ') order by all"
    ).fetchall()
    words: dict[str, dict[str, str]] = {}
    for name, version, spelling, choice in spellings(survey):
        if not version:
            words.setdefault(name, {})[spelling] = choice
    rows = [(name, value, _choices_in(value, words.get(name, {}))) for name, value in found]
    return pa.table(
        {
            n: pa.array([r[i] for r in rows], pa.string())
            for i, n in enumerate(("list", "value", "norm"))
        }
    )


def _choices_in(text: str, words: dict[str, str]) -> str | None:
    """The choices whose wordings make up a text, in order of their names; None where some do not."""
    folded = " ".join(unicodedata.normalize("NFC", text).casefold().replace("’", "'").split())
    ends: dict[int, tuple[str, ...]] = {0: ()}
    for at in range(len(folded)):
        if at not in ends:
            continue
        start = at
        while start < len(folded) and folded[start] in " ,;/|":
            start += 1
        for spelling, choice in words.items():
            stop = start + len(spelling)
            whole = stop == len(folded) or folded[stop : stop + 1] in (" ", ",", ";", "/", "|")
            if whole and folded.startswith(spelling, start):
                ends.setdefault(stop, (*ends[at], choice))
    said = ends.get(len(folded))
    return " ".join(sorted(set(said))) if said else None


def _spellings(survey: Survey) -> pa.Table:
    rows = spellings(survey)
    names = ("list", "version", "spelling", "choice")
    return pa.table({n: pa.array([r[i] for r in rows], pa.string()) for i, n in enumerate(names)})
