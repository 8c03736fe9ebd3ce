"""Small survey files that the tests write: exports of each tool, a filled template, hostile books."""

from __future__ import annotations

import functools
import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import openpyxl

from catalog import survey_loader
from warehouse.surveys.intake import template

FIELDS = (
    *("transport", "spatial_planning", "waste", "water", "housing"),
    *("economic", "environment", "social", "culture", "security"),
)
TOP: dict[str, Any] = {
    "metro_id": "es-barcelona",
    "ref_year": 2024,
    "respondent_role": "Personal tècnic",
    "respondent_name": "Núria Prova",
    "respondent_email": "nuria@example.org",
    "perimeter": "El territori de l'autoritat metropolitana",
    "n_municipalities": 36,
    "area_km2": "636,1",
    "population": 3300000,
    "n_bodies": 1,
    "has_strategic_plan": "Sí",
    "year_strategic_plan": 2022,
    "participation/consultation": "Sí",
    "notes": "Truqueu-me quan vulgueu",
}
BODY: dict[str, Any] = {
    "body_name": "Àrea Metropolitana de Barcelona",
    "model": "Autoritat supramunicipal",
    "legal_basis": "Llei regional o d'un estat federat",
    "legal_citation": "Llei 31/2010",
    "year_created": 2011,
    "n_members": 36,
    "staff": 700,
    "levies_taxes": "Sí",
    "fiscal_year": 2024,
    "currency": "EUR",
    "expenditure": 1200.5,
    "rev_own_taxes": 40,
    "rev_fees": 60,
    "head_sex": "Dona",
    "seats_total": 90,
    "women_seats": 40,
    "regulates/waste": "Sí",
    **{f"role_{f}": "Compartida" for f in FIELDS},
}


@functools.cache
def blank(lang: str) -> Path:
    """The template of the survey in a language, written once per process; only to be read."""
    path = Path(tempfile.mkdtemp(prefix="template-")) / f"{lang}.xlsx"
    template.write(survey_loader.survey(), lang, path)
    return path


def fill(form: Path, target: Path, top: dict[str, Any], bodies: list[dict[str, Any]]) -> Path:
    """A template with answers written into it, by the names in its hidden column."""
    book = openpyxl.load_workbook(form)
    for sheet in book:
        if sheet.sheet_state == "hidden":
            continue
        for row in range(2, sheet.max_row + 1):
            name = sheet.cell(row, 1).value
            if name in top:
                sheet.cell(row, 4).value = top[name]
            for n, body in enumerate(bodies):
                if name in body:
                    sheet.cell(row, 4 + n).value = body[name]
    book.save(target)
    return target


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    """A workbook with these sheets."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


KOBO = [
    {
        "_id": 7,
        "_uuid": "u-7",
        "__version__": "2026.1",
        "_submission_time": "2026-03-01T10:00:00",
        "_submitted_by": "quim",
        "identification/metro_id": "es-barcelona",
        "identification/ref_year": "2024",
        "territory/perimeter": "authority",
        "territory/n_municipalities": "36",
        "territory/n_bodies": "1",
        "body": [{"body/body_name": "AMB", "body/model": "supramunicipal", "body/n_members": "36"}],
        "deviceid": "collect:abc",
    }
]


def parts(path: Path) -> dict[str, bytes]:
    """The parts of a small plain workbook."""
    with zipfile.ZipFile(book(path, answers=[["_id", "q1"], [1, "x"]])) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def zipped(path: Path, content: dict[str, bytes]) -> Path:
    """An archive of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in content.items():
            archive.writestr(name, raw)
    path.write_bytes(made.getvalue())
    return path
