"""A mistake in the catalog never empties the UI: the definitions of the last good catalog stay in use.

Each time the definitions can be made, the catalog that made them is copied into the home. Where they
cannot, everything is loaded again with that copy in place of the catalog; what is wrong is in
`catalog_error.txt`, in the status, in an alert, and on top of the assets and jobs in the UI. A file is
copied whole or not at all, so a copy is never half a catalog.
"""

from __future__ import annotations

import hashlib
import importlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import dagster as dg

    from warehouse.home import Home

ROOMS = ("catalog", "sources", "warehouse", "expectations", "assets", "pipelines")
SIGNATURE = ".signature"
# What was wrong, by the copy that this process took in its place. Dagster asks for the definitions more than
# once in a process, and the modules of the copy are there to stay.
_taken: dict[Path, str] = {}


def definitions(home: Home, *, live: bool, make: Callable[..., dg.Definitions]) -> dg.Definitions:
    """The definitions that `make` makes from the catalog, or from the last good one where it has a mistake.

    Raises `CatalogError` where there is a mistake and no catalog was ever good in this home.
    """
    from catalog import CatalogError

    if _folder(home) in _taken:
        return _with_last_good(home, live, _taken[_folder(home)])
    try:
        made = make(home, live=live)
    except CatalogError as error:
        note(home, str(error))
        if not (_folder(home) / "catalog").is_dir():
            raise
        return _with_last_good(home, live, str(error))
    keep(home)
    return made


def note(home: Home, sentence: str) -> None:
    """Write down what is wrong in the catalog, for the status and the alerts."""
    home.root.mkdir(parents=True, exist_ok=True)
    part = home.catalog_error.with_name(".catalog_error.part")
    part.write_text(sentence + "\n", encoding="utf-8")
    part.replace(home.catalog_error)


def keep(home: Home) -> None:
    """Copy the catalog that is in use, unless the copy is of the same files; forget its mistakes."""
    import catalog

    source = Path(catalog.__file__).parent
    home.catalog_error.unlink(missing_ok=True)
    target = _folder(home)
    signature = _signature(source)
    if source.is_relative_to(target) or _read(target / SIGNATURE) == signature:
        return
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part / "catalog", ignore=shutil.ignore_patterns("__pycache__"))
    (part / SIGNATURE).write_text(signature, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)


def _with_last_good(home: Home, live: bool, sentence: str) -> dg.Definitions:
    """Load all our modules again, once, with the copy in place of the catalog."""
    if _folder(home) not in _taken:
        for name in [m for m in sys.modules if m.partition(".")[0] in ROOMS]:
            if name not in ("pipelines", __name__):
                del sys.modules[name]
        sys.path.insert(0, str(_folder(home)))
        _taken[_folder(home)] = sentence
    making: Any = importlib.import_module("pipelines.definitions")
    return making.make(home, live=live, notice=sentence)


def _folder(home: Home) -> Path:
    return home.root / "catalog_last_good"


def _signature(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        stat = path.stat()
        said = f"{path.relative_to(folder)} {stat.st_size} {stat.st_mtime_ns}\n"
        digest.update(said.encode())
    return digest.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
