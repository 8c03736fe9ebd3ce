"""What a series is known by in every edition of a dataset.

The series key is the record's dimensions as `name=code` pairs in name order, blank ones left out,
so that neither column order nor a new blank column changes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Identity:
    """What a series is known by in every edition: name to the columns that may carry it (the first
    that is there), and per name the codes that were relabelled. Empty: all dimensions, as served.
    """

    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def text(self) -> str:
        """The same in one line, to see whether it changed."""
        return json.dumps({"keys": self.keys, "codes": self.codes}, sort_keys=True, default=list)


AS_SERVED = Identity()


def series_key(
    records: pa.Table, dimensions: tuple[str, ...], identity: Identity = AS_SERVED
) -> pa.Array:
    """`name=code` pairs of the non-blank dimensions, joined by `;` in name order.

    records: one string column per dimension, never null. Returns a string array.
    """
    carried = {d: d for d in dimensions}
    if identity.keys:
        carried = {
            name: column
            for name, columns in identity.keys.items()
            if (column := next((c for c in columns if c in records.column_names), ""))
        }
    parts = []
    for name in sorted(carried):
        codes = records[carried[name]].unify_dictionaries().combine_chunks()
        if not pa.types.is_dictionary(codes.type):
            codes = codes.dictionary_encode()
        entries = codes.dictionary.cast(pa.string())
        if known := identity.codes.get(name):
            entries = pa.array([known.get(e, e) for e in entries.to_pylist()], pa.string())
        pairs = pc.if_else(
            pc.equal(entries, ""), "", pc.binary_join_element_wise(f";{name}=", entries, "")
        )
        parts.append(pc.take(pairs, codes.indices))
    if not parts:
        return pa.array([""] * len(records))
    joined = pc.binary_join_element_wise(*parts, "") if len(parts) > 1 else parts[0]
    return pc.utf8_slice_codeunits(joined, 1)
