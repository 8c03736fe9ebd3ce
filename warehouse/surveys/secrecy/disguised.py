"""Persons in other spellings: names and mail inside longer texts, whatever case, accents, spaces and
punctuation; telephone numbers by their digits; points by their rounded coordinates.

Texts become words, and runs of words are joined with those known, so the cost grows with the texts and
not with their product. What only respondents wrote (notes) counts inside others from five words on:
shorter phrases are in public texts by chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import query
from warehouse.home import Home

# Headers of the protected store under which a value names a person.
NAMING = re.compile(
    r"(name|nom|mail|correu|correo|courriel|reviewer|phone|tel[eé]fon|submitted_by)", re.I
)
LONGEST = 8  # words compared; a longer text is known by its beginning
PHRASE = 5  # words from which a text that is no name counts inside another
LEAST_DIGITS, COMPARED_DIGITS = (
    8,
    9,
)  # of a telephone number; its last ones hold no country's prefix
NEAR = 0.0011  # degrees: a point rounded to three decimals is still somebody's door
_WORDS = "trim(regexp_replace(lower(strip_accents({})), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))".format
_TELEPHONE = r"\+?\d[\d ().\-/\x{00a0}]{6,}\d"
_POINT = r"-?\d{1,3}\.\d{2,}[ ,;/]+-?\d{1,3}\.\d{2,}"
_FOUND = f"""
with w as (select id, string_split({_WORDS("text")}, ' ') as words from texts),
run as (
  select w.id, array_to_string(list_slice(w.words, i, i + n.length - 1), ' ') as words
  from w, lengths n, lateral (select unnest(generate_series(1, len(w.words) - n.length + 1)) as i) s
), number as (
  select id, regexp_replace(unnest(regexp_extract_all(text, '{_TELEPHONE}')), '\\D', '', 'g') as digits
  from texts where regexp_matches(text, '\\d')
), point as (
  select id, regexp_extract_all(unnest(regexp_extract_all(text, '{_POINT}')), '-?\\d+\\.\\d+') as p
  from texts where regexp_matches(text, '\\d\\.\\d\\d')
)
select id from run join known_words using (words)
union select id from number join known_digits k on right(number.digits, {COMPARED_DIGITS}) = k.digits
union select id from point join known_points k on abs(p[1]::double - k.y) < {NEAR}
  and abs(p[2]::double - k.x) < {NEAR}
"""


@dataclass(frozen=True)
class KnownPersons:
    """What the protected store knows of persons, ready to be looked for."""

    con: duckdb.DuckDBPyConnection

    def found(self, texts: pa.Array | pa.ChunkedArray) -> pa.Array:
        """Which of the texts hold something of a person: true or false for each."""
        rows = pa.table({"text": texts, "id": np.arange(len(texts))})
        self.con.register("texts", rows)
        return (
            self.con.sql(
                f"select id in (select id from ({_FOUND})) as found from texts order by id"
            )
            .to_arrow_table()["found"]
            .combine_chunks()
        )


def known(home: Home) -> KnownPersons | None:
    """Everything in the protected store that can be found in disguise; none where it is empty."""
    files = sorted(str(p) for p in home.protected.glob("*/*.parquet"))
    return of_files(files) if files else None


def of_files(files: Iterable[str]) -> KnownPersons:
    """The same of files of the protected store (columns `header`, `value`)."""
    con = query.memory(serial=True)
    rows = pa.concat_tables(
        [pq.read_table(f, columns=["header", "value"]).cast(_KEPT) for f in files]
    )
    con.register("kept", rows)
    con.execute(
        f"""
        create temp table told as select distinct {_WORDS("value")} as words, value,
          regexp_matches(header, '(?i){NAMING.pattern}') or contains(value, '@') as naming
        from kept where value is not null;
        create temp table known_words as
        select distinct array_to_string(string_split(words, ' ')[1:{LONGEST}], ' ') as words from told
        where length(regexp_replace(words, '\\P{{L}}', '', 'g')) >= 6
          and len(string_split(words, ' ')) >= case when naming then 2 else {PHRASE} end;
        create temp table lengths as
        select distinct len(string_split(words, ' ')) as length from known_words;
        create temp table known_digits as
        select distinct right(regexp_replace(value, '\\D', '', 'g'), {COMPARED_DIGITS}) as digits from told
        where regexp_full_match(trim(value), '{_TELEPHONE}') and not regexp_matches(value, '\\d[.]\\d+ ')
          and length(regexp_replace(value, '\\D', '', 'g')) >= {LEAST_DIGITS}
          and (value like '%+%' or naming);
        create temp table known_points as
        select distinct p[1]::double as y, p[2]::double as x from (
          select regexp_extract_all(regexp_extract(value, '^\\s*({_POINT})', 1), '-?\\d+\\.\\d+') as p
          from told) where len(p) = 2;
        """
    )
    return KnownPersons(con)


_KEPT = pa.schema([("header", pa.string()), ("value", pa.string())])
