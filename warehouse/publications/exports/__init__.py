"""A release in the forms that other tools and catalogues read: one file of code per standard.

Each module in `formats/` is one format, found by its place: `TITLE` says what it is, `write(release,
folder)` makes it. What belongs elsewhere: the description of the release (`publications/model.py`)
and the proof that each is right (`tests/exports`).
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from pathlib import Path
from types import ModuleType

from warehouse.errors import WarehouseError
from warehouse.publications.exports import formats
from warehouse.publications.model import Release


def names() -> list[str]:
    """The names of all formats, in order, as the command takes them (`data-package`)."""
    found = pkgutil.iter_modules(formats.__path__)
    return sorted(m.name.replace("_", "-") for m in found if not m.name.startswith("_"))


def load(name: str) -> ModuleType:
    """The module of one format; raises `WarehouseError`, which lists them, for an unknown name."""
    if name not in names():
        raise WarehouseError(
            f"There is no export format '{name}'; choose one of {', '.join(names())}, or xlsx for "
            "workbooks."
        )
    return importlib.import_module(f"{formats.__name__}.{name.replace('-', '_')}")


def write(release: Release, folder: Path, wanted: list[str] | None = None) -> list[Path]:
    """Write the wanted formats (all, unless said), each into `folder/<format>`; the new folders.

    A format that is there already is replaced. Files that several formats hold are one on the disc (hard
    links), so replace them and do not write into them. Raises `WarehouseError` where the folder cannot be
    written.
    """
    release.shared = folder / ".shared.part"
    shutil.rmtree(release.shared, ignore_errors=True)
    try:
        return [_write(release, folder, name) for name in wanted or names()]
    finally:
        shutil.rmtree(release.shared, ignore_errors=True)
        release.shared = None


def _write(release: Release, folder: Path, name: str) -> Path:
    module, target = load(name), folder / name
    part = folder / f".{name}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        module.write(release, part)
        shutil.rmtree(target, ignore_errors=True)
        part.replace(target)
    except OSError as error:
        raise WarehouseError(
            f"{target}: export {name} cannot be written ({error.strerror or error}); check the "
            "permissions of the folder and the free space."
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target
