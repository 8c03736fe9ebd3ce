"""Read and validate the questionnaires, their messages and the decisions on their answers."""

from __future__ import annotations

import functools
from pathlib import Path

from catalog.loader import FOLDER, CatalogError, _items, _parse, _yaml
from catalog.models.model import Texts
from catalog.models.survey import Survey, SurveyCorrection

GOVERNANCE = "governance"


def survey(name: str = GOVERNANCE, folder: Path = FOLDER) -> Survey:
    """One questionnaire; raises `CatalogError`, a sentence for each mistake in its file."""
    path = folder / "surveys" / f"{name}.yaml"
    return _survey(path, path.stat().st_mtime_ns if path.exists() else 0)


@functools.lru_cache(maxsize=4)
def _survey(path: Path, _stamp: int) -> Survey:
    problems: list[str] = []
    raw = _yaml(path, problems)
    made = _parse(Survey, path, raw, problems)
    if made is None or problems:
        raise CatalogError("\n".join(problems) or f"{path.name}: the file is empty; restore it.")
    return made


@functools.lru_cache(maxsize=2)
def messages(folder: Path = FOLDER) -> dict[str, Texts]:
    """What a city is told about a cell, in four languages, by the message's name."""
    path = folder / "surveys" / "messages.yaml"
    problems: list[str] = []
    raw = _yaml(path, problems) or {}
    made = {name: _parse(Texts, path, texts, problems) for name, texts in raw.items()}
    if problems:
        raise CatalogError("\n".join(problems))
    return {name: texts for name, texts in made.items() if texts is not None}


def corrections(name: str = GOVERNANCE, folder: Path = FOLDER) -> list[SurveyCorrection]:
    """The decisions of people on answers (`corrections/surveys/<name>.yaml`), in their order."""
    path = folder / "corrections" / "surveys" / f"{name}.yaml"
    problems: list[str] = []
    made = _items(SurveyCorrection, path, problems) if path.exists() else []
    if problems:
        raise CatalogError("\n".join(problems))
    return made
