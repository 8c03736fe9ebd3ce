"""Which figure of a metropolis is shown where only one can be: the shape of `headline.yaml`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from catalog.models.model import Identifier, Strict
from catalog.yaml_files import one

FILE = Path(__file__).parents[1] / "headline.yaml"


class Preferred(Strict):
    """One scale or system in the order of preference."""

    id: Identifier
    """A scale of `scales.csv`, or an identifier system of the crosswalk."""
    why: str
    """Why it has this place, in one sentence."""


class Headline(Strict):
    """The order of preference."""

    years_behind: int = Field(ge=0, le=50)
    """A figure more than this many years older than the newest one is left out."""
    why: str
    """Why so many years."""
    scales: tuple[Preferred, ...] = Field(min_length=1)
    """From the most preferred scale to the least."""
    systems: tuple[Preferred, ...] = Field(min_length=1)
    """From the most preferred system to the least; only those of one scale compete."""


def load(file: Path = FILE) -> Headline:
    """Read and check the order; raises `CatalogError`, naming file and field."""
    return one(Headline, file)
