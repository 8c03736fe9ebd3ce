"""CSL JSON 1.0.2: the citation of the release for Zotero, pandoc and citation processors."""

from __future__ import annotations

from pathlib import Path

from warehouse.publications import citation
from warehouse.publications.model import Release

TITLE = "CSL JSON: the citation"


def write(release: Release, folder: Path) -> None:
    """Write `citation.json`."""
    text = citation.dumps(citation.csl(release))
    (folder / "citation.json").write_text(text, encoding="utf-8")
