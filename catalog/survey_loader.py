"""The questionnaires, their messages and the decisions on their answers."""

from __future__ import annotations

import functools
from pathlib import Path

from catalog import yaml_files
from catalog.contents import FOLDER
from catalog.models.model import Texts
from catalog.models.survey import Survey, SurveyCorrection
from catalog.yaml_files import CatalogError

GOVERNANCE = "governance"


def survey(name: str = GOVERNANCE, folder: Path = FOLDER) -> Survey:
    """One questionnaire; raises `CatalogError`, a sentence for each mistake in its file."""
    return yaml_files.one(Survey, folder / "surveys" / f"{name}.yaml")


def messages(folder: Path = FOLDER) -> dict[str, Texts]:
    """What a city is told about a cell, by the message's name."""
    path = folder / "surveys" / "messages.yaml"
    return _messages(path, path.stat().st_mtime_ns if path.exists() else 0)


@functools.lru_cache(maxsize=2)
def _messages(path: Path, _stamp: int) -> dict[str, Texts]:
    problems: list[str] = []
    raw = yaml_files.content(path, problems) or {}
    made = {name: yaml_files.validated(Texts, path, texts, problems) for name, texts in raw.items()}
    if problems:
        raise CatalogError("\n".join(problems))
    return {name: texts for name, texts in made.items() if texts is not None}


def corrections(name: str = GOVERNANCE, folder: Path = FOLDER) -> list[SurveyCorrection]:
    """The decisions of people on answers (`corrections/surveys/<name>.yaml`), in their order."""
    path = folder / "corrections" / "surveys" / f"{name}.yaml"
    return yaml_files.listed(SurveyCorrection, path) if path.exists() else []
