"""ODK Central: one CSV, or a zip with a CSV for each repeat, linked by PARENT_KEY.

Groups are joined by `-` (`location-area_name`), a point is in four columns
(`corner1-Latitude`), rows may be shorter than the header, and a multiple choice is one text or 1/0
columns (`q/option`).
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Invalid
from sources.formats.workbook import letter
from warehouse.surveys.exports.grid import Grid
from warehouse.surveys.exports.kobo import CHOSEN, NOT_CHOSEN, _bare
from warehouse.surveys.exports.neutral import (
    Cells,
    Export,
    Header,
    kinds_of,
    kinds_of_option,
    responses,
)

_ENTRY = re.compile(r"([^/\[\]]+)\[(\d+)\]")
_POINT = ("Latitude", "Longitude", "Altitude", "Accuracy")


def is_export(sheets: list[Grid]) -> bool:
    """Whether the headers are those of ODK Central or Briefcase."""
    marks = {"SubmissionDate", "PARENT_KEY", "meta-instanceID"}
    return any("KEY" in s.names and marks & set(s.names) for s in sheets)


def read(name: str, sheets: list[Grid]) -> Export:
    """The export; raises `Invalid` where the root is missing or an entry has no parent."""
    roots = [s for s in sheets if "PARENT_KEY" not in s.names and "KEY" in s.names]
    if len(roots) != 1:
        raise Invalid(
            f"{name} holds {len(roots) or 'no'} files of responses and must hold one: export the form "
            "as a zip from ODK Central, with its repeats."
        )
    (root,) = roots
    cells = Cells()
    keys = _keys(root)
    of = {key: n for n, key in enumerate(keys)}
    if len(of) < len(keys):
        raise Invalid(f"{name}: two responses have the same KEY: export the form again.")
    _sheet(cells, root, np.arange(len(root), dtype=np.int32), None)
    entries: dict[str, str] = {}
    left = [s for s in sheets if s is not root]
    while left:
        ready = [
            s
            for s in left
            if all(p in of for p in s.columns[s.names.index("PARENT_KEY")].to_pylist())
        ]
        if not ready:
            sheet = left[0]
            parents = sheet.columns[sheet.names.index("PARENT_KEY")].to_pylist()
            lost = next(n for n, p in enumerate(parents) if p not in of)
            raise Invalid(
                f"{name}, {sheet.name}, row {sheet.rows[lost]}: its parent is not among the responses: "
                "export the form again, with all its repeats."
            )
        for sheet in ready:
            _repeat(cells, sheet, root, of, entries)
            left.remove(sheet)
    return Export(
        "odk",
        name,
        cells.table(),
        responses(
            len(root),
            submission=pa.array(keys, pa.string()),
            uuid=_bare(root.column("meta-instanceID", "instanceID", "KEY")),
            replaces=_bare(root.column("meta-deprecatedID", "deprecatedID")),
            version=root.column("FormVersion", "__version__"),
            submitted=root.column("SubmissionDate"),
            state=_state(root),
        ),
    )


def _state(root: Grid) -> pa.Array | None:
    """The review of each response; `encrypted` where ODK Central gave no answers of it."""
    review, status = root.column("ReviewState"), root.column("Status")
    if status is None:
        return review
    locked = pc.match_substring_regex(pc.utf8_lower(status), "not decrypted|encrypted form data")
    other = pa.array([""] * len(root), pa.string()) if review is None else review
    return pc.if_else(locked, "encrypted", other)


def _keys(sheet: Grid) -> list[str]:
    column = sheet.column("KEY")
    return [""] * len(sheet) if column is None else column.to_pylist()


def _header(text: str) -> Header:
    path, _, option = text.partition("/")
    parts = path.split("-")
    leaf = 2 if len(parts) > 1 and parts[-1] in _POINT else 1
    return Header(text, "-".join(parts[-leaf:]), "/".join(parts[:-leaf]), option=option)


def _sheet(cells: Cells, sheet: Grid, of: np.ndarray, entries) -> None:
    for place, (name, values) in enumerate(zip(sheet.names, sheet.columns, strict=True)):
        header = _header(name)
        kinds = kinds_of_option(values, CHOSEN, NOT_CHOSEN) if header.option else kinds_of(values)
        cells.add(header, values, kinds, of, sheet.name, sheet.rows, letter(place), entries)


def _repeat(cells: Cells, sheet: Grid, root: Grid, of: dict[str, int], entries: dict) -> None:
    parents = sheet.columns[sheet.names.index("PARENT_KEY")].to_pylist()
    stem = root.name.rsplit(".", 1)[0]
    repeat = sheet.name.rsplit(".", 1)[0].removeprefix(stem).rsplit("-", 1)[-1] or sheet.name
    seen: dict[str, int] = {}
    found = []
    for key, parent in zip(_keys(sheet), parents, strict=True):
        seen[parent] = seen.get(parent, 0) + 1
        last = _ENTRY.findall(key)
        name, number = last[-1] if last else (repeat, str(seen[parent]))
        found.append("/".join(filter(None, (entries.get(parent, ""), f"{name}[{number}]"))))
        if key:
            of[key] = of[parent]
            entries[key] = found[-1]
    responses_of = np.array([of[p] for p in parents], np.int32)
    _sheet(cells, sheet, responses_of, cells.words(found))
