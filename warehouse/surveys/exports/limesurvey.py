"""LimeSurvey: CSV or XLSX of responses, with codes or whole texts as headings and as answers.

A multiple choice is a column for each option, `Y` or empty; a matrix has the same headings and a code
in each cell. An empty `submitdate` is a response that was not finished; it is kept and says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.formats.workbook import letter
from warehouse.surveys.exports.grid import Grid
from warehouse.surveys.exports.neutral import (
    CHOSEN,
    EMPTY,
    NOT_ASKED,
    NOT_CHOSEN,
    Cells,
    Export,
    Header,
    kinds_of,
    responses,
)

_SUB = re.compile(r"^(?P<question>.+?)\s*\[(?P<sub>[^\[\]]*)\](?:\[(?P<scale>[^\[\]]*)\])?$")
# "Question code & question text": `participation[council]. Instruments in use [Council]`.
_CODE_AND_TEXT = re.compile(
    r"^(?P<code>[A-Za-z][A-Za-z0-9_]*(?:\[[^\[\]]*\]){0,2})\.\s+\S.*$", re.S
)
_YES = ("Y", "Yes", "Sí", "Oui")
_NO = ("N", "No", "Non")
_CONVERTED = {"1", "2"}  # of the export with "Convert Y to 1, N to 2"
# Code heading, then those of whole texts as we know them, in the languages of an export.
_ID = (
    *("id", "response_id", "Response ID", "ID de respuesta", "ID respuesta", "ID de la respuesta"),
    *("ID de la réponse", "ID de la resposta", "ID de resposta", "Identificador de la resposta"),
    *("Identificador de resposta", "ID resposta", "ID da resposta", "Antwort-ID", "ID risposta"),
)
_SUBMITTED = (
    *("submitdate", "Date submitted", "Fecha de envío", "Fecha de envio", "Date de soumission"),
    *(
        "Data d'enviament",
        "Data de tramesa",
        "Data de presentació",
        "Data d'enviament de la resposta",
    ),
    *("Data de submissão", "Data de envio", "Datum Abgeschickt", "Data invio"),
)
_LANGUAGE = (
    *("startlanguage", "Start language", "Idioma inicial", "Lenguaje inicial", "Idioma de inicio"),
    *(
        "Langue de départ",
        "Langue initiale",
        "Llengua inicial",
        "Idioma d'inici",
        "Llenguatge inicial",
    ),
    *("Start-Sprache", "Lingua iniziale"),
)
_SEED = ("seed", "seed. Seed", "Seed", "Semilla", "Llavor", "Graine", "Semente", "Seme")
_NOT_SHOWN = "{question_not_shown}"
# The date that LimeSurvey writes where answers are anonymous: it says nothing.
_NO_DATE = "1980-01-01"
_TIME = r"^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?$"
_TONGUE = r"^[a-z]{2,3}(-[A-Za-z-]+)?$"


@dataclass(frozen=True)
class _Layout:
    """Which column is which, by its place; None where the export has none."""

    number: int | None
    submitted: int | None
    language: int | None


def is_export(sheets: list[Grid]) -> bool:
    """Whether the first sheet begins as LimeSurvey writes it."""
    found = _layout(sheets[0])
    return found.submitted is not None and found.language is not None


def _layout(sheet: Grid) -> _Layout:
    """The columns that LimeSurvey adds, by their headings; by what is in them where a heading is
    of a language that is not known here, for they are first and in this order."""
    names = [_code(n) for n in sheet.names]

    def named(*known: str) -> int | None:
        return next((names.index(n) for n in known if n in names), None)

    found = _Layout(named(*_ID), named(*_SUBMITTED), named(*_LANGUAGE))
    if found.submitted is not None and found.language is not None:
        return found
    first = min(len(names), 6)
    times = [i for i in range(first) if _all(sheet, i, _TIME)]
    tongues = [i for i in range(first) if _all(sheet, i, _TONGUE)]
    if times and tongues and times[0] < tongues[0] and times[0] and _all(sheet, 0, r"^\d+$"):
        return _Layout(0, times[0], tongues[0])
    return found


def _all(sheet: Grid, place: int, pattern: str) -> bool:
    """Whether a column has cells and all of them are like this."""
    cells = sheet.columns[place].filter(pc.not_equal(sheet.columns[place], ""))
    return bool(len(cells)) and bool(pc.all(pc.match_substring_regex(cells, pattern)).as_py())


def read(name: str, sheets: list[Grid]) -> Export:
    """The export; every cell is kept. Which survey it is stands, if anywhere, in the file's name."""
    sheet = sheets[0]
    cells = Cells()
    layout = _layout(sheet)
    headers = [_header(n) for n in sheet.names]
    for place, own in _own(layout, sheet).items():
        headers[place] = Header(own, own)
    multiple = _multiple(headers, sheet)
    whole = np.arange(len(sheet), dtype=np.int32)
    for place, (header, values) in enumerate(zip(headers, sheet.columns, strict=True)):
        kinds = kinds_of(values, _NOT_SHOWN)
        if header.question in multiple and header.option != "other" and header.option:
            yes = pc.is_in(values, pa.array((*_YES, "1"))).to_numpy(zero_copy_only=False)
            kinds[yes] = CHOSEN
            kinds[~yes] = EMPTY
            kinds[~yes & multiple[header.question]] = NOT_CHOSEN
        kinds[pc.equal(values, "N/A").to_numpy(zero_copy_only=False)] = NOT_ASKED
        cells.add(header, values, kinds, whole, sheet.name, sheet.rows, letter(place))
    submitted = _at(sheet, layout.submitted)
    state = None
    if submitted is not None:
        state = pc.if_else(pc.equal(submitted, ""), "incomplete", "submitted")
        submitted = pc.if_else(pc.starts_with(submitted, _NO_DATE), "", submitted)
    return Export(
        "limesurvey",
        name,
        cells.table(),
        responses(
            len(sheet),
            submission=_at(sheet, layout.number),
            submitted=submitted,
            state=state,
            version=sheet.column("version", "form_version"),
        ),
    )


