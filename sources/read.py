"""One door to all readers: provider and file in, source records out."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pyarrow as pa

from sources import providers
from sources.errors import Invalid, Refused

PROVIDERS = tuple(sorted(module.name for module in iter_modules(providers.__path__)))


def read(provider: str, path: Path | str, dataset: str | None = None) -> pa.Table:
    """Source records of one file of one provider, whatever its format.

    Columns stand in `sources.records.records`. Raises `SourceError`, one sentence, where the provider is
    unknown, the file is not there, empty, may not be read, or is not what it should be.
    """
    if provider not in PROVIDERS:
        raise Invalid(f"There is no provider '{provider}': use one of {', '.join(PROVIDERS)}.")
    path = Path(path)
    prove_readable(path)
    return import_module(f"{providers.__name__}.{provider}").read(path, dataset)


def leave_pandas_out() -> None:
    """From here on let pandas be absent, in a process in which reading is all that happens.

    pyarrow imports it as soon as an array is made from Python objects, which takes longer than
    reading most files; no reader needs it. Does nothing where pandas is loaded already.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _Absent())  # type: ignore[arg-type]


class _Absent:
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


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
