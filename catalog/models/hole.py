"""What is missing or old, why, and which dataset would fill it: the shape of `holes.yaml`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from catalog.models.model import Identifier, Strict, Texts
from catalog.yaml_files import one

FILE = Path(__file__).parents[1] / "holes.yaml"


class Hole(Strict):
    """Indicators that lack a recent figure, in some countries or in all that none before names."""

    indicators: tuple[Identifier, ...] = Field(min_length=1)
    iso3: tuple[str, ...] = ()
    """Countries, ISO 3166-1 alpha-3; empty for all."""
    reason: Texts
    """Why there is nothing newer, in one sentence."""
    would_fill: str
    """The dataset that would fill it."""


class OldTheme(Strict):
    """A theme that is not recent at the median of the metropolises, and why."""

    theme: Identifier
    reason: Texts
    """Why, in one sentence or two."""
    would_fill: str
    """The dataset that would fill it."""


class Holes(Strict):
    """The whole file."""

    fresh_from: int = Field(ge=1990, le=2100)
    """First year of what counts as recent."""
    themes: list[OldTheme] = Field(default_factory=list)
    holes: list[Hole]


def load(file: Path = FILE) -> Holes:
    """Read and check the holes; raises `CatalogError`, naming file and field."""
    return one(Holes, file)
