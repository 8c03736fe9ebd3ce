"""KoboToolbox: exports of formpack (XLSX, CSV), of the older KoBoCAT, and pages of the API v2.

Traps, as seen in real exports: repeats are on sheets of their own with `_parent_index` (their
sheet's name may be cut with `...`), are missing from the CSV, and are wide (`kids[1]/name`) in
KoBoCAT; a multiple choice is one text, 0/1 columns beside it, or True/False columns alone; KoBoCAT
writes n/a for what was not asked.
"""

from __future__ import annotations

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Invalid
from sources.formats.workbook import letter
from warehouse.surveys.exports.grid import Grid
from warehouse.surveys.exports.neutral import (
    ANSWERED,
    EMPTY,
    Cells,
    Export,
    Header,
    kinds_of,
    kinds_of_option,
    responses,
    split,
)

MARKS = frozenset(
    [
        "_id",
        "_uuid",
        "_submission_time",
        "_index",
        "_xform_id_string",
        "meta/instanceID",
        "formhub/uuid",
        "_validation_status",
        "_parent_index",
    ]
)
NOT_ASKED = "n/a"
CHOSEN, NOT_CHOSEN = ("1", "True", "TRUE"), ("0", "False", "FALSE")
_TRUTH = frozenset(("True", "False", "TRUE", "FALSE", NOT_ASKED, ""))
_DEPTH = 40


def is_export(sheets: list[Grid]) -> bool:
    """Whether the headers, or the way the file is written, are those of Kobo."""
    for sheet in sheets:
        if MARKS & set(sheet.names) or any(n.startswith("__version") for n in sheet.names):
            return True
        if sheet.quoted or options_beside(sheet.names) or _truths(sheet):
            return True
    return False


def options_beside(names: list[str]) -> dict[str, str]:
    """Header of an option to that of its question, where the question's own column stands too."""
    known = set(names)
    found = {}
    for name in names:
        at = name.rfind("/")
        while at > 0:
            if name[:at] in known:
                found[name] = name[:at]
                break
            at = name.rfind("/", 0, at)
    return found


def read(name: str, sheets: list[Grid]) -> Export:
    """The export; raises `Invalid` for an entry of a repeat whose parent is not there."""
    root = next((s for s in sheets if "_parent_index" not in s.names), None)
    if root is None:
        raise Invalid(
            f"{name} holds only the entries of repeats, without the responses they belong to: export "
            "the whole workbook."
        )
    older = _is_older(root)
    cells = Cells()
    whole = np.arange(len(root), dtype=np.int32)
    _sheet(cells, root, whole, None, older)
    placed = {root.name: (_indices(root), whole, [""] * len(root))}
    left = [s for s in sheets if s is not root and "_parent_index" in s.names]
    while left:
        ready = [s for s in left if _parent(s, placed) is not None]
        if not ready:
            raise Invalid(
                f"{name}: the sheet '{left[0].name}' belongs to a sheet that is not there: export the "
                "whole workbook again."
            )
        for sheet in ready:
            _repeat(cells, name, sheet, placed, older)
            left.remove(sheet)
    for sheet in sheets:
        if sheet is not root and sheet.name not in placed and len(sheet):
            raise Invalid(
                f"{name}: the sheet '{sheet.name}' is no part of a Kobo export: remove it."
            )
    return Export("kobocat" if older else "kobo", name, cells.table(), _responses(root))


def _is_older(sheet: Grid) -> bool:
    """KoBoCAT: options without a column of their question, repeats side by side."""
    return _truths(sheet) or any("]/" in n for n in sheet.names)


def _truths(sheet: Grid) -> bool:
    beside = options_beside(sheet.names)
    return any("/" in n and n not in beside and _truth(sheet, n) for n in sheet.names)


def _truth(sheet: Grid, name: str) -> bool:
    values = set(sheet.columns[sheet.names.index(name)].unique().to_pylist())
    return bool(values) and values <= _TRUTH and bool(values - {NOT_ASKED, ""})


def _headers(sheet: Grid, older: bool) -> list[Header]:
    beside = options_beside(sheet.names)
    made = []
    for name in sheet.names:
        if name in beside:
            made.append(split(name, beside[name], name[len(beside[name]) + 1 :]))
        elif older and name.count("/") and _truth(sheet, name):
            path, _, option = name.rpartition("/")
            made.append(split(name, path, option))
        else:
            made.append(split(name, name))
    return made


def _sheet(cells: Cells, sheet: Grid, of: np.ndarray, entries, older: bool) -> None:
    not_asked = NOT_ASKED if older else None
    for place, (header, values) in enumerate(
        zip(_headers(sheet, older), sheet.columns, strict=True)
    ):
        kinds = (
            kinds_of_option(values, CHOSEN, NOT_CHOSEN, not_asked)
            if header.option
            else kinds_of(values, not_asked)
        )
        cells.add(header, values, kinds, of, sheet.name, sheet.rows, letter(place), entries)


def _indices(sheet: Grid) -> dict[str, int]:
    """`_index` of each row to its place; rows are counted where the column is missing."""
    column = sheet.column("_index")
    texts = [str(n + 1) for n in range(len(sheet))] if column is None else column.to_pylist()
    return {text: n for n, text in enumerate(texts)}


