"""Parquet by statement: a table is written exactly as `tables.py` states it, or not at all.

The same rows, whatever order they come in, give the same bytes: rows are sorted by the statement,
and no clock, host or path enters the file. So a file's SHA-256 is the version of its data.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse import elsewhere, query
from warehouse.errors import WarehouseError
from warehouse.tables import Table

ROW_GROUP = 122_880
LARGE = 500_000  # rows
KEPT = 128 * 2**20  # bytes of tables that stay in memory once read
ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
}
LICENCE = {
    "dictionary": "CC BY 4.0",
    "figures": (
        "Each figure carries the licence of its dataset: see table source, columns licence and "
        "attribution. The compilation is CC BY 4.0."
    ),
}


def schema(statement: Table, *, dictionary: bool = False) -> pa.Schema:
    """The Arrow schema of a statement; columns that may not be null are `nullable=False`.

    With `dictionary`, texts that repeat are dictionary<int32, string>: a quarter of the memory.
    """
    repeats = _repeating(statement) if dictionary else frozenset()
    return pa.schema(
        pa.field(
            c.name,
            pa.dictionary(pa.int32(), pa.string()) if c.name in repeats else ARROW[c.type],
            nullable=c.null,
        )
        for c in statement.columns
    )


def empty(statement: Table) -> pa.Table:
    """The table with no rows."""
    return schema(statement).empty_table()


def conform(table: pa.Table, statement: Table) -> pa.Table:
    """The table with the statement's columns, types, column order and row order.

    Raises `WarehouseError` for a missing or unknown column, a value that does not fit its type,
    or a null where the statement allows none.
    """
    _check_names(table, statement)
    wanted = schema(statement)
    columns = [_cast(table.column(f.name), f, statement.name) for f in wanted]
    return ordered(pa.table(columns, schema=wanted), statement).combine_chunks()


def ordered(table: pa.Table, statement: Table) -> pa.Table:
    """The rows in the order of a statement: over numbers, not a dozen texts as a database would."""
    return in_order(table, statement.sort)


def in_order(table: pa.Table, by: tuple[str, ...]) -> pa.Table:
    """The rows in the order of `sorted_rows`."""
    order = sorted_rows(table, by)
    return table if np.array_equal(order, np.arange(len(order))) else table.take(pa.array(order))


def sorted_rows(table: pa.Table, by: tuple[str, ...]) -> np.ndarray:
    """Row numbers in the order of `by` (ascending, bytes of UTF-8, null last; with `-` the reverse).

    Rows that tie on `by` are ordered by all other columns, so that the result never depends on
    the order in which rows came.
    """
    if not len(table):
        return np.zeros(0, dtype=np.int64)
    key = _packed(table, by)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    if (ordered[1:] == ordered[:-1]).any():
        named = {b.removeprefix("-") for b in by}
        rest = tuple(n for n in table.column_names if n not in named)
        order = np.argsort(_packed(table, by + rest), kind="stable")
    return order


def write(
    table: pa.Table, statement: Table, path: Path, extra: dict[str, str] | None = None
) -> str:
    """Write one table as Parquet and return the SHA-256 of the file.

    zstd, sorted, row groups of 122,880; the footer says table, meaning, key, licence, and what
    `extra` adds or replaces; the metadata of each field says what the column means. Readers see the old file or the new one, never a part. Raises
    `WarehouseError` where the table is not as stated, or the file cannot be written.
    """
    _check_names(table, statement)
    wanted = _described(schema(statement), statement)
    # With texts as numbers, and written a row group at a time, so that the whole is never there twice.
    repeat = _repeating(statement)
    columns = [_compact(table[f.name], f, statement.name, repeats=f.name in repeat) for f in wanted]
    kept = pa.table(columns, names=list(statement.names))
    order = sorted_rows(kept, statement.sort)
    moved = not np.array_equal(order, np.arange(len(order)))
    footer = {
        "table": statement.name,
        "meaning": statement.meaning,
        "key": ", ".join(statement.key),
        "licence": LICENCE[statement.kind],
        **(extra or {}),
    }
    down = {name.removeprefix("-"): name.startswith("-") for name in statement.sort}
    ordering = [pq.SortingColumn(wanted.get_field_index(n), d, d) for n, d in down.items()]
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        wanted,
        compression="zstd",
        sorting_columns=ordering,
    ) as writer:
        writer.add_key_value_metadata(footer)
        for start in range(0, max(len(kept), 1), ROW_GROUP):
            part = kept.slice(start, ROW_GROUP)
            if moved:
                part = kept.take(pa.array(order[start : start + ROW_GROUP]))
            columns = [_cast(part[f.name], f, statement.name) for f in wanted]
            writer.write_table(pa.table(columns, schema=wanted), row_group_size=ROW_GROUP)
    content = sink.getvalue()
    write_atomic(path, content)
    return hashlib.sha256(content).hexdigest()


def read(path: Path, *, dictionary: Table | bool = False) -> pa.Table:
    """The rows of one Parquet file, in their order; `metadata` has what the footer says.

    With `dictionary`, a statement or true, texts that repeat come dictionary-encoded. What was read
    last is kept within bounds for the next who asks for the same file, since a table never changes.
    Raises `WarehouseError` where the file is missing or is not Parquet.
    """
    try:
        columns = _repeating(dictionary) if isinstance(dictionary, Table) else frozenset()
        if dictionary is True:
            fields = pq.read_schema(path)
            columns = frozenset(f.name for f in fields if pa.types.is_string(f.type)) - query.LONG
        return _KEPT.read(path, columns)
    except FileNotFoundError:
        raise WarehouseError(
            f"{path.name}: there is no such table in {path.parent}; build it."
        ) from None
    except (pa.ArrowException, OSError) as error:
        raise WarehouseError(
            f"{path}: this is not a readable Parquet file ({_first_line(error)}); build it again."
        ) from None


def read_some(path: Path, column: str, values: Sequence[str], dictionary: Table) -> pa.Table:
    """The rows of a Parquet file that have one of these texts in a column, texts that repeat as dictionaries.

    Groups of rows that hold none of them are not read.
    """
    with pq.ParquetFile(path, read_dictionary=sorted(_repeating(dictionary))) as file:
        at = file.schema_arrow.names.index(column)
        told = [
            file.metadata.row_group(n).column(at).statistics for n in range(file.num_row_groups)
        ]
        # Arrow does not skip groups by the statistics of a column that it reads as a dictionary.
        within = [
            n
            for n, t in enumerate(told)
            if t is None or not t.has_min_max or any(t.min <= v <= t.max for v in values)
        ]
        table = file.read_row_groups(within)
    return _bare(table.filter(pc.is_in(table[column], pa.array(values, pa.string()))))


class _Kept:
    """Tables read last, while together they take no more than some bytes; for all threads."""

    def __init__(self, most: int):
        self.most, self.lock = most, threading.Lock()
        self.tables: OrderedDict[tuple, tuple[pa.Table, int]] = OrderedDict()
        self.bytes = 0

    def read(self, path: Path, columns: frozenset[str]) -> pa.Table:
        """The table of a file, these columns as dictionaries."""
        # A file is never changed in place, so a new one has another number.
        found = path.stat()
        key = (str(path), found.st_ino, found.st_mtime_ns, found.st_size, columns)
        with self.lock:
            if key in self.tables:
                self.tables.move_to_end(key)
                return self.tables[key][0]
        table = _bare(pq.read_table(path, read_dictionary=sorted(columns)))
        size = table.nbytes  # asked once: it looks at every buffer
        if size <= self.most // 4:
            with self.lock:
                if key not in self.tables:  # another thread may have read it meanwhile
                    self.bytes += size
                self.tables[key] = table, size
                while self.bytes > self.most:
                    self.bytes -= self.tables.popitem(last=False)[1][1]
        return table

    def forget(self) -> None:
        """Let go of every table."""
        with self.lock:
            self.tables.clear()
            self.bytes = 0


_KEPT = _Kept(KEPT)
forget = _KEPT.forget


def is_large(path: Path) -> bool:
    """Whether a Parquet file is better asked for a part of its rows than read whole."""
    return pq.read_metadata(path).num_rows > LARGE


def metadata(path: Path) -> dict[str, str]:
    """What the footer of a Parquet file says: table, meaning, key, licence and the rest.

    Raises `WarehouseError` where the file is missing or is not Parquet.
    """
    try:
        found = pq.read_metadata(path).metadata or {}
    except (pa.ArrowException, OSError) as error:
        raise WarehouseError(
            f"{path}: this is not a readable Parquet file ({_first_line(error)}); build it again."
        ) from None
    return {k.decode(): v.decode() for k, v in found.items()}


def _described(plain: pa.Schema, statement: Table) -> pa.Schema:
    """The schema with the statement's words in the metadata of each field."""
    fields = []
    for field, c in zip(plain, statement.columns, strict=True):
        said = {"description": c.meaning, "unit": c.unit, "among": c.among, "type": c.type}
        fields.append(field.with_metadata({k: v for k, v in said.items() if v}))
    return pa.schema(fields)