def _own(layout: _Layout, sheet: Grid) -> dict[int, str]:
    """The columns of LimeSurvey itself under its own names, in whatever language they stand."""
    if layout.number is None or layout.language is None:
        return {}
    found = dict.fromkeys(range(layout.number, layout.language), "lastpage")
    found |= {layout.number: "id", layout.language: "startlanguage"}
    if layout.submitted is not None:
        found[layout.submitted] = "submitdate"
    after = layout.language + 1
    if after < len(sheet.names) and _all(sheet, after, r"^\d+$") and sheet.names[after] in _SEED:
        found[after] = "seed"
    return found


def _at(sheet: Grid, place: int | None) -> pa.Array | None:
    return None if place is None else sheet.columns[place]


def _code(text: str) -> str:
    """The code of a heading of code and text; other headings as they are."""
    found = _CODE_AND_TEXT.match(text)
    return found["code"] if found else text


def _header(text: str) -> Header:
    code = _code(text)
    found = _SUB.match(code)
    if not found:
        return Header(text, code)
    option = "/".join(filter(None, (found["sub"], found["scale"])))
    return Header(text, found["question"], option=option)


def _multiple(headers: list[Header], sheet: Grid) -> dict[str, np.ndarray]:
    """Questions of multiple choice, with the rows in which at least one option was chosen.

    Only `Y` or nothing is in their cells, or Yes and No in the words or numbers that the export
    was asked for; where the codes `Y` and `N` stand, it is a matrix.
    """
    groups: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        if header.option and header.option != "other":
            groups.setdefault(header.question, []).append(place)
    found = {}
    for question, places in groups.items():
        values = {v for p in places for v in sheet.columns[p].unique().to_pylist()}
        said = values - {"", _NOT_SHOWN, "N/A"}
        words = said <= {*_YES, *_NO} and "N" not in said
        if said & {*_YES, "1"} and (said <= set(_YES) or words or said <= _CONVERTED):
            chosen = [
                pc.is_in(sheet.columns[p], pa.array((*_YES, "1"))).to_numpy(zero_copy_only=False)
                for p in places
            ]
            found[question] = np.logical_or.reduce(chosen)
    return found
