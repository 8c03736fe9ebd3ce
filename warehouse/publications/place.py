"""Where publications are kept: `publications/<release>/<name>` in the home, of the current release alone."""

from __future__ import annotations

import shutil
from pathlib import Path

from warehouse import release
from warehouse.home import Home


def folder(home: Home, name: str) -> Path | None:
    """Where a publication of the current release is or will be; None before the first release."""
    now = release.current(home)
    return home.publications / now.name / name if now else None


def only(home: Home, target: Path) -> None:
    """Remove this publication of other releases: it can be made again from them at any time.

    Does nothing where `target` is not the place of a publication of the current release.
    """
    if target != folder(home, target.name):
        return
    for other in sorted(home.publications.glob(f"*/{target.name}")):
        if other.parent != target.parent:
            shutil.rmtree(other, ignore_errors=True)
            if not any(other.parent.iterdir()):
                other.parent.rmdir()


def kept(home: Home) -> list[Path]:
    """The releases that are kept, oldest first, up to the current one; none before the first."""
    now = release.current(home)
    listed = release.list_releases(home)
    return listed[: listed.index(now) + 1] if now else []
