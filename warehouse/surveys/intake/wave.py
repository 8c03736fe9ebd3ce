"""One wave as a whole: its batches read, edits put in order, metropolises placed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.models.survey import Survey
from warehouse import query
from warehouse.home import Home
from warehouse.surveys.governance.normalise import normalise
from warehouse.surveys.governance.resolve import columns as resolve
from warehouse.surveys.intake import shelves
from warehouse.surveys.intake.intake import having

_RESPONSES = """
with newest as (
  select * from batch where not skipped qualify row_number() over (partition by response_id
    order by received desc, batch desc) = 1
), placed as (
  select n.*, lower(coalesce(nullif(m.metro_id, ''), nullif(n.metro_hint, ''))) as named_metro,
    m.ref_year,
    case
      when w.root_id is not null then 'withdrawn'
      when n.state = 'encrypted' then 'encrypted'
      when lower(n.state) like '%not_approved%' or lower(n.state) in ('rejected', 'not approved')
        then 'rejected'
      when n.state = 'incomplete' or m.said_state = 'draft' then 'draft'
      when lower(n.state) like '%approved%' or m.said_state in ('validated', 'published')
        or a.response_id is not null then 'validated'
      -- A state that is not known here may be that of a draft: a person says.
      when n.via = 'inbox' or m.state_unread or lower(n.state) not in
        ('', 'submitted', 'edited', 'received') then 'waiting'
      else 'submitted' end as judged
  from newest n left join said m using (response_id)
  left join withdrawn w using (root_id) left join accepted a using (response_id)
), ordered as (
  -- What is not finished or waits for a person replaces nothing.
  select *, row_number() over (partition by root_id
    order by judged in ('draft', 'waiting', 'encrypted'), coalesce(nullif(submitted, ''), received)
    desc, received desc, response_id desc) as place
  from placed
)
select response_id, root_id, batch, tool, version, submitted, judged as state,
  respondent, k.metro_id, named_metro as named, ref_year,
  place = 1 and judged in ('submitted', 'validated') and (uuid = '' or uuid not in (select replaces
    from ordered where replaces <> '' and judged not in ('draft', 'waiting', 'encrypted')))
    as standing
from ordered o left join known k on k.metro_id = o.named_metro order by response_id
"""
_ANSWERS = """
select $wave as wave, r.response_id, r.metro_id, nullif(r.version, '') as form_version, r.tool,
  a.question, a.entry, a.option, a.cell::bigint as place, a.value_raw, a.value_norm, a.scale,
  a.status, a.secrecy, r.standing
from read a join response r using (response) order by a.cell
"""
_PLACING = ("metro_id", "state", "ref_year")
_READ = ["response", "entry", "header", "question", "option", "value", "kind"]
_CHUNK, _ABREAST = 250, 2  # responses: what a wave takes of memory does not grow with it


@shelves.modest()
def write_wave(home: Home, wave: str, survey: Survey, metros: Iterable[str]) -> tuple[int, str]:
    """Make the files of a wave from its batches; (number of answers, version of the data)."""
    found = [
        (
            batch,
            shelves.table(shelves.answers(home, wave, batch), _READ),
            shelves.table(shelves.responses(home, wave, batch)),
        )
        for batch in shelves.batches(home, wave)
    ]
    responses = _responses(home, wave, found, survey, metros)
    count = 0
    sink = pa.BufferOutputStream()
    writer: pq.ParquetWriter | None = None
    for batch, answers, said in found:
        columns = resolve(answers, survey)
        chunk = partial(_chunk, wave, batch, answers, said, responses, columns, survey)
        with ThreadPoolExecutor(_ABREAST) as pool:
            for first in range(0, len(said), _CHUNK * _ABREAST):
                for made in pool.map(chunk, range(first, len(said), _CHUNK)[:_ABREAST]):
                    writer = writer or pq.ParquetWriter(sink, made.schema, compression="zstd")
                    writer.write_table(made)
                    count += len(made)
    if writer is not None:
        writer.close()
    content = sink.getvalue()
    shelves.put(shelves.read_wave(home, wave, "answers"), content)
    version = hashlib.sha256(content).hexdigest()
    other = shelves.put_table(shelves.read_wave(home, wave, "responses"), responses)
    return count, f"{version[:32]}{other[:32]}"


def _responses(
    home: Home, wave: str, found: list, survey: Survey, metros: Iterable[str]
) -> pa.Table:
    """The responses of a wave: which stand, for which metropolis, in which state."""
    con = query.memory(serial=True)
    placing = []
    for _, answers, said in found:
        columns = [c for c in resolve(answers, survey) if c.question in _PLACING]
        few = answers.filter(pa.array(having(answers, {c.header for c in columns})))
        read = normalise(few, _versions(said, 0, len(said)), columns, survey)
        ids = said["response_id"].take(read["response"])
        placing.append(read.append_column("response_id", ids))
    con.register("batch", pa.concat_tables([said for _, _, said in found]))
    for decision, rows in shelves.decided(home).items():
        con.register(decision, rows)
    con.register("where_from", pa.concat_tables(placing))
    con.register("known", pa.table({"metro_id": pa.array(list(metros), pa.string())}))
    con.execute(
        """create temp table said as select response_id,
             max(value_norm) filter (where question = 'metro_id') as metro_id,
             max(value_norm) filter (where question = 'state') as said_state,
             coalesce(bool_or(question = 'state' and status in ('invalid', 'ambiguous')), false)
               as state_unread,
             max(try_cast(value_norm as bigint)) filter (where question = 'ref_year'
               and status = 'answered') as ref_year
           from where_from group by all"""
    )
    made = con.sql(_RESPONSES).to_arrow_table()
    return made.append_column("wave", pa.array([wave] * len(made), pa.string()))


def _chunk(wave, batch, answers, said, responses, columns, survey, first: int) -> pa.Table:
    """The read answers of some responses of a batch, with the columns of `gov_answer`."""
    last = min(first + _CHUNK, len(said))
    numbers = answers["response"]
    inside = pc.and_(pc.greater_equal(numbers, first), pc.less(numbers, last))
    cells = np.flatnonzero(inside.to_numpy(zero_copy_only=False))
    read = normalise(answers.take(pa.array(cells)), _versions(said, first, last), columns, survey)
    # The place of a cell is that in its batch, whatever the chunk.
    places = pa.array(cells.astype(np.int32)).take(read["cell"])
    read = read.set_column(0, "cell", places)
    con = query.memory(serial=True)
    con.register("read", read)
    con.register("all_responses", responses)
    con.register(
        "numbers",
        pa.table(
            {
                "response": pa.array(np.arange(first, last, dtype=np.int32)),
                "response_id": said["response_id"].slice(first, last - first).combine_chunks(),
            }
        ),
    )
    con.execute(
        "create temp view response as select n.response, r.* from numbers n join all_responses r "
        "on r.response_id = n.response_id and r.batch = getvariable('batch')"
    )
    con.execute("set variable batch = $batch", {"batch": batch})
    return con.sql(_ANSWERS, params={"wave": wave}).to_arrow_table()


def _versions(said: pa.Table, first: int, last: int) -> pa.Table:
    numbers = pa.array(np.arange(first, last, dtype=np.int32))
    version = said["version"].slice(first, last - first).combine_chunks()
    return pa.table({"response": numbers, "version": version})
