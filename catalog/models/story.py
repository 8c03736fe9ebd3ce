"""A story: a short text in all languages whose numbers are answers to queries on the release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from catalog.languages import languages
from catalog.models.model import Strict, Texts
from catalog.yaml_files import one

FOLDER = Path(__file__).parents[1] / "stories"
Written = Literal["count", "people", "percent", "decimal", "year", "name"]


class StoryNumber(Strict):
    """One number of a text, where it says {key}."""

    as_: Written = Field(alias="as")
    """How it is written; `name` is the name of the metropolis whose id the query gives."""
    sql: str
    """A query on the release that gives a single value."""
    at_least: float | None = None
    """What the text takes for granted; below it the atlas is not made."""
    at_most: float | None = None
    """What the text takes for granted; above it the atlas is not made."""


class Chart(Strict):
    """Bars of a query: what they are of, and how large."""

    title: Texts
    """What the picture says; may hold numbers of the story."""
    sql: str
    """Rows of (what, number), the first at the top."""
    names: Literal["metropolis", "region", "territory"] = "metropolis"
    """What the first column holds: an id, a region, or scale|system|vintage."""
    as_: Written = Field(default="count", alias="as")
    """How the numbers are written."""


class StoryLink(Strict):
    """Where a reader goes on."""

    to: str
    """A page of the atlas, such as metro/es-barcelona.html."""
    text: Texts


class Story(Strict):
    """A title, a summary and paragraphs; {key} in any of them is the number of that key."""

    title: Texts
    summary: Texts
    numbers: dict[str, StoryNumber] = Field(default_factory=dict)
    paragraphs: list[Texts] = Field(min_length=1)
    chart: Chart | None = None
    links: list[StoryLink] = Field(default_factory=list)

    @property
    def texts(self) -> list[Texts]:
        """All texts that may hold numbers."""
        return [
            self.title,
            self.summary,
            *self.paragraphs,
            *([self.chart.title] if self.chart else []),
        ]

    @model_validator(mode="after")
    def _each_number_is_told(self) -> Story:
        if faults := list(self._faults()):
            raise ValueError(" ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        for lang in languages():
            used = {k for t in self.texts for k in re.findall(r"{(\w+)}", getattr(t, lang))}
            for key in sorted(used - set(self.numbers)):
                yield f"the text in {lang} uses {{{key}}}, of which there is no number;"
            for key in sorted(set(self.numbers) - used):
                yield f"the text in {lang} does not use the number {{{key}}};"


def load(folder: Path | None = None) -> dict[str, Story]:
    """File name to story, in the order of the names; raises `CatalogError` for a mistake."""
    return {p.stem: one(Story, p) for p in sorted((folder or FOLDER).glob("*.yaml"))}
