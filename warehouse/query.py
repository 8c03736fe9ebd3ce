"""SQL over Arrow tables: each method keeps its SQL in `sql/<name>.sql` and runs it here."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# Arrow's own allocator keeps what is freed and spreads what is kept: in a build a quarter of a gigabyte.
pa.set_memory_pool(pa.system_memory_pool())

FOLDER = Path(__file__).parent / "sql"
Settings = dict[str, str | bool | int | float | list[str]]
# Cutting a large grouping into slices of an ENUM reads the whole table for each slice: DuckDB 2.0 tests
# a range of an ENUM row by row, where it could skip groups of rows.
SETTINGS: Settings = {"disabled_optimizers": "partitioned_execution"}
PART = 125_000  # rows taken at once where a table is taken part by part
# Bytes that questions on several threads may take, or half as much again as what they are shown if that is
# more; what does not fit is on disk for a while (in $TMPDIR).
ROOM = 400 * 2**20
FREED = 100 * 2**20  # so many bytes more than last time are worth closing the databases for
# Texts that are long or unique are not worth a dictionary in memory.
LONG = frozenset({"value_text", "detail", "note"})
BATCH = 122_880  # rows of an answer that are taken at once
_TEXT = pa.dictionary(pa.int32(), pa.string())
# A table in memory, or a Parquet file of which only the columns that are asked for are read.
Rows = pa.Table | Path


def text(name: str) -> str:
    """The SQL of `sql/<name>.sql`."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def run(sql: str, tables: Mapping[str, Rows]) -> pa.Table:
    """The result of one SELECT over the named tables, in memory.

    Rows come in no order unless the SQL says one. The SQL must not sum doubles: parallel sums
    differ in the last digits from run to run.
    """
    with memory(over=tables.values()) as con:
        for name, table in tables.items():
            show(con, name, table)
        return con.sql(sql).to_arrow_table()


