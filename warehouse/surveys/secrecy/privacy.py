"""Where persons who answered could leak: every file of a home outside the protected store is searched.

`scan` looks for given texts in all of them, opening what hides text: Parquet, DuckDB, gzip, zip, and
the ways in which JSON and HTML write letters that are not ASCII. `leaks` takes what the protected
store itself knows to identify persons and looks for it in the tables of a release, as it is and as
`disguised` finds it: written otherwise, or inside a longer text.
"""

from __future__ import annotations

import gzip
import html
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse import store
from warehouse.home import Home
from warehouse.query import Rows
from warehouse.surveys.secrecy import disguised

# What only those who may see persons can enter: the store itself, and files not yet read.
PRIVATE = ("protected", "inbox")
SHORTEST = 6  # letters: shorter texts ("Anna", "yes") are in public ones by chance
_LAYERS = 3  # of archives in archives


def scan(home: Home, needles: Iterable[str]) -> list[tuple[Path, str]]:
    """(file relative to the home, text found in it), in order; none is good.

    Texts are found whatever their case. A file that cannot be opened is searched as bytes; one that
    vanishes meanwhile, as those beside a database in use do, is no file of the home.
    """
    wanted = {n: _spellings(n) for n in needles}
    found = []
    for path in sorted(p for p in home.root.rglob("*") if p.is_file() and not p.is_symlink()):
        inside = path.relative_to(home.root)
        if inside.parts[0] in PRIVATE:
            continue
        try:
            told = "".join(_texts(path)).lower().encode()
        except FileNotFoundError:  # a database in use drops its log between listing and opening
            continue
        told += b"\0" + path.name.lower().encode()
        found += [(inside, n) for n, ways in wanted.items() if any(w in told for w in ways)]
    return found


def known_persons(home: Home) -> list[str]:
    """Every text of the protected store that identifies or comes from a person, in order."""
    said: set[str] = set()
    for path in sorted(home.protected.glob("*/*.parquet")):
        rows = pq.read_table(path, columns=["value"])
        said |= set(pc.unique(pc.utf8_trim_whitespace(rows["value"].cast(pa.string()))).to_pylist())
    # A number or a date alone is nobody's; nor is a text that is in public ones by chance.
    return sorted(v for v in said - {None} if len(v) >= SHORTEST and _tells(v))


def leaks(home: Home, tables: Mapping[str, Rows]) -> list[str]:
    """A sentence for each table of governance that holds what the protected store keeps; none is good.

    The sentence names table and column, never what was found.
    """
    persons = known_persons(home)
    said = disguised.known(home)
    if not persons and not said:
        return []
    columns, values = [], []
    for name, rows in tables.items():
        if not name.startswith("gov"):
            continue
        table = store.read(rows) if isinstance(rows, Path) else rows
        for column in table.column_names:
            kind = table.schema.field(column).type
            kind = kind.value_type if pa.types.is_dictionary(kind) else kind
            if pa.types.is_string(kind) or pa.types.is_large_string(kind):
                columns.append((name, column))
                values.append(pc.unique(table[column].drop_null().cast(pa.string())))
    if not values:
        return []
    # All columns at once: a search of each would cost more than what it searches.
    texts = pa.concat_arrays(values)
    held = pc.is_in(pc.utf8_trim_whitespace(texts), pa.array(persons, pa.string()))
    held = pc.or_(held, said.found(texts)) if said else held
    sentences, first = [], 0
    for (name, column), some in zip(columns, values, strict=True):
        count = pc.sum(held.slice(first, len(some))).as_py() or 0
        first += len(some)
        if count:
            sentences.append(
                f"Table {name}, column {column}: {count} texts are or hold those of persons who answered "
                "(protected store); state the question as 'class: personal' in catalog/surveys, "
                "and read the wave again."
            )
    return sentences


def _tells(text: str) -> bool:
    """Whether a text has what names and addresses have: an @, or letters of more than one word, or
    digits that are no date or plain number."""
    if "@" in text:
        return True
    letters = sum(c.isalpha() for c in text)
    return (letters >= SHORTEST and " " in text) or (
        letters == 0 and text[0] == "+" and sum(c.isdigit() for c in text) >= 8
    )


def _spellings(text: str) -> list[bytes]:
    """How a text is written in files: as it is, in JSON, in HTML, in two bytes a letter."""
    plain = text.lower()
    ways = {plain, json.dumps(plain)[1:-1], html.escape(plain)}
    ways |= {json.dumps(json.dumps(plain)[1:-1])[1:-1]}
    ways |= {"".join(c if c.isascii() else f"&#{ord(c)};" for c in plain)}
    ways |= {json.dumps(text)[1:-1].lower()}
    return sorted(w.encode() for w in ways)


def _texts(path: Path) -> Iterable[str]:
    """What a file says, in pieces; bytes that are no text stay in as they are."""
    if path.suffix == ".duckdb":
        yield from _database(path)
        return
    yield from _bytes(path.read_bytes(), _LAYERS)


def _bytes(raw: bytes, layers: int) -> Iterable[str]:
    packed = raw[:4] in (b"PAR1", b"PK\x03\x04") or raw[:2] == b"\x1f\x8b"
    if not packed or not layers:
        yield raw.decode("utf-8", "replace")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield raw.decode("utf-16", "replace")
    if not layers:
        return
    try:
        if raw[:4] == b"PAR1":
            file = pq.ParquetFile(io.BytesIO(raw))
            texts = [f.name for f in file.schema_arrow if not pa.types.is_primitive(f.type)]
            table = file.read(columns=texts)
            yield from _columns(table)
            yield str(table.schema.metadata)
        elif raw[:2] == b"\x1f\x8b":
            yield from _bytes(gzip.decompress(raw), layers - 1)
        elif raw[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                for part in archive.infolist():
                    yield part.filename
                    yield from _bytes(archive.read(part), layers - 1)
    except (pa.ArrowException, OSError, zlib.error, zipfile.BadZipFile, EOFError):
        yield raw.decode("utf-8", "replace")


def _columns(table: pa.Table) -> Iterable[str]:
    for column in table.columns:
        kind = column.type
        if pa.types.is_dictionary(kind):
            # A dictionary may hold texts that no row has any more: they are in the file all the same.
            for chunk in column.chunks:
                yield "\n".join(str(v) for v in chunk.dictionary.to_pylist())
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            yield "\n".join(pc.unique(column.drop_null()).to_pylist())


def _database(path: Path) -> Iterable[str]:
    import duckdb

    with duckdb.connect(str(path), read_only=True) as con:
        rows = con.sql(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
        for table, column, kind in rows:
            if kind.startswith(("VARCHAR", "ENUM")):
                found = con.sql(f'select distinct "{column}"::varchar from "{table}"').fetchall()
                yield "\n".join(v for (v,) in found if v is not None)
        for (comment,) in con.sql("select comment from duckdb_tables()").fetchall():
            yield comment or ""
