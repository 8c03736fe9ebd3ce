"""A deposit for Zenodo, prepared and not uploaded: the files and the metadata of their record.

Zenodo takes files, not folders, so what is in folders of the release goes into one archive, which is
the same, byte for byte, for the same release. The DOI is Zenodo's to give.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from warehouse.publications import citation
from warehouse.publications.model import Release

TITLE = "A deposit for Zenodo: the files of the release and .zenodo.json; nothing is uploaded"


def write(release: Release, folder: Path) -> None:
    """Write `.zenodo.json` and `files/`, which are what a deposit is made of."""
    files = folder / "files"
    files.mkdir()
    inner = [p for p in sorted(release.folder.rglob("*")) if p.is_file()]
    with zipfile.ZipFile(files / f"release-{release.name}.zip", "w") as archive:
        for path in inner:
            name = path.relative_to(release.folder).as_posix()
            entry = zipfile.ZipInfo(f"{release.name}/{name}")  # 1980-01-01: no clock enters
            entry.external_attr = 0o644 << 16
            stored = path.suffix in (".parquet", ".gz")
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            with path.open("rb") as given, archive.open(entry, "w") as taken:
                shutil.copyfileobj(given, taken, 1 << 20)
    for name in ("README.md", "LICENCES.md", "CITATION.cff", "SHA256SUMS"):
        if (release.folder / name).is_file():
            shutil.copyfile(release.folder / name, files / name)
    text = citation.dumps(citation.zenodo(release))
    (folder / ".zenodo.json").write_text(text, encoding="utf-8")