def compact(con: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """The result of one SELECT, texts that repeat as dictionary<int32, string>, in the order of the database.

    It is encoded a batch at a time, so that the plain texts are never all in memory.
    """
    reader = con.sql(sql).to_arrow_reader(BATCH)
    shape = pa.schema([f.with_type(_TEXT) if _repeats(f) else f for f in reader.schema])
    # Copied: a column of a batch of DuckDB keeps the whole batch in memory.
    batches = [
        pa.RecordBatch.from_arrays(
            [
                c.dictionary_encode() if _repeats(f) else pa.concat_arrays([c, c[:0]])
                for c, f in zip(batch.columns, reader.schema, strict=True)
            ],
            schema=shape,
        )
        for batch in reader
    ]
    return pa.Table.from_batches(batches, shape).unify_dictionaries()


def encoded(table: pa.Table) -> pa.Table:
    """The table with texts that repeat as dictionary<int32, string>."""
    for at, field in enumerate(table.schema):
        if _repeats(field):
            table = table.set_column(at, field.name, table[at].dictionary_encode())
    return table


def _repeats(field: pa.Field) -> bool:
    return pa.types.is_string(field.type) and field.name not in LONG


def parts(sql: str, name: str, rows: Rows, by: str, most: int = PART) -> Generator[pa.Table]:
    """The results of one SELECT over a table taken part by part, so that memory stays within bounds.

    A part is a run of values of the text column `by`, of some `most` rows in all, or of one value
    that has more. The SELECT must not look from one value to another. The next part is asked for
    while the last is used: a small one keeps DuckDB on one core.
    """
    asked = _parts(sql, name, rows, by, most)
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(next, asked, None)
        while (part := coming.result()) is not None:
            coming = ahead.submit(next, asked, None)
            yield part


def _parts(sql: str, name: str, rows: Rows, by: str, most: int) -> Iterator[pa.Table]:
    with memory(over=[rows]) as con:
        show(con, "whole_", rows)
        spans = con.sql(
            f"""
            select min({by}), max({by})
            from (
                select {by}, (sum(n) over (order by {by}) - n) // {most} as part
                from (select {by}, count(*) as n from whole_ group by all)
            )
            group by part order by part
            """
        ).fetchall()
        for span in spans:
            first, last = (value.replace("'", "''") for value in span)
            con.execute(
                f"create or replace temp view {name} as "
                f"from whole_ where {by} between '{first}' and '{last}'"
            )
            yield con.sql(sql).to_arrow_table()


def values(rows: Rows, by: str, most: int) -> list[list[str]]:
    """The values of the text column `by`, in lists of which each has some `most` rows of the table."""
    with memory() as con:
        show(con, "rows_", rows)
        counted = con.sql(f"select {by}, count(*) from rows_ group by all order by all").fetchall()
    found, held = [[]], 0
    for value, rows_of_it in counted:
        if held and held + rows_of_it > most:
            found.append([])
            held = 0
        found[-1].append(value)
        held += rows_of_it
    return found


def joined(parts: Iterable[pa.Table]) -> pa.Table:
    """Tables of one shape below each other, texts that repeat as dictionary<int32, string>."""
    return pa.concat_tables([encoded(part) for part in parts]).unify_dictionaries()


def runs(table: pa.Table, by: str, most: int = PART) -> Iterator[pa.Table]:
    """The table in parts of some `most` rows, all rows of one value of the text column `by` in one part."""
    codes, _ = _coded(table[by])
    order = np.argsort(codes, kind="stable")
    if not np.array_equal(order, np.arange(len(order))):
        table, codes = table.take(pa.array(order)), codes[order]
    start = 0
    for end in [*(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(table)]:
        if end - start >= most or end == len(table):
            yield table.slice(start, end - start)
            start = end


def numbered(table: pa.Table, **numbers: Sequence[str]) -> pa.Table:
    """The table with whole numbers for combinations of columns, by which SQL groups many times faster
    than by a dozen texts.

    numbers: name of the new column to the columns that it stands for (earlier new ones among them);
    rows have the same number where all of them are equal, or null alike. Without columns it is the
    place of the row, from 0.
    """
    for name, columns in numbers.items():
        number = _number([table[c] for c in columns]) if columns else np.arange(len(table))
        table = table.append_column(name, pa.array(number, pa.int64()))
    return table


def coded(table: pa.Table, columns: Sequence[str]) -> tuple[pa.Table, dict[str, pa.Array]]:
    """The table with texts as whole numbers that sort alike, null as null, and the texts by number.

    SQL compares and groups these columns as it would the texts, many times faster; see `decoded`.
    """
    texts = {}
    for name in columns:
        encoded = table[name].dictionary_encode().unify_dictionaries().combine_chunks()
        order = pc.sort_indices(encoded.dictionary)
        place = np.empty(len(order), dtype=np.int32)
        place[order.to_numpy()] = np.arange(len(order))
        texts[name] = encoded.dictionary.take(order)
        column = pa.array(place).take(encoded.indices)
        table = table.set_column(table.column_names.index(name), name, column)
    # In one piece: a part that DuckDB made stays whole, texts and all, while one column of it is used.
    return table.combine_chunks(), texts


def decoded(table: pa.Table, texts: Mapping[str, pa.Array]) -> pa.Table:
    """The table with the texts that `coded` took out of it."""
    for name, values in texts.items():
        column = values.take(table[name].combine_chunks())
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def _number(columns: Sequence[pa.ChunkedArray]) -> np.ndarray:
    key, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        code, distinct = _coded(column)
        if size > 2**62 // distinct:
            key, size = _coded(pa.chunked_array([key]))
        key, size = key * distinct + code, size * distinct
    return key


def _coded(column: pa.ChunkedArray) -> tuple[np.ndarray, int]:
    """Each value's place among the distinct ones, in no order, null last; and how many places."""
    encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    last = len(encoded.dictionary)
    return encoded.indices.fill_null(last).to_numpy().astype(np.int64), last + 1


def memory(
    *, serial: bool = False, as_written: bool = False, over: Iterable[Rows] = ()
) -> duckdb.DuckDBPyConnection:
    """A connection to a database in memory; what it registers or makes as temporary is its own.

    The databases are the process's: opening one costs more than most questions (40 ms; a build
    asks some 170 times). `serial` is on one thread and without a bound of memory: sums and ties come out
    the same each time. `as_written` is on one thread, too, and joins tables in the order of the SQL.
    over: the large tables that it will be shown.
    """
    serial = serial or as_written
    con = _database(serial, as_written).cursor()
    needed = sum(t.nbytes for t in over if isinstance(t, pa.Table)) * 3 // 2
    if needed > ROOM and not serial:
        con.execute(f"set memory_limit = '{needed}B'")
    return con


@functools.cache
def _database(serial: bool, as_written: bool) -> duckdb.DuckDBPyConnection:
    # A folder that is there only while something is in it.
    spill = Path(tempfile.gettempdir()) / f"observatory-{os.getpid()}"
    how: Settings = {"threads": 1} if serial else {"memory_limit": f"{ROOM}B"}
    if as_written:
        how["disabled_optimizers"] = "join_order,build_side_probe_side,partitioned_execution"
    return duckdb.connect(config=SETTINGS | how | {"temp_directory": str(spill)})


def give_back(*kept: Callable[[], None], ended: bool = True) -> None:
    """Give memory that is no longer used back to the machine: the libraries keep it, each for itself.

    For between two pieces of work: where the process has grown, the databases in memory are closed.
    kept: what else forgets then what it keeps; ended: what is in memory now is what the next begins with.
    """
    if resident() > _left["bytes"] + FREED:
        for forget in kept:
            forget()
        _database.cache_clear()
        pa.default_memory_pool().release_unused()
        if ended:
            _left["bytes"] = resident()


_left = {"bytes": 0}  # in memory after the last time


def resident() -> int:
    """Bytes of this process that are in memory; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def show(con: duckdb.DuckDBPyConnection, name: str, table: Rows | Sequence[Path]) -> None:
    """Let the connection see a table, a Parquet file, or several that are alike, by that name."""
    if isinstance(table, pa.Table):
        con.register(name, table)
        return
    files = [table] if isinstance(table, Path) else table
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    con.execute(f"create temp view {name} as from read_parquet([{listed}])")


def names(table: Rows) -> list[str]:
    """The names of the columns of a table or of a Parquet file."""
    return pq.read_schema(table).names if isinstance(table, Path) else table.column_names


def as_of(release: Path, moment: datetime, table: str = "observation") -> pa.Table:
    """The figures of a release as they stood at a moment (UTC): `observation`, `part` or
    `country_context`.

    release: the file `observatory.duckdb`. As the macro `observation_as_of` in it.
    """
    with duckdb.connect(str(release), read_only=True) as con:
        return con.sql(f"from {_stood(table)}", params={"moment": moment}).to_arrow_table()


def turn_back(con: duckdb.DuckDBPyConnection, moment: datetime) -> list[str]:
    """Let the connection to a release see the figures as they stood at a moment (UTC).

    `observation`, `part`, `country_context`, and what SQL alone makes of them (`latest`, `coverage`)
    are hidden behind temporary views; the file is not touched. Returns their names.
    """
    at = f"timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}'"
    file = con.sql("select current_database()").fetchall()[0][0]
    # A release of before parts had a table of their own has none.
    there = {t for (t,) in con.sql("select table_name from duckdb_tables()").fetchall()}
    names = [n for n in ("observation", "part", "country_context") if n in there]
    for name in names:
        stood = _stood(f'"{file}".main.{name}').replace("$moment", at)
        con.execute(
            f"create temp view {name} as "
            f"select * replace (null::timestamp as recorded_to) from {stood}"
        )
    for name in ("latest", "coverage"):
        con.execute(f"create temp view {name} as {text(name)}")
        names.append(name)
    return names


def _stood(table: str) -> str:
    return (
        f"(from {table} where recorded_from <= $moment::timestamp "
        "and (recorded_to is null or recorded_to > $moment::timestamp))"
    )
