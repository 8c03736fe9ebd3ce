"""What everybody may see, in one folder that a web server serves: the atlas, and the files of a release."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from warehouse import release
from warehouse.home import Home

FILES = "files"  # where the files of the release are, below the atlas


def renew(home: Home, folder: Path) -> str:
    """Make `folder/current` show the current release; its name where it was changed, else empty.

    The pages are those that were made after the release, wherever that was; where none were made yet,
    what is shown stays. Whoever asks for a page gets one of the release before, or of this one; the
    one before stays for those who still load from it.
    """
    now = release.current(home)
    if now is None:
        return ""
    link, target = folder / "current", folder / now.name
    shown = link.readlink().name if link.is_symlink() else ""
    atlas = home.publications / now.name / "atlas"
    if shown == now.name or not _made(home, atlas):
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{uuid.uuid4().hex}.part"
    try:
        shutil.copytree(atlas, part)
        shutil.copytree(now, part / FILES)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    pointer = folder / f".{uuid.uuid4().hex}.link"
    pointer.symlink_to(now.name)
    pointer.replace(link)
    for other in folder.iterdir():
        if other.name not in ("current", now.name, shown):
            shutil.rmtree(other, ignore_errors=True)
    return now.name


def _made(home: Home, atlas: Path) -> bool:
    place = home.elsewhere
    if place is not None:
        place.bring_publication(atlas)
    return (atlas / "index.html").is_file()
