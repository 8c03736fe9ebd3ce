"""`python -m warehouse.publications.documents README.md RELEASE`: bring the counts of a text up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from warehouse.publications.documents import with_counts
from warehouse.publications.model import Release

if __name__ == "__main__":
    text, folder = Path(sys.argv[1]), Path(sys.argv[2])
    text.write_text(
        with_counts(text.read_text(encoding="utf-8"), Release(folder)), encoding="utf-8"
    )
