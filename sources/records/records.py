"""Source records: the one shape that every reader answers with.

One row per record (an observation with a value or an explicit status), in the provider's own
codes and column names:

- one string column per source dimension (never null; `""` where the source leaves it blank);
- `period` (string: `2015`, `2015-07`, `2015-Q3`, `2015-W05`; `""` only where the source has none);
- `value` (double, null where the source gives a status instead of a number);
- `value_text` (string, the value as served);
- `flags` (string, all that the source said about the figure, as served; `""` for none);
- `record_no` (int64, 1-based place of the record in the file, in reading order);
- then attributes and labels as further string columns.

Which column is a dimension, an attribute or a label is in the schema's metadata (`about`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.errors import Invalid

MEASURES = ("period", "value", "value_text", "flags", "record_no")
_KEY = b"observatory"
# Half the time and four fifths of the size of plain pages.
_ENCODINGS = {
    "value": "BYTE_STREAM_SPLIT",
    "value_text": "DELTA_LENGTH_BYTE_ARRAY",
    "record_no": "DELTA_BINARY_PACKED",
}


@dataclass(frozen=True)
class About:
    """What a reader knows about the file as a whole.

    `format` names the recognised format (`SDMX-CSV 1.0`); `published_at` is upstream's own stamp of
    the content (ISO 8601, UTC where the source gives a zone) or None; `labels` maps a dimension to
    the column that carries its label; `parts` are the sheets of a workbook that were read.
    """

    provider: str
    format: str
    dataset: str | None = None
    dimensions: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    published_at: str | None = None
    parts: tuple[str, ...] = ()


def make(
    about: About,
    *,
    dimensions: dict[str, pa.Array],
    period: pa.Array,
    value: pa.Array | pa.ChunkedArray,
    value_text: pa.Array | pa.ChunkedArray,
    flags: pa.Array | None = None,
    attributes: dict[str, pa.Array] | None = None,
    labels: dict[str, pa.Array] | None = None,
) -> pa.Table:
    """Assemble source records and prove their shape.

    `labels` maps a dimension's name to its labels; the column is named `<dimension>_label`.
    Long columns may come in chunks. Raises `Invalid` where a name is used twice.
    """
    n = len(value)
    attributes, labels = attributes or {}, labels or {}
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        name: _text(a, n) for name, a in dimensions.items()
    }
    columns |= {
        "period": _text(period, n),
        "value": value if value.type == pa.float64() else value.cast(pa.float64()),
        "value_text": _text(value_text, n),
        "flags": _text(flags, n),
        "record_no": pa.array(np.arange(1, n + 1)),
    }
    columns |= {name: _text(a, n) for name, a in attributes.items()}
    columns |= {f"{name}_label": _text(a, n) for name, a in labels.items()}
    expected = len(dimensions) + len(MEASURES) + len(attributes) + len(labels)
    # DuckDB does not tell `VALUE` from `value`: it would rename one of them without a word.
    if len({name.casefold() for name in columns}) != expected:
        raise Invalid(
            f"{about.provider}: a column name appears twice in a {about.format} file, or is one of "
            f"{', '.join(MEASURES)} in other letters: rename the column."
        )
    about = About(
        about.provider,
        about.format,
        about.dataset,
        tuple(dimensions),
        tuple(attributes),
        {name: f"{name}_label" for name in labels},
        about.published_at,
        about.parts,
    )
    table = pa.table(columns)
    return table.replace_schema_metadata({_KEY: json.dumps(asdict(about)).encode()})


def about(table: pa.Table) -> About:
    """Read back what `make` wrote into the schema."""
    raw = json.loads(table.schema.metadata[_KEY])
    for name in ("dimensions", "attributes", "parts"):
        raw[name] = tuple(raw.get(name, ()))
    return About(**raw)


def write(table: pa.Table, path: Path) -> None:
    """Write records as Parquet in which every text column reads as a plain string."""
    part = path.with_name(path.name + ".part")
    coded = [f.name for f in table.schema if pa.types.is_dictionary(f.type)]
    try:
        # Without Arrow's own schema, dictionary columns are written as they are and read as plain.
        # Statistics would cost a fifth of the time and serve nobody: a file is one group of rows.
        with pq.ParquetWriter(
            part,
            table.schema,
            compression="zstd",
            store_schema=False,
            use_dictionary=coded,
            column_encoding={k: v for k, v in _ENCODINGS.items() if k not in coded},
            write_statistics=False,
            write_batch_size=1 << 16,
        ) as out:
            out.write_table(table)
            out.add_key_value_metadata(table.schema.metadata or {})
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _text(array: pa.Array | pa.ChunkedArray | None, n: int) -> pa.Array | pa.ChunkedArray:
    if array is None:
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([""]))
    if array.null_count:
        array = pc.fill_null(
            array.cast(pa.string()) if pa.types.is_dictionary(array.type) else array, ""
        )
    return array
