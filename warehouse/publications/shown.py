"""What everybody may see, in one folder that a web server serves: the atlas, what else was made of a release, its files."""

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
    if shown == now.name:
        return ""
    made = _made(home, now.name)
    atlas = made.pop("atlas", None)
    if atlas is None:
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{uuid.uuid4().hex}.part"
    try:
        shutil.copytree(atlas, part)
        shutil.copytree(now, part / FILES)
        for name, other in made.items():
            shutil.copytree(other, part / name, dirs_exist_ok=True)
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


def _made(home: Home, release: str) -> dict[str, Path]:
    """The folder of each publication of a release that was made, fetched where it was made elsewhere."""
    folder = home.publications / release
    if (place := home.elsewhere) is not None:
        for name in place.objects.folders(f"publications/{release}/"):
            place.bring_publication(folder / name)
    found = folder.iterdir() if folder.is_dir() else ()
    return {p.name: p for p in sorted(found) if p.is_dir() and not p.name.startswith(".")}
