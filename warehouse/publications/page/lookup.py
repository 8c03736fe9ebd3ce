"""Texts that are in the catalog in four languages: themes, answers of the survey, what makes peers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from catalog.languages import translated

CATALOG = Path(__file__).parents[3] / "catalog"
Titles = dict[str, dict[str, str] | str]  # code to {language: text}, or the English text


def _yaml(name: str) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((CATALOG / name).read_text(encoding="utf-8"), Loader=loader)


@lru_cache(maxsize=1)
def themes() -> Titles:
    """Themes in the order of the catalog."""
    return {t["id"]: t["title"] for t in _yaml("themes.yaml")}


@lru_cache(maxsize=1)
def choices() -> dict[str, Titles]:
    """Lists of answers of the governance survey, such as `model` and `field`."""
    return _yaml("surveys/governance.yaml")["choices"]


@lru_cache(maxsize=1)
def features() -> Titles:
    """What makes metropolises alike."""
    return {f["id"]: f["title"] for f in _yaml("peers.yaml")}


def title(titles: Titles, code: str | None, lang: str) -> str:
    """The text of a code in a language; the code itself where the catalog does not know it."""
    text = titles.get(code or "")
    if not text:
        return str(code or "")
    if isinstance(text, str):
        return translated(text, lang) or text
    return text.get(lang) or translated(text["en"], lang) or text["en"]


def choice(kind: str, code: str | None, lang: str) -> str:
    """An answer of the governance survey in a language."""
    return title(choices().get(kind, {}), code, lang)
