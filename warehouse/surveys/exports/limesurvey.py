"""LimeSurvey: CSV or XLSX of responses, with codes or whole texts as headings and as answers.

A multiple choice is a column for each option, `Y` or empty; a matrix has the same headings and a code
in each cell. An empty `submitdate` is a response that was not finished; it is kept and says so.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.formats.workbook import letter
from warehouse.surveys.exports.grid import Grid
from warehouse.surveys.exports.neutral import (
    CHOSEN,
    NOT_CHOSEN,
    Cells,
    Export,
    Header,
    kinds_of,
    responses,
)

_SUB = re.compile(r"^(?P<question>.+?)\s*\[(?P<sub>[^\[\]]*)\](?:\[(?P<scale>[^\[\]]*)\])?$")
_YES = ("Y", "Yes", "Sí", "Oui")
# Code heading, then those of whole texts as we know them.
_ID = ("id", "response_id", "Response ID", "ID de respuesta", "ID de la réponse")
_SUBMITTED = ("submitdate", "Date submitted", "Fecha de envío", "Date de soumission")
_LANGUAGE = ("startlanguage", "Start language", "Idioma inicial", "Langue de départ")
_NOT_SHOWN = "{question_not_shown}"


def is_export(sheets: list[Grid]) -> bool:
    """Whether the first sheet begins as LimeSurvey writes it."""
    names = set(sheets[0].names)
    return bool(names & set(_SUBMITTED) and names & set(_LANGUAGE))


def read(name: str, sheets: list[Grid]) -> Export:
    """The export; every cell is kept."""
    sheet = sheets[0]
    cells = Cells()
    headers = [_header(n) for n in sheet.names]
    multiple = _multiple(headers, sheet)
    whole = np.arange(len(sheet), dtype=np.int32)
    for place, (header, values) in enumerate(zip(headers, sheet.columns, strict=True)):
        kinds = kinds_of(values, _NOT_SHOWN)
        if header.question in multiple and header.option != "other" and header.option:
            yes = pc.is_in(values, pa.array(_YES)).to_numpy(zero_copy_only=False)
            kinds[yes] = CHOSEN
            kinds[~yes & multiple[header.question]] = NOT_CHOSEN
        cells.add(header, values, kinds, whole, sheet.name, sheet.rows, letter(place))
    submitted = sheet.column(*_SUBMITTED)
    state = None
    if submitted is not None:
        state = pc.if_else(pc.equal(submitted, ""), "incomplete", "submitted")
    return Export(
        "limesurvey",
        name,
        cells.table(),
        responses(
            len(sheet),
            submission=sheet.column(*_ID),
            uuid=sheet.column("token"),
            submitted=submitted,
            state=state,
            version=sheet.column("version", "form_version"),
        ),
    )


def _header(text: str) -> Header:
    found = _SUB.match(text)
    if not found:
        return Header(text, text)
    option = "/".join(filter(None, (found["sub"], found["scale"])))
    return Header(text, found["question"], option=option)


def _multiple(headers: list[Header], sheet: Grid) -> dict[str, np.ndarray]:
    """Questions of multiple choice, with the rows in which at least one option was chosen.

    Only `Y` or nothing stands in their cells; where an `N` stands too, it is a matrix.
    """
    groups: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        if header.option and header.option != "other":
            groups.setdefault(header.question, []).append(place)
    found = {}
    for question, places in groups.items():
        values = {v for p in places for v in sheet.columns[p].unique().to_pylist()}
        if values <= {*_YES, "", _NOT_SHOWN} and values & set(_YES):
            chosen = [
                pc.is_in(sheet.columns[p], pa.array(_YES)).to_numpy(zero_copy_only=False)
                for p in places
            ]
            found[question] = np.logical_or.reduce(chosen)
    return found
