"""SDMX-CSV 1.0 and 2.0, codes only, codes with names, or names only, as Eurostat and OECD write it.

1.0 begins with `DATAFLOW`, 2.0 with `STRUCTURE`. Names are in the cell (`AT:Austria`), or in a
column of their own beside each code. Dimensions are what is before `OBS_VALUE`, attributes
what is behind. SDMX-CSV field guide: github.com/sdmx-twg/sdmx-csv.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from sources.errors import Invalid, excerpt
from sources.formats import delimited
from sources.records import keys, multipliers, records

_ENVELOPE = ("DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "LAST UPDATE")
_FLAGS = ("OBS_FLAG", "OBS_STATUS")
# Kinds of missing that each provider writes in the place of a figure.
MISSING = {"eurostat": ("", ":", "NaN"), "oecd": ("", "..", "NaN")}
_FREE = "F"  # CONF_STATUS: free for publication, the ordinary case
# What Eurostat calls the columns where only names were asked for.
_NAMES = {
    "Time": "TIME_PERIOD",
    "Time period": "TIME_PERIOD",
    "Observation value": "OBS_VALUE",
    "Observation status (Flag)": "OBS_FLAG",
    "Observation status (Flag) V2 structure": "OBS_FLAG",
    "Confidentiality status (flag)": "CONF_STATUS",
}
# No code of SDMX holds a colon or a blank; a time of day is no code and name.
_BOTH = re.compile(r"(?!\d{4}-\d\d-\d\dT)([^:\s]+): ?(.*)", re.DOTALL)
_FLOW = re.compile(r"(?:([^:]*):)?([^:(]+)(?:\(([^)]*)\))?(?:: ?.*)?", re.DOTALL)


@dataclass
class _Layout:
    """Which column means what."""

    version: str
    header: list[str]
    dimensions: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    label_of: dict[str, str] = field(default_factory=dict)


def is_sdmx_csv(line: bytes) -> bool:
    """Whether a first line is the header of SDMX-CSV, whatever the separator."""
    return re.match(rb'"?(DATAFLOW|STRUCTURE(\[.{0,3}\])?)"?[,;\t]', line) is not None


def read(raw: bytes, path: Path, provider: str) -> pa.Table:
    """Source records of an SDMX-CSV message.

    `raw` is proven UTF-8. A row with neither value nor flag is no record. Raises `Invalid` for a
    message that is cut, has no `TIME_PERIOD` or `OBS_VALUE`, mixes dataflows, deletes, or holds a
    key twice.
    """
    layout = _layout(raw, path)
    sign = delimited.separator(raw)
    table = delimited.columns(raw, layout.header, path, ("OBS_VALUE",), sign)
    about = _about(table, layout, path, provider)
    if not layout.label_of and _in_cells([table[name] for name in layout.dimensions]):
        # Row by row: a code whose name is missing stands among those that have one.
        for name in layout.dimensions:
            layout.label_of[name] = f"{name}_label"
            table[name], table[f"{name}_label"] = _split(table[name])
        for name in ("TIME_PERIOD", "CONF_STATUS", *_FLAGS):
            if name in table:
                table[name], _ = _split(table[name])
    value, keep = delimited.numbers(
        table["OBS_VALUE"], _flags(table), path, MISSING.get(provider, ()), sign
    )
    table = delimited.select(table | {"": value}, keep)
    dimensions = {name: table[name] for name in layout.dimensions}
    keys.prove_filled(dimensions, path)
    value, table = multipliers.one_each_series(table[""], dimensions, table, path)
    labels = {name: table[label] for name, label in layout.label_of.items()}
    period = keys.periods(table["TIME_PERIOD"], path)
    keys.prove_unique(dimensions | {"period": period}, path)
    return records.make(
        about,
        dimensions=dimensions,
        period=period,
        value=value,
        value_text=table["OBS_VALUE"],
        flags=_flags(table),
        attributes={name: table[name] for name in layout.attributes},
        labels=labels,
    )


def _layout(raw: bytes, path: Path) -> _Layout:
    written = delimited.names(raw, delimited.separator(raw))
    header = [re.sub(r"\[.*\]$", "", name.split(": ")[0]) for name in written]
    names_only = "OBS_VALUE" not in header
    if names_only:
        header = [_NAMES.get(name, name) for name in header]
    for needed in ("TIME_PERIOD", "OBS_VALUE"):
        if needed not in header:
            raise Invalid(
                f"{path.name} has no column {needed} (its columns: "
                f"{excerpt(', '.join(written), 200)}): download it as SDMX-CSV with codes."
            )
    layout = _Layout("1.0" if header[0] == "DATAFLOW" else "2.0", header)
    body = [i for i, name in enumerate(header) if i and name not in _ENVELOPE]
    if _interleaved(header, body):
        for i in body[::2]:
            layout.label_of[header[i]] = header[i + 1] = f"{header[i]}_label"
        body = body[::2]
    end = header.index("OBS_VALUE")
    layout.dimensions = [header[i] for i in body if i < end and header[i] != "TIME_PERIOD"]
    used = ("TIME_PERIOD", "OBS_VALUE", "CONF_STATUS", *_FLAGS[:1])
    flag = next((f for f in _FLAGS if f in header), "")
    layout.attributes = [header[i] for i in body if i > end and header[i] not in (*used, flag)]
    layout.label_of = {k: v for k, v in layout.label_of.items() if k in layout.dimensions}
    if not layout.dimensions:
        raise Invalid(f"{path.name} has no dimension columns: download it as SDMX-CSV with codes.")
    delimited.prove_names(header, path)
    return layout


def _interleaved(header: list[str], body: list[int]) -> bool:
    # A name column follows every code; then both fixed columns are at even places.
    at = {name: place for place, name in enumerate(header[i] for i in body)}
    return (
        "STRUCTURE_NAME" in header
        and len(body) % 2 == 0
        and at["TIME_PERIOD"] % 2 == 0
        and at["OBS_VALUE"] % 2 == 0
        and not any(at.get(name, 0) % 2 for name in (*_FLAGS, "CONF_STATUS"))
    )


def _about(table: dict[str, pa.Array], layout: _Layout, path: Path, provider: str) -> records.About:
    if "D" in keys.used(table["ACTION"]) if "ACTION" in table else False:
        raise Invalid(
            f"{path.name} holds deletions (ACTION D), not a dataset: download the whole dataset."
        )
    flow = "DATAFLOW" if layout.version == "1.0" else "STRUCTURE_ID"
    flows = keys.used(table[flow]) if flow in table else []
    if (
        len({(m.group(2).strip(), m.group(3)) if (m := _FLOW.fullmatch(f)) else f for f in flows})
        > 1
    ):
        raise Invalid(
            f"{path.name} mixes the dataflows {excerpt(flows[0])} and {excerpt(flows[1])}: "
            "download one at a time."
        )
    match = _FLOW.fullmatch(flows[0]) if flows else None
    stamps = keys.used(table["LAST UPDATE"]) if "LAST UPDATE" in table else []
    return records.About(
        provider,
        f"SDMX-CSV {layout.version}",
        dataset=match.group(2).partition("$")[0].strip() if match else None,
        published_at=max((s for s in map(_stamp, stamps) if s), default=None),
    )


def _stamp(words: str) -> str | None:
    """Eurostat's `DD/MM/YY HH:MM:SS` (no zone) or an ISO stamp as ISO 8601; None where neither."""
    try:
        return datetime.strptime(words, "%d/%m/%y %H:%M:%S").isoformat()
    except ValueError:
        return iso(words)