def _bare(table: pa.Table) -> pa.Table:
    """The table without metadata of its own or of its fields."""
    return pa.table(table.columns, schema=pa.schema([f.remove_metadata() for f in table.schema]))


def digest(path: Path) -> str:
    """The SHA-256 of a file: the version of its data."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomic(path: Path, content: bytes | pa.Buffer) -> None:
    """Put bytes at `path` through a temporary file in the same folder, flushed to the disk.

    Raises `WarehouseError` where the disk is full or the folder may not be written.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        sync(path.parent)
    except OSError as error:
        raise WarehouseError(unwritable(path, error)) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    elsewhere.saved(path)


def remove(path: Path) -> None:
    """Remove a file, wherever its home is; one that is not there is no error."""
    path.unlink(missing_ok=True)
    elsewhere.removed(path)


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(path: Path, error: Exception) -> str:
    """The sentence for a file or folder that cannot be written."""
    reason = getattr(error, "strerror", None) or _first_line(error)
    if "no space left" in str(error).lower() or "quota" in str(error).lower():
        return f"{path}: the disk is full ({reason}); free some space and run again."
    return f"{path}: it cannot be written ({reason}); check that the folder may be written."


def _check_names(table: pa.Table, statement: Table) -> None:
    names = set(table.column_names)
    if missing := [n for n in statement.names if n not in names]:
        raise WarehouseError(
            f"Table {statement.name}: column {', '.join(missing)} is missing; make the table as "
            "warehouse/tables states it."
        )
    if unknown := [n for n in table.column_names if n not in statement.names]:
        raise WarehouseError(
            f"Table {statement.name}: column {', '.join(unknown)} is not stated; add it to "
            "warehouse/tables or leave it out."
        )


