"""The small release of the unit tests, for tests that need a program or environment of their own."""

import importlib
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[1] / "unit"


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Path:
    """The folder of the small release; only to be read."""
    if str(UNIT) not in sys.path:
        sys.path.insert(0, str(UNIT))
    return importlib.import_module("released").copied(tmp_path_factory.mktemp("small"))
