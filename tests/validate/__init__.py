"""Every export against its standard's own validator, and our checks for what that misses.

It runs in an environment of its own (`requirements-validate.lock`), without the observatory's code:
`python -m tests.validate EXPORTS RELEASE` after `make validate-exports` has made it, or `--faults` to
see that planted faults are refused. A module per standard: `check(folder, release)` gives sentences
about what is wrong, and `FAULTS` names what is planted and how.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def standards() -> dict[str, ModuleType]:
    """Each standard's module by the name of its export."""
    found = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    names = [n for n in found if n != "common"]
    return {n.replace("_", "-"): importlib.import_module(f"{__name__}.{n}") for n in names}
