"""Who publishes a release and when: the shape of `publication.yaml`, and its loader."""

from __future__ import annotations

from pathlib import Path

from catalog.models.model import Strict, Texts
from catalog.yaml_files import one

FILE = Path(__file__).parents[1] / "publication.yaml"


class Calendar(Strict):
    """When the observatory looks for new figures."""

    cron: str
    """Five cron fields."""
    timezone: str
    """IANA name of the time zone."""


class Publication(Strict):
    """What each release says of itself."""

    title: Texts
    """Name of the observatory."""
    description: Texts
    """What a release holds, in one sentence."""
    publisher: str
    """Who is cited as author and publisher."""
    contact: str | None
    """Address for questions; null where there is none."""
    homepage: str | None
    """Where releases are served; null where nowhere."""
    licence: str
    """SPDX identifier of the licence of the compilation."""
    licence_url: str
    """Text of that licence."""
    keywords: list[str]
    """Subjects, in English."""
    calendar: Calendar


def load(file: Path = FILE) -> Publication:
    """Read and check the file; raises `CatalogError`, naming the file."""
    return one(Publication, file)
