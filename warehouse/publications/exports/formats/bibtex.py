"""BibTeX: the citation of the release for LaTeX and reference managers."""

from __future__ import annotations

from pathlib import Path

from warehouse.publications import citation
from warehouse.publications.model import Release

TITLE = "BibTeX: the citation"


def write(release: Release, folder: Path) -> None:
    """Write `citation.bib`."""
    (folder / "citation.bib").write_text(citation.bibtex(release), encoding="utf-8")