def iso(words: str) -> str | None:
    """An ISO 8601 stamp, in UTC where it has a zone (`+0200` too); None where it is none."""
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _flags(table: dict[str, pa.Array]) -> pa.DictionaryArray | None:
    """The flag, then `|` and the confidentiality where there is one, as JSON-stat writes it."""
    flag = next((table[f] for f in _FLAGS if f in table), None)
    if "CONF_STATUS" not in table:
        return flag
    secret = table["CONF_STATUS"]
    if not [word for word in keys.used(secret) if word not in ("", _FREE)]:
        return flag
    if flag is None:
        flag = keys.constant("", len(secret))
    return keys.combine(flag, secret, lambda f, s: f if s in ("", _FREE) else f"{f}|{s}")


def _in_cells(dimensions: list[pa.DictionaryArray]) -> bool:
    words = [w for column in dimensions for w in keys.used(column) if w]
    return any(_BOTH.fullmatch(word) for word in words)


def _split(column: pa.DictionaryArray) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    pairs = [(w, "") if not (m := _BOTH.fullmatch(w)) else m.groups() for w in keys.entries(column)]
    at = keys.indices(column).astype(np.int32, copy=False)
    return keys.build(at, [code for code, _ in pairs]), keys.build(at, [name for _, name in pairs])
