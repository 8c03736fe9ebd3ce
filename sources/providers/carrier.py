"""What a third party derived from an upstream, as plain tidy CSV; never dressed as an answer.

Columns `period` and `value`, `flags` where there are any; `<dimension>_label` carries labels, `lat`
and `lon` (degrees, WGS 84) are attributes; every other column is a dimension.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from sources.errors import Invalid, Refused
from sources.formats import delimited, text
from sources.records import keys, records
from sources.transport.request import Request

HOSTS: tuple[str, ...] = ()
_MEASURES = ("period", "value", "flags")
_PLACE = ("lat", "lon")
MISSING = ("", ":", "..", "NA", "NaN")  # kinds of missing that carriers leave behind


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """Source records of a tidy CSV; a row with neither value nor flag is no record.

    Raises `SourceError` for anything but separated UTF-8 with the columns above.
    """
    path = Path(path)
    raw = text.load(path)
    if text.sniff(raw) != "text":
        raise Invalid(f"{path.name} is {text.sniff(raw)}, not CSV: pack it as plain tidy CSV.")
    raw = text.decode(raw, path)
    sign = delimited.separator(raw)
    names = delimited.names(raw, sign)
    missing = [name for name in ("period", "value") if name not in names]
    if missing:
        raise Invalid(
            f"{path.name} has no column {' and no column '.join(missing)} (its columns: "
            f"{text.excerpt(', '.join(names), 200)}): pack it as plain tidy CSV."
        )
    delimited.prove_names(names, path)
    table = delimited.columns(raw, names, path, ("value",), sign)
    value, keep = delimited.numbers(table["value"], table.get("flags"), path, MISSING, sign)
    table = delimited.select(table | {"": value}, keep)
    dimensions = [
        name
        for name in names
        if name not in _MEASURES and name not in _PLACE and not name.endswith("_label")
    ]
    if not dimensions:
        raise Invalid(f"{path.name} has no dimension columns: say of which territory each row is.")
    labels = {name: table[f"{name}_label"] for name in dimensions if f"{name}_label" in table}
    loose = [n for n in names if n.endswith("_label") and n.removesuffix("_label") not in labels]
    codes = {name: table[name] for name in dimensions}
    keys.prove_filled({dimensions[0]: codes[dimensions[0]]}, path)
    keys.prove_unique(codes | {"period": table["period"]}, path)
    return records.make(
        records.About("carrier", "tidy CSV", dataset=dataset),
        dimensions=codes,
        period=keys.periods(table["period"], path),
        value=table[""],
        value_text=table["value"],
        flags=table.get("flags"),
        attributes={name: table[name] for name in names if name in _PLACE or name in loose},
        labels=labels,
    )


def request(dataset: str, options: dict[str, str | list[str]]) -> Request:
    """Raise `Refused`: carriers have no live address, they are packed with the observatory."""
    raise Refused(
        f"carrier/{dataset} has no live address: it is packed with the observatory, replace it "
        "with 'observatory snapshots pack'."
    )