def _parent(sheet: Grid, placed: dict) -> str | None:
    named = sheet.column("_parent_table_name")
    if named is None or not len(named):
        return next(iter(placed))
    wanted = named[0].as_py()
    for name in placed:
        if name == wanted or (name.endswith("...") and wanted.startswith(name[:-3])):
            return name
        if len(name) == 31 and wanted.startswith(name):
            return name
    return None


def _repeat(cells: Cells, name: str, sheet: Grid, placed: dict, older: bool) -> None:
    index, of, above = placed[_parent(sheet, placed) or ""]
    parents = sheet.column("_parent_index")
    assert parents is not None
    at = [index.get(p, -1) for p in parents.to_pylist()]
    if -1 in at:
        row = at.index(-1)
        raise Invalid(
            f"{name}, sheet '{sheet.name}', row {sheet.rows[row]}: it belongs to entry "
            f"{parents[row].as_py()}, which is not there: export the whole workbook again."
        )
    seen: dict[int, int] = {}
    entries = []
    for parent in at:
        seen[parent] = seen.get(parent, 0) + 1
        entries.append("/".join(filter(None, (above[parent], f"{sheet.name}[{seen[parent]}]"))))
    responses_of = of[np.array(at, np.int32)] if at else np.zeros(0, np.int32)
    _sheet(cells, sheet, responses_of, cells.words(entries), older)
    placed[sheet.name] = (_indices(sheet), responses_of, entries)


def _responses(root: Grid) -> pa.Table:
    versions = [c for n, c in zip(root.names, root.columns, strict=True) if _is_version(n)]
    version = None
    for column in versions:  # the newest question on the version that a response answers
        version = column if version is None else _first(column, version)
    return responses(
        len(root),
        submission=root.column("_id"),
        uuid=_bare(root.column("_uuid", "meta/instanceID", "instanceID")),
        root=_bare(root.column("meta/rootUuid", "_rootUuid", "rootUuid")),
        replaces=_bare(root.column("meta/deprecatedID", "deprecatedID", "_meta/deprecatedID")),
        version=version,
        submitted=root.column("_submission_time"),
        state=root.column("_validation_status"),
    )


def _is_version(name: str) -> bool:
    return (name.startswith("__version") and name.endswith("__")) or name == "meta/versionID"


def _first(one: pa.Array, other: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(one, ""), other, one)


def _bare(uuids: pa.Array | None) -> pa.Array | None:
    """Without the `uuid:` that some columns carry."""
    return None if uuids is None else pc.replace_substring_regex(uuids, "^uuid:", "")


def read_records(name: str, records: list[dict], tool: str = "kobo_api") -> Export:
    """Records of the API v2 (or of a form's own submissions): flat keys, repeats as lists.

    A key that a record does not have is no cell: the API leaves out what was not answered.
    """
    blocks: dict[str, tuple[Header, list, list, list, list]] = {}

    def walk(record: dict, response: int, entry: str, depth: int) -> None:
        if depth > _DEPTH:
            raise Invalid(f"{name} nests more than {_DEPTH} levels deep, as no export does.")
        for key, value in record.items():
            several = isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
            if several and not key.startswith("_"):
                repeat = key.rsplit("/", 1)[-1]
                for number, inner in enumerate(value, 1):
                    inside = f"{entry}/{repeat}[{number}]" if entry else f"{repeat}[{number}]"
                    walk(inner, response, inside, depth + 1)
                continue
            if key not in blocks:
                blocks[key] = (split(key, key), [], [], [], [])
            _, values, kinds, of, entries = blocks[key]
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            none = value is None or value in ("", [], {})
            values.append("" if value is None else text)
            kinds.append(EMPTY if none else ANSWERED)
            of.append(response)
            entries.append(entry)

    for number, record in enumerate(records):
        walk(record, number, "", 0)
    cells = Cells()
    for key, (header, values, kinds, of, entries) in blocks.items():
        rows = np.array(of, np.int32) + 1
        texts = pa.array(values, pa.string())
        cells.add(
            header, texts, np.array(kinds), np.array(of), name, rows, key, cells.words(entries)
        )

    def of(*keys: str) -> pa.Array:
        return pa.array(
            [next((str(r[k]) for k in keys if r.get(k)), "") for r in records], pa.string()
        )

    versions = sorted({k for r in records for k in r if _is_version(k)}, reverse=True)
    states = [r.get("_validation_status") or {} for r in records]
    return Export(
        tool,
        name,
        cells.table(),
        responses(
            len(records),
            submission=of("_id"),
            uuid=_bare(of("_uuid", "meta/instanceID")),
            root=_bare(of("meta/rootUuid", "rootUuid")),
            replaces=_bare(of("meta/deprecatedID")),
            version=of(*versions, "version"),
            submitted=of("_submission_time"),
            state=pa.array(
                [
                    str(s.get("uid") or s.get("label") or "") if isinstance(s, dict) else str(s)
                    for s in states
                ],
                pa.string(),
            ),
        ),
    )
