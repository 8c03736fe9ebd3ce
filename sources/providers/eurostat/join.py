"""Parts of one Eurostat dataset, asked for code by code, made one file that the reader reads."""

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.csv

from sources.errors import Invalid, Retriable
from sources.formats import text
from sources.formats.delimited import first_line

SUFFIX = {"JSON": "json", "SDMX-CSV": "csv", "csvdata": "csv", "TSV": "tsv"}


def join(parts: list[Path], form: str, target: Path) -> Path:
    """Write the parts, in their order, as one file of the same format.

    SDMX-CSV: one header, all rows. TSV: the periods of all parts. JSON-stat: a collection
    (class `collection`, json-stat.org/full), which holds each part as it was served. Raises
    `Invalid` where the parts have different columns, `Retriable` where upstream published anew
    between two of them.
    """
    if not parts:
        raise Invalid(f"{target.name}: no part of the answer came; fetch it again.")
    raws = [text.decode(text.load(p), p) for p in parts]
    if form == "JSON":
        target.write_bytes(_collection(raws, target))
    elif form == "TSV":
        _tsv(raws, target)
    else:
        _same([first_line(raw) for raw in raws], "columns", target)
        _same_edition([_updated(raw) for raw in raws], target)
        with target.open("wb") as out:
            out.write(first_line(raws[0]) + b"\n")
            for raw in raws:
                body = raw[raw.find(b"\n") + 1 :] if b"\n" in raw else b""
                out.write(body if body.endswith(b"\n") or not body else body + b"\n")
    return target


def _collection(raws: list[bytes], target: Path) -> bytes:
    items = [orjson.loads(raw) for raw in raws]
    _same([",".join(i.get("id", ())) for i in items], "dimensions", target)
    _same_edition([i.get("updated", "") for i in items], target)
    return orjson.dumps({"version": "2.0", "class": "collection", "link": {"item": items}})


def _tsv(raws: list[bytes], target: Path) -> None:
    heads = [[w.strip() for w in first_line(raw).decode().split("\t")] for raw in raws]
    _same([head[0] for head in heads], "dimensions", target)
    periods = sorted({period for head in heads for period in head[1:]})
    names = [heads[0][0], *periods]
    tables = []
    for raw, head in zip(raws, heads, strict=True):
        table = pyarrow.csv.read_csv(
            pa.BufferReader(raw),
            pyarrow.csv.ReadOptions(column_names=head, skip_rows=1),
            pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(head, pa.string()), strings_can_be_null=False
            ),
        )
        nothing = pa.array([": "] * table.num_rows, pa.string())
        tables.append(pa.table({n: table[n] if n in head else nothing for n in names}))
    with target.open("wb") as out:
        out.write("\t".join([names[0], *(f"{p} " for p in periods)]).encode() + b"\n")
        pyarrow.csv.write_csv(
            pa.concat_tables(tables),
            out,
            pyarrow.csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none"),
        )


def _updated(raw: bytes) -> str:
    """The stamp `LAST UPDATE` of the first row, where there is such a column."""
    head, body = first_line(raw), raw[raw.find(b"\n") + 1 :]
    if not head.startswith(b"DATAFLOW,LAST UPDATE,"):
        return ""
    return first_line(body).partition(b",")[2].partition(b",")[0].decode()


def _same(words: list, what: str, target: Path) -> None:
    if len(set(words)) > 1:
        raise Invalid(
            f"{target.name}: the parts of the answer have different {what} "
            f"('{text.excerpt(words[0])}', then another): fetch it again."
        )


def _same_edition(stamps: list[str], target: Path) -> None:
    if len(set(stamps)) > 1:
        raise Retriable(
            f"{target.name}: Eurostat published a new edition ({max(stamps)}) while the parts were "
            "fetched; refresh again."
        )
