"""One door to all readers: provider and file in, source records out."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pyarrow as pa

from sources import providers
from sources.errors import Invalid, Refused

PROVIDERS = tuple(sorted(module.name for module in iter_modules(providers.__path__)))


def read(provider: str, path: Path | str, dataset: str | None = None) -> pa.Table:
    """Source records of one file of one provider, whatever its format.

    Columns are in `sources.records.records`. Raises `SourceError`, one sentence, where the provider is
    unknown, the file is not there, empty, may not be read, or is not what it should be.
    """
    if provider not in PROVIDERS:
        raise Invalid(f"There is no provider '{provider}': use one of {', '.join(PROVIDERS)}.")
    path = Path(path)
    prove_readable(path)
    records = import_module(f"{providers.__name__}.{provider}").read(path, dataset)
    if not records.num_rows:
        raise Invalid(f"{path.name} holds no record: see whether it is the right file.")
    return records


def prove_readable(path: Path) -> None:
    """Raise where `path` is no file, is empty, or may not be read."""
    try:
        folder, size = path.is_dir(), path.stat().st_size
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}: check the path.") from None
    except NotADirectoryError:
        raise Invalid(f"There is no file {path}: a part of the path is no folder.") from None
    except PermissionError:
        raise Refused(
            f"The folder of {path} may not be entered: give yourself the right to read it."
        ) from None
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}): check disk and path.") from None
    if folder:
        raise Invalid(f"{path} is a folder: give the path of one file in it.")
    if not size:
        raise Invalid(f"{path.name} is empty (0 bytes): fetch it again.")
    if not os.access(path, os.R_OK):
        raise Refused(f"{path} may not be read: give yourself the right to read it.")