def _compact(
    column: pa.ChunkedArray, field: pa.Field, table: str, *, repeats: bool
) -> pa.ChunkedArray:
    """The column as stated and in one piece, texts that repeat as dictionary<int32, string>."""
    if not pa.types.is_dictionary(column.type):
        column = _cast(column, field, table)
        column = column.dictionary_encode() if repeats else column
    return pa.chunked_array([column.unify_dictionaries().combine_chunks()])


def _cast(column: pa.ChunkedArray, field: pa.Field, table: str) -> pa.ChunkedArray:
    try:
        cast = column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise WarehouseError(
            f"Table {table}, column {field.name}: a value is not {field.type} "
            f"({_first_line(error)}); mend the step that makes it."
        ) from None
    if not field.nullable and cast.null_count:
        raise WarehouseError(
            f"Table {table}, column {field.name}: {cast.null_count} of {len(cast)} values are "
            "null and none may be; mend the step that makes it."
        )
    return cast


def _packed(table: pa.Table, by: tuple[str, ...]) -> np.ndarray:
    """One integer a row that orders rows as the columns of `by` do, first column first."""
    key, size = np.zeros(len(table), dtype=np.int64), 1
    for name in by:
        codes, distinct = _codes(table.column(name.removeprefix("-")))
        if name.startswith("-"):
            codes = distinct - 1 - codes
        if size > 2**62 // distinct:
            values, key = np.unique(key, return_inverse=True)
            size = max(len(values), 1)
        key, size = key * distinct + codes, size * distinct
    return key


def _codes(column: pa.ChunkedArray) -> tuple[np.ndarray, int]:
    """Each value's place among the sorted distinct values, null last; and how many places."""
    encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    values = encoded.dictionary
    by_value = pc.sort_indices(values).to_numpy()
    place = np.empty(len(values) + 1, dtype=np.int64)
    place[by_value] = np.arange(len(values))
    place[len(values)] = len(values)
    return place[encoded.indices.fill_null(len(values)).to_numpy()], len(values) + 1


def _repeating(statement: Table) -> frozenset[str]:
    return frozenset(c.name for c in statement.columns if c.type == "VARCHAR") - query.LONG


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
