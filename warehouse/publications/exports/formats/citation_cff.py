"""Citation File Format 1.2.0: the citation of the release and of its sources."""

from __future__ import annotations

from pathlib import Path

from warehouse.publications import citation
from warehouse.publications.model import Release

TITLE = "CITATION.cff: the citation, with the datasets that figures come from"


def write(release: Release, folder: Path) -> None:
    """Write `CITATION.cff`."""
    (folder / "CITATION.cff").write_text(citation.cff(release), encoding="utf-8")
