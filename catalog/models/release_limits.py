"""How much a release may differ from the one before: the shape of `release.yaml`, and its loader."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from catalog.models.model import Strict
from catalog.yaml_files import one

FILE = Path(__file__).parents[1] / "release.yaml"


class ReleaseLimits(Strict):
    """Shares of the figures that stood in the release before."""

    lost: float = Field(ge=0, le=1)
    """Figures that are no longer there."""
    revised: float = Field(ge=0, le=1)
    """Figures with another value."""
    lost_of_indicator: float = Field(ge=0, le=1)
    """Figures of one indicator that are no longer there."""
    least_figures: int = Field(ge=0)
    """An indicator with fewer figures before is not asked."""


def load(file: Path = FILE) -> ReleaseLimits:
    """Read and check the limits; raises `CatalogError`, naming the file."""
    return one(ReleaseLimits, file)
