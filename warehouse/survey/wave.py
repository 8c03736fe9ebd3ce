"""One wave as a whole: its batches read, edits put in order, metropolises placed."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import numpy as np
import pyarrow as pa

from catalog.survey_model import Survey
from warehouse.home import Home
from warehouse.methods.governance.normalise import normalise
from warehouse.methods.governance.resolve import columns
from warehouse.survey import shelves

_RESPONSES = """
with newest as (
  select * from batch qualify row_number() over (partition by response_id
    order by received desc, batch desc) = 1
), placed as (
  select n.*, coalesce(nullif(m.metro_id, ''), nullif(n.metro_hint, '')) as named,
    m.said_state, m.ref_year
  from newest n left join said m using (response_id)
), ordered as (
  select *, row_number() over (partition by root_id
    order by coalesce(nullif(submitted, ''), received) desc, received desc, response_id desc) as place
  from placed
)
select response_id, root_id, batch, tool, version,
  coalesce(nullif(submitted, ''), received) as submitted,
  case
    when lower(state) like '%not_approved%' or lower(state) in ('rejected', 'not approved')
      then 'rejected'
    when lower(state) like '%approved%' or said_state in ('validated', 'published') then 'validated'
    when state = 'incomplete' or said_state = 'draft' then 'draft' else 'submitted' end as state,
  respondent, k.metro_id, named, ref_year,
  place = 1 and response_id not in (select replaces from newest where replaces <> '') as standing
from ordered o left join known k on k.metro_id = o.named order by response_id
"""
_ANSWERS = """
select '{wave}' as wave, a.response_id, r.metro_id, nullif(r.version, '') as form_version, r.tool,
  a.question, a.entry, a.option, a.cell::bigint as place, a.value_raw, a.value_norm, a.scale, a.status,
  a.secrecy, r.standing and r.state not in ('draft', 'rejected') as standing
from read a join response r on r.response_id = a.response_id and r.batch = a.batch
order by a.response_id, a.cell
"""


def read_wave(
    home: Home, wave: str, survey: Survey, metros: Iterable[str]
) -> tuple[pa.Table, pa.Table]:
    """(answers with the columns of `gov_answer`, responses) of all batches of a wave."""
    read, batches = [], []
    for batch in shelves.batches(home, wave):
        answers = shelves.table(shelves.answers(home, wave, batch))
        responses = shelves.table(shelves.responses(home, wave, batch))
        read.append(_read(answers, responses, survey, batch))
        batches.append(responses)
    con = duckdb.connect(config={"threads": 1})
    con.register("batch", pa.concat_tables(batches))
    con.register("read", pa.concat_tables(read, promote_options="permissive"))
    con.register("known", pa.table({"metro_id": pa.array(list(metros), pa.string())}))
    con.execute(
        """create temp table said as select response_id,
             max(value_norm) filter (where question = 'metro_id') as metro_id,
             max(value_norm) filter (where question = 'state') as said_state,
             max(try_cast(value_norm as bigint)) filter (where question = 'ref_year') as ref_year
           from read where question in ('metro_id', 'state', 'ref_year') group by all"""
    )
    responses = con.sql(_RESPONSES).to_arrow_table()
    con.register("response", responses)
    answers = con.sql(_ANSWERS.format(wave=wave.replace("'", "''"))).to_arrow_table()
    return answers, responses.append_column("wave", pa.array([wave] * len(responses), pa.string()))


def _read(answers: pa.Table, responses: pa.Table, survey: Survey, batch: str) -> pa.Table:
    ids = responses["response_id"].cast(pa.string())
    numbers = pa.array(np.arange(len(responses), dtype=np.int32))
    versions = pa.table({"response": numbers, "version": responses["version"]})
    made = normalise(answers, versions, columns(answers, survey), survey)
    where = made["response"].combine_chunks()
    keyed = pa.DictionaryArray.from_arrays(where, ids.combine_chunks())
    same = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(made), np.int32)), [batch])
    return made.append_column("response_id", keyed).append_column("batch", same)


def write_wave(home: Home, wave: str, survey: Survey, metros: Iterable[str]) -> tuple[int, str]:
    """Make the files of a wave; answers with the number of answers and the version of the data."""
    answers, responses = read_wave(home, wave, survey, metros)
    version = shelves.put_table(shelves.read_wave(home, wave, "answers"), answers)
    other = shelves.put_table(shelves.read_wave(home, wave, "responses"), responses)
    return len(answers), f"{version[:32]}{other[:32]}"


def all_waves(home: Home) -> list[str]:
    """The waves that were read, in order."""
    found = (home.survey / "waves").glob("*.answers.parquet")
    return sorted(p.name.removesuffix(".answers.parquet") for p in found)
