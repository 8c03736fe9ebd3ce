"""SDMX 3.0: the XML Schemas and pysdmx; codes, keys and missing dimensions by our own check."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa

from tests.validate.common import counts, current, edit_csv, same, total

BY = "pysdmx 1.21 with the XML Schemas of SDMX-ML 3.0, codes and keys, read back"


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about structures and data that are wrong."""
    from pysdmx.io import get_datasets, read_sdmx
    from pysdmx.model import Role

    try:
        message = read_sdmx(folder / "structure.xml", validate=True)
        flow = message.get_dataflows()[0]
        dsd = next(d for d in message.get_data_structure_definitions() if d.id == flow.id)
    except Exception as error:
        return [f"structure.xml: {type(error).__name__}: {str(error)[:200]}"]
    found = []
    lists = {c.id: {i.id: i for i in c.items} for c in message.get_codelists()}
    try:
        datasets = get_datasets(folder / "data.csv", folder / "structure.xml", validate=True)
    except Exception as error:
        return [f"data.csv: {type(error).__name__}: {str(error)[:200]}"]
    if len(datasets) != 1:
        found.append(f"data.csv holds {len(datasets)} datasets.")
    with (folder / "data.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    dimensions = [c.id for c in dsd.components if c.role == Role.DIMENSION]
    for name in dimensions:
        if empty := sum(not r.get(name) for r in rows):
            found.append(f"data.csv: {empty} figures have no {name}.")
    for name, codes in lists.items():
        column = name.removeprefix("CL_")
        unknown = {r[column] for r in rows if r.get(column)} - set(codes)
        if unknown:
            found.append(f"data.csv: {sorted(unknown)[0]!r} is no code of {name}.")
    keys = {tuple(r.get(d) for d in dimensions) for r in rows}
    if len(keys) != len(rows):
        found.append(f"data.csv: {len(rows) - len(keys)} keys stand more than once.")
    if found:
        return found
    return _as_published(rows, lists, release)


def _as_published(rows: list[dict[str, str]], lists: dict, release: Path) -> list[str]:
    """Rows, sums, statuses, flags and units, in the codes of the release."""
    expected = current(release)

    def column(name: str) -> pa.ChunkedArray:
        return pa.chunked_array([pa.array([r[name] or None for r in rows], pa.string())])

    def original(name: str) -> pa.ChunkedArray:
        codes = lists[f"CL_{name}"]
        return pa.chunked_array([pa.array([codes[r[name]].description for r in rows])])

    values = pa.chunked_array(
        [pa.array([float(r["OBS_VALUE"]) if r["OBS_VALUE"] else None for r in rows])]
    )
    return same(
        {
            "rows": len(rows),
            "sum": total(values),
            "statuses": counts(column("OBS_STATUS")),
            "flags": counts(column("FLAGS")),
            "units": counts(original("REF_AREA")),
            "indicators": counts(original("INDICATOR")),
            "metropolises": counts(column("METRO_ID")),
            "periods": counts(column("TIME_PERIOD")),
        },
        {
            "rows": len(expected),
            "sum": total(expected["value"]),
            "statuses": counts(expected["obs_status"]),
            "flags": counts(expected["flags"]),
            "units": counts(expected["unit_id"]),
            "indicators": counts(expected["indicator_id"]),
            "metropolises": counts(expected["metro_id"]),
            "periods": counts(expected["period"]),
        },
    )


def _without(path: Path, text: str, other: str) -> None:
    content = path.read_text("utf-8")
    assert text in content, text
    path.write_text(content.replace(text, other, 1), "utf-8")


FAULTS = {
    "an unknown code": lambda f: edit_csv(f / "data.csv", lambda rows: rows[0].update(SEX="X")),
    "a dimension missing": lambda f: edit_csv(
        f / "data.csv", lambda rows: rows[0].update(SCALE="")
    ),
    "a key twice": lambda f: edit_csv(f / "data.csv", lambda rows: rows.append(rows[0])),
    "text for a number": lambda f: edit_csv(
        f / "data.csv", lambda rows: rows[0].update(OBS_VALUE="many")
    ),
    "a status changed": lambda f: edit_csv(
        f / "data.csv", lambda rows: rows[0].update(OBS_STATUS="O")
    ),
    "a structure without name": lambda f: _without(
        f / "structure.xml", '<com:Name xml:lang="en">Codes of SEX</com:Name>', ""
    ),
    "an identifier with a colon": lambda f: _without(
        f / "structure.xml", '<str:Code id="_T">', '<str:Code id="_T:1">'
    ),
}
